import type { QuarantineReport } from '../reports/quarantine-report.ts';
import { formatCount, shorten } from './format.ts';
import { renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

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
