import path from 'node:path';
import { CreateDeliveryStreamCommand, DescribeDeliveryStreamCommand, FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import type { CreateDeliveryStreamCommandInput, ExtendedS3DestinationConfiguration } from '@aws-sdk/client-firehose';
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { FirehoseService } from '../../../localcloud/firehose/index.ts';
import type { CatalogTable, FunctionResult, ObjectStore } from '../../../localcloud/core/ports.ts';
import { KinesisService } from '../../../localcloud/kinesis/index.ts';
import { credentials, movableClock, REGION, serve, temporaryFolder } from '../kinesis/support.ts';

const NAME = 'events';
const BUCKET = 'lake';
const STREAM_ARN = `arn:aws:kinesis:${REGION}:000000000000:stream/${NAME}`;
const LAMBDA_ARN = `arn:aws:lambda:${REGION}:000000000000:function:capture`;

interface TransformEvent {
  invocationId: string;
  deliveryStreamArn: string;
  sourceKinesisStreamArn: string;
  region: string;
  records: { recordId: string; data: string; approximateArrivalTimestamp: number; kinesisRecordMetadata: Record<string, unknown> }[];
}

const ok = (records: TransformEvent['records'], change = (text: string): string => text) =>
  records.map(({ recordId, data }) => ({ recordId, result: 'Ok', data: Buffer.from(change(Buffer.from(data, 'base64').toString())).toString('base64') }));

const S3: ExtendedS3DestinationConfiguration = {
  RoleARN: 'arn:aws:iam::000000000000:role/firehose',
  BucketARN: `arn:aws:s3:::${BUCKET}`,
  Prefix: 'bronze/events/ingestion_date=!{timestamp:yyyy-MM-dd}/ingestion_hour=!{timestamp:HH}/',
  ErrorOutputPrefix: 'errors/events/!{firehose:error-output-type}/',
  BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
  ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda', Parameters: [{ ParameterName: 'LambdaArn', ParameterValue: LAMBDA_ARN }, { ParameterName: 'BufferSizeInMBs', ParameterValue: '0.5' }] }] },
  DataFormatConversionConfiguration: {
    Enabled: true,
    SchemaConfiguration: { DatabaseName: 'bronze', TableName: 'events', Region: REGION, RoleARN: 'arn:aws:iam::000000000000:role/firehose' },
    InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
  },
};

const TABLE: CatalogTable = {
  databaseName: 'bronze',
  name: 'events',
  columns: [
    { name: 'event_id', type: 'string' },
    { name: 'contract_version', type: 'int' },
    { name: 'row_number', type: 'bigint' },
    { name: 'price', type: 'double' },
    { name: 'is_late', type: 'boolean' },
    { name: 'validation_errors', type: 'array<string>' },
    { name: 'seen_at', type: 'timestamp' },
    { name: 'day', type: 'date' },
  ],
  partitionKeys: [{ name: 'ingestion_date', type: 'string' }],
  parameters: {},
  location: `s3://${BUCKET}/bronze/events/`,
  tableType: 'EXTERNAL_TABLE',
  versionId: '1',
};

/** Objects in memory; `failures` puts fail before one goes through. */
class MemoryObjects implements ObjectStore {
  readonly objects = new Map<string, Buffer>();
  failures = 0;

  async put(bucket: string, key: string, body: Uint8Array): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('no space left on device');
    }
    this.objects.set(`s3://${bucket}/${key}`, Buffer.from(body));
  }
  async get(bucket: string, key: string): Promise<Buffer | undefined> {
    return this.objects.get(`s3://${bucket}/${key}`);
  }
  async list(): Promise<{ key: string; size: number; lastModified: Date }[]> {
    throw new Error('Firehose lists nothing');
  }
  async delete(): Promise<void> {
    throw new Error('Firehose deletes nothing');
  }
  bucketExists(): boolean {
    return true;
  }
  fileOf(): string {
    throw new Error('Firehose knows no files');
  }
  uriOf(): string {
    throw new Error('Firehose knows no files');
  }
}

