import path from 'node:path';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  KinesisClient,
  ListStreamConsumersCommand,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import type { StartingPosition, SubscribeToShardEvent } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisService } from '../../../localcloud/kinesis/index.ts';
import { gatewayFor } from '../edge/temporary.ts';
import { credentials, movableClock, REGION, temporaryFolder } from './support.ts';

const SHARD_0 = 'shardId-000000000000';

// The client as it is, over HTTP/2, and one over HTTP/1.1.
describe.each(['HTTP/2', 'HTTP/1.1'])('enhanced fan-out over %s', (version) => {
  const temporary = temporaryFolder();
  const clock = movableClock();
  const service = new KinesisService({ dataDir: path.join(temporary.folder, 'kinesis'), region: REGION, clock: clock.now });
  const gateway = gatewayFor(() => [service]);
  let client: KinesisClient;
  let serial = 0;
  let StreamName = '';
  let StreamARN = '';
  let ConsumerARN: string | undefined;

  beforeAll(() => {
    client = new KinesisClient({ region: REGION, endpoint: gateway.endpoint(), credentials, maxAttempts: 1, ...(version === 'HTTP/2' ? {} : { requestHandler: new NodeHttpHandler() }) });
  });
  beforeEach(async () => {
    StreamName = `events-${(serial += 1)}`;
    StreamARN = `arn:aws:kinesis:${REGION}:000000000000:stream/${StreamName}`;
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    ConsumerARN = (await client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' }))).Consumer?.ConsumerARN;
  });
  afterAll(async () => {
    client.destroy();
    await service.stop();
    temporary.remove();
  });

  const put = (text: string) => client.send(new PutRecordCommand({ StreamName, PartitionKey: 'p', Data: Buffer.from(text) }));
  const subscribe = async (position: StartingPosition): Promise<AsyncIterator<SubscribeToShardEvent>> => {
    const { EventStream } = await client.send(new SubscribeToShardCommand({ ConsumerARN, ShardId: SHARD_0, StartingPosition: position }));
    async function* events(): AsyncGenerator<SubscribeToShardEvent> {
      for await (const { SubscribeToShardEvent: event } of EventStream ?? []) if (event) yield event;
    }
    return events();
  };
  const textsOf = (event: SubscribeToShardEvent | undefined) => event?.Records?.map(({ Data }) => Buffer.from(Data ?? []).toString());
  const next = async (events: AsyncIterator<SubscribeToShardEvent>) => (await events.next()).value as SubscribeToShardEvent | undefined;

  test('records are pushed, those that were there and those that come', async () => {
    await put('before');
    const events = await subscribe({ Type: 'TRIM_HORIZON' });
    const first = await next(events);
    expect([textsOf(first), first?.MillisBehindLatest]).toEqual([['before'], 0]);
    const { SequenceNumber } = await put('after');
    const second = await next(events);
    expect([textsOf(second), second?.ContinuationSequenceNumber]).toEqual([['after'], SequenceNumber]);
    clock.advance(300_000);
    expect((await events.next()).done).toBe(true); // five minutes are over
    const later = await subscribe({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: first?.ContinuationSequenceNumber });
    expect(textsOf(await next(later))).toEqual(['after']);
    await later.return?.();
  });

  test('a shard that is split is read to its end, and tells its children', async () => {
    await put('last');
    await client.send(new SplitShardCommand({ StreamName, ShardToSplit: SHARD_0, NewStartingHashKey: String(1n << 127n) }));
    const events = await subscribe({ Type: 'TRIM_HORIZON' });
    const event = await next(events);
    expect([textsOf(event), event?.ContinuationSequenceNumber, event?.ChildShards?.map(({ ShardId }) => ShardId)]).toEqual([['last'], undefined, ['shardId-000000000001', 'shardId-000000000002']]);
    expect((await events.next()).done).toBe(true);
  });

  test('a second subscription within five seconds is refused, a later one takes the place of the first', async () => {
    const events = await subscribe({ Type: 'LATEST' });
    expect(textsOf(await next(events))).toEqual([]);
    await expect(subscribe({ Type: 'LATEST' })).rejects.toMatchObject({ name: 'ResourceInUseException' });
    clock.advance(5_000);
    const second = await subscribe({ Type: 'LATEST' });
    while ((await events.next()).done !== true); // what was on its way, then the end
    await second.return?.();
  });

  test('consumers are listed, described and deregistered, and keep their stream from being deleted', async () => {
    await expect(client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' }))).rejects.toMatchObject({ name: 'ResourceInUseException' });
    expect((await client.send(new ListStreamConsumersCommand({ StreamARN }))).Consumers).toMatchObject([{ ConsumerName: 'reader', ConsumerARN, ConsumerStatus: 'ACTIVE' }]);
    expect((await client.send(new DescribeStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' }))).ConsumerDescription).toMatchObject({ ConsumerARN, StreamARN });
    await expect(client.send(new DeleteStreamCommand({ StreamName }))).rejects.toMatchObject({ name: 'ResourceInUseException' });
    await client.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
    await expect(subscribe({ Type: 'LATEST' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await client.send(new DeleteStreamCommand({ StreamName }));
  });
});
