import type { CommandContext } from '../../command-context.ts';
import type { TargetOptions } from '../../pipeline/target.ts';
import { withLake } from '../../pipeline/with-lake.ts';
import { formatCount, plural } from '../../output/format.ts';
import { renderExamples, renderReasons } from '../../output/render-quarantine.ts';
import type { Terminal } from '../../output/terminal.ts';
import type { QuarantineFilter } from '../../reports/quarantine-records.ts';
import { readQuarantine } from '../../reports/quarantine-report.ts';
import type { QuarantineReport } from '../../reports/quarantine-report.ts';

export interface ListOptions extends Omit<QuarantineFilter, 'hash'>, TargetOptions {
  limit: number;
  json?: boolean;
}

/** `floe quarantine list` */
export const list = async (options: ListOptions, context: CommandContext): Promise<void> =>
  withLake(options, context, async (lake) => {
    const report = await readQuarantine(lake, options.limit, options);
    if (options.json === true) context.terminal.print(JSON.stringify(report, null, 2));
    else printQuarantine(report, context.terminal);
  });

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
