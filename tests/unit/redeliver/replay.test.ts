import { parquetReadObjects } from 'hyparquet';
import fc from 'fast-check';
import { BeforeRetentionError, replay } from '../../../src/lib/redeliver/index.ts';
import type { EventStream, ReplayPorts, ReplayRange, StreamRecord } from '../../../src/lib/redeliver/index.ts';
import { memoryObjects } from '../support/fakes.ts';

const START = Date.parse('2025-11-07T18:50:00Z');
const NOW = new Date('2025-11-08T12:00:00Z');
const CONFIG = { chunkBytes: 1_000, chunkRecords: 4, shardsAtOnce: 2, partitionDays: 7 };
const STREAM = 'floe-dev-events';

interface Sent {
  shard: number;
  minute: number;
}

const recordOf = ({ shard, minute }: Sent, index: number): StreamRecord => ({
  data: Buffer.from(`{"event_id":"E${shard}-${index}","session_id":"S1","user_id":"U1","event_type":"click","event_timestamp":"2025-11-07T18:00:00"}`),
  sequenceNumber: String(4_965_000_000_000n + BigInt(index) * 1_000n + BigInt(shard)),
  partitionKey: 'p',
  arrivalMillis: START + minute * 60_000,
});

/** A stream in memory, in pages of three, some of them empty; shards whose number is odd are closed. */
const streamOf = (sent: readonly Sent[]): EventStream => {
  const shards = new Map<string, StreamRecord[]>([['shardId-000000000000', []], ['shardId-000000000001', []], ['shardId-000000000012', []]]);
  const ids = [...shards.keys()];
  [...sent].sort((a, b) => a.minute - b.minute).forEach((each, index) => shards.get(ids[each.shard]!)!.push(recordOf(each, index)));
  return {
    arn: `arn:aws:kinesis:eu-west-1:000000000000:stream/${STREAM}`,
    keepsFrom: async () => new Date(START),
    shardsFrom: async () => ids,
    async *read(shardId, position) {
      const records = shards.get(shardId)!;
      const from = records.findIndex(({ arrivalMillis, sequenceNumber }) => ('at' in position ? arrivalMillis >= position.at.getTime() : BigInt(sequenceNumber) > BigInt(position.after)));
      yield { records: [], isTip: false };
      for (let at = from < 0 ? records.length : from; at < records.length; at += 3) yield { records: records.slice(at, at + 3), isTip: false };
      while (!shardId.endsWith('1')) yield { records: [], isTip: true };
    },
  };
};

const inRange = (sent: readonly Sent[], { from, to }: ReplayRange): string[] =>
  [...sent].sort((a, b) => a.minute - b.minute).map(recordOf).filter(({ arrivalMillis }) => arrivalMillis >= from.getTime() && arrivalMillis < to.getTime()).map(({ data }) => Buffer.from(data).toString()).sort();

const createReplay = (sent: readonly Sent[]) => {
  const objects = memoryObjects();
  const ports: ReplayPorts = { stream: streamOf(sent), objects, clock: () => NOW };
  const keys = (): string[] => [...objects.stored.keys()].sort();
  const rows = async (): Promise<Record<string, unknown>[]> => (await Promise.all(keys().map((key) => parquetReadObjects({ file: Uint8Array.from(objects.stored.get(key)!).buffer })))).flat();
  return { objects, ports, keys, rows, payloads: async () => (await rows()).map(({ payload }) => String(payload)).sort(), run: (range: ReplayRange) => replay(ports, range, CONFIG) };
};

const minutes = (from: number, to: number): ReplayRange => ({ from: new Date(START + from * 60_000), to: new Date(START + to * 60_000) });
const ALL = minutes(0, 200);
const sentRecords = fc.array(fc.record({ shard: fc.nat(2), minute: fc.nat(150) }), { maxLength: 40 });

test('a row is the one Firehose would deliver, in the partition of its arrival', async () => {
  const lake = createReplay([{ shard: 2, minute: 15 }]);
  expect(await lake.run(ALL)).toEqual({ shards: 3, records: 1, bytes: 113, objectsWritten: 1, objectsFound: 0 });
  expect(lake.keys()).toEqual([expect.stringMatching(/^bronze\/events\/ingestion_date=2025-11-07\/ingestion_hour=19\/replay\.\d+-\d+\.12\.[\w-]+\.[\w-]+\.parquet$/)]);
  expect(await lake.rows()).toMatchObject([{
    event_id: 'E2-0', origin: `${STREAM}/shardId-000000000012/4965000000002`, shard_id: 'shardId-000000000012', sequence_number: '4965000000002',
    arrival_timestamp: '2025-11-07 19:05:00.000000', ingestion_timestamp: '2025-11-08 12:00:00.000000', validation_errors: [],
  }]);
});

test('every record of the range becomes one row; again, nothing is written', async () => {
  await fc.assert(fc.asyncProperty(sentRecords, fc.nat(150), fc.nat(150), async (sent, a, b) => {
    const range = minutes(Math.min(a, b), Math.max(a, b) + 1);
    const lake = createReplay(sent);
    const first = await lake.run(range);
    expect(await lake.payloads()).toEqual(inRange(sent, range));
    expect(first.records).toBe(inRange(sent, range).length);
    expect(await lake.run(range)).toEqual({ shards: 3, records: 0, bytes: 0, objectsWritten: 0, objectsFound: first.objectsWritten });
  }), { numRuns: 15 });
});

