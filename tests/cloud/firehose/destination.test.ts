import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CreateDeliveryStreamCommand, DeleteDeliveryStreamCommand, DescribeDeliveryStreamCommand, FirehoseClient, PutRecordBatchCommand, PutRecordCommand, UpdateDestinationCommand } from '@aws-sdk/client-firehose';
import type { CreateDeliveryStreamCommandInput, ExtendedS3DestinationConfiguration, ExtendedS3DestinationUpdate } from '@aws-sdk/client-firehose';
import { FirehoseService } from '../../../localcloud/firehose/index.ts';
import type { FunctionResult } from '../../../localcloud/core/ports.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { credentials, movableClock, REGION, serve, temporaryFolder } from '../kinesis/support.ts';
import { BUCKET, openDelivery } from './delivery.ts';

const NAME = 'direct';
const LAMBDA_ARN = `arn:aws:lambda:${REGION}:000000000000:function:change`;
const WITH_FUNCTION = { ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda' as const, Parameters: [{ ParameterName: 'LambdaArn' as const, ParameterValue: LAMBDA_ARN }] }] } };
const S3: ExtendedS3DestinationConfiguration = { RoleARN: 'arn:aws:iam::000000000000:role/firehose', BucketARN: `arn:aws:s3:::${BUCKET}` };

describe('destinations of firehose', () => {
  const temporary = temporaryFolder();
  let serial = 0;
  let clock = movableClock();
  let store: FileObjectStore;
  let firehose: FirehoseService;
  let client: FirehoseClient;
  let close: () => Promise<void>;
  let transform: (data: string, recordId: string) => FunctionResult;

  beforeEach(async () => {
    const dataDir = path.join(temporary.folder, String((serial += 1)));
    clock = movableClock('2026-01-31T23:15:00.000Z');
    store = new FileObjectStore({ dataDir });
    for (const bucket of [BUCKET, 'backup']) store.createBucket(bucket);
    const functions = { invoke: async (_name: string, event: unknown) => transform((event as { records: { data: string }[] }).records[0]?.data ?? '', (event as { records: { recordId: string }[] }).records[0]?.recordId ?? '') };
    const streams = { shardIds: () => [], read: () => ({ records: [], millisBehindLatest: 0 }), latest: () => undefined };
    firehose = new FirehoseService({ dataDir: path.join(dataDir, 'firehose'), region: REGION, clock: clock.now, objects: store, streams, functions, catalog: { table: () => undefined } });
    const server = await serve(firehose);
    client = new FirehoseClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    close = async () => {
      client.destroy();
      await server.close();
      await firehose.stop();
    };
  });
  afterEach(() => close());
  afterAll(() => temporary.remove());

  const create = (change: Partial<ExtendedS3DestinationConfiguration> = {}, more: Partial<CreateDeliveryStreamCommandInput> = {}) =>
    client.send(new CreateDeliveryStreamCommand({ DeliveryStreamName: NAME, ExtendedS3DestinationConfiguration: { ...S3, ...change }, ...more }));
  const put = (text: string) => client.send(new PutRecordCommand({ DeliveryStreamName: NAME, Record: { Data: Buffer.from(text) } }));
  const update = (change: ExtendedS3DestinationUpdate, version = '1') =>
    client.send(new UpdateDestinationCommand({ DeliveryStreamName: NAME, CurrentDeliveryStreamVersionId: version, DestinationId: 'destinationId-000000000001', ExtendedS3DestinationUpdate: change }));
  const described = async () => (await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: NAME }))).DeliveryStreamDescription;

  test('prefix and name are in the zone that was asked for; an extension is taken as given', async () => {
    await create({ Prefix: 'day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/!{firehose:random-string}/', ErrorOutputPrefix: 'e/', CustomTimeZone: 'Asia/Tokyo', FileExtension: '.json' });
    await put('x');
    const { objects } = await firehose.flush(NAME);
    expect(objects[0]).toMatch(/^s3:\/\/lake\/day=2026-02-01\/hour=08\/[-\w]{11}\/direct-1-2026-02-01-08-15-00-[-0-9a-f]{36}\.json$/);
  });

  test('a change of the destination makes a new version, which object names carry; a stale one is refused', async () => {
    await create();
    await put('buffered');
    await update({ Prefix: 'new/' });
    expect((await firehose.flush(NAME)).objects[0]).toMatch(/^s3:\/\/lake\/new\/2026\/01\/31\/23\/direct-2-/);
    await expect(update({ Prefix: 'newer/' })).rejects.toMatchObject({ name: 'ConcurrentModificationException' });
    await expect(update({ CompressionFormat: 'Snappy' }, '2')).rejects.toThrow('not supported locally');
    expect(await described()).toMatchObject({ VersionId: '2', Destinations: [{ ExtendedS3DestinationDescription: { Prefix: 'new/', CompressionFormat: 'UNCOMPRESSED', BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 }, S3BackupMode: 'Disabled' } }] });
  });

  test('records put while the destination changes are neither lost nor delivered twice', async () => {
    await create();
    const puts = Promise.all(Array.from({ length: 20 }, (_, index) => put(`${index}\n`)));
    for (let version = 1; version <= 5; version += 1) await update({ Prefix: `v${version}/` }, String(version));
    await puts;
    await firehose.flush(NAME);
    const lines = (await Promise.all((await store.list(BUCKET, '')).map(async ({ key }) => (await store.get(BUCKET, key))?.toString().trimEnd().split('\n') ?? []))).flat();
    expect(lines.map(Number).sort((left, right) => left - right)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('a backup has every record as it came, also those that the function changed or failed', async () => {
    transform = (data, recordId) => ({ ok: true, payload: { records: [{ recordId, result: 'Ok', data: Buffer.from(`<${Buffer.from(data, 'base64').toString()}>`).toString('base64') }] } });
    await create({ ...WITH_FUNCTION, S3BackupMode: 'Enabled', S3BackupConfiguration: { ...S3, BucketARN: 'arn:aws:s3:::backup', Prefix: 'raw/', CompressionFormat: 'GZIP' } });
    await put('one');
    await firehose.flush(NAME);
    transform = () => ({ ok: true, payload: { records: [{ recordId: 'another' }] } });
    await put('two');
    await firehose.flush(NAME);
    const backups = await Promise.all((await store.list('backup', 'raw/2026/01/31/23/')).map(async ({ key }) => gunzipSync((await store.get('backup', key)) ?? '').toString()));
    expect(backups.sort()).toEqual(['one', 'two']);
    const [delivered] = (await store.list(BUCKET, '2026/')).map(({ key }) => key);
    expect((await store.get(BUCKET, delivered ?? ''))?.toString()).toBe('<one>');
    expect((await described())?.Destinations?.[0]?.ExtendedS3DestinationDescription?.S3BackupDescription).toMatchObject({ Prefix: 'raw/' });
  });

  test('a function that runs out of time and data that is not base64 are told as such', async () => {
    await create(WITH_FUNCTION);
    transform = () => ({ ok: false, errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: x Error: Task timed out after 1.00 seconds' });
    await put('late');
    await firehose.flush(NAME);
    transform = (_data, recordId) => ({ ok: true, payload: { records: [{ recordId, result: 'Ok', data: 'not base64!' }] } });
    await put('odd');
    await firehose.flush(NAME);
    const errors = await Promise.all((await store.list(BUCKET, 'processing-failed/')).map(async ({ key }) => JSON.parse((await store.get(BUCKET, key))?.toString() ?? '') as Record<string, unknown>));
    expect(errors.map(({ errorCode, attemptsMade }) => [errorCode, attemptsMade]).sort()).toEqual([['Lambda.FunctionTimedOut', 4], ['Lambda.InvalidReturnFormat', 1]]);
  });

  test.each([
    ['another destination', {}, { HttpEndpointDestinationConfiguration: { EndpointConfiguration: { Url: 'https://x' }, S3Configuration: S3 } }, 'HttpEndpointDestinationConfiguration is not supported locally'],
    ['a zone that is none', { CustomTimeZone: 'Mars/Olympus' }, {}, 'CustomTimeZone Mars/Olympus is not supported'],
    ['a buffer beyond its bounds', { BufferingHints: { SizeInMBs: 129, IntervalInSeconds: 60 } }, {}, 'between 1 and 128'],
    ['an interval beyond its bounds', { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 901 } }, {}, 'between 0 and 900'],
    ['a backup to nowhere', { S3BackupMode: 'Enabled' as const }, {}, 'S3BackupConfiguration must be given'],
    ['an extension without a dot', { FileExtension: 'json' }, {}, 'FileExtension json'],
    ['dynamic partitioning', { DynamicPartitioningConfiguration: { Enabled: true } }, {}, 'dynamic partitioning is not supported locally'],
    ['another compression', { CompressionFormat: 'ZIP' as const }, {}, 'ZIP is not supported locally'],
  ])('%s is refused, not passed over', async (_case, change, more, message) => {
    await expect(create(change, more)).rejects.toThrow(message);
  });

  test('limits of direct puts: 500 records, 4 MiB, 1,000 KiB each', async () => {
    await create();
    const batch = (sizes: number[]) => client.send(new PutRecordBatchCommand({ DeliveryStreamName: NAME, Records: sizes.map((size) => ({ Data: Buffer.alloc(size, 'x') })) }));
    await expect(batch(Array.from({ length: 501 }, () => 1))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(batch(Array.from({ length: 5 }, () => 900_000))).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    await expect(batch([1000 * 1024 + 1])).rejects.toMatchObject({ name: 'ValidationException' });
    expect(await firehose.flush(NAME)).toMatchObject({ recordsIn: 0 });
    expect((await batch([1000 * 1024, 1])).FailedPutCount).toBe(0);
  });

  test('a stream of a deleted one’s name has nothing of it', async () => {
    await create();
    await put('old');
    await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: NAME }));
    await create();
    expect(await firehose.flush(NAME)).toMatchObject({ recordsIn: 0 });
  });
});

