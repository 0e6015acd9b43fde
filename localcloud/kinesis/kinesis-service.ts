import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { optionalNumber, optionalObject, optionalText, requiredNumber, requiredObject, requiredText, tagsAsList, textList, textMap } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import type { StreamReader, StreamRecord } from '../core/ports.ts';
import { ACCOUNT_ID, arn } from '../core/service.ts';
import type { RequestHandler, Service } from '../core/service.ts';
import { kinesisAccess } from './access.ts';
import { deregisterConsumer, describeConsumer, listConsumers, registerConsumer } from './consumers.ts';
import type { Consumers } from './consumers.ts';
import { getRecords, getShardIterator } from './get-actions.ts';
import { describeShard, listShards, livingShards } from './list-shards.ts';
import { putRecord, putRecords } from './put-actions.ts';
import { mergeShards, splitShard } from './resharding.ts';
import { Stream } from './stream.ts';
import { Subscriptions } from './subscriptions.ts';
import type { KinesisOptions, ShardState } from './types.ts';

const DEFAULT_ON_DEMAND_SHARDS = 4;
/** As UpdateShardCount's page has it: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html */
const MOST_SHARDS = 10_000;
const MAX_RETENTION_HOURS = 8760;
/** AWS's defaults in most regions; not enforced. */
const SHARD_LIMIT = 500;
const ON_DEMAND_LIMIT = 50;

/**
 * Kinesis Data Streams. A record is acknowledged when it is on disk; what was acknowledged survives `kill -9`.
 * Not here: encryption, UpdateShardCount (split and merge are).
 */
export class KinesisService implements Service, StreamReader {
  readonly signingNames = ['kinesis'];
  readonly handle: RequestHandler;
  private readonly options: KinesisOptions;
  private readonly streams = new Map<string, Stream>();
  private readonly consumers: Consumers = {
    streamByArn: (streamArn) => this.named({ StreamARN: streamArn }),
    streamArn: ({ state }) => arn('kinesis', this.options.region, `stream/${state.name}`),
  };
  private readonly subscriptions: Subscriptions;

  constructor(options: KinesisOptions) {
    this.options = options;
    this.subscriptions = new Subscriptions(this.consumers, options.clock);
    mkdirSync(options.dataDir, { recursive: true });
    for (const name of readdirSync(options.dataDir)) {
      if (existsSync(path.join(options.dataDir, name, 'stream.json'))) this.streams.set(name, Stream.open(path.join(options.dataDir, name), options.clock));
    }
    const answer = jsonProtocol('Kinesis', this.actions(), kinesisAccess);
    this.handle = (request, response) => (/\.SubscribeToShard$/.test(String(request.headers['x-amz-target'])) ? this.subscriptions.handle(request, response) : answer(request, response));
  }

  private actions(): Record<string, JsonAction> {
    const now = (): Date => this.options.clock();
    const limitsAt = (): Date | undefined => (this.options.shardLimits === true ? now() : undefined);
    return {
      CreateStream: (input) => this.create(input),
      DeleteStream: async (input) => this.delete(input),
      DescribeStream: (input) => this.describe(input),
      DescribeStreamSummary: (input) => this.describeSummary(input),
      ListStreams: (input) => this.list(input),
      ListShards: (input) => listShards(input, now(), (name) => this.stream(name), () => this.named(input)),
      PutRecord: async (input) => putRecord(this.named(input), input, limitsAt()),
      PutRecords: async (input) => putRecords(this.named(input), input, limitsAt()),
      GetShardIterator: (input) => getShardIterator(this.named(input), input, now()),
      GetRecords: (input) => getRecords((name) => this.stream(name), input, now(), this.options.shardLimits === true),
      IncreaseStreamRetentionPeriod: (input) => this.changeRetention(input, 1),
      DecreaseStreamRetentionPeriod: (input) => this.changeRetention(input, -1),
      SplitShard: (input) => splitShard(this.named(input), requiredText(input, 'ShardToSplit'), requiredText(input, 'NewStartingHashKey'), now().getTime()),
      MergeShards: (input) => mergeShards(this.named(input), requiredText(input, 'ShardToMerge'), requiredText(input, 'AdjacentShardToMerge'), now().getTime()),
      RegisterStreamConsumer: (input) => registerConsumer(this.consumers, input, now()),
      DeregisterStreamConsumer: (input) => deregisterConsumer(this.consumers, input),
      DescribeStreamConsumer: (input) => describeConsumer(this.consumers, input),
      ListStreamConsumers: (input) => listConsumers(this.consumers, input),
      UpdateStreamMode: (input) => this.updateMode(input),
      DescribeLimits: () => this.describeLimits(),
      UpdateMaxRecordSize: (input) => this.updateMaxRecordSize(input),
      AddTagsToStream: (input) => this.tag(input, textMap(input, 'Tags')),
      RemoveTagsFromStream: (input) => this.untag(input, textList(input, 'TagKeys')),
      ListTagsForStream: (input) => ({ Tags: tagsAsList(this.named(input).state.tags), HasMoreTags: false }),
      TagResource: (input) => this.tag(input, textMap(input, 'Tags')),
      UntagResource: (input) => this.untag(input, textList(input, 'TagKeys')),
      ListTagsForResource: (input) => ({ Tags: tagsAsList(this.named(input).state.tags) }),
    };
  }

