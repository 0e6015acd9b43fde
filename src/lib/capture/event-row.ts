import { judgePayload, timestampOf } from '../contracts/index.ts';
import type { EventColumn, JudgedPayload } from '../contracts/index.ts';
import type { CommonRow } from '../bronze/index.ts';
import type { FirehoseEvent, FirehoseRecord } from './firehose-event.ts';

/** A row of bronze.events; its partitions are Firehose's, by the arrival. */
export type EventRow = CommonRow & Record<EventColumn, string | null> & { shard_id: string | null; sequence_number: string | null };

/** Name of a stream or delivery stream: what stands after the slash of its ARN. */
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** What all records of one call share. */
export interface Batch {
  deliveryStream: string;
  sourceStream: string;
  /** Bronze's text, UTC. */
  ingestionTimestamp: string;
  /** Milliseconds since 1970 to bronze's text; records of a batch arrive in runs of the same millisecond. */
  textOf: (epochMillis: number) => string;
}

const rememberLast = (textOf: (epochMillis: number) => string): ((epochMillis: number) => string) => {
  let lastMillis = NaN;
  let lastText = '';
  return (epochMillis) => {
    if (epochMillis !== lastMillis) {
      lastText = textOf(epochMillis);
      lastMillis = epochMillis;
    }
    return lastText;
  };
};

export const batchOf = (event: FirehoseEvent, now: Date): Batch => ({
  deliveryStream: nameOf(event.deliveryStreamArn),
  sourceStream: nameOf(event.sourceKinesisStreamArn ?? event.deliveryStreamArn),
  ingestionTimestamp: timestampOf(now.getTime()),
  textOf: rememberLast(timestampOf),
});

interface Delivery {
  origin: string;
  shardId: string | null;
  sequenceNumber: string | null;
  arrivalMillis: number;
}

/** Where a record came from: unique, and the same at every delivery of it where a stream is the source. */
const deliveryOf = (record: FirehoseRecord, batch: Batch): Delivery => {
  const kinesis = record.kinesisRecordMetadata;
  if (!kinesis) {
    return { origin: `${batch.deliveryStream}/${record.recordId}`, shardId: null, sequenceNumber: null, arrivalMillis: record.approximateArrivalTimestamp };
  }
  const part = Number(kinesis.subsequenceNumber ?? 0);
  const sequenceNumber = part === 0 ? kinesis.sequenceNumber : `${kinesis.sequenceNumber}.${part}`;
  return {
    origin: `${batch.sourceStream}/${kinesis.shardId}/${sequenceNumber}`,
    shardId: kinesis.shardId,
    sequenceNumber,
    arrivalMillis: kinesis.approximateArrivalTimestamp,
  };
};

export interface CapturedRecord {
  row: EventRow;
  judged: JudgedPayload;
  raw: Buffer;
}

/** Wraps, judges and types one record. */
export const captureRecord = (record: FirehoseRecord, batch: Batch): CapturedRecord => {
  const raw = Buffer.from(record.data, 'base64');
  const delivery = deliveryOf(record, batch);
  const arrivalTimestamp = batch.textOf(delivery.arrivalMillis);
  const judged = judgePayload(raw, arrivalTimestamp);
  const { columns } = judged;
  const row: EventRow = {
    payload: judged.payload,
    payload_encoding: judged.payloadEncoding,
    payload_location: null,
    record_hash: judged.recordHash,
    validation_errors: judged.errors,
    unknown_fields: judged.unknownFields,
    source_system: judged.sourceSystem,
    contract_version: judged.contractVersion,
    origin: delivery.origin,
    arrival_timestamp: arrivalTimestamp,
    ingestion_timestamp: batch.ingestionTimestamp,
    event_id: columns.event_id,
    session_id: columns.session_id,
    user_id: columns.user_id,
    event_type: columns.event_type,
    event_timestamp: columns.event_timestamp,
    product_id: columns.product_id,
    category_id: columns.category_id,
    category_code: columns.category_code,
    brand: columns.brand,
    price: columns.price,
    event_details: columns.event_details,
    shard_id: delivery.shardId,
    sequence_number: delivery.sequenceNumber,
  };
  return { row, judged, raw };
};
