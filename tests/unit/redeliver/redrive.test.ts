import { parquetReadObjects } from 'hyparquet';
import fc from 'fast-check';
import { batchOf, captureRecord, createCapture } from '../../../src/lib/capture/index.ts';
import { countUndelivered, createErrorLedger, redrive } from '../../../src/lib/redeliver/index.ts';
import type { RedriveOutcome, RedrivePorts } from '../../../src/lib/redeliver/index.ts';
import { memoryObjects, memoryTable } from '../support/fakes.ts';

const FAILED = 'errors/events/processing-failed/ingestion_date=2025-11-01/';
const CONVERSION = 'errors/events/format-conversion-failed/ingestion_date=2025-11-01/';
const ARRIVAL = Date.parse('2025-11-01T10:00:00.123Z');
const NOW = new Date('2025-11-03T12:30:00Z');
const event = (id: number): string => `{"event_id":"E${id}","session_id":"S1","user_id":"U1","event_type":"click","event_timestamp":"2025-11-01T09:00:00"}`;
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

/** As Firehose writes it where capture failed. */
const failedLine = (record: string | Buffer, changes: object = {}): string =>
  JSON.stringify({ attemptsMade: 4, arrivalTimestamp: ARRIVAL, errorCode: 'Lambda.FunctionTimedOut', errorMessage: '…', attemptEndingTimestamp: ARRIVAL + 60_000, rawData: base64(record), lambdaArn: 'arn:…', ...changes });

/** As Firehose writes it where capture's row does not fit the table. */
const conversionLine = (row: object): string =>
  JSON.stringify({ attemptsMade: 1, arrivalTimestamp: ARRIVAL, lastErrorCode: 'DataFormatConversion.MalformedData', lastErrorMessage: '…', attemptEndingTimestamp: ARRIVAL, rawData: base64(`${JSON.stringify(row)}\n`), sequenceNumber: null, subSequenceNumber: null, dataCatalogTable: {} });

const capturedRow = (record: Buffer, changes: object = {}): object => {
  const kinesisRecordMetadata = { shardId: 'shardId-000000000003', sequenceNumber: '4977', approximateArrivalTimestamp: ARRIVAL };
  const batch = batchOf({ invocationId: '', deliveryStreamArn: 'd', sourceKinesisStreamArn: 'arn:aws:kinesis:eu-west-1:1:stream/floe-dev-events', records: [] }, new Date(ARRIVAL));
  return { ...captureRecord({ recordId: '1', data: record.toString('base64'), approximateArrivalTimestamp: ARRIVAL, kinesisRecordMetadata }, batch).row, ...changes };
};

const createLake = (contents: Readonly<Record<string, readonly string[]>>) => {
  const objects = memoryObjects();
  for (const [key, lines] of Object.entries(contents)) objects.stored.set(key, Buffer.from(`${lines.join('\n')}\n`));
  const errorLedger = createErrorLedger(memoryTable());
  const state = { now: NOW, remainingMillis: Number.POSITIVE_INFINITY };
  const ports: RedrivePorts = { objects, errorLedger, clock: () => state.now, remainingMillis: () => state.remainingMillis };
  const bronze = (): string[] => [...objects.stored.keys()].filter((key) => key.startsWith('bronze/'));
  return { objects, ports, state, bronze, drive: (partBytes = 1_000): Promise<RedriveOutcome> => redrive(ports, { partBytes, reserveMillis: 1_000 }) };
};

const rowsIn = async (lake: ReturnType<typeof createLake>): Promise<Record<string, unknown>[]> => {
  const rows = await Promise.all(lake.bronze().sort().map((key) => parquetReadObjects({ file: Uint8Array.from(lake.objects.stored.get(key)!).buffer })));
  return rows.flat();
};

test('a record that capture failed on becomes the row it would have been, with its arrival and its place below the prefix', async () => {
  const lake = createLake({ [`${FAILED}a`]: [failedLine(event(1)), failedLine('no json', { arrivalTimestamp: String(ARRIVAL) })] });
  expect(await lake.drive()).toEqual({ found: { objects: 1, records: 2, uncounted: 0 }, redriven: 2, quarantined: 1, unreadable: 0, left: { objects: 0, records: 0, uncounted: 0 } });
  expect(lake.bronze()).toEqual([expect.stringMatching(/^bronze\/events\/ingestion_date=2025-11-03\/ingestion_hour=12\/redriven-[0-9a-f]{32}-part-00001\.parquet$/)]);
  expect(await rowsIn(lake)).toMatchObject([
    { event_id: 'E1', payload: event(1), validation_errors: [], origin: `lake/${FAILED}a#1`, shard_id: null, arrival_timestamp: '2025-11-01 10:00:00.123000', ingestion_timestamp: '2025-11-03 12:30:00.000000' },
    { payload: 'no json', validation_errors: ['payload: not JSON'], origin: `lake/${FAILED}a#2` },
  ]);
});

