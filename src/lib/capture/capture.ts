import type { Objects } from '../aws/index.ts';
import { uriOf } from '../aws/index.ts';
import { batchOf, captureRecord } from './event-row.ts';
import type { CapturedRecord } from './event-row.ts';
import type { FirehoseAnswer, FirehoseEvent, FirehoseResult } from './firehose-event.ts';

export interface CaptureConfig {
  /** Largest record Firehose delivers, in bytes: 1000 KiB (https://docs.aws.amazon.com/firehose/latest/dev/limits.html). */
  largestRecordBytes: number;
  /** Largest answer of a Lambda: 6 MB, less room for the JSON around the records. */
  largestAnswerBytes: number;
}

export const captureDefaults: CaptureConfig = { largestRecordBytes: 1_000 * 1_024, largestAnswerBytes: 6 * 1_024 * 1_024 - 4_096 };

export interface CapturePorts {
  /** The lake's bucket: where payloads go that are too large for a row. */
  objects: Pick<Objects, 'bucket' | 'put'>;
  clock: () => Date;
}

/** What happened, per source_system: for metrics. */
export interface SourceCounts {
  captured: number;
  quarantined: number;
  /** How often each field no contract knows was seen. */
  unknownFields: Map<string, number>;
}

export interface CaptureOutcome {
  answer: FirehoseAnswer;
  counts: Map<string, SourceCounts>;
  oversize: number;
  /** Records handed back because the answer would not have fitted a Lambda's 6 MB. */
  refused: number;
}

/** Bytes around a record in the answer: keys, quotes, the result. */
const ANSWER_OVERHEAD = 64;

/** The row as one line of JSON, base64. btoa is three times as fast as Buffer, and right for ASCII only. */
const encode = ({ row, judged }: CapturedRecord): string => {
  const line = `${JSON.stringify(row)}\n`;
  return judged.ascii ? btoa(line) : Buffer.from(line).toString('base64');
};

const decodedBytes = (base64: string): number => (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);

/**
 * A row too large for Firehose: its payload goes to S3 as the bytes it was, and the row points there. The object is named by
 * the record's hash, so that a retry writes the same one. event_details is part of the payload and goes with it only where the row
 * would still be too large.
 */
const storeOversize = async (captured: CapturedRecord, config: CaptureConfig, objects: CapturePorts['objects']): Promise<string> => {
  const key = `oversize/${captured.row.record_hash}`;
  await objects.put(key, captured.raw);
  const row = { ...captured.row, payload: null, payload_location: uriOf(objects, key) };
  const data = encode({ ...captured, row });
  return decodedBytes(data) <= config.largestRecordBytes ? data : encode({ ...captured, row: { ...row, event_details: null } });
};

const count = (counts: Map<string, SourceCounts>, { row }: CapturedRecord): void => {
  let source = counts.get(row.source_system);
  if (!source) counts.set(row.source_system, (source = { captured: 0, quarantined: 0, unknownFields: new Map() }));
  source.captured += 1;
  if (row.validation_errors.length > 0) source.quarantined += 1;
  for (const name of row.unknown_fields) source.unknownFields.set(name, (source.unknownFields.get(name) ?? 0) + 1);
};

/**
 * A Firehose transform that wraps, judges and types each record and drops none: an invalid record is a row with its reasons.
 *
 * Only where the answer would exceed a Lambda's 6 MB are records handed back as ProcessingFailed: Firehose then delivers
 * them untouched to its error prefix, from where they are counted and driven again. The 0.5 MB buffer makes that a rare event.
 * Throws only where S3 cannot be written: Firehose then calls again with the same batch.
 */
export const createCapture = (ports: CapturePorts, config: CaptureConfig = captureDefaults) => {
  return async function capture(event: FirehoseEvent): Promise<CaptureOutcome> {
    const batch = batchOf(event, ports.clock());
    const outcome: CaptureOutcome = { answer: { records: [] }, counts: new Map(), oversize: 0, refused: 0 };
    // Every record's own data must still fit, in case it has to be handed back.
    let reserved = event.records.reduce((bytes, record) => bytes + record.data.length + record.recordId.length + ANSWER_OVERHEAD, 0);
    for (const record of event.records) {
      const captured = captureRecord(record, batch);
      let data = encode(captured);
      const oversize = decodedBytes(data) > config.largestRecordBytes;
      if (oversize) data = await storeOversize(captured, config, ports.objects);
      const growth = data.length - record.data.length;
      const fits = reserved + growth <= config.largestAnswerBytes;
      const result: FirehoseResult = fits ? { recordId: record.recordId, result: 'Ok', data } : { recordId: record.recordId, result: 'ProcessingFailed', data: record.data };
      outcome.answer.records.push(result);
      if (!fits) {
        outcome.refused += 1;
        continue;
      }
      reserved += growth;
      if (oversize) outcome.oversize += 1;
      count(outcome.counts, captured);
    }
    return outcome;
  };
};
