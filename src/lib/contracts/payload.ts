import { isAscii, isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { appEvent, eventColumns } from './app-event.ts';
import type { EventColumn } from './app-event.ts';
import type { Contract, Judgement } from './contract.ts';
import { shopEvent } from './shop-event.ts';

/** A payload above this many bytes is invalid as a whole (DATA.md 1.5). */
export const LARGEST_PAYLOAD_BYTES = 1_048_576;

export interface JudgedPayload extends Judgement<EventColumn> {
  /** The payload's text; base64 of its bytes where they are not UTF-8. */
  payload: string;
  payloadEncoding: 'utf8' | 'base64';
  sourceSystem: string;
  contractVersion: number;
  /** hex sha256 of source_system, NUL, the raw bytes. */
  recordHash: string;
  /** true where every byte of the payload, and so every letter of its columns, is ASCII. */
  ascii: boolean;
}

/** A record that has the keys event_time and user_session is a shop event; else it is judged as an app event. */
export const contractFor = (record: Readonly<Record<string, unknown>>): Contract<EventColumn> =>
  Object.hasOwn(record, 'event_time') && Object.hasOwn(record, 'user_session') ? shopEvent : appEvent;

/** hex sha256 of source_system, NUL, the raw bytes (DATA.md, section 2). */
export const recordHashOf = (sourceSystem: string, raw: Uint8Array | string): string =>
  typeof raw === 'string'
    ? hash('sha256', `${sourceSystem}\0${raw}`, 'hex')
    : hash('sha256', Buffer.concat([Buffer.from(`${sourceSystem}\0`), raw]), 'hex');

const noColumns = (): Record<EventColumn, null> => Object.fromEntries(eventColumns.map((name) => [name, null])) as Record<EventColumn, null>;

const parseObject = (text: string): { record: Record<string, unknown> } | { error: string } => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: 'payload: not JSON' };
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { record: value as Record<string, unknown> } : { error: 'payload: not an object' };
};

/** A payload that cannot be read as a record. Which producer sent it nobody can tell: it counts as the app's. */
const unreadable = (raw: Buffer, payload: string, payloadEncoding: 'utf8' | 'base64', ascii: boolean, errors: string[]): JudgedPayload => ({
  payload,
  payloadEncoding,
  sourceSystem: appEvent.sourceSystem,
  contractVersion: appEvent.version,
  recordHash: recordHashOf(appEvent.sourceSystem, raw),
  ascii,
  columns: noColumns(),
  errors,
  unknownFields: [],
});

/** Judges one record of the event stream: which contract it falls under, its columns, its broken rules. Never throws on data. */
export const judgePayload = (raw: Buffer, arrivalTimestamp: string): JudgedPayload => {
  const tooLarge = raw.length > LARGEST_PAYLOAD_BYTES ? [`payload: larger than ${LARGEST_PAYLOAD_BYTES} bytes`] : [];
  if (!isUtf8(raw)) return unreadable(raw, raw.toString('base64'), 'base64', true, [...tooLarge, 'payload: not UTF-8']);
  const ascii = isAscii(raw);
  const text = raw.toString(ascii ? 'latin1' : 'utf8');
  if (tooLarge.length > 0) return unreadable(raw, text, 'utf8', ascii, tooLarge);
  const parsed = parseObject(text);
  if ('error' in parsed) return unreadable(raw, text, 'utf8', ascii, [parsed.error]);
  const contract = contractFor(parsed.record);
  const { columns, errors, unknownFields } = contract.judge(parsed.record, { arrivalTimestamp, text });
  return {
    payload: text,
    payloadEncoding: 'utf8',
    sourceSystem: contract.sourceSystem,
    contractVersion: contract.version,
    recordHash: recordHashOf(contract.sourceSystem, text),
    ascii: ascii && !text.includes('\\u'),
    columns,
    errors,
    unknownFields,
  };
};
