/**
 * The event and answer of a Firehose transform.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
 */

export interface FirehoseRecord {
  recordId: string;
  /** base64 */
  data: string;
  /** Milliseconds since 1970; when the record was put to Firehose, or read from the stream. */
  approximateArrivalTimestamp: number;
  /** Only where a Kinesis stream is the source. */
  kinesisRecordMetadata?: {
    sequenceNumber: string;
    /** Position within a record the Kinesis Producer Library aggregated. */
    subsequenceNumber?: number | string;
    shardId: string;
    partitionKey?: string;
    /** Milliseconds since 1970. */
    approximateArrivalTimestamp: number;
  };
}

export interface FirehoseEvent {
  invocationId: string;
  deliveryStreamArn: string;
  sourceKinesisStreamArn?: string;
  region?: string;
  records: readonly FirehoseRecord[];
}

export interface FirehoseResult {
  recordId: string;
  result: 'Ok' | 'Dropped' | 'ProcessingFailed';
  /** base64 */
  data: string;
}

export interface FirehoseAnswer {
  records: FirehoseResult[];
}
