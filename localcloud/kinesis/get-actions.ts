import { AwsError } from '../core/errors.ts';
import { optionalNumber, optionalText, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { StreamRecord } from '../core/ports.ts';
import type { Stream } from './stream.ts';

/** GetRecords answers at most so much; an iterator lives for five minutes. */
const MAX_RECORDS = 10_000;
const MAX_BYTES = 10 << 20;
const ITERATOR_LIFE_MS = 300_000;

/** What an iterator stands for; it is this, in base64. */
interface Iterator {
  stream: string;
  createdAt: string;
  shardId: string;
  counter: number;
  issued: number;
}

/** The stream's name in an iterator; undefined for what is none. */
export const streamOfIterator = (text: string): string | undefined => {
  try {
    return decodeIterator(text).stream;
  } catch (error) {
    if (error instanceof AwsError) return undefined; // the action itself refuses it
    throw error;
  }
};

const encodeIterator = (iterator: Iterator): string => Buffer.from(JSON.stringify(iterator)).toString('base64');

const decodeIterator = (text: string): Iterator => {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Partial<Iterator>;
    if (typeof value.stream === 'string' && typeof value.shardId === 'string' && typeof value.counter === 'number' && typeof value.issued === 'number') return value as Iterator;
  } catch (cause) {
    throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator.', { cause });
  }
  throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator.');
};

/** Where reading begins. Throws InvalidArgumentException. */
export const startingCounter = (stream: Stream, shardId: string, type: string, input: JsonObject, now: Date): number => {
  const isBySequence = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER';
  if ((type === 'TRIM_HORIZON' || type === 'LATEST' || isBySequence) && isBySequence !== (optionalText(input, 'StartingSequenceNumber') !== undefined)) {
    throw new AwsError(
      'InvalidArgumentException',
      `Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and ${isBySequence ? 'no' : 'also a'} StartingSequenceNumber.`,
    );
  }
  switch (type) {
    case 'TRIM_HORIZON':
      return stream.trimHorizon(shardId);
    case 'LATEST':
      return stream.log(shardId).nextCounter;
    case 'AT_SEQUENCE_NUMBER':
      return Math.max(0, stream.counterOf(requiredText(input, 'StartingSequenceNumber'), shardId));
    case 'AFTER_SEQUENCE_NUMBER':
      return stream.counterOf(requiredText(input, 'StartingSequenceNumber'), shardId) + 1;
    case 'AT_TIMESTAMP':
      return stream.log(shardId).firstAtOrAfter(timestampOf(input, now));
    default:
      throw new AwsError('ValidationException', `ShardIteratorType ${type} is not one of AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST, AT_TIMESTAMP`);
  }
};

/** Epoch milliseconds, as arrivals are kept. In: epoch seconds with a fraction; the `aws` command may send ISO text. */
const timestampOf = (input: JsonObject, now: Date): number => {
  const value = input.Timestamp;
  const seconds = typeof value === 'string' ? Date.parse(value) / 1000 : optionalNumber(input, 'Timestamp');
  if (seconds === undefined || Number.isNaN(seconds)) throw new AwsError('InvalidArgumentException', 'Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.');
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds > now.getTime()) {
    throw new AwsError(
      'InvalidArgumentException',
      `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${milliseconds}, currentTimestampInMillis: ${now.getTime()}`,
    );
  }
  return milliseconds;
};

export const getShardIterator = (stream: Stream, input: JsonObject, now: Date): unknown => {
  const { id: shardId } = stream.shard(requiredText(input, 'ShardId'));
  const counter = startingCounter(stream, shardId, requiredText(input, 'ShardIteratorType'), input, now);
  const { name, createdAt } = stream.state;
  return { ShardIterator: encodeIterator({ stream: name, createdAt, shardId, counter, issued: now.getTime() }) };
};

/** `streamOf`: throws ResourceNotFoundException for a name that is not there. */
export const getRecords = (streamOf: (name: string) => Stream, input: JsonObject, now: Date, withLimits: boolean): unknown => {
  const iterator = decodeIterator(requiredText(input, 'ShardIterator'));
  if (now.getTime() - iterator.issued > ITERATOR_LIFE_MS) {
    throw new AwsError('ExpiredIteratorException', `Iterator expired. The iterator was created at time ${new Date(iterator.issued).toISOString()} while right now it is ${now.toISOString()}.`);
  }
  const limit = optionalNumber(input, 'Limit') ?? MAX_RECORDS;
  if (limit < 1 || limit > MAX_RECORDS) throw new AwsError('ValidationException', `Limit must be between 1 and ${MAX_RECORDS}`);
  const stream = streamOf(iterator.stream);
  if (stream.state.createdAt !== iterator.createdAt) throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator: the stream was created anew.');

  if (withLimits) stream.limits.beforeRead(iterator.stream, iterator.shardId, now);
  const found = stream.read(iterator.shardId, iterator.counter, limit, MAX_BYTES);
  const shard = stream.shard(iterator.shardId);
  if (withLimits) stream.limits.afterRead(shard.id, found.records.reduce((sum, { data, partitionKey }) => sum + data.length + partitionKey.length, 0), now);
  const atEnd = stream.isEnd(shard.id, found.nextCounter);
  return {
    Records: found.records.map(describeRecord),
    ...(atEnd ? { ChildShards: childShards(stream, shard.id) } : { NextShardIterator: encodeIterator({ ...iterator, counter: found.nextCounter, issued: now.getTime() }) }),
    MillisBehindLatest: found.millisBehindLatest,
  };
};

export const describeRecord = (record: StreamRecord): Record<string, unknown> => ({
  SequenceNumber: record.sequenceNumber,
  ApproximateArrivalTimestamp: record.approximateArrivalTimestamp.getTime() / 1000,
  Data: record.data.toString('base64'),
  PartitionKey: record.partitionKey,
  EncryptionType: 'NONE',
});

/** The shards that took the keys of a closed one. */
export const childShards = (stream: Stream, shardId: string): Record<string, unknown>[] =>
  stream.state.shards
    .filter((candidate) => candidate.parentShardId === shardId || candidate.adjacentParentShardId === shardId)
    .map((child) => ({
      ShardId: child.id,
      ParentShards: [child.parentShardId, child.adjacentParentShardId].filter((id) => id !== undefined),
      HashKeyRange: { StartingHashKey: child.startingHashKey, EndingHashKey: child.endingHashKey },
    }));
