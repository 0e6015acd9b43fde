import { renderExamples, renderReasons } from '../output/render-quarantine.ts';
import { renderSnapshots } from '../output/render-snapshots.ts';
import { formatCount, plural, shorten } from '../output/format.ts';
import type { Terminal } from '../output/terminal.ts';
import { toCount, toObjects } from '../reports/lake-reader.ts';
import type { LakeReader } from '../reports/lake-reader.ts';
import { readQuarantine } from '../reports/quarantine-report.ts';
import type { QuarantinedRecord, QuarantineReport } from '../reports/quarantine-report.ts';
import { readSnapshots } from '../reports/snapshots-report.ts';
import type { SnapshotReport } from '../reports/snapshots-report.ts';

/** What the demo shows of the tables after its passes. */
export interface Closing {
  quarantine: QuarantineReport;
  /** Rows of gold.user_session_analysis, by column, all columns that a person wants to see. */
  sessions: Record<string, string | null>[];
  sessionCount: number;
  snapshots: SnapshotReport[];
}

const heart = 'gold.user_session_analysis';
const quarantineExamples = 4;

const sessionsShown = 3;

/** Sessions of different kinds (source, bought or not, with late events or without), buyers first; of each one of middling length. */
const wholeSessions = (gold: string): string => `
SELECT session_id, user_id, device_type, country, session_start_time, session_duration_seconds, total_events, event_types,
  transaction_amount, transaction_currency, time_to_purchase_seconds, late_event_count, source_system
FROM (
  SELECT *, row_number() OVER (PARTITION BY source_system, has_transaction, late_event_count > 0 ORDER BY abs(total_events - 8), session_id) AS turn
  FROM ${gold}.user_session_analysis
) AS kinds
ORDER BY turn, has_transaction DESC, source_system, late_event_count DESC, session_id
LIMIT ${sessionsShown}`;

export const readClosing = async (lake: LakeReader): Promise<Closing> => {
  const [quarantine, sessions, count, snapshots] = await Promise.all([
    readQuarantine(lake, quarantineExamples),
    lake.ask(wholeSessions(lake.databases.gold)),
    lake.ask(`SELECT count(*) AS sessions FROM user_session_analysis`),
    readSnapshots(lake, heart),
  ]);
  return { quarantine: { ...quarantine, examples: oneOfEach(quarantine.examples) }, sessions: toObjects(sessions), sessionCount: toCount(count.rows[0]?.[0]), snapshots };
};

/** The first example of each combination of reasons. */
const oneOfEach = (examples: readonly QuarantinedRecord[]): QuarantinedRecord[] =>
  examples.filter((example, at) => examples.findIndex((other) => other.sourceSystem === example.sourceSystem && other.reasons === example.reasons) === at);

const indent = '   ';

export const printClosing = (closing: Closing, terminal: Terminal): void => {
  const { print, style } = terminal;
  const heading = (text: string): void => print(`\n${style.bold(text)}`);
  heading(`Quarantined: ${plural(closing.quarantine.records, 'record')}, each kept with every reason`);
  if (closing.quarantine.records > 0) {
    print(renderReasons(closing.quarantine, terminal, indent));
    print(`\n${renderExamples(closing.quarantine, terminal, indent)}`);
  }
  heading(`Whole sessions: ${formatCount(closing.sessions.length)} of ${formatCount(closing.sessionCount)} rows of ${heart}`);
  for (const session of closing.sessions) print(renderSession(session, terminal));
  heading(`Snapshots of ${heart}: none is written where nothing changed`);
  print(renderSnapshots(closing.snapshots, style, indent));
};

const renderSession = (session: Record<string, string | null>, { style, columns }: Terminal): string => {
  const value = (name: string): string => session[name] ?? '';
  const who = [value('user_id'), value('device_type'), value('country')].filter((text) => text !== '').join(', ');
  const late = toCount(session['late_event_count']);
  const events = `${plural(toCount(session['total_events']), 'event')} in ${formatCount(toCount(session['session_duration_seconds']))} s${late > 0 ? `, ${formatCount(late)} of them late` : ''}`;
  const types = value('event_types').replace(/^\[|\]$/g, '').split(', ').join(' → ');
  const bought = session['transaction_amount'] == null ? 'no transaction' : `${value('transaction_amount')} ${value('transaction_currency')} after ${session['time_to_purchase_seconds'] ?? '?'} s`;
  return [
    `${indent}${style.cyan(value('session_id'))}  ${who}  ${style.dim(`${value('session_start_time').slice(0, 19)}, ${value('source_system')}`)}`,
    `${indent}   ${events}; ${bought}`,
    `${indent}   ${style.dim(shorten(types, columns - 8))}`,
  ].join('\n');
};

/** What to try next; the directory is named only where it is not found by itself. */
export const printNext = (dataDirFlag: string, terminal: Terminal): void => {
  const { print, style } = terminal;
  print(`\n${style.bold('Go on')}`);
  const suggestions = [
    ['ask the tables in Athena SQL', `npx floe query "SELECT country, count(*) AS sessions, count_if(has_transaction) AS bought FROM user_session_analysis WHERE source_system = 'app' GROUP BY 1 ORDER BY 2 DESC"${dataDirFlag}`],
    ['see what was quarantined', `npx floe quarantine${dataDirFlag}`],
    ['start it again, with these tables', `npx floe up${dataDirFlag === '' ? ' --data-dir .floe/demo' : dataDirFlag}`],
    ['bring in your own files', 'npx floe demo --events FILE --shop-events FILE --transactions FILE --users FILE'],
  ] as const;
  for (const [what, how] of suggestions) print(`   ${style.dim(`# ${what}`)}\n   ${how}`);
};
