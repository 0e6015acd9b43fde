import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { createCapture } from '../../src/lib/capture/index.ts';
import { createLedger, filesDefaults, ingestTransactions, sightingKey } from '../../src/lib/files/index.ts';
import { createErrorLedger, redrive } from '../../src/lib/redeliver/index.ts';
import { createWatermark, ingestUsers, usersDefaults, type UserRecord, type UserSource } from '../../src/lib/users/index.ts';
import { memoryObjects, memoryTable } from '../unit/support/fakes.ts';
import { createHarmedCalls, tableThroughCalls, throughCalls, type Calls, type Harm, type HarmedCalls } from './harmed-calls.ts';

/** A way in, played with or without harm: what it leaves behind, which must be the same either way. */
export interface WayIn {
  name: string;
  play: (calls: HarmedCalls) => Promise<unknown>;
}

const MINUTE = 60_000;
/** Two minutes before the day ends, and with it the partition. */
const EVENING = Date.parse('2025-11-07T23:58:00Z');
const UNLIMITED = { remainingMillis: () => Infinity };

type Row = Record<string, unknown>;
const rowsByContent = new Map<string, Promise<Row[]>>();

const rowsOf = (bytes: Uint8Array): Promise<Row[]> => {
  const key = hash('md5', bytes);
  const known = rowsByContent.get(key) ?? parquetReadObjects({ file: Uint8Array.from(bytes).buffer });
  rowsByContent.set(key, known);
  return known;
};

/** The bronze objects' rows, those of one name once: a partition is that of the first claim. @throws Error where one name stands in two partitions */
const bronzeOf = async (stored: ReadonlyMap<string, Uint8Array>): Promise<Row[]> => {
  const bronze = [...stored].filter(([key]) => key.startsWith('bronze/'));
  expect(new Set(bronze.map(([key]) => path.posix.basename(key))).size).toBe(bronze.length);
  return (await Promise.all(bronze.map(([, bytes]) => rowsOf(bytes)))).flat();
};

const textsOf = (rows: readonly Row[], column: string): string[] => rows.map((row) => String(row[column])).sort();

/** Calls until one finds nothing to do any more. */
const untilQuiet = async (work: () => Promise<boolean>): Promise<void> => {
  for (let calls = 0; !(await work()); calls += 1) if (calls === 8) throw new Error('it never comes to rest');
};

const HEADER = 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp';
const csv = (first: number, count: number): Buffer =>
  Buffer.from([HEADER, ...Array.from({ length: count }, (_, index) => `TXN_${first + index},SES_1,USR_1,10.50,PEN,2025-11-07 12:37:28`), ''].join('\n'));

const spoolFolder = mkdtempSync(path.join(os.tmpdir(), 'floe-spool-'));
afterAll(() => rmSync(spoolFolder, { recursive: true, force: true }));

