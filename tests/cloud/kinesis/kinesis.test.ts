import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import type { GetShardIteratorCommandInput } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisService } from '../../../localcloud/kinesis/index.ts';
import { credentials, movableClock, REGION, serve, temporaryFolder } from './support.ts';

const STREAM = 'events';
const SHARD_0 = 'shardId-000000000000';

interface Fixture {
  service: KinesisService;
  client: KinesisClient;
  close: () => Promise<void>;
}

describe('kinesis', () => {
  const temporary = temporaryFolder();
  let clock = movableClock();
  let dataDir = '';
  let fixture: Fixture;
  let serial = 0;

  const start = async (): Promise<Fixture> => {
    const service = new KinesisService({ dataDir, region: REGION, clock: clock.now });
    const server = await serve(service);
    const client = new KinesisClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1, requestHandler: new NodeHttpHandler() });
    return {
      service,
      client,
      close: async () => {
        client.destroy();
        await server.close();
        await service.stop();
      },
    };
  };

  beforeEach(async () => {
    clock = movableClock();
    serial += 1;
    dataDir = path.join(temporary.folder, String(serial));
    fixture = await start();
  });
  afterEach(() => fixture.close());
  afterAll(() => temporary.remove());

  const create = (ShardCount = 1) => fixture.client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount }));
  const put = (text: string, PartitionKey = 'p') => fixture.client.send(new PutRecordCommand({ StreamName: STREAM, PartitionKey, Data: Buffer.from(text) }));
  const iterate = async (from: Partial<GetShardIteratorCommandInput>, shard = SHARD_0) => {
    const { ShardIterator } = await fixture.client.send(new GetShardIteratorCommand({ StreamName: STREAM, ShardId: shard, ShardIteratorType: 'TRIM_HORIZON', ...from }));
    return fixture.client.send(new GetRecordsCommand({ ShardIterator }));
  };
  const texts = async (from: Partial<GetShardIteratorCommandInput>, shard?: string) => ((await iterate(from, shard)).Records ?? []).map((record) => Buffer.from(record.Data!).toString());

  test('records come back in order, with growing sequence numbers and their arrival', async () => {
    await create();
    const first = await put('a');
    clock.advance(1000);
    const second = await put('b');
    expect(second.SequenceNumber! > first.SequenceNumber!).toBe(true);
    const { Records, MillisBehindLatest } = await iterate({});
    expect(Records?.map((record) => [Buffer.from(record.Data!).toString(), record.SequenceNumber, record.ApproximateArrivalTimestamp?.toISOString()])).toEqual([
      ['a', first.SequenceNumber, '2026-01-31T10:15:00.000Z'],
      ['b', second.SequenceNumber, '2026-01-31T10:15:01.000Z'],
    ]);
    expect(MillisBehindLatest).toBe(0);
  });

  test('every kind of iterator begins where AWS says it does', async () => {
    await create();
    const first = await put('a');
    clock.advance(1000);
    await put('b');
    expect(await texts({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: first.SequenceNumber! })).toEqual(['a', 'b']);
    expect(await texts({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: first.SequenceNumber! })).toEqual(['b']);
    expect(await texts({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date('2026-01-31T10:15:00.500Z') })).toEqual(['b']);
    expect(await texts({ ShardIteratorType: 'LATEST' })).toEqual([]);
    const { ShardIterator } = await fixture.client.send(new GetShardIteratorCommand({ StreamName: STREAM, ShardId: SHARD_0, ShardIteratorType: 'LATEST' }));
    await put('c');
    expect((await fixture.client.send(new GetRecordsCommand({ ShardIterator }))).Records).toHaveLength(1);
    const shards = await fixture.client.send(new ListShardsCommand({ StreamName: STREAM }));
    const startingSequenceNumber = shards.Shards![0]!.SequenceNumberRange!.StartingSequenceNumber!;
    expect(await texts({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: startingSequenceNumber })).toEqual(['a', 'b', 'c']);
  });

  test('a partition key goes to the shard whose range holds its MD5, an explicit hash key to its own', async () => {
    await create(4);
    // md5("p") is 83878c91…, md5("1") is c4ca4238…, in the third and fourth quarter.
    expect((await put('x', 'p')).ShardId).toBe('shardId-000000000002');
    expect((await put('x', '1')).ShardId).toBe('shardId-000000000003');
    const explicit = await fixture.client.send(new PutRecordCommand({ StreamName: STREAM, PartitionKey: 'p', ExplicitHashKey: '0', Data: Buffer.from('x') }));
    expect(explicit.ShardId).toBe(SHARD_0);
  });

  test('PutRecords answers in the order of the request and keeps the order within a shard', async () => {
    await create(4);
    const Records = Array.from({ length: 500 }, (_, index) => ({ PartitionKey: `k${index % 37}`, Data: Buffer.from(String(index)) }));
    const answer = await fixture.client.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
    expect(answer.FailedRecordCount).toBe(0);
    const expected = new Map<string, string[]>();
    answer.Records!.forEach((record, index) => expected.set(record.ShardId!, [...(expected.get(record.ShardId!) ?? []), String(index)]));
    for (const [shard, values] of expected) expect(await texts({}, shard)).toEqual(values);
  });

  test('limits: 501 records, a record above 1 MiB, a request above 10 MiB', async () => {
    await create();
    const many = Array.from({ length: 501 }, () => ({ PartitionKey: 'p', Data: Buffer.from('x') }));
    await expect(fixture.client.send(new PutRecordsCommand({ StreamName: STREAM, Records: many }))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(fixture.client.send(new PutRecordCommand({ StreamName: STREAM, PartitionKey: 'p', Data: Buffer.alloc(1 << 20) }))).rejects.toMatchObject({ name: 'ValidationException' });
    const large = Array.from({ length: 11 }, () => ({ PartitionKey: 'p', Data: Buffer.alloc((1 << 20) - 1) }));
    await expect(fixture.client.send(new PutRecordsCommand({ StreamName: STREAM, Records: large }))).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    expect(await texts({})).toEqual([]);
  });

  test('what was acknowledged is there after a restart, without the tail a crash tore', async () => {
    await create(2);
    await put('a', 'p');
    await put('b', 'p');
    await fixture.close();
    const folder = path.join(dataDir, STREAM, 'shardId-000000000001');
    const [file = ''] = readdirSync(folder);
    const whole = statSync(path.join(folder, file)).size;
    appendFileSync(path.join(folder, file), Buffer.from([0, 0, 0, 40, 1, 2, 3, 4, 5, 6]));
    fixture = await start();
    expect(await texts({}, 'shardId-000000000001')).toEqual(['a', 'b']);
    expect(statSync(path.join(folder, file)).size).toBe(whole);
    await put('c', 'p');
    expect(await texts({}, 'shardId-000000000001')).toEqual(['a', 'b', 'c']);
  });

  test('what was acknowledged survives kill -9', async () => {
    await fixture.close();
    const writer = spawn(process.execPath, ['--import', 'tsx', 'tests/cloud/kinesis/writer.ts', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: string[] = [];
    for await (const chunk of writer.stdout as AsyncIterable<Buffer>) {
      acknowledged.push(...chunk.toString().split('\n').filter((line) => /^\d-\d+$/.test(line)));
      if (acknowledged.length >= 100) break;
    }
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
    clock = { now: () => new Date(), advance: clock.advance }; // the writer ran on the real clock, and so does the retention
    fixture = await start();
    const stored = fixture.service.shardIds(STREAM).flatMap((shard) => fixture.service.read(STREAM, shard, undefined, 100_000).records.map((record) => record.data.toString()));
    expect(acknowledged.filter((text) => !stored.includes(text))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
  });

  test('sequence numbers grow even where the clock goes back', async () => {
    await create();
    const first = await put('a');
    clock.advance(-3_600_000);
    const second = await put('b');
    expect(second.SequenceNumber! > first.SequenceNumber!).toBe(true);
  });

  test('records older than the retention are gone; a longer retention keeps them', async () => {
    await create();
    await put('old');
    clock.advance(20 * 3_600_000);
    await put('new');
    clock.advance(10 * 3_600_000);
    expect(await texts({})).toEqual(['new']);
    await fixture.client.send(new IncreaseStreamRetentionPeriodCommand({ StreamName: STREAM, RetentionPeriodHours: 168 }));
    await put('later');
    clock.advance(100 * 3_600_000);
    expect(await texts({})).toContain('later');
  });

  test('an iterator older than five minutes has expired', async () => {
    await create();
    const { ShardIterator } = await fixture.client.send(new GetShardIteratorCommand({ StreamName: STREAM, ShardId: SHARD_0, ShardIteratorType: 'LATEST' }));
    clock.advance(300_001);
    await expect(fixture.client.send(new GetRecordsCommand({ ShardIterator }))).rejects.toMatchObject({ name: 'ExpiredIteratorException' });
  });

  test('a reader that lags is told by how much, and pages with the limit', async () => {
    await create();
    await put('a');
    await put('b');
    clock.advance(5000);
    const { ShardIterator } = await fixture.client.send(new GetShardIteratorCommand({ StreamName: STREAM, ShardId: SHARD_0, ShardIteratorType: 'TRIM_HORIZON' }));
    const page = await fixture.client.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }));
    expect([page.Records?.length, page.MillisBehindLatest]).toEqual([1, 5000]);
    const next = await fixture.client.send(new GetRecordsCommand({ ShardIterator: page.NextShardIterator, Limit: 1 }));
    expect([next.Records?.length, next.MillisBehindLatest]).toEqual([1, 0]);
  });

  test('split and merge: the parent is read to its end, the children take its keys', async () => {
    await create();
    await put('before');
    const half = String(1n << 127n);
    await fixture.client.send(new SplitShardCommand({ StreamName: STREAM, ShardToSplit: SHARD_0, NewStartingHashKey: half }));
    expect((await put('after')).ShardId).toBe('shardId-000000000002');
    const parent = await iterate({});
    expect(parent.Records).toHaveLength(1);
    expect(parent.NextShardIterator).toBeUndefined();
    expect(parent.ChildShards?.map((child) => child.ShardId)).toEqual(['shardId-000000000001', 'shardId-000000000002']);
    await fixture.client.send(new MergeShardsCommand({ StreamName: STREAM, ShardToMerge: 'shardId-000000000001', AdjacentShardToMerge: 'shardId-000000000002' }));
    expect((await put('merged')).ShardId).toBe('shardId-000000000003');
    expect(fixture.service.shardIds(STREAM)).toHaveLength(4);
  });

  test('a stream is named by its ARN as well, described, listed, deleted', async () => {
    await create(2);
    const StreamARN = `arn:aws:kinesis:${REGION}:000000000000:stream/${STREAM}`;
    const summary = await fixture.client.send(new DescribeStreamSummaryCommand({ StreamARN }));
    expect(summary.StreamDescriptionSummary).toMatchObject({ StreamARN, StreamStatus: 'ACTIVE', OpenShardCount: 2, RetentionPeriodHours: 24 });
    expect((await fixture.client.send(new DescribeStreamCommand({ StreamName: STREAM }))).StreamDescription?.Shards).toHaveLength(2);
    expect((await fixture.client.send(new ListStreamsCommand({}))).StreamNames).toEqual([STREAM]);
    await expect(create()).rejects.toMatchObject({ name: 'ResourceInUseException' });
    await fixture.client.send(new DeleteStreamCommand({ StreamName: STREAM }));
    await expect(put('a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('an action that is not there says so', async () => {
    await create();
    await expect(fixture.client.send(new UpdateShardCountCommand({ StreamName: STREAM, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }))).rejects.toMatchObject({ name: 'NotImplementedException' });
  });
});