  // --- StreamReader ---------------------------------------------------------------------------------------------------

  shardIds(stream: string): string[] {
    return livingShards(this.stream(stream), this.options.clock()).map((shard) => shard.id);
  }

  read(stream: string, shardId: string, after: string | undefined, limit: number): { records: StreamRecord[]; millisBehindLatest: number } {
    const source = this.stream(stream);
    return source.read(shardId, after === undefined ? 0 : source.counterOf(after, shardId) + 1, limit);
  }

  /** The shards one came from by a split or a merge. */
  parentsOf(stream: string, shardId: string): string[] {
    const { parentShardId, adjacentParentShardId } = this.stream(stream).shard(shardId);
    return [parentShardId, adjacentParentShardId].filter((id) => id !== undefined);
  }

  latest(stream: string, shardId: string): string | undefined {
    const source = this.stream(stream);
    const { nextCounter } = source.log(shardId);
    return nextCounter === 0 ? undefined : source.read(shardId, nextCounter - 1, 1).records[0]?.sequenceNumber;
  }

  async stop(): Promise<void> {
    this.subscriptions.stop();
    for (const stream of this.streams.values()) await stream.close();
  }

  // --- actions --------------------------------------------------------------------------------------------------------

  private stream(name: string): Stream {
    const stream = this.streams.get(name);
    if (!stream) throw new AwsError('ResourceNotFoundException', `Stream ${name} under account ${ACCOUNT_ID} not found.`);
    return stream;
  }

  /** The stream a request names, by StreamName or by ARN. */
  private named(input: JsonObject): Stream {
    const streamArn = optionalText(input, 'StreamARN') ?? optionalText(input, 'ResourceARN');
    const name = optionalText(input, 'StreamName') ?? streamArn?.split(':stream/')[1];
    if (name === undefined) throw new AwsError('InvalidArgumentException', 'Either StreamName or StreamARN must be given');
    return this.stream(name);
  }