/** Files of several parts; one grows, one is delivered again under its name and under another one, all while midnight passes. */
const transactions = async ({ invoke, zombieEnded }: HarmedCalls): Promise<unknown> => {
  const objects = memoryObjects();
  const table = memoryTable();
  const files = new Map<string, { bytes: Buffer; modifiedMillis: number }>();
  let now = EVENING;
  const put = (name: string, bytes: Buffer): void => void files.set(name, { bytes, modifiedMillis: now - 10 * MINUTE });
  const listed = () => [...files].map(([name, { bytes, modifiedMillis }]) => ({ name, path: `/in/${name}`, sizeBytes: bytes.length, modifiedMillis }));
  const piecesOf = async function* (file: string): AsyncGenerator<Buffer> {
    const { bytes } = files.get(path.posix.basename(file))!;
    yield bytes.subarray(0, 300);
    yield bytes.subarray(300);
  };
  const ingest = () => invoke((calls: Calls) => {
    const server = { list: () => calls.call(listed), read: (file: string) => calls.read(() => piecesOf(file)), close: async () => undefined };
    const ports = { server, ledger: createLedger(tableThroughCalls(calls, table)), objects: throughCalls(calls, objects), clock: () => new Date(now), ...UNLIMITED };
    return ingestTransactions(ports, { ...filesDefaults, folder: '/in', spoolFolder, partBytes: 400 });
  });

  put('a.csv', csv(0, 20));
  put('b.csv', csv(100, 3));
  put('photo.csv', Buffer.from('not CSV'));
  await ingest();
  put('b.csv', csv(100, 12));
  now += MINUTE;
  await ingest();
  now += MINUTE;
  put('a.csv', csv(0, 20));
  put('a-again.csv', csv(0, 20));
  await Promise.all([ingest(), ingest()]);
  now += MINUTE;
  await ingest();
  await zombieEnded();
  await untilQuiet(async () => (await ingest())?.length === 0);

  const items = [...table.items.values()];
  const contents = items.filter((item) => 'parts_done' in item).map(({ state, size_bytes, parts_done, rows, quarantined }) => ({ state, size_bytes, parts_done, rows, quarantined }));
  return {
    payloads: textsOf(await bronzeOf(objects.stored), 'payload').map((payload) => payload.replace(/^\{.*\}$/, 'a file')),
    contents: contents.sort((a, b) => Number(a.size_bytes) - Number(b.size_bytes)),
    waiting: listed().filter((file) => !['done', 'duplicate', 'failed'].includes(String(table.items.get(sightingKey(file))?.['state']))),
  };
};

const version = (userId: string, changedAt: string, country = 'PE'): UserRecord => ({
  user_id: userId, signup_date: '2025-01-01 00:00:00.000000', device_type: 'Web', country, updated_at: '2025-02-01 00:00:00.000000', changed_at: `2025-11-07 ${changedAt}`,
});
const keyOf = ({ changed_at, user_id }: UserRecord): string => `${changed_at ?? ''}\0${user_id ?? ''}`;

/** Pages of users, some of the same microsecond; one changes again while midnight passes. */
const users = async ({ invoke, zombieEnded }: HarmedCalls): Promise<unknown> => {
  const objects = memoryObjects();
  const table = memoryTable();
  let now = EVENING;
  let records = ['a', 'b', 'c', 'd', 'e'].map((id, index) => version(id, `10:00:0${Math.floor(index / 2)}.000001`));
  const page: UserSource['page'] = async (after, until, limit) =>
    records
      .filter((record) => record.changed_at! < until && (!after || keyOf(record) > `${after.changedAt}\0${after.userId}`))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .slice(0, limit);
  const ingest = () => invoke((calls: Calls) => {
    const source: UserSource = { readableUntil: () => calls.call(() => '2025-11-09 00:00:00.000000'), page: (...range) => calls.call(() => page(...range)), close: async () => undefined };
    const ports = { source, watermark: createWatermark(tableThroughCalls(calls, table)), objects: throughCalls(calls, objects), clock: () => new Date(now), ...UNLIMITED };
    return ingestUsers(ports, { ...usersDefaults, pageRows: 2 });
  });

  await ingest();
  now += 3 * MINUTE;
  records.push(version('f', '10:01:00.000000'), version('g', '10:01:00.000000'));
  await Promise.all([ingest(), ingest()]);
  const changed = version('f', '10:02:00.000000', 'MX');
  records = [...records.filter(({ user_id }) => user_id !== 'f'), changed];
  await ingest();
  await zombieEnded();
  await untilQuiet(async () => (await ingest())?.pages === 0);

  const rows = (await Promise.all([...objects.stored.values()].map(rowsOf))).flat();
  const origins = new Set(textsOf(rows, 'origin'));
  expect(new Set(rows.map(({ origin, record_hash }) => `${String(origin)} ${String(record_hash)}`)).size).toBe(origins.size);
  const { changed_at, user_id } = table.items.get('users') ?? {};
  return { missing: records.filter(({ user_id, changed_at }) => !origins.has(`users/${user_id ?? ''}@${changed_at ?? ''}`)), watermark: { changed_at, user_id } };
};

