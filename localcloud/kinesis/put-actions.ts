import { AwsError } from '../core/errors.ts';
import { objectList, optionalText, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { NewRecord } from './record-log.ts';
import { isSequenceNumber } from './sequence-numbers.ts';
import { rateExceeded, rateExceededMessage } from './shard-limits.ts';
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
    const bound = partitionKey.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MAX_PARTITION_KEY_LENGTH}`;
    throw new AwsError('ValidationException', `1 validation error detected: Value '${partitionKey}' at 'partitionKey' failed to satisfy constraint: Member must have length ${bound}`);
  }
  const data = Buffer.from(requiredText(input, 'Data'), 'base64');
  const limit = stream.state.maxRecordSizeKiB * 1024;
  if (data.length + Buffer.byteLength(partitionKey) > limit) {
    throw new AwsError('ValidationException', `1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to ${limit}`);
  }
  const explicitHashKey = optionalText(input, 'ExplicitHashKey');
  if (explicitHashKey !== undefined && !/^(0|[1-9]\d{0,38})$/.test(explicitHashKey)) {
    throw new AwsError('ValidationException', `ExplicitHashKey ${explicitHashKey} is not a decimal number`);
  }
  return { partitionKey, data, explicitHashKey };
};

/** PutRecord: answers once the record is on disk. */
export const putRecord = async (stream: Stream, input: JsonObject, limitsAt?: Date): Promise<unknown> => {
  const record = readRecord(stream, input);
  const ordering = optionalText(input, 'SequenceNumberForOrdering'); // numbers of a shard grow anyway
  if (ordering !== undefined && !isSequenceNumber(ordering)) {
    throw new AwsError('InvalidArgumentException', `ExclusiveMinimumSequenceNumber ${ordering} used in PutRecord on stream ${stream.state.name} under account ${ACCOUNT_ID} is invalid.`);
  }
  const shard = stream.shardFor(record.partitionKey, record.explicitHashKey);
  if (limitsAt && !stream.limits.admitsWrite(shard.id, sizeOf(record), limitsAt)) throw rateExceeded(stream.state.name, shard.id);
  const [SequenceNumber] = await stream.append(shard.id, [record]);
  return { ShardId: shard.id, SequenceNumber, EncryptionType: 'NONE' };
};

const sizeOf = (record: CheckedRecord): number => record.data.length + Buffer.byteLength(record.partitionKey);

/**
 * PutRecords: a request that breaks a limit is refused whole; records of a shard that could not be written, or are above what
 * their shard takes (`limitsAt`: by the limits of that second), are answered with an error each, the others stand. Records of one shard keep their order.
 */
export const putRecords = async (stream: Stream, input: JsonObject, limitsAt?: Date): Promise<unknown> => {
  const entries = objectList(input, 'Records');
  if (entries.length === 0 || entries.length > MAX_RECORDS) {
    throw new AwsError('ValidationException', `1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length between 1 and ${MAX_RECORDS}`);
  }
  const records = entries.map((entry) => readRecord(stream, entry));
  const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
  if (bytes > MAX_REQUEST_BYTES) throw new AwsError('InvalidArgumentException', `Records size exceeds ${MAX_REQUEST_BYTES >> 20} MB limit`);

  const answers = new Array<Record<string, unknown>>(records.length);
  const byShard = new Map<string, number[]>();
  records.forEach((record, index) => {
    const { id } = stream.shardFor(record.partitionKey, record.explicitHashKey);
    if (limitsAt && !stream.limits.admitsWrite(id, sizeOf(record), limitsAt)) {
      answers[index] = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: rateExceededMessage(stream.state.name, id) };
      return;
    }
    const indices = byShard.get(id);
    if (indices) indices.push(index);
    else byShard.set(id, [index]);
  });
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
