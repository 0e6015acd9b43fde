import { hash } from 'node:crypto';
import fc from 'fast-check';
import { bronzeTables } from '../../../src/lib/bronze/index.ts';
import { captureDefaults, createCapture } from '../../../src/lib/capture/index.ts';
import type { EventRow, FirehoseEvent, FirehoseRecord } from '../../../src/lib/capture/index.ts';
import { memoryObjects } from '../support/fakes.ts';

const arrival = Date.parse('2025-11-08T00:00:00.123Z');
const ingested = new Date('2025-11-08T00:01:00.000Z');
const goodEvent = '{"event_id":"E1","session_id":"S1","user_id":"U1","event_type":"click","event_timestamp":"2025-11-07T19:46:52.832132"}';

const recordOf = (data: string | Uint8Array, index = 0): FirehoseRecord => ({
  recordId: `record-${index}`,
  approximateArrivalTimestamp: arrival,
  data: Buffer.from(data).toString('base64'),
  kinesisRecordMetadata: { sequenceNumber: `49${index}`, subsequenceNumber: 0, shardId: 'shardId-000000000001', partitionKey: 'p', approximateArrivalTimestamp: arrival },
});

const eventOf = (records: FirehoseRecord[]): FirehoseEvent => ({
  invocationId: 'i',
  deliveryStreamArn: 'arn:aws:firehose:eu-west-1:000000000000:deliverystream/floe-dev-events-delivery',
  sourceKinesisStreamArn: 'arn:aws:kinesis:eu-west-1:000000000000:stream/floe-dev-events',
  region: 'eu-west-1',
  records,
});

const run = async (records: FirehoseRecord[], config = captureDefaults) => {
  const objects = memoryObjects();
  const outcome = await createCapture({ objects, clock: () => ingested }, config)(eventOf(records));
  const lines = outcome.answer.records.map(({ data }) => Buffer.from(data, 'base64').toString('utf8'));
  return { outcome, objects, lines, rows: lines.map((line) => JSON.parse(line) as EventRow) };
};

const one = async (data: string | Uint8Array): Promise<EventRow> => (await run([recordOf(data)])).rows[0]!;
const columnNames = bronzeTables.events.columns.map(({ name }) => name).sort();

test('a record becomes one line of JSON with exactly the columns of bronze.events', async () => {
  const { lines, rows } = await run([recordOf(goodEvent)]);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(Object.keys(rows[0]!).sort()).toStrictEqual(columnNames);
});

test('a row carries the payload unchanged, its hash, its times and where it came from', async () => {
  expect(await one(`  ${goodEvent}\n`)).toMatchObject({
    payload: `  ${goodEvent}\n`,
    payload_encoding: 'utf8',
    payload_location: null,
    record_hash: hash('sha256', `app\0  ${goodEvent}\n`, 'hex'),
    validation_errors: [],
    source_system: 'app',
    contract_version: 1,
    origin: 'floe-dev-events/shardId-000000000001/490',
    arrival_timestamp: '2025-11-08 00:00:00.123000',
    ingestion_timestamp: '2025-11-08 00:01:00.000000',
    shard_id: 'shardId-000000000001',
    sequence_number: '490',
  });
});

test('records of one aggregated record have origins of their own', async () => {
  const [first, second] = [0, 1].map((subsequenceNumber) => {
    const record = recordOf(goodEvent);
    return { ...record, kinesisRecordMetadata: { ...record.kinesisRecordMetadata!, subsequenceNumber } };
  });
  const { rows } = await run([first!, second!]);
  expect(rows.map(({ origin }) => origin)).toStrictEqual(['floe-dev-events/shardId-000000000001/490', 'floe-dev-events/shardId-000000000001/490.1']);
});

test('a record put to Firehose directly has its record id as origin and no shard', async () => {
  const direct = recordOf(goodEvent);
  delete direct.kinesisRecordMetadata;
  const { rows } = await run([direct]);
  expect(rows[0]).toMatchObject({ origin: 'floe-dev-events-delivery/record-0', shard_id: null, sequence_number: null, arrival_timestamp: '2025-11-08 00:00:00.123000' });
});

test.each([
  ['text that is no JSON', 'nope', ['payload: not JSON']],
  ['nothing at all', '', ['payload: not JSON']],
  ['a byte order mark', `\ufeff${goodEvent}`, ['payload: not JSON']],
  ['an array', '[1]', ['payload: not an object']],
  ['null', 'null', ['payload: not an object']],
  ['a text', '"x"', ['payload: not an object']],
])('%s is a row with its reason and no columns', async (_what, data, errors) => {
  expect(await one(data)).toMatchObject({ payload: data, payload_encoding: 'utf8', validation_errors: errors, source_system: 'app', event_id: null, event_type: null });
});

test('bytes that are not UTF-8 are kept as base64, and the hash is that of the bytes', async () => {
  const bytes = Buffer.from([0x1f, 0x8b, 0xff, 0x00]);
  expect(await one(bytes)).toMatchObject({
    payload: bytes.toString('base64'),
    payload_encoding: 'base64',
    validation_errors: ['payload: not UTF-8'],
    record_hash: hash('sha256', Buffer.concat([Buffer.from('app\0'), bytes]), 'hex'),
  });
});

