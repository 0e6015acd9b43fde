import fc from 'fast-check';
import { createCapture, type EventRow } from '../../src/lib/capture/index.ts';
import { memoryObjects } from '../unit/support/fakes.ts';
import { hashOf, judgeEvent, type Verdict } from './judge.ts';

/** When the records of a fuzzed batch arrive, milliseconds since 1970. */
export const ARRIVAL = Date.parse('2025-11-08T00:00:00.123Z');
const INGESTED = new Date('2025-11-08T00:01:00Z');

interface Captured {
  readonly row: EventRow;
  /** The record's bytes as bronze and the lake's bucket keep them. */
  readonly bytes: Buffer;
}

/** Records through the Firehose transform, in one call. */
export const capture = async (records: readonly Uint8Array[]): Promise<Captured[]> => {
  const objects = memoryObjects();
  const { answer } = await createCapture({ objects, clock: () => INGESTED })({
    invocationId: 'i', deliveryStreamArn: 'arn:aws:firehose:eu-west-1:000000000000:deliverystream/fuzz',
    records: records.map((bytes, index) => ({ recordId: String(index), data: Buffer.from(bytes).toString('base64'), approximateArrivalTimestamp: ARRIVAL })),
  });
  expect(answer.records.map(({ recordId, result }) => `${recordId} ${result}`)).toEqual(records.map((_, index) => `${index} Ok`));
  return answer.records.map(({ data }) => {
    const row = JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as EventRow;
    const kept = row.payload_location === null ? Buffer.from(row.payload ?? 'no payload', row.payload_encoding) : objects.stored.get(row.payload_location.replace('s3://lake/', ''));
    return { row, bytes: Buffer.from(kept ?? 'no object') };
  });
};

/** The fields that reasons speak of, each once. */
export const brokenFields = (reasons: readonly string[]): string[] => [...new Set(reasons.map((reason) => reason.slice(0, reason.indexOf(': '))))];

/** Names as bronze tells them: the first 64, 128 letters of each, nothing that UTF-8 cannot hold. */
const toldNames = (names: readonly string[]): Set<string> => new Set(names.map((name) => Buffer.from(name.slice(0, 128)).toString()));

const columnsOf = (row: EventRow, { columns }: Verdict): Record<string, string | null> =>
  Object.fromEntries(Object.keys(columns).map((name) => [name, row[name as keyof EventRow] as string | null]));

/** A captured record is what the second judge says, byte for byte. */
export const expectJudgedAlike = ({ row, bytes }: Captured, sent: Uint8Array): void => {
  const verdict = judgeEvent(sent, BigInt(ARRIVAL) * 1_000n);
  expect(bytes.equals(sent)).toBe(true);
  expect(row.record_hash).toBe(hashOf(verdict.source, sent));
  expect(row.source_system).toBe(verdict.source);
  expect(brokenFields(row.validation_errors)).toEqual(verdict.broken);
  // what is too large for a row lies in the payload alone
  const columns = row.payload_location !== null && row.event_details === null ? { ...verdict.columns, event_details: null } : verdict.columns;
  expect(columnsOf(row, verdict)).toEqual(columns);
  const told = new Set(row.unknown_fields);
  const unknown = toldNames(verdict.unknownFields);
  expect([...told].filter((name) => !unknown.has(name))).toEqual([]);
  if (verdict.unknownFields.length <= 64) expect(told).toEqual(unknown);
};

export const fuzzedRecordsAreJudgedAlike = async (records: readonly Uint8Array[]): Promise<void> => {
  for (const [index, captured] of (await capture(records)).entries()) expectJudgedAlike(captured, records[index]!);
};

const TWO_DIGITS = fc.integer({ min: 0, max: 61 }).map((number) => String(number).padStart(2, '0'));
const YEARS = fc.constantFrom('2025', '2024', '2000', '1999', '0000', '9999', '10000');
const TAILS = fc.tuple(fc.constantFrom('', '.1', '.123456', '.1234567', '.1234567890', '.'), fc.constantFrom('', 'Z', ' UTC', '+05:30', '-0800', '+23:59', '-24:00', '+1', 'z')).map((parts) => parts.join(''));
const anyTime = fc.tuple(YEARS, TWO_DIGITS, TWO_DIGITS, fc.constantFrom('T', ' ', 't'), TWO_DIGITS, TWO_DIGITS, TWO_DIGITS, TAILS)
  .map(([year, month, day, between, hour, minute, second, tail]) => `${year}-${month}-${day}${between}${hour}:${minute}:${second}${tail}`);
/** About where a time becomes too late for its arrival. */
const borderTime = fc.tuple(fc.integer({ min: -2_000, max: 2_000 }), TAILS.filter((tail) => !tail.includes('.'))).map(([millis, tail]) => new Date(ARRIVAL + 86_400_000 + millis).toISOString().slice(0, -1) + tail);
export const fuzzedTime = fc.oneof(anyTime, borderTime);

