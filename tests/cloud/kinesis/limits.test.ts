import path from 'node:path';
import {
  CreateStreamCommand,
  DescribeLimitsCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis';
import type { GetShardIteratorCommandInput, ShardFilter } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisService } from '../../../localcloud/kinesis/index.ts';
import { splitShard } from '../../../localcloud/kinesis/resharding.ts';
import { Stream } from '../../../localcloud/kinesis/stream.ts';
import { credentials, movableClock, REGION, serve, temporaryFolder } from './support.ts';

const StreamName = 'events';
const SHARD_0 = 'shardId-000000000000';
const HOUR_MS = 3_600_000;

describe('kinesis limits and shards', () => {
  const temporary = temporaryFolder();
  let clock = movableClock();
  let serial = 0;
  let client: KinesisClient;
  let close: () => Promise<void>;

  const start = async (shardLimits: boolean) => {
    const service = new KinesisService({ dataDir: path.join(temporary.folder, String((serial += 1))), region: REGION, clock: clock.now, shardLimits });
    const server = await serve(service);
    client = new KinesisClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1, requestHandler: new NodeHttpHandler() });
    close = async () => {
      client.destroy();
      await server.close();
      await service.stop();
    };
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  };

  beforeEach(() => {
    clock = movableClock();
  });
  afterEach(() => close());
  afterAll(() => temporary.remove());

  const put = (bytes: number) => client.send(new PutRecordCommand({ StreamName, PartitionKey: 'p', Data: Buffer.alloc(bytes) }));
  const iterator = async (from: Partial<GetShardIteratorCommandInput>) =>
    (await client.send(new GetShardIteratorCommand({ StreamName, ShardId: SHARD_0, ShardIteratorType: 'TRIM_HORIZON', ...from }))).ShardIterator;
  const read = async (from: Partial<GetShardIteratorCommandInput>) => client.send(new GetRecordsCommand({ ShardIterator: await iterator(from) }));
  const exceeded = { name: 'ProvisionedThroughputExceededException' };

  test('a shard takes 1 MiB and 1,000 records a second; what is above is told per record, the others stand', async () => {
    await start(true);
    await put(1_000_000);
    await expect(put(100_000)).rejects.toMatchObject({ ...exceeded, message: `Rate exceeded for shard ${SHARD_0} in stream ${StreamName} under account 000000000000.` });
    clock.advance(1000);
    const Records = Array.from({ length: 500 }, () => ({ PartitionKey: 'p', Data: Buffer.from('x') }));
    for (let batch = 0; batch < 2; batch += 1) expect((await client.send(new PutRecordsCommand({ StreamName, Records }))).FailedRecordCount).toBe(0);
    const over = await client.send(new PutRecordsCommand({ StreamName, Records: Records.slice(0, 2) }));
    expect([over.FailedRecordCount, over.Records?.[0]?.ErrorCode, over.Records?.[0]?.SequenceNumber]).toEqual([2, exceeded.name, undefined]);
    clock.advance(1000);
    const partly = await client.send(new PutRecordsCommand({ StreamName, Records: [600_000, 600_000, 10].map((size) => ({ PartitionKey: 'p', Data: Buffer.alloc(size) })) }));
    expect([partly.FailedRecordCount, partly.Records?.map(({ ErrorCode }) => ErrorCode)]).toEqual([1, [undefined, exceeded.name, undefined]]);
    expect((await read({})).Records).toHaveLength(1003);
  });

  test('a shard gives five reads a second, and 2 MiB a second in the long run', async () => {
    await start(true);
    for (let index = 0; index < 5; index += 1) await read({});
    await expect(read({})).rejects.toMatchObject(exceeded);
    for (let index = 0; index < 4; index += 1) {
      clock.advance(1000);
      await put(1 << 19);
      await put((1 << 19) - 10);
    }
    clock.advance(1000);
    await read({}); // 4 MiB at once
    clock.advance(1000);
    await expect(read({})).rejects.toMatchObject(exceeded);
    clock.advance(1000);
    await read({ ShardIteratorType: 'LATEST' });
  });

  test('without the option there are none', async () => {
    await start(false);
    for (let index = 0; index < 3; index += 1) await put(900_000);
    for (let index = 0; index < 7; index += 1) await read({ ShardIteratorType: 'LATEST' });
  });

  test('AT_TIMESTAMP finds the record of that very millisecond, and none before it; the future is refused', async () => {
    await start(false);
    for (const step of [0, 1, 123, 7, 869]) {
      clock.advance(step);
      const { SequenceNumber } = await put(1);
      clock.advance(1);
      await put(1);
      const { Records } = await read({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(clock.now().getTime() - 1) });
      expect([Records?.length, Records?.[0]?.SequenceNumber]).toEqual([2, SequenceNumber]);
    }
    await expect(read({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(clock.now().getTime() + 1) })).rejects.toThrow('timestampInMillis parameter cannot be greater');
  });

  test('an iterator asked for with a sequence number too many, or none, is refused', async () => {
    await start(false);
    const { SequenceNumber } = await put(1);
    await expect(iterator({ ShardIteratorType: 'LATEST', StartingSequenceNumber: SequenceNumber })).rejects.toThrow('also a StartingSequenceNumber');
    await expect(iterator({ ShardIteratorType: 'AT_SEQUENCE_NUMBER' })).rejects.toThrow('no StartingSequenceNumber');
    await expect(client.send(new PutRecordCommand({ StreamName, PartitionKey: 'p', Data: Buffer.from('x'), SequenceNumberForOrdering: '12' }))).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    await expect(client.send(new PutRecordCommand({ StreamName, PartitionKey: 'p', Data: Buffer.from('x'), ExplicitHashKey: String(1n << 128n) }))).rejects.toThrow('must be in the range: [0, 2^128-1]');
  });

  test('shards are listed by when they were open, and a closed one until its records are out of the retention', async () => {
    await start(false);
    const created = clock.now();
    clock.advance(HOUR_MS);
    await client.send(new SplitShardCommand({ StreamName, ShardToSplit: SHARD_0, NewStartingHashKey: String(1n << 127n) }));
    clock.advance(HOUR_MS);
    const listed = async (filter?: ShardFilter) =>
      ((await client.send(new ListShardsCommand({ StreamName, ...(filter ? { ShardFilter: filter } : {}) }))).Shards ?? []).map(({ ShardId }) => Number(ShardId?.slice(-1)));
    expect(await listed()).toEqual([0, 1, 2]);
    expect(await listed({ Type: 'AT_LATEST' })).toEqual([1, 2]);
    expect(await listed({ Type: 'AT_TRIM_HORIZON' })).toEqual([0]);
    expect(await listed({ Type: 'FROM_TRIM_HORIZON' })).toEqual([0, 1, 2]);
    expect(await listed({ Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000001' })).toEqual([2]);
    expect(await listed({ Type: 'AT_TIMESTAMP', Timestamp: new Date(created.getTime() + 60_000) })).toEqual([0]);
    expect(await listed({ Type: 'AT_TIMESTAMP', Timestamp: clock.now() })).toEqual([1, 2]);
    expect(await listed({ Type: 'FROM_TIMESTAMP', Timestamp: clock.now() })).toEqual([1, 2]);
    await expect(listed({ Type: 'AT_TIMESTAMP' })).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 2 }));
    const rest = await client.send(new ListShardsCommand({ NextToken: first.NextToken, MaxResults: 2 }));
    expect([first.Shards?.length, rest.Shards?.length, rest.NextToken]).toEqual([2, 1, undefined]);
    await expect(client.send(new ListShardsCommand({ StreamName, NextToken: first.NextToken }))).rejects.toThrow('NextToken and StreamName cannot be provided together.');
    clock.advance(24 * HOUR_MS);
    expect(await listed()).toEqual([1, 2]);
    await expect(client.send(new ListShardsCommand({ NextToken: first.NextToken }))).rejects.toMatchObject({ name: 'ExpiredNextTokenException' });
  });

  test('a closed shard has not ended while a record sent to it is being written', async () => {
    await start(false);
    const stream = Stream.create(path.join(temporary.folder, 'alone'), clock.now, { name: 'alone', shardCount: 1, mode: 'PROVISIONED', maxRecordSizeKiB: 1024, tags: {} });
    const appended = stream.append(SHARD_0, [{ partitionKey: 'p', data: Buffer.from('x') }]);
    splitShard(stream, SHARD_0, String(1n << 127n), clock.now().getTime());
    expect([stream.read(SHARD_0, 0, 10).records.length, stream.isEnd(SHARD_0, 0)]).toEqual([0, false]);
    await appended;
    await new Promise((resolve) => setImmediate(resolve));
    expect([stream.read(SHARD_0, 0, 10).records.length, stream.isEnd(SHARD_0, 0), stream.isEnd(SHARD_0, 1)]).toEqual([1, false, true]);
    await stream.close();
  });

  test('a stream changes its mode, and is counted by it', async () => {
    await start(false);
    await client.send(new UpdateStreamModeCommand({ StreamARN: `arn:aws:kinesis:${REGION}:000000000000:stream/${StreamName}`, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }));
    expect(await client.send(new DescribeLimitsCommand({}))).toMatchObject({ OpenShardCount: 1, OnDemandStreamCount: 1 });
  });
});
