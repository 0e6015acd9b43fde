import { AwsError } from '../core/errors.ts';
import { optionalNumber, optionalObject, optionalText, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { timeOf } from './sequence-numbers.ts';
import type { Stream } from './stream.ts';
import type { ShardState } from './types.ts';

const MAX_RESULTS = 10_000;
const DEFAULT_RESULTS = 1_000;
const TOKEN_LIFE_MS = 300_000;

/** What a NextToken stands for; it is this, in base64. */
interface Token {
  stream: string;
  after: string;
  filter: JsonObject | undefined;
  issued: number;
}

const decodeToken = (text: string, now: Date): Token => {
  let token: Partial<Token>;
  try {
    token = JSON.parse(Buffer.from(text, 'base64').toString()) as Partial<Token>;
  } catch (cause) {
    throw new AwsError('InvalidArgumentException', 'NextToken is invalid.', { cause });
  }
  const { stream, after, filter, issued } = token;
  if (typeof stream !== 'string' || typeof after !== 'string' || typeof issued !== 'number') throw new AwsError('InvalidArgumentException', 'NextToken is invalid.');
  if (now.getTime() - issued > TOKEN_LIFE_MS) throw new AwsError('ExpiredNextTokenException', 'NextToken has expired.');
  return { stream, after, filter, issued };
};

const opened = (shard: ShardState): number => timeOf(shard.startingSequenceNumber);
/** Infinite for an open shard. */
const closed = (shard: ShardState): number => (shard.endingSequenceNumber === undefined ? Number.POSITIVE_INFINITY : timeOf(shard.endingSequenceNumber));

/** The shards that still hold records within the retention: a closed one vanishes with the last of them. */
export const livingShards = (stream: Stream, now: Date): ShardState[] => {
  const horizon = now.getTime() - stream.state.retentionHours * 3_600_000;
  return stream.state.shards.filter((shard) => closed(shard) >= horizon);
};

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html */
const filterShards = (stream: Stream, filter: JsonObject | undefined, now: Date): ShardState[] => {
  const shards = livingShards(stream, now);
  if (!filter) return shards;
  const type = requiredText(filter, 'Type');
  const horizon = now.getTime() - stream.state.retentionHours * 3_600_000;
  switch (type) {
    case 'AFTER_SHARD_ID': {
      const after = optionalText(filter, 'ShardId');
      if (after === undefined) throw new AwsError('InvalidArgumentException', 'ShardId must be provided if ShardFilterType is AFTER_SHARD_ID.');
      return shards.filter(({ id }) => id > after);
    }
    case 'AT_LATEST':
      return shards.filter((shard) => shard.endingSequenceNumber === undefined);
    case 'AT_TRIM_HORIZON':
      return shards.filter((shard) => opened(shard) <= Math.max(horizon, Date.parse(stream.state.createdAt)));
    case 'FROM_TRIM_HORIZON':
      return shards;
    case 'AT_TIMESTAMP':
    case 'FROM_TIMESTAMP': {
      const time = Math.max(horizon, timestampOf(filter, type));
      return shards.filter((shard) => closed(shard) >= time && (type === 'FROM_TIMESTAMP' || opened(shard) <= time));
    }
    default:
      throw new AwsError('ValidationException', `ShardFilter type ${type} is not one of AFTER_SHARD_ID, AT_TRIM_HORIZON, FROM_TRIM_HORIZON, AT_LATEST, AT_TIMESTAMP, FROM_TIMESTAMP`);
  }
};

const timestampOf = (filter: JsonObject, type: string): number => {
  const seconds = optionalNumber(filter, 'Timestamp');
  if (seconds === undefined) throw new AwsError('InvalidArgumentException', `Timestamp must be provided if ShardFilterType is ${type}.`);
  return Math.round(seconds * 1000);
};

/** ListShards, a page at a time. `streamOf` and `named` throw ResourceNotFoundException. */
export const listShards = (input: JsonObject, now: Date, streamOf: (name: string) => Stream, named: () => Stream): unknown => {
  const text = optionalText(input, 'NextToken');
  const limit = optionalNumber(input, 'MaxResults') ?? DEFAULT_RESULTS;
  if (limit < 1 || limit > MAX_RESULTS) throw new AwsError('ValidationException', `MaxResults must be between 1 and ${MAX_RESULTS}`);
  const beside = ['StreamName', 'ExclusiveStartShardId', 'StreamCreationTimestamp', 'ShardFilter'].find((name) => input[name] !== undefined);
  if (text !== undefined && beside !== undefined) throw new AwsError('InvalidArgumentException', `NextToken and ${beside} cannot be provided together.`);
  const token = text === undefined ? undefined : decodeToken(text, now);
  const stream = token ? streamOf(token.stream) : named();
  const filter = token ? token.filter : optionalObject(input, 'ShardFilter');
  const after = token ? token.after : (optionalText(input, 'ExclusiveStartShardId') ?? '');
  const rest = filterShards(stream, filter, now).filter(({ id }) => id > after);
  const page = rest.slice(0, limit);
  const next: Token = { stream: stream.state.name, after: page.at(-1)?.id ?? after, filter, issued: now.getTime() };
  return { Shards: page.map(describeShard), ...(page.length < rest.length ? { NextToken: Buffer.from(JSON.stringify(next)).toString('base64') } : {}) };
};

export const describeShard = (shard: ShardState): Record<string, unknown> => ({
  ShardId: shard.id,
  ...(shard.parentShardId === undefined ? {} : { ParentShardId: shard.parentShardId }),
  ...(shard.adjacentParentShardId === undefined ? {} : { AdjacentParentShardId: shard.adjacentParentShardId }),
  HashKeyRange: { StartingHashKey: shard.startingHashKey, EndingHashKey: shard.endingHashKey },
  SequenceNumberRange: {
    StartingSequenceNumber: shard.startingSequenceNumber,
    ...(shard.endingSequenceNumber === undefined ? {} : { EndingSequenceNumber: shard.endingSequenceNumber }),
  },
});