test('ranges that overlap bring every record', async () => {
  await fc.assert(fc.asyncProperty(sentRecords, fc.array(fc.tuple(fc.nat(150), fc.nat(150)), { minLength: 1, maxLength: 4 }), async (sent, cuts) => {
    const lake = createReplay(sent);
    for (const [a, b] of cuts) await lake.run(minutes(Math.min(a, b), Math.max(a, b) + 1));
    await lake.run(ALL);
    expect([...new Set(await lake.payloads())]).toEqual(inRange(sent, ALL));
  }), { numRuns: 12 });
});

test('ranges that begin at different times cut alike from the first full hour on', async () => {
  const sent = Array.from({ length: 40 }, (_, index) => ({ shard: 0, minute: index * 3 }));
  const [early, late] = [createReplay(sent), createReplay(sent)];
  await early.run(ALL);
  await late.run(minutes(4, 200));
  const later = (keys: string[]): string[] => keys.filter((key) => !key.includes('ingestion_hour=18'));
  expect(later(late.keys())).toEqual(later(early.keys()));
  expect(late.keys()).not.toEqual(early.keys());
});

test('broken off at any object and repeated, or made twice at once: the same objects', async () => {
  await fc.assert(fc.asyncProperty(sentRecords, fc.array(fc.tuple(fc.nat(8), fc.boolean()), { maxLength: 3 }), async (sent, crashes) => {
    const lake = createReplay(sent);
    for (const [at, isAfter] of crashes) {
      let puts = 0;
      const put: ReplayPorts['objects']['put'] = async (...args) => {
        const isNow = puts++ === at;
        if (!isNow || isAfter) await lake.objects.put(...args);
        if (isNow) throw new Error('crash');
      };
      await replay({ ...lake.ports, objects: { ...lake.objects, put } }, ALL, CONFIG).catch((error: unknown) => { if ((error as Error).message !== 'crash') throw error; });
    }
    await Promise.all([lake.run(ALL), lake.run(ALL)]);
    const whole = createReplay(sent);
    await whole.run(ALL);
    expect(lake.keys()).toEqual(whole.keys());
    expect(await lake.payloads()).toEqual(inRange(sent, ALL));
  }), { numRuns: 12 });
});

test('objects that were deleted come back', async () => {
  const lake = createReplay(Array.from({ length: 30 }, (_, index) => ({ shard: index % 3, minute: index * 5 })));
  await lake.run(ALL);
  const before = lake.keys();
  for (const key of before.filter((_, index) => index % 3 === 1)) await lake.objects.delete(key);
  expect((await lake.run(ALL)).objectsWritten).toBe(before.filter((_, index) => index % 3 === 1).length);
  expect(lake.keys()).toEqual(before);
});

test('where two objects begin alike, the one that holds more is passed over', async () => {
  const lake = createReplay([1, 2, 3].map((minute) => ({ shard: 0, minute })));
  await lake.run(minutes(0, 2));
  const [short = ''] = lake.keys();
  const bytes = lake.objects.stored.get(short)!;
  lake.objects.stored.delete(short);
  await lake.run(ALL);
  lake.objects.stored.set(short, bytes);
  expect(await lake.run(ALL)).toMatchObject({ objectsWritten: 0, objectsFound: 1 });
});

test('objects of another version of the contracts are not taken for those of today', async () => {
  const lake = createReplay([{ shard: 0, minute: 1 }]);
  await lake.run(ALL);
  const [key = ''] = lake.keys();
  lake.objects.stored.set(key.replace(/replay\.\d+/, 'replay.0'), lake.objects.stored.get(key)!);
  lake.objects.stored.delete(key);
  expect(await lake.run(ALL)).toMatchObject({ objectsWritten: 1, objectsFound: 0 });
});

test('records older than the partitions runs look at go to the first of these', async () => {
  const lake = createReplay([{ shard: 0, minute: 1 }]);
  lake.ports.clock = () => new Date('2025-12-01T09:30:00Z');
  await lake.run(ALL);
  expect(lake.keys()).toEqual([expect.stringContaining('bronze/events/ingestion_date=2025-11-24/ingestion_hour=09/')]);
  expect(await lake.run(ALL)).toMatchObject({ objectsWritten: 0, objectsFound: 1 });
});

test('a dry run counts and writes nothing; progress ends at the whole', async () => {
  const lake = createReplay([{ shard: 0, minute: 1 }, { shard: 1, minute: 130 }]);
  const shares: number[] = [];
  const ports = { ...lake.ports, onProgress: ({ doneMillis, totalMillis }: { doneMillis: number; totalMillis: number }) => void shares.push(doneMillis / totalMillis) };
  expect(await replay(ports, { ...ALL, dryRun: true }, CONFIG)).toEqual({ shards: 3, records: 2, bytes: 226, objectsWritten: 0, objectsFound: 0 });
  expect(lake.keys()).toEqual([]);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
});

test('a time before what the stream keeps is refused', async () => {
  await expect(createReplay([]).run(minutes(-1, 100))).rejects.toThrow(BeforeRetentionError);
});

test('Ctrl-C ends it', async () => {
  const lake = createReplay([{ shard: 0, minute: 1 }]);
  await expect(replay({ ...lake.ports, signal: AbortSignal.abort(new Error('stopped')) }, ALL, CONFIG)).rejects.toThrow('stopped');
});
