import type { Objects } from '../aws/index.ts';
import { createBronzeWriter } from '../bronze/index.ts';
import type { FirehoseRecord } from '../capture/index.ts';
import { createRowCapture } from './capture-rows.ts';
import { eventPartition } from './event-partition.ts';
import type { EventStream, StreamRecord } from './event-stream.ts';
import { findWrittenChunks, nameOfChunk } from './replay-objects.ts';
import type { WrittenChunks } from './replay-objects.ts';

export interface ReplayConfig {
  /** Bytes of records per bronze object. */
  chunkBytes: number;
  chunkRecords: number;
  /** Shards read side by side. */
  shardsAtOnce: number;
  /** Runs look for new objects in the partitions of so many days: records that arrived earlier go to the first of them. */
  partitionDays: number;
}

export const replayDefaults: ReplayConfig = { chunkBytes: 8 << 20, chunkRecords: 20_000, shardsAtOnce: 4, partitionDays: 7 };

export interface ReplayPorts {
  stream: EventStream;
  objects: Pick<Objects, 'bucket' | 'put' | 'list'>;
  clock: () => Date;
  /** Told after each page and each object. */
  onProgress?: (progress: ReplayProgress) => void;
  signal?: AbortSignal;
}

/** Arrivals from `from` on and before `to`. */
export interface ReplayRange {
  from: Date;
  to: Date;
}

export interface ReplayRequest extends ReplayRange {
  /** Only count the records. */
  dryRun?: boolean;
}

export interface ReplayOutcome {
  shards: number;
  /** Records read, and their bytes; those of objects that are there from an earlier replay are not read again. */
  records: number;
  bytes: number;
  /** Bronze objects written by this call, and those found written. */
  objectsWritten: number;
  objectsFound: number;
}

export interface ReplayProgress extends ReplayOutcome {
  /** Milliseconds of the range that are done, over all shards, and of how many. */
  doneMillis: number;
  totalMillis: number;
}

/** The stream no longer holds what was asked for. */
export class BeforeRetentionError extends Error {
  override readonly name = 'BeforeRetentionError';
}

/** Records of one bronze object, of one hour of arrival. */
interface OpenChunk {
  hour: number;
  records: StreamRecord[];
  bytes: number;
}

const HOUR_MILLIS = 3_600_000;
const hourOf = (epochMillis: number): number => Math.floor(epochMillis / HOUR_MILLIS);

/**
 * A chunk ends with the record that makes it full, and where an hour of arrival does. So replays of ranges that overlap cut alike from the
 * first full hour on.
 */
const isFull = ({ records, bytes, hour }: OpenChunk, next: StreamRecord, config: ReplayConfig): boolean =>
  bytes >= config.chunkBytes || records.length >= config.chunkRecords || hourOf(next.arrivalMillis) !== hour;

const firehoseRecordOf = (shardId: string, { data, sequenceNumber, partitionKey, arrivalMillis }: StreamRecord): FirehoseRecord => ({
  recordId: sequenceNumber,
  data: Buffer.from(data).toString('base64'),
  approximateArrivalTimestamp: arrivalMillis,
  kinesisRecordMetadata: { shardId, sequenceNumber, partitionKey, approximateArrivalTimestamp: arrivalMillis },
});

const datesBetween = (from: number, to: number): string[] => {
  const dates: string[] = [];
  for (let day = Math.floor(from / 86_400_000); day <= Math.floor(to / 86_400_000); day += 1) dates.push(new Date(day * 86_400_000).toISOString().slice(0, 10));
  return dates;
};

/**
 * Reads the stream over a range of arrivals and sends its records through capture again, into bronze: the same rows Firehose has
 * delivered or should have. A record that is already in silver or quarantine changes nothing there.
 *
 * Bronze objects are named by the records they hold, and a chunk that is there is passed over. So a replay can be broken off
 * anywhere, repeated, and made twice at once. Like Firehose it only adds objects to bronze: a run takes them when it next begins, so
 * that no lock is needed.
 * @throws BeforeRetentionError where the range begins before what the stream keeps
 */