test('a record whose row did not fit the table is judged anew, and keeps its place on the stream', async () => {
  const binary = Buffer.from([0xff, 0x00, 0x41]);
  const large = Buffer.from(event(3));
  const lake = createLake({ [`${CONVERSION}a`]: [
    conversionLine(capturedRow(Buffer.from(event(2)), { contract_version: 'old', event_id: 'spoilt' })),
    conversionLine(capturedRow(binary)),
    conversionLine(capturedRow(large, { payload: null, payload_location: 's3://lake/oversize/x' })),
  ] });
  await lake.objects.put('oversize/x', large);
  await lake.drive();
  const place = { origin: 'floe-dev-events/shardId-000000000003/4977', shard_id: 'shardId-000000000003', sequence_number: '4977', arrival_timestamp: '2025-11-01 10:00:00.123000' };
  expect(await rowsIn(lake)).toMatchObject([
    { ...place, event_id: 'E2', validation_errors: [] },
    { ...place, payload: binary.toString('base64'), payload_encoding: 'base64', validation_errors: ['payload: not UTF-8'] },
    { ...place, event_id: 'E3', validation_errors: [] },
  ]);
});

test.each([
  ['no JSON', FAILED, 'oops', 'not a JSON object'],
  ['an array', FAILED, '[1]', 'not a JSON object'],
  ['no rawData', FAILED, '{"arrivalTimestamp":1}', 'rawData is not base64'],
  ['rawData cut off', FAILED, failedLine(event(1), { rawData: 'eyJ' }), 'rawData is not base64'],
  ['no time', FAILED, failedLine(event(1), { arrivalTimestamp: 'today' }), 'arrivalTimestamp is not a time'],
  ['a time no calendar knows', FAILED, failedLine(event(1), { arrivalTimestamp: 9e15 }), 'arrivalTimestamp is not a time'],
  ['a payload that is gone', CONVERSION, conversionLine(capturedRow(Buffer.from(event(1)), { payload: null, payload_location: 's3://lake/oversize/gone' })), 'its payload is not at s3://lake/oversize/gone'],
  ['a payload that was changed', CONVERSION, conversionLine(capturedRow(Buffer.from(event(1)), { payload: event(2) })), 'record_hash is not that of its payload'],
])('a line with %s goes to quarantine whole, with the reason; the others go on', async (_name, folder, line, reason) => {
  const lake = createLake({ [`${folder}a`]: [line, failedLine(event(7))] });
  expect(await lake.drive()).toMatchObject({ redriven: 2, quarantined: 1, unreadable: 1, left: { objects: 0 } });
  expect(await rowsIn(lake)).toMatchObject([
    { payload: line, validation_errors: [`payload: not a record of a failed delivery: ${reason}`], arrival_timestamp: '2025-11-03 12:30:00.000000' },
    { event_id: 'E7', validation_errors: [] },
  ]);
});

test('records too many for one answer of capture all get through', async () => {
  const heavy = Array.from({ length: 2_000 }, (_, index) => `${index}${'\u0001'.repeat(258)}`); // six bytes each in JSON
  const key = `${FAILED}floe-dev-events-1-2025-11-01-10-00-00-00000000-0000-0000-0000-000000000000`;
  const records = heavy.map((text, index) => ({ recordId: `${key}#${index + 1}`, data: base64(text), approximateArrivalTimestamp: ARRIVAL }));
  const asOneBatch = await createCapture({ objects: memoryObjects(), clock: () => NOW })({ invocationId: '', deliveryStreamArn: 'd', records });
  expect(asOneBatch.refused).toBeGreaterThan(0);
  const lake = createLake({ [key]: heavy.map((text) => failedLine(text)) });
  expect(await lake.drive(8 << 20)).toMatchObject({ redriven: 2_000, left: { objects: 0 } });
  expect((await rowsIn(lake)).map(({ payload }) => payload)).toEqual(heavy);
});

test('what is done is not opened again', async () => {
  const lake = createLake({ [`${FAILED}a`]: [failedLine(event(1))] });
  await lake.drive();
  lake.ports.objects.read = async (key) => { throw new Error(`${key} was opened`); };
  expect(await lake.drive()).toMatchObject({ found: { objects: 0 }, redriven: 0 });
});

