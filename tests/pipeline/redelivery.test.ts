import { ListShardsCommand, MergeShardsCommand, PutRecordsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { replay } from '../../cli/commands/replay.ts';
import type { ReplayOptions } from '../../cli/commands/replay.ts';
import type { CommandContext } from '../../cli/command-context.ts';
import { announceRunning, prepareDataDir } from '../../cli/local/data-dir.ts';
import { createTerminal } from '../../cli/output/terminal.ts';
import { lockDirectory } from '../../localcloud/core/directory-lock.ts';
import { createObjects, createStateTable } from '../../src/lib/aws/index.ts';
import type { Objects } from '../../src/lib/aws/index.ts';
import { createCapture, captureDefaults } from '../../src/lib/capture/index.ts';
import type { FirehoseAnswer, FirehoseEvent, FirehoseResult } from '../../src/lib/capture/index.ts';
import { timestampOf } from '../../src/lib/contracts/index.ts';
import { countUndelivered, createErrorLedger } from '../../src/lib/redeliver/index.ts';
import type { RedriveOutcome, Undelivered } from '../../src/lib/redeliver/index.ts';
import { temporaryDirectory, type Row } from '../support/floe.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';

const STREAM = 'floe-dev-events';
const BUCKET = 'floe-dev-lake-000000000000';
const CAPTURE = 'floe-dev-capture';
const START = timestampOf(Date.now());
const NOTHING: Undelivered = { objects: 0, records: 0, uncounted: 0 };

/** What capture makes of the records of a session, for those that Firehose cannot deliver. */
const FAULTS = ['none', 'timeout', 'refused', 'spoilt'] as const;

/** Every tenth is against its contract, one id in twenty comes twice. */
const recordOf = (index: number, session: string): string =>
  `{"event_id":"E${index % 20 === 19 ? index - 4 : index}","session_id":"${session}","user_id":"U${index % 7}","event_type":"${index % 10 === 0 ? 'veiw' : 'click'}","event_timestamp":"2025-11-01T09:${String(index % 60).padStart(2, '0')}:00"}`;

describe('records on the stream that are not in bronze', () => {
  const { directory, remove } = temporaryDirectory();
  const sent: string[] = [];
  let lake: TestLake;
  let objects: Objects;
  let release: () => void;
  let firstRun: string;

  beforeAll(async () => {
    lake = await openTestLake();
    objects = createObjects(lake.clients.s3, BUCKET);
    registerFaultyCapture();
    prepareDataDir(directory);
    release = lockDirectory(directory); // as the process of a cloud holds it
    announceRunning(directory, { endpoint: lake.cloud.endpoint, pid: process.pid, region: lake.cloud.region, stage: 'dev' });
  }, 60_000);
  afterAll(async () => {
    await lake.stop();
    release();
    remove();
  });

  /** Capture as it is, but for the records of three sessions: it ends late, finds no room for them, or gives rows that do not fit the table. */
  const registerFaultyCapture = (): void => {
    const { functions } = lake.cloud;
    const { definition } = functions.find(CAPTURE);
    const narrow = createCapture({ objects, clock: () => new Date() }, { ...captureDefaults, largestAnswerBytes: 1 });
    const spoil = ({ data, ...result }: FirehoseResult): FirehoseResult => ({ ...result, data: Buffer.from(Buffer.from(data, 'base64').toString().replace('"contract_version":1', '"contract_version":"one"')).toString('base64') });
    functions.register({
      ...definition,
      handler: async (event, context) => {
        const { records, ...rest } = event as FirehoseEvent;
        const isOf = (session: string) => ({ data }: { data: string }): boolean => Buffer.from(data, 'base64').includes(`"session_id":"${session}"`);
        if (records.every(isOf('timeout'))) throw new Error('Task timed out after 60.00 seconds');
        const { records: rows } = (await definition.handler({ ...rest, records }, context)) as FirehoseAnswer;
        if (records.every(isOf('refused'))) return (await narrow({ ...rest, records })).answer;
        return { records: records.every(isOf('spoilt')) ? rows.map(spoil) : rows };
      },
    });
  };

  const put = async (count: number, session: (index: number) => string): Promise<void> => {
    const records = Array.from({ length: count }, (_, index) => recordOf(sent.length + index, session(index)));
    await lake.clients.kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records: records.map((record, index) => ({ PartitionKey: String(index), Data: Buffer.from(record) })) }));
    sent.push(...records);
  };
  const deliver = () => lake.cloud.firehose.flush(STREAM);

  const floeReplay = async (options: Partial<ReplayOptions> = {}): Promise<Record<string, unknown>> => {
    const printed: string[] = [];
    const terminal = createTerminal({ write: (text) => printed.push(text) }, { write: () => undefined }, {});
    const context: CommandContext = { projectRoot: process.cwd(), workingDirectory: process.cwd(), terminal, environment: {}, now: () => new Date(), signal: new AbortController().signal };
    await replay({ from: START, dataDir: directory, json: true, ...options }, context);
    return JSON.parse(printed.join('')) as Record<string, unknown>;
  };
  const redrive = async (): Promise<RedriveOutcome> => {
    const outcome = await lake.cloud.functions.invoke('floe-dev-redrive', {});
    if (!outcome.ok) throw new Error(outcome.errorMessage);
    return outcome.payload as RedriveOutcome;
  };

  const undelivered = () => countUndelivered({ objects, errorLedger: createErrorLedger(createStateTable(lake.clients.dynamodb, 'floe-dev-ledger', 'file')) });
  const count = async (sql: string): Promise<number> => Number((await lake.query(sql))[0]!['n']);
  const bronzeRows = (): Promise<number> => count('SELECT count(*) AS n FROM bronze.events');
  const bronzeKeys = async (): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of objects.list('bronze/events/')) keys.push(key);
    return keys;
  };

  /** Both tables without what depends on when a run wrote them. */
  const tables = async (): Promise<Row[][]> =>
    Promise.all([
      lake.query('SELECT event_id, session_id, event_timestamp, record_hash, arrival_timestamp FROM silver.events ORDER BY event_id'),
      lake.query('SELECT record_hash, origins, first_seen_at, last_seen_at, seen_count, status FROM silver.quarantine ORDER BY record_hash'),
    ]);
  const expectAll = async (): Promise<void> => {
    const valid = sent.filter((record) => record.includes('click'));
    expect(await count('SELECT count(*) AS n FROM silver.events')).toBe(new Set(valid.map((record) => (JSON.parse(record) as { event_id: string }).event_id)).size);
    expect(await count('SELECT sum(seen_count) AS n FROM silver.quarantine')).toBe(sent.length - valid.length);
  };

  test('a replay reads closed and new shards; what is known changes nothing, by two replays at once', async () => {
    const { kinesis } = lake.clients;
    const session = (index: number): string => `S${index % 30}`;
    await put(150, session);
    const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: STREAM }));
    const [first, second, third] = shards;
    const { StartingHashKey: start = '', EndingHashKey: end = '' } = first!.HashKeyRange!;
    await kinesis.send(new SplitShardCommand({ StreamName: STREAM, ShardToSplit: first!.ShardId, NewStartingHashKey: String((BigInt(start) + BigInt(end)) / 2n) }));
    await kinesis.send(new MergeShardsCommand({ StreamName: STREAM, ShardToMerge: second!.ShardId, AdjacentShardToMerge: third!.ShardId }));
    await put(150, session);
    await deliver();
    firstRun = (await lake.run()).runId;
    await expectAll();
    const before = await tables();

    const to = timestampOf(Date.now());
    expect(await floeReplay({ to, dryRun: true })).toMatchObject({ records: sent.length, shards: shards.length + 3, objectsWritten: 0 });
    const replays = await Promise.all([floeReplay({ to }), floeReplay({ to })]);
    expect(replays).toMatchObject([{ records: sent.length }, { records: sent.length }]);
    expect(await bronzeRows()).toBe(2 * sent.length);
    const run = await lake.run();
    expect(run.records.reduce((sum, { bronzeRows: rows }) => sum + rows, 0)).toBe(sent.length);
    expect(run.changedTables).toEqual([]);
    expect(await tables()).toEqual(before);
    expect(await floeReplay({ to })).toMatchObject({ records: 0, objectsWritten: 0, objectsFound: replays[0]['objectsWritten'] });
  }, 120_000);

  test('records whose bronze objects were deleted before any run come back by a replay', async () => {
    const known = new Set(await bronzeKeys());
    await put(200, (index) => `S${index % 30}`);
    await deliver();
    const lost = (await bronzeKeys()).filter((key) => !known.has(key));
    await Promise.all(lost.map((key) => objects.delete(key)));
    expect(await floeReplay()).toMatchObject({ records: 200 });
    await lake.run();
    await expectAll();
  }, 120_000);

  test('records put = rows in bronze + records below the error prefix, at every moment; a run says how many wait', async () => {
    const before = { bronze: await bronzeRows(), sent: sent.length };
    for (const [at, fault] of FAULTS.entries()) {
      await put(100, () => fault);
      await deliver();
      expect((await bronzeRows()) - before.bronze + (await undelivered()).records).toBe(sent.length - before.sent);
      expect((await undelivered()).objects).toBe(at);
    }
    expect((await lake.run()).undelivered).toEqual({ objects: 3, records: 0, uncounted: 3 });
  }, 120_000);

  test('a re-drive brings them to bronze, once, however many calls there are', async () => {
    const before = await bronzeRows();
    const outcomes = [...(await Promise.all([redrive(), redrive()])), await redrive(), await redrive()];
    expect(outcomes.reduce((sum, { redriven }) => sum + redriven, 0)).toBe(300);
    expect(outcomes.at(-1)).toEqual({ found: NOTHING, redriven: 0, quarantined: 0, unreadable: 0, left: NOTHING });
    expect(await undelivered()).toEqual(NOTHING);
    expect(await bronzeRows()).toBe(before + 300);
    const { records, undelivered: waiting } = await lake.run();
    expect(waiting).toEqual(NOTHING);
    expect(records).toMatchObject([{ bronzeRows: 300, silverRows: 255, duplicates: 15, quarantined: 30 }]);
    await expectAll();
  }, 120_000);

  test('what a rollback takes away, the next run brings back, replayed and re-driven records too', async () => {
    const before = await tables();
    await lake.rollback(firstRun);
    expect((await tables())[0]!.length).toBeLessThan(before[0]!.length);
    await lake.run();
    expect(await tables()).toEqual(before);
  }, 120_000);

  test('a time that the stream keeps no more is refused', async () => {
    await expect(floeReplay({ from: '2020-01-01 00:00:00.000000' })).rejects.toThrow(/^the stream keeps no record that arrived before \d{4}-\S+Z: 2020-01-01T00:00:00.000Z is too early$/);
    await expect(floeReplay({ from: timestampOf(Date.now() + 60_000) })).rejects.toThrow('--from lies in the future');
    await expect(floeReplay({ from: START, to: START })).rejects.toThrow('--from must lie before --to');
  });
});
