import type { CommandContext } from '../command-context.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Connection } from '../pipeline/connection.ts';
import { consentFor } from '../pipeline/consent.ts';
import type { ConsentOptions } from '../pipeline/consent.ts';
import { withConnection } from '../pipeline/open-connection.ts';
import type { WorkflowInput } from '../pipeline/run-workflow.ts';
import { runBackfill, type BackfillReport } from '../pipeline/run-backfill.ts';
import { formatBytes, plural } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';
import type { Terminal } from '../output/terminal.ts';
import { readBackfill, type BackfillPlan } from '../reports/backfill-report.ts';
import { acceptedGates } from './accepted-gates.ts';

export interface BackfillCommandOptions extends ConsentOptions {
  from: string;
  to: string;
  restart?: boolean;
  accept?: string[];
  source?: string;
  json?: boolean;
}

/** `floe backfill --from D --to D`: silver and gold of a range of dates once more, in steps that are committed one by one. */
export const backfill = async (options: BackfillCommandOptions, context: CommandContext): Promise<void> => {
  const { from, to, dryRun = false, restart = false, json = false } = options;
  const accept = acceptedGates(options);
  if (from > to) throw usageError(`--from ${from} lies after --to ${to}`);
  await withConnection(options, context, async (connection) => {
    const { terminal } = context;
    const askConsent = consentFor(options, connection, context);
    const plan = await readBackfill(connection, { from, to }, { restart, accept });
    if (!json) printPlan(plan, terminal);
    await askConsent(`${from} to ${to} once more, in ${plural(plan.steps, 'step')}, each a run of its own`);
    const report = dryRun ? undefined : await followBackfill(connection, plan, accept, context);
    if (json) terminal.print(JSON.stringify({ plan, done: report ?? null }, null, 2));
    else if (report === undefined) terminal.print('Nothing has been changed; without --dry-run it will be.');
    else printReport(report, terminal);
    if (report !== undefined && report.held.length > 0) throw new CliError('gates hold back objects; with --accept RULE --source SOURCE the same command takes those of its dates in');
  });
};

const followBackfill = async (connection: Connection, plan: BackfillPlan, accept: WorkflowInput['accept'], { terminal, signal }: CommandContext): Promise<BackfillReport> => {
  const bar = createProgress(terminal);
  const all = daysBetween(plan.from, plan.to) + 1;
  const show = (date: string | undefined): void => bar.update('dates', date === undefined ? all : daysBetween(plan.from, date), all);
  show(plan.next.date);
  try {
    return await runBackfill(connection, plan, plan.next, {
      signal,
      accept,
      onStep: () => undefined,
      onCommitted: (next) => show(next?.date),
      onWait: (reason) => terminal.note(`waiting: ${reason}`),
    });
  } finally {
    bar.stop();
  }
};

const daysBetween = (first: string, last: string): number => Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000);

const printPlan = (plan: BackfillPlan, { print, style }: Terminal): void => {
  const { from, to, next, isResumed, firstObjects } = plan;
  print(`${style.bold(`${from} to ${to}`)}: ${plural(plan.dates, 'date')}, ${plural(plan.objects, 'object')} of bronze, ${formatBytes(plan.bytes)}, in ${plural(plan.steps, 'step')}`);
  if (isResumed) print(`It goes on from ${next.date}, where an earlier one was interrupted; --restart begins anew.`);
  if (firstObjects === null) print('Bronze, which is kept 90 days, has no objects of these dates: gold alone is computed anew, from silver as it is.');
  else if (firstObjects > next.date) print(`Bronze, which is kept 90 days, has no objects before ${firstObjects}: until then gold alone is computed anew, from silver as it is.`);
};

const printReport = ({ changedTables, held }: BackfillReport, { print, style }: Terminal): void => {
  print(changedTables.length === 0 ? 'done; nothing was missing: no table has a new snapshot' : `done: ${changedTables.join(', ')}`);
  for (const { source, rule, figure, objects } of held) print(`${style.yellow('held back')}  ${source}, ${objects} objects: ${rule} ${figure}`);
};
