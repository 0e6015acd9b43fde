import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { appendWhole, replaceFile } from '../../core/files.ts';
import type { ResultColumn, StatementKind } from '../types.ts';

export type QueryState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** All that is kept of a query. Times are epoch milliseconds, byte counts decimal text. */
export interface Execution {
  id: string;
  query: string;
  workGroup: string;
  database: string | undefined;
  catalog: string | undefined;
  parameters: string[] | undefined;
  token: string | undefined;
  /** Of the request that started it; a log of an earlier version has none. */
  fingerprint?: string;
  statementType?: StatementKind;
  /** What the result configuration says beside the location. */
  encryption?: Record<string, unknown> | undefined;
  expectedBucketOwner?: string | undefined;
  acl?: Record<string, unknown> | undefined;
  /** Earlier results up to this age answer it; undefined: none do. */
  reuseMaxAgeMinutes?: number | undefined;
  /** The execution whose result answered this one. */
  reusedFrom?: string;
  /** Folder of the result files, `s3://…/`. */
  outputFolder: string;
  state: QueryState;
  submittedAt: number;
  completedAt: number | undefined;
  /** `scannedBytes`: where the work group's limit ended it. */
  failure: { reason: string; category: number; retryable: boolean; scannedBytes?: string } | undefined;
  outcome: ExecutionOutcome | undefined;
  /** Of any ending; undefined until then. */
  spent?: { engineMs: number; queueMs: number };
}

export interface ExecutionOutcome {
  statementType: StatementKind;
  substatementType: string;
  columns: ResultColumn[];
  /** Name of the result file in the output folder; undefined where the statement has none. */
  resultFile: string | undefined;
  /** Text lines instead of CSV. */
  isText: boolean;
  scannedBytes: string;
  updateCount: number | undefined;
  /** Name of the data manifest in the output folder, for statements that write rows. */
  manifestFile?: string | undefined;
  engineMs: number;
  queueMs: number;
}

export const isEnded = (state: QueryState): boolean => state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED';

/** Athena keeps a query's history for 45 days: https://docs.aws.amazon.com/athena/latest/ug/querying.html */
const KEPT_MS = 45 * 86_400_000;
const KEPT_EXECUTIONS = 5_000;
const KEPT_BYTES = 32 << 20;

/**
 * Query executions in one log: a line for each change, on disk before it is acknowledged. At start the log is written anew
 * with what is kept; a query that ran when the last process ended is FAILED.
 */
export class Executions {
  private readonly file: string;
  private readonly byId = new Map<string, Execution>();
  private readonly byToken = new Map<string, Execution>();
  private readonly log: number;

  constructor(stateFolder: string, now: number) {
    this.file = path.join(stateFolder, 'query-executions.jsonl');
    mkdirSync(stateFolder, { recursive: true });
    for (const execution of kept(readLog(this.file), now)) this.remember(isEnded(execution.state) ? execution : interrupted(execution, now));
    replaceFile(this.file, [...this.byId.values()].map((execution) => `${JSON.stringify(execution)}\n`).join(''));
    this.log = openSync(this.file, 'a');
  }

  get(id: string): Execution | undefined {
    return this.byId.get(id);
  }

  withToken(token: string): Execution | undefined {
    return this.byToken.get(token);
  }

  /** Newest first. */
  list(workGroup: string): Execution[] {
    return [...this.byId.values()].filter((execution) => execution.workGroup === workGroup).reverse();
  }

  /** Adds an execution, or replaces what is known of it. */
  save(execution: Execution): void {
    appendWhole(this.log, `${JSON.stringify(execution)}\n`);
    fsyncSync(this.log);
    this.remember(execution);
  }

  close(): void {
    closeSync(this.log);
  }

  /** Known until the process ends. */
  remember(execution: Execution): void {
    this.byId.set(execution.id, execution);
    if (execution.token !== undefined) this.byToken.set(execution.token, execution);
  }
}

const interrupted = (execution: Execution, now: number): Execution => ({
  ...execution,
  state: 'FAILED',
  completedAt: now,
  failure: { reason: 'INTERNAL_ERROR: the process ended while the query ran', category: 1, retryable: true },
});

/** The last line of each query, in the order they were submitted. A line cut off by a crash was never acknowledged. */
const readLog = (file: string): Execution[] => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const lines = text.split('\n').slice(0, -1);
  const byId = new Map<string, Execution>();
  for (const line of lines) {
    const execution = JSON.parse(line) as Execution;
    byId.set(execution.id, execution);
  }
  return [...byId.values()];
};

const kept = (executions: readonly Execution[], now: number): Execution[] => {
  let bytes = 0;
  const recent = executions.slice(-KEPT_EXECUTIONS).reverse();
  return recent
    .filter((execution) => {
      bytes += execution.query.length + 1000;
      return now - execution.submittedAt < KEPT_MS && bytes < KEPT_BYTES;
    })
    .reverse();
};
