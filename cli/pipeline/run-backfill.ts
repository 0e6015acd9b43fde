import { setTimeout as sleep } from 'node:timers/promises';
import type { BackfillCursor, BackfillProgress, DateRange } from '../../src/lib/run/index.ts';
import { CliError } from '../cli-error.ts';
import { committedRunOf, reasonIn, workflowFailureOf, type CommittedRun } from '../output/render-turn.ts';
import type { Connection } from './connection.ts';
import { runWorkflow, type TurnOptions, type WorkflowInput } from './run-workflow.ts';

export interface BackfillOptions extends Pick<TurnOptions, 'onStep' | 'signal'> {
  /** Gates that are released for every step. */
  accept?: WorkflowInput['accept'];
  /** Told where the backfill goes on, after each step; null: it is done. */
  onCommitted: (next: BackfillCursor | null) => void;
  /** Told that another run has the lake, once for each wait, and that the lake is left to others. */
  onWait: (reason: string) => void;
  /** How long steps follow one another, and for how long the lake is then left to others, in milliseconds; default {@link TURN_OF_OTHERS}. */
  turnOfOthers?: typeof TURN_OF_OTHERS;
}

/** What the steps of a backfill changed, and what gates hold back since. */
export interface BackfillReport {
  steps: number;
  changedTables: string[];
  held: NonNullable<CommittedRun['held']>;
}

const WAIT_MS = 2_000;

/**
 * A run that a schedule has started asks for the lake every two minutes, for 50 minutes (workflows/hourly.asl.json). Between steps that
 * follow one another it would hardly ever find it free, and a long backfill would keep new data out of gold until its end.
 */
const TURN_OF_OTHERS = { afterMs: 30 * 60_000, forMs: 150_000 };

/**
 * Runs the steps of a backfill, each a run of its own that commits how far it came. Where another run has the lake, it waits.
 * @throws CliError where a step fails: those before it are done, and the same backfill goes on after them
 */
export const runBackfill = async (connection: Connection, { from, to }: DateRange, start: BackfillCursor, options: BackfillOptions): Promise<BackfillReport> => {
  const changed = new Set<string>();
  let held: BackfillReport['held'] = [];
  let steps = 0;
  const leaveLake = turnsOfOthers(options);
  for (let next: BackfillCursor | null = start; next !== null; ) {
    options.signal.throwIfAborted(); // before a step is begun, which would go on without us
    const summary: StepSummary = await runStep(connection, { from, to, next }, options);
    for (const table of summary.changedTables ?? []) changed.add(table);
    held = summary.held ?? [];
    next = summary.backfill.next;
    steps += 1;
    options.onCommitted(next);
    if (next !== null) await leaveLake();
  }
  return { steps, changedTables: [...changed].sort(), held };
};

const turnsOfOthers = ({ turnOfOthers: { afterMs, forMs } = TURN_OF_OTHERS, onWait, signal }: BackfillOptions): (() => Promise<void>) => {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < afterMs) return;
    onWait('the lake is left to runs that wait for it');
    await sleep(forMs, undefined, { signal });
    since = performance.now();
  };
};

type StepSummary = CommittedRun & { backfill: BackfillProgress };

const runStep = async (connection: Connection, step: DateRange & { next: BackfillCursor }, { onStep, signal, onWait, accept = [] }: BackfillOptions): Promise<StepSummary> => {
  for (let isWaiting = false; ; isWaiting = true) {
    const workflow = await runWorkflow(connection, { onStep, signal, input: { kind: 'backfill', ...step, accept } });
    if (workflow.error !== 'RunInProgressError') {
      const failure = workflowFailureOf(workflow);
      if (failure !== undefined) throw new CliError(`${failure}; the same command goes on after the last step that is done`);
      return committedRunOf({ workflow }) as StepSummary;
    }
    if (!isWaiting) onWait(reasonIn(workflow.cause) ?? workflow.error);
    await sleep(WAIT_MS, undefined, { signal });
  }
};
