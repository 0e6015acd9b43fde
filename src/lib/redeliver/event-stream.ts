/** A record as it lies on the stream. */
export interface StreamRecord {
  data: Uint8Array;
  sequenceNumber: string;
  partitionKey: string;
  /** Kinesis' approximate arrival, milliseconds since 1970. */
  arrivalMillis: number;
}

export interface StreamPage {
  records: readonly StreamRecord[];
  /** Is nothing behind it yet? */
  isTip: boolean;
}

/** Where reading a shard begins: the first record that arrived then or later, or the one behind a record. */
export type StreamPosition = { at: Date } | { after: string };

/** A Kinesis stream to read from. A port: tests hand in arrays. */
export interface EventStream {
  readonly arn: string;
  /** The stream keeps no record that arrived before. */
  keepsFrom(now: Date): Promise<Date>;
  /** Ids of the shards that can hold records of then or later: open ones, closed ones, and those that took their keys over. */
  shardsFrom(from: Date): Promise<string[]>;
  /** A shard's pages in order, to the end of a closed shard; those of an open one never end. */
  read(shardId: string, from: StreamPosition): AsyncIterable<StreamPage>;
}