export const replay = async (ports: ReplayPorts, request: ReplayRequest, config: ReplayConfig = replayDefaults): Promise<ReplayOutcome> => {
  const { stream, objects, clock } = ports;
  const { from, to, dryRun = false } = request;
  const keepsFrom = await stream.keepsFrom(clock());
  if (from < keepsFrom) throw new BeforeRetentionError(`the stream keeps no record that arrived before ${keepsFrom.toISOString()}: ${from.toISOString()} is too early`);
  const firstPartition = clock().getTime() - config.partitionDays * 86_400_000;
  const partitionOf = ({ hour }: OpenChunk): string => eventPartition(Math.max(hour * HOUR_MILLIS, firstPartition));
  const written: WrittenChunks = dryRun
    ? { lastOf: () => undefined }
    : await findWrittenChunks(objects, datesBetween(Math.max(from.getTime(), firstPartition), Math.max(to.getTime(), firstPartition)));
  const shardIds = await stream.shardsFrom(from);
  const captureRows = createRowCapture({ objects, clock }, { deliveryStreamArn: stream.arn, sourceKinesisStreamArn: stream.arn });
  const outcome: ReplayOutcome = { shards: shardIds.length, records: 0, bytes: 0, objectsWritten: 0, objectsFound: 0 };
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(ports.signal ? [ports.signal] : [])]);
  const spanMillis = Math.max(0, to.getTime() - from.getTime());
  const doneByShard = new Map<string, number>();
  const tell = (shardId: string, reachedMillis: number): void => {
    doneByShard.set(shardId, Math.min(spanMillis, Math.max(0, reachedMillis - from.getTime())));
    const doneMillis = [...doneByShard.values()].reduce((sum, millis) => sum + millis, 0);
    ports.onProgress?.({ ...outcome, doneMillis, totalMillis: spanMillis * shardIds.length });
  };

  const write = async (shardId: string, chunk: OpenChunk): Promise<void> => {
    const [first, last] = [chunk.records[0], chunk.records.at(-1)];
    if (!first || !last || dryRun) return;
    const writer = createBronzeWriter('events');
    for await (const row of captureRows(chunk.records.map((record) => firehoseRecordOf(shardId, record)))) writer.append(row);
    const name = nameOfChunk({ shardId, first: first.sequenceNumber, last: last.sequenceNumber });
    await objects.put(`${partitionOf(chunk)}${name}`, writer.finish());
    outcome.objectsWritten += 1;
  };

  /** Reads on to the end of the range; or gives the last record of a chunk that is there, to go on behind it. */
  const readOn = async (shardId: string, position: { at: Date } | { after: string }): Promise<string | undefined> => {
    let chunk: OpenChunk | undefined;
    for await (const { records, isTip } of stream.read(shardId, position)) {
      for (const record of records) {
        signal.throwIfAborted();
        const isOver = record.arrivalMillis >= to.getTime();
        if (chunk && (isOver || isFull(chunk, record, config))) {
          await write(shardId, chunk);
          chunk = undefined;
        }
        if (isOver) return undefined;
        const last = chunk ? undefined : written.lastOf(shardId, record.sequenceNumber);
        if (last !== undefined) return last;
        chunk ??= { hour: hourOf(record.arrivalMillis), records: [], bytes: 0 };
        chunk.records.push(record);
        chunk.bytes += record.data.length;
        outcome.records += 1;
        outcome.bytes += record.data.length;
      }
      const last = records.at(-1);
      if (last) tell(shardId, last.arrivalMillis);
      if (isTip) break;
    }
    if (chunk) await write(shardId, chunk);
    return undefined;
  };

  const replayShard = async (shardId: string): Promise<void> => {
    let passed = await readOn(shardId, { at: from });
    while (passed !== undefined) {
      outcome.objectsFound += 1;
      passed = await readOn(shardId, { after: passed });
    }
    tell(shardId, to.getTime());
  };

  const waiting = [...shardIds];
  const reader = async (): Promise<void> => {
    try {
      for (let shardId = waiting.shift(); shardId !== undefined; shardId = waiting.shift()) await replayShard(shardId);
    } catch (error) {
      stop.abort(error); // the others are not worth their while
      throw error;
    }
  };
  await Promise.allSettled(Array.from({ length: config.shardsAtOnce }, reader));
  stop.signal.throwIfAborted();
  return outcome;
};
