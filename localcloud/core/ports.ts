import type { Caller } from './caller.ts';

/**
 * What services of this cloud ask of each other, in process. A service depends on these, never on another service's class. Where a
 * method takes a caller, its rights count, and AwsError says what they lack; the administrator's where none is given.
 */

/** Objects as plain files at `<root>/<bucket>/<key>`, so that DuckDB can read them where they lie. */
export interface ObjectStore {
  put(bucket: string, key: string, body: Uint8Array, options?: { contentType?: string }): Promise<void>;
  /** undefined where there is no such object. */
  get(bucket: string, key: string): Promise<Buffer | undefined>;
  /** Keys below a prefix, in byte order. */
  list(bucket: string, prefix: string): Promise<{ key: string; size: number; lastModified: Date }[]>;
  delete(bucket: string, key: string): Promise<void>;
  bucketExists(bucket: string): boolean;
  /** `s3://bucket/key` to the file's path and back. Throws on a key that would leave the root. */
  fileOf(uri: string): string;
  uriOf(file: string): string;
}

/** A function's answer, as Lambda's Invoke gives it: a payload, or an error the function threw. */
export type FunctionResult = { ok: true; payload: unknown } | { ok: false; errorType: string; errorMessage: string };

export interface FunctionInvoker {
  /** `name`: the function's name, its ARN, or its ARN with an alias. Throws AwsError ResourceNotFoundException where there is none. */
  invoke(name: string, event: unknown, caller?: Caller): Promise<FunctionResult>;
}

export interface StreamRecord {
  data: Buffer;
  partitionKey: string;
  sequenceNumber: string;
  shardId: string;
  approximateArrivalTimestamp: Date;
}

export interface StreamReader {
  shardIds(stream: string): string[];
  /** Records after a sequence number (all of the retention where undefined), at most `limit`, in order; with the delay to the tip. */
  read(stream: string, shardId: string, after: string | undefined, limit: number): { records: StreamRecord[]; millisBehindLatest: number };
  /** Sequence number at the tip now, undefined for an empty shard: where a consumer that starts at LATEST begins. */
  latest(stream: string, shardId: string): string | undefined;
}

export interface CatalogColumn {
  name: string;
  /** Hive type text: `string`, `array<string>`, `decimal(10,2)`. */
  type: string;
}

/** A Glue table as far as neighbours need it. */
export interface CatalogTable {
  databaseName: string;
  name: string;
  columns: CatalogColumn[];
  partitionKeys: CatalogColumn[];
  parameters: Record<string, string>;
  location: string | undefined;
  tableType: string | undefined;
  versionId: string;
}

export interface CatalogReader {
  /** undefined where there is no such table. */
  table(database: string, name: string): CatalogTable | undefined;
}

export interface QueryOutcome {
  /** GetQueryExecution's QueryExecution, in the API's own shape. */
  execution: Record<string, unknown>;
  state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
}

export interface QueryRunner {
  /** StartQueryExecution's input; answers the id at once. Idempotent by ClientRequestToken. Throws AwsError where the caller may not. */
  start(input: Record<string, unknown>, caller?: Caller): Promise<string>;
  /** Resolves when the query has ended. */
  wait(queryExecutionId: string, caller?: Caller): Promise<QueryOutcome>;
  stopQuery(queryExecutionId: string, caller?: Caller): Promise<void>;
}

export interface Publisher {
  /** Resolves with the message's id once it is on disk and handed on. Throws AwsError NotFound, InvalidParameter. */
  publish(topicArn: string, message: string, subject?: string, attributes?: MessageAttributes, caller?: Caller): Promise<string>;
}

/** By name; values as text, binary ones in base64. */
export type MessageAttributes = Record<string, { Type: string; Value: string }>;

/** An attribute of a queue's message; `value` is text, that of a Binary one base64. */
export interface QueueAttribute {
  dataType: string;
  value: string;
}

/** A message as a consumer receives it. Times are epoch milliseconds. */
export interface QueueMessage {
  messageId: string;
  receiptHandle: string;
  body: string;
  attributes: Readonly<Record<string, QueueAttribute>>;
  md5OfBody: string;
  /** MessageSystemAttributes in the API's own words: SentTimestamp, ApproximateReceiveCount, … */
  systemAttributes: Readonly<Record<string, string>>;
}

export interface QueueSender {
  /** Resolves with the message's id once it is on disk. Throws AwsError QueueDoesNotExist, InvalidParameterValue. */
  send(queueArn: string, body: string, attributes?: Readonly<Record<string, QueueAttribute>>, caller?: Caller): Promise<string>;
}

export interface QueueConsumer {
  /** Waits until something can be received; none once the signal is aborted. Throws AwsError QueueDoesNotExist. */
  receive(queueArn: string, limit: number, signal: AbortSignal): Promise<QueueMessage[]>;
  delete(queueArn: string, receiptHandles: readonly string[]): Promise<void>;
}

/** Where what a function prints goes; the CloudWatch service reads metrics in the embedded metric format from it. */
export interface LogSink {
  write(logGroup: string, line: string): void;
}
