import { AwsError } from '../core/errors.ts';
import { objectList, optionalText, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { NewRecord } from './record-log.ts';
import type { Stream } from './stream.ts';

/** Limits of PutRecords (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html). */
const MAX_RECORDS = 500;
const MAX_REQUEST_BYTES = 10 << 20;
const MAX_PARTITION_KEY_LENGTH = 256;

interface CheckedRecord extends NewRecord {
  data: Buffer;
  explicitHashKey: string | undefined;
}

const readRecord = (stream: Stream, input: JsonObject): CheckedRecord => {
  const partitionKey = requiredText(input, 'PartitionKey');
  if (partitionKey.length === 0 || partitionKey.length > MAX_PARTITION_KEY_LENGTH) {
    throw new AwsError('ValidationException', `PartitionKey must have 1 to ${MAX_PARTITION_KEY_LENGTH} characters`);
  }
  const data = Buffer.from(requiredText(input, 'Data'), 'base64');
  const limit = stream.state.maxRecordSizeKiB * 1024;
  if (data.length + Buffer.byteLength(partitionKey) > limit) {
    throw new AwsError('ValidationException', `Record of ${data.length} bytes is above the stream's maximum of ${limit} bytes`);
  }
  const explicitHashKey = optionalText(input, 'ExplicitHashKey');
  if (explicitHashKey !== undefined && !/^(0|[1-9]\d{0,38})$/.test(explicitHashKey)) {
    throw new AwsError('ValidationException', `ExplicitHashKey ${explicitHashKey} is not a decimal number`);
  }
  return { partitionKey, data, explicitHashKey };
};

/** PutRecord: answers once the record is on disk. */
export const putRecord = async (stream: Stream, input: JsonObject): Promise<unknown> => {
  const record = readRecord(stream, input);
  const shard = stream.shardFor(record.partitionKey, record.explicitHashKey);
  const [SequenceNumber] = await stream.append(shard.id, [record]);
  return { ShardId: shard.id, SequenceNumber, EncryptionType: 'NONE' };
};

/**
 * PutRecords: a request that breaks a limit is refused whole; records of a shard that could not be written are answered with an
 * error each, the others stand. Records of one shard keep their order.
 */
export const putRecords = async (stream: Stream, input: JsonObject): Promise<unknown> => {
  const entries = objectList(input, 'Records');
  if (entries.length === 0 || entries.length > MAX_RECORDS) {
    throw new AwsError('ValidationException', `1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length between 1 and ${MAX_RECORDS}`);
  }
  const records = entries.map((entry) => readRecord(stream, entry));
  const bytes = records.reduce((sum, record) => sum + record.data.length + Buffer.byteLength(record.partitionKey), 0);
  if (bytes > MAX_REQUEST_BYTES) throw new AwsError('InvalidArgumentException', `Records size exceeds ${MAX_REQUEST_BYTES >> 20} MB limit`);

  const byShard = new Map<string, number[]>();
  records.forEach((record, index) => {
    const { id } = stream.shardFor(record.partitionKey, record.explicitHashKey);
    const indices = byShard.get(id);
    if (indices) indices.push(index);
    else byShard.set(id, [index]);
  });
  const answers = new Array<Record<string, unknown>>(records.length);
  await Promise.all(
    [...byShard].map(async ([shardId, indices]) => {
      const outcome = await appendOrFailure(stream, shardId, indices.flatMap((index) => records[index] ?? []));
      indices.forEach((index, place) => {
        answers[index] = outcome.ok
          ? { ShardId: shardId, SequenceNumber: outcome.sequenceNumbers[place] }
          : { ErrorCode: 'InternalFailure', ErrorMessage: outcome.message };
      });
    }),
  );
  return { FailedRecordCount: answers.filter((answer) => 'ErrorCode' in answer).length, Records: answers, EncryptionType: 'NONE' };
};

type AppendOutcome = { ok: true; sequenceNumbers: string[] } | { ok: false; message: string };

/** A disk that refuses one shard's batch is that batch's own error: its records were not acknowledged, the caller sends them again. */
const appendOrFailure = async (stream: Stream, shardId: string, records: NewRecord[]): Promise<AppendOutcome> => {
  try {
    return { ok: true, sequenceNumbers: await stream.append(shardId, records) };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
};