test('a call whose time ends goes on at the next one, in the partition of the first', async () => {
  const lines = Array.from({ length: 12 }, (_, index) => failedLine(event(index)));
  const lake = createLake({ [`${FAILED}a`]: lines, [`${FAILED}b`]: lines });
  const original = { ...lake.objects };
  lake.objects.put = async (...args) => {
    lake.state.remainingMillis = 0;
    await original.put(...args);
  };
  const first = await lake.drive();
  expect(first).toMatchObject({ found: { objects: 2, records: 24 }, left: { objects: 2, uncounted: 0 } });
  expect(first.left.records).toBe(24 - first.redriven);
  lake.objects.put = (...args) => original.put(...args);
  lake.state.now = new Date('2025-11-04T00:10:00Z');
  expect(await countUndelivered({ objects: lake.objects, errorLedger: lake.ports.errorLedger })).toEqual(first.left);
  lake.state.remainingMillis = Number.POSITIVE_INFINITY;
  expect(await lake.drive()).toMatchObject({ redriven: first.left.records, left: { objects: 0 } });
  expect(await rowsIn(lake)).toHaveLength(24);
  expect(lake.bronze().every((key) => key.includes('ingestion_date=2025-11-03/ingestion_hour=12'))).toBe(true);
});

test('a claim taken up again after a week moves to a partition that runs still look at', async () => {
  const lake = createLake({ [`${FAILED}a`]: [failedLine(event(1))] });
  const original = { ...lake.objects };
  lake.objects.put = async () => { throw new Error('S3 is away'); };
  await expect(lake.drive()).rejects.toThrow('S3 is away');
  lake.objects.put = (...args) => original.put(...args);
  lake.state.now = new Date('2025-11-10T12:30:00Z');
  await lake.drive();
  expect(lake.bronze()).toEqual([expect.stringContaining('ingestion_date=2025-11-10/')]);
});

describe('whatever happens in between', () => {
  const content = fc.array(fc.nat(20), { minLength: 1, maxLength: 25 }).map((ids) => ids.map((id) => failedLine(event(id))));
  const contents = fc.array(content, { minLength: 1, maxLength: 3 }).map((each) => Object.fromEntries(each.map((lines, index) => [`${FAILED}${index}`, lines])));
  const sameAs = async (lake: ReturnType<typeof createLake>, content: Readonly<Record<string, readonly string[]>>): Promise<void> => {
    const whole = createLake(content);
    await whole.drive();
    expect(lake.bronze().sort()).toEqual(whole.bronze().sort());
    for (const key of whole.bronze()) expect(Buffer.from(lake.objects.stored.get(key)!).equals(Buffer.from(whole.objects.stored.get(key)!))).toBe(true);
  };

  test('a crash before or after any write, and another call: the same objects as without it', async () => {
    await fc.assert(fc.asyncProperty(contents, fc.array(fc.tuple(fc.nat(12), fc.boolean()), { maxLength: 4 }), async (content, crashes) => {
      const lake = createLake(content);
      for (const [at, isAfter] of crashes) {
        let writes = 0;
        const crashing = <A extends unknown[], R>(write: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
          const isNow = writes++ === at;
          if (isNow && !isAfter) throw new Error('crash');
          const result = await write(...args);
          if (isNow) throw new Error('crash');
          return result;
        };
        const { objects, errorLedger } = lake.ports;
        const dying: RedrivePorts = {
          ...lake.ports,
          objects: { ...objects, put: crashing((...args) => objects.put(...args)) },
          errorLedger: { ...errorLedger, claim: crashing((...args) => errorLedger.claim(...args)), advance: crashing((...args) => errorLedger.advance(...args)) },
        };
        await redrive(dying, { partBytes: 1_000, reserveMillis: 1_000 }).catch((error: unknown) => { if ((error as Error).message !== 'crash') throw error; });
      }
      expect((await lake.drive()).left).toEqual({ objects: 0, records: 0, uncounted: 0 });
      await sameAs(lake, content);
    }), { numRuns: 12 });
  });

  test('two calls at once write the same objects, and count each record once', async () => {
    await fc.assert(fc.asyncProperty(contents, async (content) => {
      const lake = createLake(content);
      const outcomes = await Promise.all([lake.drive(), lake.drive(), lake.drive()]);
      const last = await lake.drive();
      expect(last.left.objects).toBe(0);
      expect([...outcomes, last].reduce((sum, { redriven }) => sum + redriven, 0)).toBe(Object.values(content).flat().length);
      await sameAs(lake, content);
    }), { numRuns: 6 });
  });
});
