import { epochMillisOf, recordHashOf } from '../contracts/index.ts';
import type { Objects } from '../aws/index.ts';

/** A record that Firehose could not deliver. */
export interface UndeliveredRecord {
  /** As it lay on the stream. */
  data: Buffer;
  /** Milliseconds since 1970. */
  arrivalMillis: number;
  /** Where it came from, where the error object knows it. */
  source: { origin: string; shardId: string | null; sequenceNumber: string | null } | undefined;
}

/** What a line of an error object holds; or why it cannot be read. */
export type ErrorLine = { ok: true; record: UndeliveredRecord } | { ok: false; reason: string };

type Members = Readonly<Record<string, unknown>>;

const unreadable = (reason: string): ErrorLine => ({ ok: false, reason: `payload: not a record of a failed delivery: ${reason}` });

const membersOf = (bytes: Buffer): Members | undefined => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
  } catch {
    return undefined; // the caller says which line, and keeps it
  }
};

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

/** Milliseconds since 1970, within what a Date can hold; the documentation shows it both as a number and as a text. */
const millisOf = (value: unknown): number | undefined => {
  const millis = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof millis === 'number' && Number.isInteger(millis) && millis >= 0 && millis <= 8.64e15 ? millis : undefined;
};

/** A row as capture writes them for bronze.events, as far as it tells of the record. */
interface CapturedRow {
  payload: string | null;
  payload_encoding: 'utf8' | 'base64';
  payload_location: string | null;
  record_hash: string;
  source_system: string;
  origin: string;
  arrival_timestamp: string;
  shard_id: string | null;
  sequence_number: string | null;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);

const isCapturedRow = (row: Members): row is Members & CapturedRow =>
  [row['record_hash'], row['source_system'], row['origin']].every(isText) &&
  [row['payload'], row['payload_location'], row['shard_id'], row['sequence_number']].every(isTextOrNull) &&
  (row['payload_encoding'] === 'utf8' || row['payload_encoding'] === 'base64') &&
  isText(row['arrival_timestamp']) && Number.isFinite(epochMillisOf(row['arrival_timestamp']));

const payloadOf = async (row: CapturedRow, objects: Pick<Objects, 'bucket' | 'get'>): Promise<Uint8Array | undefined> => {
  if (row.payload !== null) return Buffer.from(row.payload, row.payload_encoding);
  const folder = `s3://${objects.bucket}/`;
  return row.payload_location?.startsWith(folder) === true ? objects.get(row.payload_location.slice(folder.length)) : undefined;
};

/** The record behind a row that capture made of it; the hash says whether it is the same, byte for byte. */
const recordBehind = async (row: CapturedRow, objects: Pick<Objects, 'bucket' | 'get'>): Promise<ErrorLine> => {
  const payload = await payloadOf(row, objects);
  if (payload === undefined) return unreadable(`its payload is not at ${String(row.payload_location)}`);
  if (recordHashOf(row.source_system, payload) !== row.record_hash) return unreadable('record_hash is not that of its payload');
  const source = { origin: row.origin, shardId: row.shard_id, sequenceNumber: row.sequence_number };
  return { ok: true, record: { data: Buffer.from(payload), arrivalMillis: epochMillisOf(row.arrival_timestamp), source } };
};

/**
 * Reads a line of an error object. Below `processing-failed/` rawData is the record as it lay on the stream
 * (https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html), and nothing tells its place there.
 * Below `format-conversion-failed/` it is what capture had made of it
 * (https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html): a row that knows the record.
 */
export const readErrorLine = async (line: Buffer, isConverted: boolean, objects: Pick<Objects, 'bucket' | 'get'>): Promise<ErrorLine> => {
  const members = membersOf(line);
  if (!members) return unreadable('not a JSON object');
  const { rawData, arrivalTimestamp } = members;
  if (!isText(rawData) || !isBase64(rawData)) return unreadable('rawData is not base64');
  const data = Buffer.from(rawData, 'base64');
  const row = isConverted ? membersOf(data) : undefined;
  if (row && isCapturedRow(row)) return recordBehind(row, objects);
  const arrivalMillis = millisOf(arrivalTimestamp);
  if (arrivalMillis === undefined) return unreadable('arrivalTimestamp is not a time');
  return { ok: true, record: { data, arrivalMillis, source: undefined } };
};
