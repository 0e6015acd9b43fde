import { DescribeExecutionCommand, GetExecutionHistoryCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackfillCursor, RunKind } from '../../src/lib/run/index.ts';
import type { Connection, FunctionAnswer } from './connection.ts';

/** How one turn of the pipeline went: the ingests of files and users and the re-drive, then the hourly workflow. */
export interface TurnReport {
  /** Times in milliseconds. */
  durations: { delivery: number; ingest: number; workflow: number };
  transactions: FunctionAnswer;
  /** undefined: the deployment takes no users in. */
  users: FunctionAnswer | undefined;
  redrive: FunctionAnswer;
  workflow: { executionArn: string; status: string; output: unknown; error: string | undefined; cause: string | undefined };
}

/** What the workflow may be told (runRequest of src/lib/run): the kind of run, a load where none is given; gates to release once, as a person has decided. */
export interface WorkflowInput {
  kind?: Exclude<RunKind, 'load'>;
  /** Of a rollback: a run's id; of a backfill: its last date. */
  to?: string;
  /** Of a backfill: its first date, and where it goes on. */
  from?: string;
  next?: BackfillCursor;
  /** Of a quarantine run: the decision's S3 key. */
  decision?: string;
  /** Of a retention: how many days silver keeps, or the first date that it keeps. */
  days?: number;
  before?: string;
  accept?: { rule: string; source: string }[];
}

export interface TurnOptions {
  /** Told the name of each step when it begins. */
  onStep: (step: string) => void;
  /** Aborted: nobody waits for the run any longer; it goes on for as long as its cloud does. */
  signal: AbortSignal;
  input?: WorkflowInput;
}

/** Between two looks at an execution: a twentieth of the time it has taken so far, within these. Its account allows so many calls a second. */
const pollMilliseconds = { least: 100, most: 2_000 };

/**
 * Brings everything that has been sent so far into gold: delivers the stream to bronze, drives again what could not be
 * delivered, fetches new files and changed users, runs the hourly workflow. An ingest that fails does not keep the others back; its reason is in the report.
 */
export const runTurn = async (connection: Connection, { onStep, signal, input = {} }: TurnOptions): Promise<TurnReport> => {
  const { names } = connection;
  const clock = stopwatch();
  if (names.deliverNow !== undefined) {
    onStep('deliver the stream to bronze');
    const delivered = await connection.invoke(names.deliverNow, {});
    if (!delivered.ok) throw new Error(`the stream could not be delivered to bronze: ${delivered.reason}`);
  }
  const delivery = clock();
  onStep('ingest transactions and users');
  const call = (name: string): Promise<FunctionAnswer> => connection.invoke(name, {});
  const [transactions, users, redrive] = await Promise.all([call(names.ingestTransactions), names.ingestUsers === undefined ? undefined : call(names.ingestUsers), call(names.redrive)]);
  const ingest = clock();
  const workflow = await runWorkflow(connection, { onStep, signal, input });
  return { durations: { delivery, ingest, workflow: clock() }, transactions, users, redrive, workflow };
};

const stopwatch = (): (() => number) => {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return Math.round(last - before);
  };
};

/** How an execution of the workflow ended. */
export type WorkflowReport = TurnReport['workflow'];

/** Starts the workflow and waits for its end. */
export const runWorkflow = async ({ clients: { sfn }, names }: Connection, { onStep, signal, input = {} }: TurnOptions): Promise<WorkflowReport> => {
  const stateMachineArn = names.hourlyWorkflow;
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
  if (executionArn === undefined) throw new Error('Step Functions answered no execution ARN');
  const follow = followHistory(sfn, executionArn, onStep);
  const begun = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    await follow();
    if (execution.status !== 'RUNNING') {
      return { executionArn, status: execution.status ?? 'UNKNOWN', output: parsed(execution.output), error: execution.error, cause: execution.cause };
    }
    await sleep(Math.min(pollMilliseconds.most, Math.max(pollMilliseconds.least, (performance.now() - begun) / 20)), undefined, { signal });
  }
};

/** Reads on in the execution's history from where it was left, and tells of the states entered since. */
const followHistory = (sfn: SFNClient, executionArn: string, onStep: (step: string) => void): (() => Promise<void>) => {
  let seen = 0;
  return async () => {
    const events = await eventsAfter(sfn, executionArn, seen);
    seen = events.at(-1)?.id ?? seen;
    for (const step of events.map(stepOf)) if (step !== undefined) onStep(step);
  };
};

/** The events of an execution after one, in order; read from the last one back, since a long history has many pages. */
const eventsAfter = async (sfn: SFNClient, executionArn: string, seen: number): Promise<HistoryEvent[]> => {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 100, ...(nextToken === undefined ? {} : { nextToken }) }));
    const unseen = (page.events ?? []).filter(({ id = 0 }) => id > seen);
    events.unshift(...unseen.reverse());
    nextToken = unseen.length < (page.events ?? []).length ? undefined : page.nextToken;
  } while (nextToken !== undefined);
  return events;
};

/**
 * What a state of the hourly workflow does, for a person: `events: silver/merge_events` for a statement, else its name.
 * undefined for the states between statements, which only ask what comes next.
 */
export const stepOf = (event: HistoryEvent): string | undefined => {
  if (event.type !== 'TaskStateEntered') return undefined;
  const { name, input } = event.stateEnteredEventDetails ?? {};
  if (name === 'NextStep') return undefined;
  if (name !== 'RunStatement') return name?.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  const { phase, next } = parsed(input) as { phase?: string; next?: { answer?: { statement?: string } } };
  return `${phase ?? 'run'}: ${next?.answer?.statement ?? 'statement'}`;
};

const parsed = (text: string | undefined): unknown => (text === undefined || text === '' ? undefined : (JSON.parse(text) as unknown));
