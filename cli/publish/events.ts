import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { CliError } from '../cli-error.ts';
import type { StreamInput } from '../input/sources.ts';

/** A record the stream cannot take: above 1 MiB. It is told to the user by file and line, since nobody else will see it. */
export interface RejectedRecord {
  file: string;
  line: number;
  size: number;
}

export interface PublishedEvents {
  published: number;
  rejected: RejectedRecord[];
}

export interface PublishEventsOptions {
  kinesis: KinesisClient;
  stream: string;
  records: AsyncIterable<StreamInput> | Iterable<StreamInput>;
  onPublished?: (published: number) => void;
  signal?: AbortSignal;
  /** Waits so many milliseconds; a port for tests. */
  sleep?: (milliseconds: number) => Promise<void>;
}

interface Entry {
  Data: Uint8Array;
  PartitionKey: string;
}

/** Limits of PutRecords: 500 records and 5 MiB a call, partition keys included (Kinesis API reference). */
const batchRecords = 500;
const batchBytes = 5 << 20;
const callsAtOnce = 3;
const attempts = 8;

/**
 * Sends records to a Kinesis stream, those of a session to one shard (partition key = session id). Records that the
 * stream turns down for the moment are sent again, those alone.
 * @throws CliError where the stream goes on turning records down.
 */
export const publishEvents = async (options: PublishEventsOptions): Promise<PublishedEvents> => {
  const result: PublishedEvents = { published: 0, rejected: [] };
  const running = new Set<Promise<void>>();
  const send = async (batch: Entry[]): Promise<void> => {
    const call = putAll(batch, options).then(() => {
      result.published += batch.length;
      options.onPublished?.(result.published);
      running.delete(call);
    });
    call.catch(() => undefined); // stays in the set, where the next wait finds it; until then nobody listens
    running.add(call);
    if (running.size >= callsAtOnce) await Promise.race(running);
  };
  let batch: Entry[] = [];
  let bytes = 0;
  for await (const record of options.records) {
    options.signal?.throwIfAborted();
    if (record.bytes === undefined) {
      result.rejected.push({ file: record.file, line: record.line, size: record.size });
      continue;
    }
    const entry = { Data: record.bytes, PartitionKey: partitionKeyOf(record.bytes) };
    const size = record.bytes.length + Buffer.byteLength(entry.PartitionKey);
    if (batch.length === batchRecords || (batch.length > 0 && bytes + size > batchBytes)) {
      await send(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) await send(batch);
  await Promise.all(running);
  return result;
};

const putAll = async (batch: Entry[], { kinesis, stream, sleep = delay, signal }: PublishEventsOptions): Promise<void> => {
  let left = batch;
  let reason = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await sleep(Math.min(5000, 50 * 2 ** attempt));
    signal?.throwIfAborted();
    const answer = await kinesis.send(new PutRecordsCommand({ StreamName: stream, Records: left }));
    const failed = left.filter((_, at) => answer.Records?.[at]?.ErrorCode !== undefined);
    reason = answer.Records?.find((record) => record.ErrorCode !== undefined)?.ErrorCode ?? '';
    if (failed.length === 0) return;
    left = failed;
  }
  throw new CliError(`${stream}: ${left.length} records were turned down ${attempts} times (${reason})`);
};

const delay = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const sessionMember = /"(?:session_id|user_session)"\s*:\s*"([^"\\]{1,256})"/;

/** The session's id, found without parsing: the record may be broken. Records without one share a key. */
const partitionKeyOf = (bytes: Buffer): string => sessionMember.exec(bytes.toString('utf8', 0, 64 << 10))?.[1] ?? 'none';
