import type { DecisionPlan } from '../reports/quarantine-plan.ts';
import type { QuarantineRow } from '../reports/quarantine-records.ts';
import type { QuarantineReport } from '../reports/quarantine-report.ts';
import { formatCount, plural, shorten } from './format.ts';
import { renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Digits of a record_hash that tell records apart, and that `show` takes. */
const SHOWN_DIGITS = 12;

const shortHash = (recordHash: string): string => recordHash.slice(0, SHOWN_DIGITS);

/** Counts by source and reason. A record with two reasons stands in both. */
export const renderReasons = (report: QuarantineReport, terminal: Terminal, indent = ''): string =>
  renderTable(
    [{ title: 'source' }, { title: 'records', align: 'right' }, { title: 'reason' }],
    report.reasons.map(({ sourceSystem, reason, records }) => [sourceSystem, formatCount(records), shorten(reason, 90)]),
    { indent, style: terminal.style },
  );

/** Records as they came, below their hashes and reasons. */
export const renderExamples = (report: QuarantineReport, terminal: Terminal, indent = ''): string =>
  report.examples
    .map(({ recordHash, sourceSystem, reasons, payload }) =>
      `${indent}${shortHash(recordHash)}  ${sourceSystem}  ${terminal.style.yellow(shorten(reasons, terminal.columns - 34))}\n${indent}  ${terminal.style.dim(shorten(payload, terminal.columns - indent.length - 4))}`)
    .join('\n');

/** A record whole. `today`: what today's contract says of it; null where it has not been judged. */
export const renderRecord = (record: QuarantineRow, today: readonly string[] | null, { style }: Terminal): string => {
  const lines: [string, string][] = [
    ['record_hash', record.recordHash],
    ['source', record.sourceSystem],
    ['status', record.status + (record.decisionId === null ? '' : `, decision ${record.decisionId}`)],
    ...(record.replayedAs === null ? [] : [['replayed as', record.replayedAs] satisfies [string, string]]),
    ['reasons', `${record.reasons.join('; ')} (contract ${record.contractVersion})`],
    ['today', today === null ? 'not judged' : today.length === 0 ? 'keeps the contract' : today.join('; ')],
    ['seen', `${plural(record.seenCount, 'time')}, ${record.firstSeenAt} to ${record.lastSeenAt}`],
    ['origins', record.origins.join(', ')],
    ...(record.header === null ? [] : [['header', record.header] satisfies [string, string]]),
  ];
  const payload = record.payload ?? `kept at ${record.payloadLocation ?? ''}`;
  return `${lines.map(([name, value]) => `${style.dim(name.padEnd(12))}${shorten(value, 1_000)}`).join('\n')}\n\n${payload}`;
};

const MOST_SHOWN = 20;

/** What a decision will do: the records it settles, and those that stay open with their reasons. */
export const renderPlan = ({ action, matching, settled, refused }: DecisionPlan, { style, columns }: Terminal): string => {
  const lineOf = ({ recordHash, sourceSystem }: QuarantineRow, reasons: readonly string[], paint: (text: string) => string): string =>
    `  ${shortHash(recordHash)}  ${sourceSystem}  ${paint(shorten(reasons.join('; '), columns - 34))}`;
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines.slice(0, MOST_SHOWN), ...(lines.length > MOST_SHOWN ? [`  … and ${formatCount(lines.length - MOST_SHOWN)} more`] : [])];
  return [
    `${plural(matching, 'open record')} ${matching === 1 ? 'matches' : 'match'}`,
    ...part(action === 'replay' ? `to be replayed: ${formatCount(settled.length)}` : `to be discarded: ${formatCount(settled.length)}`, settled.map(({ record }) => lineOf(record, record.reasons, style.dim))),
    ...part(`to stay open: ${formatCount(refused.length)}`, refused.map(({ record, reasons }) => lineOf(record, reasons, style.yellow))),
  ].join('\n');
};
