import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withoutRoles } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { isObject, objectList, optionalNumber, optionalObject, optionalText, requiredObject, requiredText, tagList, tagsAsList, textList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { ACCOUNT_ID, arn } from '../core/service.ts';
import type { RequestHandler, Service } from '../core/service.ts';
import { firehoseAccess } from './access.ts';
import { DeliveryStream } from './delivery-stream.ts';
import type { DeliveryStreamSettings } from './delivery-stream.ts';
import { portsAs } from './role-ports.ts';
import { readDestination } from './destination.ts';
import { DirectSource, KinesisSource } from './source.ts';
import type { DeliveryReport, FirehoseOptions } from './types.ts';

/** A delivery stream as it is kept in `<dataDir>/<name>/delivery-stream.json`. */
interface Description {
  name: string;
  type: 'DirectPut' | 'KinesisStreamAsSource';
  sourceArn: string | undefined;
  sourceRoleArn: string | undefined;
  /** ExtendedS3DestinationConfiguration as given. */
  s3: Record<string, unknown>;
  versionId: number;
  createdAt: string;
  updatedAt: string;
  tags: Record<string, string>;
}

interface Running {
  file: JsonFile<Description>;
  stream: DeliveryStream;
}

const MAX_BATCH_RECORDS = 500;
const MAX_BATCH_BYTES = 4 << 20;
const MAX_RECORD_BYTES = 1000 * 1024;
const DESTINATION_ID = 'destinationId-000000000001';

/**
 * Firehose to S3: Kinesis streams or direct puts, a Lambda transformation, Parquet by a Glue table's schema, at least once.
 * Unlike AWS, the processor has no buffer of its own: the function is called when an object is due.
 */
export class FirehoseService implements Service {
  readonly signingNames = ['firehose'];
  readonly handle: RequestHandler;
  private readonly options: FirehoseOptions;
  private readonly running = new Map<string, Running>();

  constructor(options: FirehoseOptions) {
    this.options = options;
    mkdirSync(options.dataDir, { recursive: true });
    for (const name of readdirSync(options.dataDir)) {
      const file = path.join(options.dataDir, name, 'delivery-stream.json');
      if (existsSync(file)) this.run(new JsonFile<Description>(file, {} as Description), false);
    }
    this.handle = jsonProtocol('Firehose', this.actions(), firehoseAccess);
  }

  private actions(): Record<string, JsonAction> {
    return {
      CreateDeliveryStream: (input) => this.create(input),
      DeleteDeliveryStream: async (input) => this.delete(input),
      DescribeDeliveryStream: (input) => this.describe(input),
      ListDeliveryStreams: (input) => this.list(input),
      UpdateDestination: async (input) => this.updateDestination(input),
      PutRecord: async (input) => ({ RecordId: (await this.put(input, [requiredObject(input, 'Record')]))[0], Encrypted: false }),
      PutRecordBatch: async (input) => this.putBatch(input),
      TagDeliveryStream: (input) => void this.named(input).file.update((draft) => Object.assign(draft.tags, tagList(input, 'Tags'))),
      UntagDeliveryStream: (input) => this.untag(input),
      ListTagsForDeliveryStream: (input) => ({ Tags: tagsAsList(this.named(input).file.get().tags), HasMoreTags: false }),
    };
  }

  /** Delivers everything now in the source; resolves when it lies in S3. Throws what stopped it, e.g. a Glue table that is not there. */
  flush(name: string): Promise<DeliveryReport> {
    return this.find(name).stream.flush();
  }

  /** Names of all delivery streams. */
  names(): string[] {
    return [...this.running.keys()].sort();
  }

  async stop(): Promise<void> {
    for (const { stream } of this.running.values()) await stream.stop();
  }

  // --- streams --------------------------------------------------------------------------------------------------------

  private find(name: string): Running {
    const running = this.running.get(name);
    if (!running) throw new AwsError('ResourceNotFoundException', `Firehose ${name} under account ${ACCOUNT_ID} not found.`);
    return running;
  }

  private named(input: JsonObject): Running {
    return this.find(requiredText(input, 'DeliveryStreamName'));
  }

  private arnOf(name: string): string {
    return arn('firehose', this.options.region, `deliverystream/${name}`);
  }

  private settingsOf({ name, s3, versionId }: Description): DeliveryStreamSettings {
    const { options } = this;
    const destination = readDestination(s3);
    const onProblem = (problem: Error): void => options.onProblem?.(name, problem);
    return { name, versionId, destination, bufferSeconds: options.bufferSeconds ?? destination.bufferSeconds, onProblem };
  }

  /** Starts delivering by a description; `isNew` fixes where a Kinesis source begins. */
  private run(file: JsonFile<Description>, isNew: boolean): void {
    const { name, sourceArn } = file.get();
    const { options } = this;
    const { objects, catalog, functions, streams } = this.portsOf(file);
    const folder = path.join(options.dataDir, name);
    const settings = this.settingsOf(file.get());
    const source = sourceArn === undefined ? new DirectSource(folder, options.clock) : new KinesisSource(folder, streams, streamNameOf(sourceArn), isNew);
    const { region, clock } = options;
    const stream = new DeliveryStream(settings, source, { objects, catalog, functions, region, clock, deliveryStreamArn: this.arnOf(name), sourceKinesisStreamArn: sourceArn });
    this.running.set(name, { file, stream });
    stream.start();
  }

  /** What the stream works with, by the roles its description names. @throws AwsError for one that does not trust Firehose */
  private portsOf(file: JsonFile<Description>): ReturnType<typeof portsAs> {
    const { name, sourceRoleArn, s3 } = file.get();
    const conversion = optionalObject(s3, 'DataFormatConversionConfiguration');
    const schema = conversion && optionalObject(conversion, 'SchemaConfiguration');
    const named = { source: sourceRoleArn, destination: optionalText(s3, 'RoleARN'), schema: schema && optionalText(schema, 'RoleARN') };
    return portsAs(this.options, this.options.roles ?? withoutRoles, named, { region: this.options.region, deliveryStreamArn: this.arnOf(name) });
  }

  private create(input: JsonObject): unknown {
    const name = requiredText(input, 'DeliveryStreamName');
    if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(name) || name.startsWith('.')) throw new AwsError('InvalidArgumentException', `DeliveryStreamName ${name} does not match [a-zA-Z0-9_.-]+`);
    if (this.running.has(name)) throw new AwsError('ResourceInUseException', `Firehose ${name} under account ${ACCOUNT_ID} already exists`);
    const type = optionalText(input, 'DeliveryStreamType') ?? 'DirectPut';
    if (type !== 'DirectPut' && type !== 'KinesisStreamAsSource') throw new AwsError('InvalidArgumentException', `DeliveryStreamType ${type} is not supported locally`);
    const source = type === 'DirectPut' ? undefined : requiredObject(input, 'KinesisStreamSourceConfiguration');
    const sourceArn = source && requiredText(source, 'KinesisStreamARN');
    if (sourceArn !== undefined) this.options.streams.shardIds(streamNameOf(sourceArn)); // refuses a stream that is not there
    refuseOtherDestinations(input, 'ExtendedS3DestinationConfiguration');
    const s3 = requiredObject(input, 'ExtendedS3DestinationConfiguration');
    readDestination(s3);
    rmSync(path.join(this.options.dataDir, name), { recursive: true, force: true }); // what is left of one whose deletion was stopped halfway

    const now = this.options.clock().toISOString();
    const description: Description = { name, type, sourceArn, sourceRoleArn: source && optionalText(source, 'RoleARN'), s3, versionId: 1, createdAt: now, updatedAt: now, tags: tagList(input, 'Tags') };
    // The checkpoint is on disk before the description is: a stream that is found at the next start knows where it begins.
    const file = new JsonFile<Description>(path.join(this.options.dataDir, name, 'delivery-stream.json'), description);
    this.run(file, true);
    file.update(() => undefined);
    return { DeliveryStreamARN: this.arnOf(name) };
  }

  private async delete(input: JsonObject): Promise<void> {
    const { file, stream } = this.named(input);
    const { name } = file.get();
    this.running.delete(name);
    await stream.stop();
    rmSync(path.join(this.options.dataDir, name, 'delivery-stream.json')); // first: without it the stream is gone, whatever happens next
    rmSync(path.join(this.options.dataDir, name), { recursive: true, force: true });
  }

  private async updateDestination(input: JsonObject): Promise<void> {
    const { file, stream } = this.named(input);
    const { versionId, s3 } = file.get();
    if (requiredText(input, 'CurrentDeliveryStreamVersionId') !== String(versionId)) throw new AwsError('ConcurrentModificationException', `The current version is ${versionId}`);
    const destinationId = requiredText(input, 'DestinationId');
    if (destinationId !== DESTINATION_ID) throw new AwsError('InvalidArgumentException', `Destination Id ${destinationId} not found`);
    refuseOtherDestinations(input, 'ExtendedS3DestinationUpdate');
    const { S3BackupUpdate: backup, ...changes } = requiredObject(input, 'ExtendedS3DestinationUpdate');
    const merged = { ...s3, ...changes, ...(isObject(backup) ? { S3BackupConfiguration: { ...(isObject(s3.S3BackupConfiguration) ? s3.S3BackupConfiguration : {}), ...backup } } : {}) };
    readDestination(merged);
    const changed = file.update((draft) => {
      draft.s3 = merged;
      draft.versionId += 1;
      draft.updatedAt = this.options.clock().toISOString();
    });
    await stream.reconfigure(this.settingsOf(changed));
  }

  private describe(input: JsonObject): unknown {
    const { name, type, sourceArn, sourceRoleArn, s3, versionId, createdAt, updatedAt } = this.named(input).file.get();
    return {
      DeliveryStreamDescription: {
        DeliveryStreamName: name,
        DeliveryStreamARN: this.arnOf(name),
        DeliveryStreamStatus: 'ACTIVE',
        DeliveryStreamType: type,
        VersionId: String(versionId),
        CreateTimestamp: Date.parse(createdAt) / 1000,
        LastUpdateTimestamp: Date.parse(updatedAt) / 1000,
        ...(sourceArn === undefined
          ? {}
          : { Source: { KinesisStreamSourceDescription: { KinesisStreamARN: sourceArn, RoleARN: sourceRoleArn, DeliveryStartTimestamp: Date.parse(createdAt) / 1000 } } }),
        DeliveryStreamEncryptionConfiguration: { Status: 'DISABLED' },
        Destinations: [{ DestinationId: DESTINATION_ID, ExtendedS3DestinationDescription: describeDestination(s3) }],
        HasMoreDestinations: false,
      },
    };
  }

  private list(input: JsonObject): unknown {
    const after = optionalText(input, 'ExclusiveStartDeliveryStreamName') ?? '';
    const rest = this.names().filter((name) => name > after);
    const page = rest.slice(0, optionalNumber(input, 'Limit') ?? 10);
    return { DeliveryStreamNames: page, HasMoreDeliveryStreams: page.length < rest.length };
  }

  private untag(input: JsonObject): void {
    const keys = textList(input, 'TagKeys');
    this.named(input).file.update((draft) => (draft.tags = Object.fromEntries(Object.entries(draft.tags).filter(([key]) => !keys.includes(key)))));
  }

  // --- direct puts ----------------------------------------------------------------------------------------------------

  private async put(input: JsonObject, entries: readonly Record<string, unknown>[]): Promise<string[]> {
    const { source } = this.named(input).stream;
    if (!(source instanceof DirectSource)) throw new AwsError('InvalidArgumentException', 'This operation is not permitted on KinesisStreamAsSource delivery stream type.');
    const data = entries.map((entry) => Buffer.from(requiredText(entry, 'Data'), 'base64'));
    if (data.some((bytes) => bytes.length > MAX_RECORD_BYTES)) throw new AwsError('ValidationException', `Member must have length less than or equal to ${MAX_RECORD_BYTES}`);
    return source.put(data);
  }

  private async putBatch(input: JsonObject): Promise<unknown> {
    const entries = objectList(input, 'Records');
    if (entries.length === 0 || entries.length > MAX_BATCH_RECORDS) throw new AwsError('ValidationException', `Records must have length between 1 and ${MAX_BATCH_RECORDS}`);
    const bytes = entries.reduce((sum, entry) => sum + requiredText(entry, 'Data').length * 0.75, 0);
    if (bytes > MAX_BATCH_BYTES) throw new AwsError('InvalidArgumentException', 'Records size exceeds 4 MB limit');
    const ids = await this.put(input, entries);
    return { FailedPutCount: 0, Encrypted: false, RequestResponses: ids.map((RecordId) => ({ RecordId })) };
  }
}

const streamNameOf = (streamArn: string): string => streamArn.split(':stream/')[1] ?? streamArn;

/** Throws for a destination other than S3, which would otherwise be passed over. */
const refuseOtherDestinations = (input: JsonObject, known: string): void => {
  const other = Object.keys(input).find((name) => name !== known && /Destination(?:Configuration|Update)$/.test(name) && isObject(input[name]));
  if (other !== undefined) throw new AwsError('InvalidArgumentException', `${other} is not supported locally: ${known} is`);
};

/** The destination as it was given, with what AWS fills in. */
const describeDestination = (s3: JsonObject): Record<string, unknown> => {
  const { bufferBytes, bufferSeconds, compression } = readDestination(s3);
  const { S3BackupConfiguration: backup, ...given } = s3;
  return {
    EncryptionConfiguration: { NoEncryptionConfig: 'NoEncryption' },
    S3BackupMode: 'Disabled',
    ...given,
    CompressionFormat: compression,
    BufferingHints: { SizeInMBs: bufferBytes / 2 ** 20, IntervalInSeconds: bufferSeconds },
    ...(backup === undefined ? {} : { S3BackupDescription: backup }),
  };
};
