import type { InvocationOutcome } from '../invocation.ts';

export type StartingPosition = 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';

/** An event source mapping as it is kept. Times are epoch milliseconds; -1 stands for no limit, as in the API. */
export interface Mapping {
  uuid: string;
  kind: 'sqs' | 'kinesis';
  sourceArn: string;
  functionName: string;
  enabled: boolean;
  batchSize: number;
  windowSeconds: number;
  /** The function answers which items failed. */
  reportsFailures: boolean;
  modifiedAt: number;
  /** Streams only. */
  startingPosition?: StartingPosition;
  startingAt?: number;
  bisects?: boolean;
  maximumRetries?: number;
  maximumAgeSeconds?: number;
  onFailure?: string;
}

/** Runs the mapping's function once. */
export type InvokeBatch = (functionName: string, payload: string) => Promise<InvocationOutcome>;
