import type { CommandContext } from '../command-context.ts';
import { withConnection } from '../pipeline/open-connection.ts';
import { commandOf } from '../pipeline/target.ts';
import type { TargetOptions } from '../pipeline/target.ts';
import { formatBytes, formatCount, formatDuration, plural } from '../output/format.ts';
import { printHeld } from '../output/print-held.ts';
import { renderTable } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { readStatus } from '../reports/status-report.ts';
import type { StatusReport } from '../reports/status-report.ts';

export interface StatusOptions extends TargetOptions {
  json?: boolean;
}

const runsShown = 5;

/** `floe status` */
export const status = async (options: StatusOptions, context: CommandContext): Promise<void> =>
  withConnection(options, context, async (connection) => {
    const report = await readStatus(connection, context.now(), runsShown);
    if (options.json === true) context.terminal.print(JSON.stringify(report, null, 2));
    else printStatus(report, commandOf(options, context.environment), context.terminal);
  });

const printStatus = (report: StatusReport, floe: string, { print, style }: Terminal): void => {
  const ago = (seconds: number): string => `${formatDuration(Math.max(0, seconds) * 1000)} ago`;
  print(report.committed === undefined ? 'no run has committed yet' : `last committed run  ${report.committed.runId}  (${ago(report.committed.secondsAgo)})`);
  if (report.openRun !== undefined) print(style.yellow(`open run            ${report.openRun}`));
  print(`users are read to   ${report.usersWatermark === undefined ? 'nothing read yet' : `${report.usersWatermark.changedAt}  (${report.usersWatermark.userId})`}`);
  const files = Object.entries(report.files).map(([state, count]) => `${formatCount(count)} ${state}`);
  print(`transaction files   ${files.length === 0 ? 'none yet' : files.join(', ')}`);
  const { undelivered } = report;
  if (undelivered.records > 0) print(style.yellow(`not delivered       ${plural(undelivered.records, 'event')} in ${plural(undelivered.objects, 'object')} below errors/events; ${floe} redrive sends them again`));
  if (report.held.length > 0) {
    print();
    printHeld(report.held, floe, { print, style });
  }
  if (report.newest.length > 0) {
    print();
    print(renderTable([{ title: 'source' }, { title: 'newest in silver' }, { title: '' }], report.newest.map(({ source, eventTime, secondsAgo }) => [source, eventTime, secondsAgo >= 0 ? ago(secondsAgo) : 'in the future']), { style }));
  }
  if (report.runs.length === 0) return;
  print();
  const numbers = ['rows in', 'silver', 'duplicates', 'quarantined'].map((title) => ({ title, align: 'right' as const }));
  const total = (run: StatusReport['runs'][number], of: (source: StatusReport['runs'][number]['sources'][number]) => number): string => formatCount(run.sources.reduce((sum, source) => sum + of(source), 0));
  print(`${style.bold('last runs')} (${plural(report.runs.length, 'run')} that had something to do)`);
  print(renderTable(
    [{ title: 'run' }, { title: 'status' }, ...numbers, { title: 'scanned', align: 'right' }],
    report.runs.map((run) => [run.runId, run.status, total(run, (source) => source.bronzeRows), total(run, (source) => source.silverRows), total(run, (source) => source.duplicates), total(run, (source) => source.quarantined), formatBytes(run.bytesScanned)]),
    { style },
  ));
};