describe('firehose', () => {
  const temporary = temporaryFolder();
  let serial = 0;
  let clock = movableClock();
  let objects = new MemoryObjects();
  let table: CatalogTable | undefined = TABLE;
  let transform: (event: TransformEvent) => FunctionResult;
  let calls: TransformEvent[] = [];
  let problems: string[] = [];
  let dataDir = '';
  let kinesis: KinesisService;
  let firehose: FirehoseService;
  let kinesisClient: KinesisClient;
  let client: FirehoseClient;
  let closing: (() => unknown)[] = [];

  const startFirehose = async (bufferSeconds?: number): Promise<void> => {
    firehose = new FirehoseService({
      dataDir: path.join(dataDir, 'firehose'),
      region: REGION,
      clock: clock.now,
      objects,
      streams: kinesis,
      catalog: { table: () => table },
      functions: {
        invoke: async (_, event) => {
          calls.push(event as TransformEvent);
          return transform(event as TransformEvent);
        },
      },
      onProblem: (_, problem) => problems.push(problem.message),
      ...(bufferSeconds === undefined ? {} : { bufferSeconds }),
    });
    const server = await serve(firehose);
    client = new FirehoseClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    const service = firehose;
    closing.push(() => service.stop(), server.close, () => client.destroy());
  };

  beforeEach(async () => {
    serial += 1;
    dataDir = path.join(temporary.folder, String(serial));
    clock = movableClock();
    objects = new MemoryObjects();
    table = TABLE;
    calls = [];
    problems = [];
    closing = [];
    transform = (event) => ({ ok: true, payload: { records: ok(event.records) } });
    kinesis = new KinesisService({ dataDir: path.join(dataDir, 'kinesis'), region: REGION, clock: clock.now });
    const server = await serve(kinesis);
    kinesisClient = new KinesisClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1, requestHandler: new NodeHttpHandler() });
    closing.push(() => kinesisClient.destroy(), server.close, () => kinesis.stop());
    await kinesisClient.send(new CreateStreamCommand({ StreamName: NAME, ShardCount: 2 }));
    await startFirehose();
  });
  afterEach(async () => {
    for (const close of closing) await close();
  });
  afterAll(() => temporary.remove());

  const create = (change: Partial<ExtendedS3DestinationConfiguration> = {}, input: Partial<CreateDeliveryStreamCommandInput> = {}) =>
    client.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: NAME,
        DeliveryStreamType: 'KinesisStreamAsSource',
        KinesisStreamSourceConfiguration: { KinesisStreamARN: STREAM_ARN, RoleARN: 'arn:aws:iam::000000000000:role/firehose' },
        ExtendedS3DestinationConfiguration: { ...S3, ...change },
        ...input,
      }),
    );
  const publish = (values: unknown[]) =>
    kinesisClient.send(
      new PutRecordsCommand({ StreamName: NAME, Records: values.map((value, index) => ({ PartitionKey: `k${index}`, Data: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) })) }),
    );
  const uris = (part: string) => [...objects.objects.keys()].filter((uri) => uri.includes(part));
  const rows = async (): Promise<Record<string, unknown>[]> => {
    const found = [];
    for (const uri of uris('.parquet')) {
      const body = objects.objects.get(uri)!;
      found.push(...(await parquetReadObjects({ file: body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer })));
    }
    return found;
  };
  const errorLines = (type: string) => uris(`/${type}/`).flatMap((uri) => objects.objects.get(uri)!.toString().trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>));
  const ids = async () => (await rows()).map((row) => row.event_id).sort();

  test('records published after the creation become one Parquet object below the hour of the oldest arrival', async () => {
    await publish([{ event_id: 'before' }]);
    await create();
    clock.advance(44 * 60_000);
    await publish([{ event_id: 'a' }]);
    clock.advance(120_000); // into the next hour, and not yet the buffer's age: the timer must not deliver before the flush
    await publish([{ event_id: 'b' }]);
    const report = await firehose.flush(NAME);
    expect(report).toMatchObject({ recordsIn: 2, recordsDelivered: 2, recordsDropped: 0, recordsProcessingFailed: 0 });
    expect(report.objects).toHaveLength(1);
    expect(report.objects[0]).toMatch(/^s3:\/\/lake\/bronze\/events\/ingestion_date=2026-01-31\/ingestion_hour=10\/events-1-2026-01-31-10-59-00-[-0-9a-f]{36}\.parquet$/);
    expect(await ids()).toEqual(['a', 'b']);
  });

  test('the function gets the event AWS documents', async () => {
    await create();
    await publish([{ event_id: 'a' }]);
    await firehose.flush(NAME);
    const [call] = calls;
    const arrival = clock.now().getTime();
    expect(call).toMatchObject({ deliveryStreamArn: `arn:aws:firehose:${REGION}:000000000000:deliverystream/${NAME}`, sourceKinesisStreamArn: STREAM_ARN, region: REGION });
    expect(call!.records).toEqual([
      {
        recordId: expect.any(String) as string,
        approximateArrivalTimestamp: arrival,
        data: Buffer.from('{"event_id":"a"}').toString('base64'),
        kinesisRecordMetadata: { sequenceNumber: expect.stringMatching(/^\d{56}$/) as string, subsequenceNumber: 0, shardId: expect.stringMatching(/^shardId-\d{12}$/) as string, partitionKey: 'k0', approximateArrivalTimestamp: arrival },
      },
    ]);
  });

  test('every column type is read as the JSON SerDe reads it; unknown attributes are dropped, missing ones null', async () => {
    await create();
    await publish([
      { EVENT_ID: 7, contract_version: '2', row_number: 12345678901, price: '1.5', is_late: 'TRUE', validation_errors: ['x', 'y'], seen_at: '2026-01-31 10:00:00.123456', day: '2026-01-31', stray: 1 },
      { event_id: { nested: true }, validation_errors: [] },
    ]);
    await firehose.flush(NAME);
    const found = (await rows()).sort((one, other) => String(one.event_id).localeCompare(String(other.event_id)));
    expect(found).toEqual([
      { event_id: '{"nested":true}', contract_version: null, row_number: null, price: null, is_late: null, validation_errors: [], seen_at: null, day: null },
      { event_id: '7', contract_version: 2, row_number: 12345678901n, price: 1.5, is_late: true, validation_errors: ['x', 'y'], seen_at: new Date('2026-01-31T10:00:00.123Z'), day: new Date('2026-01-31') },
    ]);
    const body = objects.objects.get(uris('.parquet')[0]!)!;
    const metadata = await parquetMetadataAsync(body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer);
    expect(metadata.schema.map((element) => element.name)).toEqual(['hive_schema', 'event_id', 'contract_version', 'row_number', 'price', 'is_late', 'validation_errors', 'list', 'element', 'seen_at', 'day']);
  });

  test('what does not fit the schema goes to format-conversion-failed with the data the function gave', async () => {
    await create();
    await publish(['not json', { event_id: 'a', contract_version: 'x' }, { event_id: 'b' }]);
    const report = await firehose.flush(NAME);
    expect(report).toMatchObject({ recordsDelivered: 1, recordsConversionFailed: 2 });
    expect(await ids()).toEqual(['b']);
    const lines = errorLines('format-conversion-failed');
    expect(lines.map((line) => line.lastErrorCode).sort()).toEqual(['DataFormatConversion.MalformedData', 'DataFormatConversion.ParseError']);
    expect(lines.map((line) => Buffer.from(line.rawData as string, 'base64').toString())).toContain('not json');
    expect(lines[0]).toMatchObject({ attemptsMade: 1, arrivalTimestamp: clock.now().getTime(), dataCatalogTable: { databaseName: 'bronze', tableName: 'events' } });
  });

  test('Dropped vanishes; ProcessingFailed, missing, duplicated and malformed answers go to processing-failed', async () => {
    transform = ({ records }) => {
      const answers = ok(records);
      const byId = new Map(records.map((record) => [Buffer.from(record.data, 'base64').toString(), record.recordId]));
      const of = (id: string) => answers.find((answer) => answer.recordId === byId.get(`{"event_id":"${id}"}`))!;
      of('drop').result = 'Dropped';
      of('fail').result = 'ProcessingFailed';
      of('odd').result = 'ok';
      return { ok: true, payload: { records: [...answers.filter((answer) => answer !== of('missing')), { ...of('twice') }] } };
    };
    await create();
    await publish(['good', 'drop', 'fail', 'odd', 'missing', 'twice'].map((event_id) => ({ event_id })));
    const report = await firehose.flush(NAME);
    expect(report).toMatchObject({ recordsIn: 6, recordsDelivered: 1, recordsDropped: 1, recordsProcessingFailed: 4 });
    expect(await ids()).toEqual(['good']);
    const failures = Object.fromEntries(errorLines('processing-failed').map((line) => [Buffer.from(line.rawData as string, 'base64').toString(), line.errorCode]));
    expect(failures).toEqual({
      '{"event_id":"fail"}': 'Lambda.ProcessingFailedStatus',
      '{"event_id":"odd"}': 'Lambda.InvalidReturnFormat',
      '{"event_id":"missing"}': 'Lambda.MissingRecordId',
      '{"event_id":"twice"}': 'Lambda.DuplicatedRecordId',
    });
  });

  test('a function that fails is called four times, then its batch goes to processing-failed, and the next goes on', async () => {
    transform = () => ({ ok: false, errorType: 'Boom', errorMessage: 'no' });
    await create();
    await publish([{ event_id: 'a' }]);
    await firehose.flush(NAME);
    expect(calls).toHaveLength(4);
    expect(errorLines('processing-failed')).toEqual([
      {
        attemptsMade: 4,
        arrivalTimestamp: clock.now().getTime(),
        errorCode: 'Lambda.FunctionError',
        errorMessage: expect.stringContaining('Boom: no') as string,
        attemptEndingTimestamp: clock.now().getTime(),
        rawData: Buffer.from('{"event_id":"a"}').toString('base64'),
        lambdaArn: LAMBDA_ARN,
      },
    ]);
    transform = (event) => ({ ok: true, payload: { records: ok(event.records) } });
    await publish([{ event_id: 'b' }]);
    await firehose.flush(NAME);
    expect(await ids()).toEqual(['b']);
  });

  test('a function that fails twice and then answers loses nothing', async () => {
    let left = 2;
    transform = (event) => (left-- > 0 ? { ok: false, errorType: 'Boom', errorMessage: 'no' } : { ok: true, payload: { records: ok(event.records) } });
    await create();
    await publish([{ event_id: 'a' }]);
    await firehose.flush(NAME);
    expect(await ids()).toEqual(['a']);
    expect(uris('processing-failed')).toEqual([]);
  });

  test('a response above 6 MB is a failed call', async () => {
    transform = (event) => ({ ok: true, payload: { records: ok(event.records, () => 'x'.repeat(900_000)) } });
    await create();
    await publish(Array.from({ length: 8 }, (_, index) => ({ event_id: String(index) })));
    await firehose.flush(NAME);
    expect(errorLines('processing-failed')).toHaveLength(8);
  });

  test('a call carries at most BufferSizeInMBs of data', async () => {
    await create();
    await publish(Array.from({ length: 6 }, (_, index) => ({ event_id: String(index), padding: 'x'.repeat(200_000) })));
    await firehose.flush(NAME);
    expect(calls.map((call) => call.records.length)).toEqual([2, 2, 2]);
    expect(await ids()).toHaveLength(6);
  });

  test('a restart goes on behind what was delivered', async () => {
    await create();
    await publish([{ event_id: 'a' }]);
    await firehose.flush(NAME);
    await publish([{ event_id: 'b' }]);
    await firehose.stop();
    await startFirehose();
    expect(await firehose.flush(NAME)).toMatchObject({ recordsIn: 1 });
    expect(await ids()).toEqual(['a', 'b']);
  });

  test('a delivery that S3 refused is made again; nothing is skipped', async () => {
    await create();
    await publish([{ event_id: 'a' }]);
    objects.failures = 1;
    await expect(firehose.flush(NAME)).rejects.toThrow('no space left');
    expect(await firehose.flush(NAME)).toMatchObject({ recordsDelivered: 1 });
    expect(await ids()).toEqual(['a']);
  });

  test('without its Glue table the records wait', async () => {
    table = undefined;
    await create();
    await publish([{ event_id: 'a' }]);
    await expect(firehose.flush(NAME)).rejects.toThrow('there is no Glue table bronze.events');
    table = TABLE;
    await firehose.flush(NAME);
    expect(await ids()).toEqual(['a']);
  });

  test('records are delivered by themselves when they are old enough', async () => {
    await create();
    await publish([{ event_id: 'a' }]);
    const settled = () => new Promise((resolve) => setTimeout(resolve, 450));
    clock.advance(59_000);
    await settled();
    expect(await ids()).toEqual([]);
    clock.advance(1_000);
    await settled();
    expect(await ids()).toEqual(['a']);
    expect(problems).toEqual([]);
  });

  test('direct puts: durable until delivered, gzip, the default prefix', async () => {
    const plain = { RoleARN: S3.RoleARN, BucketARN: S3.BucketARN };
    await client.send(new CreateDeliveryStreamCommand({ DeliveryStreamName: 'direct', ExtendedS3DestinationConfiguration: { ...plain, CompressionFormat: 'GZIP' } }));
    const answer = await client.send(new PutRecordBatchCommand({ DeliveryStreamName: 'direct', Records: [{ Data: Buffer.from('a\n') }, { Data: Buffer.from('b\n') }] }));
    expect(answer).toMatchObject({ FailedPutCount: 0 });
    await firehose.stop();
    await startFirehose();
    const report = await firehose.flush('direct');
    expect(report).toMatchObject({ recordsDelivered: 2 });
    expect(report.objects[0]).toMatch(/^s3:\/\/lake\/2026\/01\/31\/10\/direct-1-.*\.gz$/);
    expect(await firehose.flush('direct')).toMatchObject({ recordsIn: 0 });
  });

  test('what AWS refuses is refused: small buffers with conversion, an error prefix without its type, a stream that is not there', async () => {
    await expect(create({ BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 } })).rejects.toThrow('at least 64');
    await expect(create({ ErrorOutputPrefix: 'errors/!{timestamp:yyyy}/' })).rejects.toThrow('error-output-type');
    await expect(create({ Prefix: 'x/!{nonsense:y}/' })).rejects.toThrow('not supported');
    await expect(create({}, { KinesisStreamSourceConfiguration: { KinesisStreamARN: `${STREAM_ARN}x`, RoleARN: 'arn:aws:iam::000000000000:role/firehose' } })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await create();
    await expect(create()).rejects.toMatchObject({ name: 'ResourceInUseException' });
    const { DeliveryStreamDescription } = await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: NAME }));
    expect(DeliveryStreamDescription).toMatchObject({ DeliveryStreamStatus: 'ACTIVE', DeliveryStreamType: 'KinesisStreamAsSource' });
  });
});