const eventText = (id: number): string => JSON.stringify({ event_id: `E${id}`, session_id: 'S1', user_id: 'U1', event_type: 'click', event_timestamp: '2025-11-07T09:00:00' });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const errorLines = (...ids: number[]): Buffer => Buffer.from(ids.map((id) => `${JSON.stringify({ arrivalTimestamp: EVENING - MINUTE, rawData: base64(eventText(id)) })}\n`).join(''));

/** Objects of several parts below the error prefix; another one comes while midnight passes. */
const errorPrefix = async ({ invoke, zombieEnded }: HarmedCalls): Promise<unknown> => {
  const objects = memoryObjects();
  const table = memoryTable();
  let now = EVENING;
  const failed = (name: string, bytes: Buffer): void => void objects.stored.set(`errors/events/processing-failed/ingestion_date=2025-11-07/${name}`, bytes);
  const drive = () => invoke((calls: Calls) =>
    redrive({ objects: throughCalls(calls, objects), errorLedger: createErrorLedger(tableThroughCalls(calls, table)), clock: () => new Date(now), ...UNLIMITED }, { partBytes: 500, reserveMillis: 1_000 }));

  failed('a', errorLines(1, 2, 3, 4, 5));
  await drive();
  now += 3 * MINUTE;
  failed('b', errorLines(6, 7, 8));
  await Promise.all([drive(), drive()]);
  await drive();
  await zombieEnded();
  await untilQuiet(async () => {
    const outcome = await drive();
    return outcome?.redriven === 0 && outcome.left.objects === 0;
  });

  const ledger = [...table.items.values()].map(({ state, records, records_done, parts_done }) => ({ state, records, records_done, parts_done }));
  return { origins: textsOf(await bronzeOf(objects.stored), 'origin'), ledger };
};

const OVERSIZE = JSON.stringify({ ...JSON.parse(eventText(9)) as object, event_details: { note: 'x'.repeat(1_050_000 - 400) } });

/** A batch, some records of which do not fit a row: Firehose calls again with the same batch until it is answered. */
const capture = async ({ invoke, zombieEnded }: HarmedCalls): Promise<unknown> => {
  const objects = memoryObjects();
  let now = EVENING;
  const records = [eventText(1), OVERSIZE, 'no JSON', OVERSIZE.replace('E9', 'E10')].map((text, index) => ({ recordId: `${index}`, data: base64(text), approximateArrivalTimestamp: EVENING }));
  const event = { invocationId: 'i', deliveryStreamArn: 'd', sourceKinesisStreamArn: 'arn:aws:kinesis:eu-west-1:1:stream/floe-dev-events', records };
  for (;;) {
    const outcome = await invoke((calls: Calls) => createCapture({ objects: throughCalls(calls, objects), clock: () => new Date(now) })(event));
    now += 3 * MINUTE;
    if (!outcome) continue;
    await zombieEnded();
    const rows = outcome.answer.records.map(({ data }) => JSON.parse(Buffer.from(data, 'base64').toString()) as Row);
    return { rows: rows.map((row) => ({ ...row, ingestion_timestamp: null })), oversize: [...objects.stored].map(([key, bytes]) => [key, bytes.length]) };
  }
};

export const WAYS_IN: readonly WayIn[] = [
  { name: 'ingest-transactions', play: transactions },
  { name: 'ingest-users', play: users },
  { name: 'redrive', play: errorPrefix },
  { name: 'capture', play: capture },
];

/** What a play leaves behind that nothing harms, and how many calls it makes. */
export const unharmed = async ({ play }: WayIn): Promise<{ left: unknown; calls: number }> => {
  const calls = createHarmedCalls(undefined);
  return { left: await play(calls), calls: calls.made() };
};

/** @throws Error that says which harm was none, so that it can be repeated */
export const eachLeavesTheSame = async (way: WayIn, left: unknown, harms: readonly Harm[]): Promise<void> => {
  for (const harm of harms) {
    try {
      expect(await way.play(createHarmedCalls(harm))).toEqual(left);
    } catch (error) {
      throw new Error(`${way.name}: ${JSON.stringify(harm)}: ${(error as Error).message}`, { cause: error });
    }
  }
};