test('a payload above 1 MB is invalid as a whole; its bytes lie in S3 and the row points at them', async () => {
  const data = JSON.stringify({ ...(JSON.parse(goodEvent) as object), event_details: { text: 'ä'.repeat(1_100_000) } });
  const { outcome, rows, objects } = await run([recordOf(data)]);
  const row = rows[0]!;
  expect(row).toMatchObject({ payload: null, payload_location: `s3://lake/oversize/${row.record_hash}`, validation_errors: ['payload: larger than 1048576 bytes'], event_id: null });
  expect(Buffer.from(objects.stored.get(`oversize/${row.record_hash}`)!).toString()).toBe(data);
  expect(outcome.oversize).toBe(1);
});

test('a valid record whose row would exceed what Firehose takes keeps its columns, and a retry writes the same object', async () => {
  const data = JSON.stringify({ ...(JSON.parse(goodEvent) as object), event_details: { text: 'x'.repeat(600_000) } });
  const { rows, objects, outcome } = await run([recordOf(data), recordOf(data, 1)]);
  expect(rows[0]).toMatchObject({ payload: null, validation_errors: [], event_id: 'E1' });
  expect(rows[0]!.event_details).toHaveLength(600_011);
  expect(new Set(objects.puts).size).toBe(1);
  for (const { data: encoded } of outcome.answer.records) expect(Buffer.from(encoded, 'base64').length).toBeLessThanOrEqual(1_024_000);
});

test('details too large for any row go with the payload', async () => {
  const details = `{"text":"${'\\"'.repeat(400_000)}"}`;
  const { rows, outcome } = await run([recordOf(`${goodEvent.slice(0, -1)},"event_details":${details}}`)]);
  expect(rows[0]).toMatchObject({ payload: null, event_details: null, event_id: 'E1', validation_errors: [] });
  expect(outcome.answer.records[0]!.result).toBe('Ok');
});

test('an answer that would exceed 6 MB hands the rest back untouched, and says how many', async () => {
  const records = Array.from({ length: 6 }, (_, index) => recordOf(`${goodEvent.slice(0, -1)},"x":"${'y'.repeat(500)}"}`, index));
  const { outcome } = await run(records, { ...captureDefaults, largestAnswerBytes: 9_000 });
  const failed = outcome.answer.records.filter(({ result }) => result === 'ProcessingFailed');
  expect(outcome.answer.records.map(({ recordId }) => recordId)).toStrictEqual(records.map(({ recordId }) => recordId));
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(6);
  expect(outcome.refused).toBe(failed.length);
  expect(failed.every(({ recordId, data }) => records.some((record) => record.recordId === recordId && record.data === data))).toBe(true);
  expect(JSON.stringify(outcome.answer).length).toBeLessThanOrEqual(9_000);
});

test('S3 out of reach fails the call, so that Firehose calls again: nothing is dropped', async () => {
  const objects = { bucket: 'lake', put: () => Promise.reject(new Error('no S3')) };
  const capture = createCapture({ objects, clock: () => ingested });
  await expect(capture(eventOf([recordOf(goodEvent), recordOf('x'.repeat(1_100_000), 1)]))).rejects.toThrow('no S3');
});

test('counts are told per source: captured, quarantined, unknown fields by name', async () => {
  const shop = { event_time: '2019-10-01 00:00:00 UTC', event_type: 'view', product_id: '1', price: '0', user_id: '2', user_session: '3', extra: 1 };
  const { outcome } = await run([recordOf(goodEvent), recordOf('nope', 1), recordOf(JSON.stringify(shop), 2)]);
  expect([...outcome.counts]).toStrictEqual([
    ['app', { captured: 2, quarantined: 1, unknownFields: new Map() }],
    ['shop', { captured: 1, quarantined: 1, unknownFields: new Map([['extra', 1]]) }],
  ]);
});

const anyRecord = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.json(),
  fc
    .record(
      {
        event_id: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
        event_time: fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
        user_session: fc.oneof(fc.string(), fc.jsonValue()),
        event_type: fc.constantFrom('view', 'click', 'x', ''),
        price: fc.oneof(fc.double(), fc.string()),
        event_details: fc.jsonValue(),
        'é"\\': fc.string({ unit: 'binary' }),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);

test('whatever arrives, every record is answered Ok, once, in order, with all columns and its bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRecord, { maxLength: 5 }), async (datas) => {
      const records = datas.map((data, index) => recordOf(data, index));
      const { outcome, rows } = await run(records);
      expect(outcome.answer.records.map(({ recordId, result }) => `${recordId} ${result}`)).toStrictEqual(records.map(({ recordId }) => `${recordId} Ok`));
      rows.forEach((row, index) => {
        expect(Object.keys(row).sort()).toStrictEqual(columnNames);
        expect(Buffer.from(row.payload!, row.payload_encoding).toString('base64')).toBe(records[index]!.data);
        expect(row.validation_errors.every((reason) => /^\w+: ./.test(reason))).toBe(true);
      });
    }),
    { numRuns: 300 },
  );
});
