import type { Caller, Roles } from '../core/caller.ts';
import type { FunctionInvoker, Publisher, QueryRunner, QueueSender } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';

export interface StatesOptions {
  /** Folder of this service alone. */
  dataDir: string;
  region: string;
  clock: Clock;
  /** Resolves after so many milliseconds, or at once when aborted. Tests make time pass. */
  sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1): jitter of retries. */
  random?: () => number;
  functions: FunctionInvoker;
  queries: QueryRunner;
  publisher: Publisher;
  /** GetQueryExecution and GetQueryResults by the API's own JSON, for the `athena:` integrations that read. */
  athena?: (action: 'GetQueryExecution' | 'GetQueryResults' | 'StopQueryExecution', input: Record<string, unknown>, caller: Caller) => Promise<unknown>;
  /** For `sqs:sendMessage`: queues, which tasks name by URL. */
  queues?: QueueSender & { arnOfUrl(url: string): string | undefined };
  /** Actions of other JSON services, `DynamoDB_20120810.GetItem`. */
  ask?: (target: string, input: Record<string, unknown>, caller: Caller) => Promise<unknown>;
  /** Tasks act with their state machine's role. Default: as the administrator. */
  roles?: Roles;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** How an execution ended. `error` and `cause` are set where it did not succeed. */
export interface ExecutionOutcome {
  executionArn: string;
  status: ExecutionStatus;
  output?: unknown;
  error?: string;
  cause?: string;
}