describe('kill -9', () => {
  const temporary = temporaryFolder();
  afterAll(() => temporary.remove());

  test('loses no record that was acknowledged, from a stream or put straight', async () => {
    const writer = spawn(process.execPath, ['--import', 'tsx', 'tests/cloud/firehose/writer.ts', temporary.folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: string[] = [];
    const watched = new FileObjectStore({ dataDir: temporary.folder });
    for await (const chunk of writer.stdout as AsyncIterable<Buffer>) {
      acknowledged.push(...chunk.toString().split('\n').filter((line) => /^\w+-\d+$/.test(line)));
      const counts = ['direct', 'events'].map((kind) => acknowledged.filter((text) => text.startsWith(kind)).length);
      if (Math.min(...counts) >= 60 && (await watched.list(BUCKET, '')).length > 0) break; // some are delivered, others not
    }
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
    const { store, kinesis, firehose } = openDelivery(temporary.folder);
    for (const name of firehose.names()) await firehose.flush(name);
    const objects = await store.list(BUCKET, '');
    const delivered = new Set<string>();
    for (const { key } of objects) for (const line of (await store.get(BUCKET, key))?.toString().trimEnd().split('\n') ?? []) delivered.add(line);
    expect(acknowledged.filter((text) => !delivered.has(text))).toEqual([]);
    await firehose.stop();
    await kinesis.stop();
  });
});