  private create(input: JsonObject): void {
    const name = requiredText(input, 'StreamName');
    if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(name) || name === '.' || name === '..') throw new AwsError('ValidationException', `StreamName ${name} does not match [a-zA-Z0-9_.-]+`);
    if (this.streams.has(name)) throw new AwsError('ResourceInUseException', `Stream ${name} under account ${ACCOUNT_ID} already exists.`);
    const mode = optionalText(optionalObject(input, 'StreamModeDetails') ?? {}, 'StreamMode') === 'ON_DEMAND' ? 'ON_DEMAND' : 'PROVISIONED';
    const shardCount = optionalNumber(input, 'ShardCount') ?? (mode === 'ON_DEMAND' ? DEFAULT_ON_DEMAND_SHARDS : undefined);
    if (shardCount === undefined || shardCount < 1) throw new AwsError('ValidationException', 'ShardCount must be at least 1 for a PROVISIONED stream');
    if (!Number.isInteger(shardCount)) throw new AwsError('SerializationException', 'NUMBER_VALUE can not be converted to an Integer'); // text not confirmed
    if (shardCount > MOST_SHARDS) throw new AwsError('LimitExceededException', `A stream cannot have more than ${MOST_SHARDS} shards`); // text not confirmed
    const maxRecordSizeKiB = optionalNumber(input, 'MaxRecordSizeInKiB') ?? 1024;
    this.streams.set(name, Stream.create(path.join(this.options.dataDir, name), this.options.clock, { name, shardCount, mode, maxRecordSizeKiB, tags: textMap(input, 'Tags') }));
  }

  private async delete(input: JsonObject): Promise<void> {
    const stream = this.named(input);
    if ((stream.state.consumers ?? []).length > 0 && input.EnforceConsumerDeletion !== true)
      throw new AwsError('ResourceInUseException', `Stream ${stream.state.name} under account ${ACCOUNT_ID} has consumers registered.`); // text not confirmed
    this.streams.delete(stream.state.name);
    await stream.remove();
  }

  private summary(stream: Stream): Record<string, unknown> {
    const { name, mode, retentionHours, createdAt, maxRecordSizeKiB } = stream.state;
    return {
      StreamName: name,
      StreamARN: arn('kinesis', this.options.region, `stream/${name}`),
      StreamStatus: 'ACTIVE',
      StreamModeDetails: { StreamMode: mode },
      RetentionPeriodHours: retentionHours,
      StreamCreationTimestamp: Date.parse(createdAt) / 1000,
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: 'NONE',
      MaxRecordSizeInKiB: maxRecordSizeKiB,
    };
  }

  private describe(input: JsonObject): unknown {
    const stream = this.named(input);
    const { shards, more } = shardPage(livingShards(stream, this.options.clock()), optionalText(input, 'ExclusiveStartShardId'), optionalNumber(input, 'Limit') ?? 100);
    return { StreamDescription: { ...this.summary(stream), Shards: shards.map(describeShard), HasMoreShards: more } };
  }

  private describeSummary(input: JsonObject): unknown {
    const stream = this.named(input);
    return { StreamDescriptionSummary: { ...this.summary(stream), OpenShardCount: stream.openShards.length, ConsumerCount: stream.state.consumers?.length ?? 0 } };
  }

  private list(input: JsonObject): unknown {
    const after = optionalText(input, 'NextToken') ?? optionalText(input, 'ExclusiveStartStreamName') ?? '';
    const names = [...this.streams.keys()].sort().filter((name) => name > after);
    const page = names.slice(0, optionalNumber(input, 'Limit') ?? 100);
    const more = page.length < names.length;
    return {
      StreamNames: page,
      HasMoreStreams: more,
      ...(more ? { NextToken: page.at(-1) } : {}),
      StreamSummaries: page.map((name) => this.summary(this.stream(name))),
    };
  }

  private updateMode(input: JsonObject): void {
    const mode = requiredText(requiredObject(input, 'StreamModeDetails'), 'StreamMode');
    if (mode !== 'ON_DEMAND' && mode !== 'PROVISIONED') throw new AwsError('ValidationException', `StreamMode ${mode} is not one of PROVISIONED, ON_DEMAND`);
    this.named(input).change((draft) => (draft.mode = mode));
  }

  private describeLimits(): unknown {
    const streams = [...this.streams.values()];
    return {
      ShardLimit: SHARD_LIMIT,
      OpenShardCount: streams.reduce((sum, stream) => sum + stream.openShards.length, 0),
      OnDemandStreamCount: streams.filter(({ state }) => state.mode === 'ON_DEMAND').length,
      OnDemandStreamCountLimit: ON_DEMAND_LIMIT,
    };
  }

  private changeRetention(input: JsonObject, direction: 1 | -1): void {
    const stream = this.named(input);
    const hours = requiredNumber(input, 'RetentionPeriodHours');
    const change = (hours - stream.state.retentionHours) * direction;
    if (change < 0 || hours < 24 || hours > MAX_RETENTION_HOURS) {
      throw new AwsError('InvalidArgumentException', `Requested retention period of ${hours} hours does not fit the current one of ${stream.state.retentionHours} hours (24 to ${MAX_RETENTION_HOURS})`);
    }
    stream.change((draft) => (draft.retentionHours = hours));
  }

  private updateMaxRecordSize(input: JsonObject): void {
    const size = requiredNumber(input, 'MaxRecordSizeInKiB');
    if (size < 1024 || size > 10240) throw new AwsError('ValidationException', 'MaxRecordSizeInKiB must be between 1024 and 10240');
    this.named(input).change((draft) => (draft.maxRecordSizeKiB = size));
  }

  private tag(input: JsonObject, tags: Record<string, string>): void {
    this.named(input).change((draft) => Object.assign(draft.tags, tags));
  }

  private untag(input: JsonObject, keys: string[]): void {
    this.named(input).change((draft) => (draft.tags = Object.fromEntries(Object.entries(draft.tags).filter(([key]) => !keys.includes(key)))));
  }
}

const shardPage = (shards: readonly ShardState[], after: string | undefined, limit: number): { shards: ShardState[]; more: boolean } => {
  const rest = after === undefined ? [...shards] : shards.filter((shard) => shard.id > after);
  return { shards: rest.slice(0, limit), more: rest.length > limit };
};