export const fuzzedNumber = fc.oneof(
  fc.tuple(fc.constantFrom('', '-', '+'), fc.stringMatching(/^\d{0,12}$/), fc.constantFrom('', '.', '.0', '.004', '.005', '.99', '.994999', '.995', 'e2', 'e309', ',5')).map((parts) => parts.join('')),
  fc.double().map(String),
);

/** Any letters, halves of surrogate pairs and NUL among them. */
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', '\0', 'a', 'é', '"', '\\', '\n'), maxLength: 8 }));
const escaped = (text: string): string => `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;

const KEYS = ['event_id', 'session_id', 'user_id', 'event_type', 'event_timestamp', 'event_details', 'event_time', 'product_id', 'category_id', 'category_code', 'brand', 'price', 'user_session', '__proto__', 'constructor', '', '0', 'x'];
const rawKey = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...KEYS).map((key) => JSON.stringify(key)) }, fc.constantFrom(...KEYS).map(escaped), anyText.map((text) => JSON.stringify(text)));

const rawValue = fc.oneof(
  fc.constantFrom('null', 'true', '""', '{}', '[]', '{"a":{}}', '-0', '0.1e-7', '1E400', '{"__proto__":1,"event_details":"\\"event_details\\":"}', '"view"', '"click"', '"purchase"', '"remove_from_cart"'),
  fuzzedTime.map((text) => JSON.stringify(text)),
  fuzzedNumber.map((text) => JSON.stringify(text)),
  fuzzedNumber.filter((text) => /^-?(0|[1-9]\d*)(\.\d+)?(e\d+)?$/.test(text)),
  anyText.map((text) => JSON.stringify(text)),
  anyText.map(escaped),
  fc.json({ maxDepth: 4 }),
);

type Member = readonly [key: string, value: string];

const members = (values: Readonly<Record<string, string>>): Member[] => Object.entries(values).map(([key, value]) => [JSON.stringify(key), JSON.stringify(value)]);
const VALID: readonly (readonly Member[])[] = [
  members({ event_id: 'E', session_id: 'S', user_id: 'U', event_type: 'click', event_timestamp: '2025-11-07T19:46:52.832132' }),
  members({ event_time: '2019-10-01 00:00:00 UTC', event_type: 'view', product_id: '1', category_id: '2', category_code: 'a.b', brand: 'c', price: '1.5', user_id: '3', user_session: '4' }),
];

/** Drops, doubles, retypes, renames or moves a member. */
const mutation = fc.tuple(fc.constantFrom('drop', 'double', 'retype', 'retype', 'retype', 'rename', 'add', 'move'), fc.nat(20), rawKey, rawValue);

const mutate = (record: readonly Member[], [what, place, key, value]: readonly [string, number, string, string]): Member[] => {
  const at = record.length === 0 ? 0 : place % record.length;
  const [oldKey, oldValue] = record[at] ?? [key, value];
  const [before, after] = [record.slice(0, at), record.slice(at + 1)];
  switch (what) {
    case 'drop': return [...before, ...after];
    case 'double': return [...record, [oldKey, value]];
    case 'retype': return [...before, [oldKey, value], ...after];
    case 'rename': return [...before, [key, oldValue], ...after];
    case 'move': return [...before, ...after, [oldKey, oldValue]];
    default: return [...record, [key, value]];
  }
};

const BLANKS = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t');
const printed = (record: readonly Member[], blank: string): string => `${blank}{${record.map(([key, value]) => `${blank}${key}${blank}:${blank}${value}${blank}`).join(',')}}${blank}`;

const ENCODINGS = ['utf8', 'utf8', 'utf8', 'utf8', 'utf8', 'latin1', 'utf16le', 'byte order mark', 'cut short', 'a byte more'] as const;
const encoded = (text: string, encoding: (typeof ENCODINGS)[number], place: number, byte: number): Buffer => {
  const bytes = Buffer.from(text);
  const at = place % (bytes.length + 1);
  switch (encoding) {
    case 'byte order mark': return Buffer.from(`\ufeff${text}`);
    case 'cut short': return bytes.subarray(0, at);
    case 'a byte more': return Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)]);
    default: return Buffer.from(text, encoding);
  }
};

const mutatedRecord = fc
  .tuple(fc.constantFrom(...VALID), fc.array(mutation, { maxLength: 4 }), BLANKS, fc.constantFrom(...ENCODINGS), fc.nat(), fc.nat(255))
  .map(([valid, mutations, blank, encoding, place, byte]) => encoded(printed(mutations.reduce(mutate, [...valid]), blank), encoding, place, byte));

/** A record of the event stream: mostly a valid one that has been changed in a few places, sometimes any bytes. */
export const fuzzedRecord: fc.Arbitrary<Uint8Array> = fc.oneof({ weight: 8, arbitrary: mutatedRecord }, fc.uint8Array({ maxLength: 100 }), fc.json().map((text) => Buffer.from(text)));
