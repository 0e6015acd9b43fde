import type { CommandContext } from '../command-context.ts';
import { openLake } from '../local/open-lake.ts';
import { formatCount, plural, shorten } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { readQuarantine } from '../reports/quarantine-report.ts';
import type { QuarantineReport } from '../reports/quarantine-report.ts';

export interface QuarantineOptions {
  dataDir?: string;
  limit: number;
  json?: boolean;
}

/** `floe quarantine` */
export const quarantine = async (options: QuarantineOptions, context: CommandContext): Promise<void> => {
  const lake = await openLake(options.dataDir, context);
  try {
    const report = await readQuarantine(lake, options.limit);
    if (options.json === true) context.terminal.print(JSON.stringify(report, null, 2));
    else printQuarantine(report, context.terminal);
  } finally {
    await lake.close();
  }
};

const printQuarantine = (report: QuarantineReport, terminal: Terminal): void => {
  if (report.records === 0) {
    terminal.print('nothing is quarantined');
    return;
  }
  terminal.print(report.bySource.map(({ sourceSystem, records, open }) => `${sourceSystem}: ${plural(records, 'record')}, ${formatCount(open)} open`).join('\n'));
  terminal.print();
  terminal.print(renderReasons(report, terminal));
  if (report.examples.length > 0) terminal.print(`\n${renderExamples(report, terminal)}`);
};

/** Counts by source and reason. A record with two reasons stands in both. */
export const renderReasons = (report: QuarantineReport, terminal: Terminal, indent = ''): string =>
  renderTable(
    [{ title: 'source' }, { title: 'records', align: 'right' }, { title: 'reason' }],
    report.reasons.map(({ sourceSystem, reason, records }) => [sourceSystem, formatCount(records), shorten(reason, 90)]),
    { indent, style: terminal.style },
  );

/** Records as they came, below their reasons. */
export const renderExamples = (report: QuarantineReport, terminal: Terminal, indent = ''): string =>
  report.examples
    .map(({ sourceSystem, reasons, payload }) => `${indent}${sourceSystem}  ${terminal.style.yellow(shorten(reasons, terminal.columns - 20))}\n${indent}  ${terminal.style.dim(shorten(payload, terminal.columns - indent.length - 4))}`)
    .join('\n');
