import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import type { StreamRecord } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';
import { evenRanges, hashKeyOf } from './hash-keys.ts';
import { RecordLog } from './record-log.ts';
import type { NewRecord } from './record-log.ts';
import { counterOf, sequenceNumber, shardIdOf } from './sequence-numbers.ts';
import { ShardLimits } from './shard-limits.ts';
import type { ShardState, StreamState } from './types.ts';

export interface StreamSettings {
  name: string;
  shardCount: number;
  mode: StreamState['mode'];
  maxRecordSizeKiB: number;
  tags: Record<string, string>;
}

/** One stream: its description in `stream.json`, and a log per shard. */
export class Stream {
  private readonly folder: string;
  private readonly clock: Clock;
  private readonly file: JsonFile<StreamState>;
  private readonly logs = new Map<string, RecordLog>();
  readonly limits = new ShardLimits();

  private constructor(folder: string, clock: Clock, initial: StreamState) {
    this.folder = folder;
    this.clock = clock;
    this.file = new JsonFile(path.join(folder, 'stream.json'), initial);
  }

  static create(folder: string, clock: Clock, settings: StreamSettings): Stream {
    const now = clock();
    const { name, mode, maxRecordSizeKiB, tags } = settings;
    const shards = evenRanges(settings.shardCount).map((range, index): ShardState => {
      const id = shardIdOf(index);
      return { id, startingHashKey: String(range.start), endingHashKey: String(range.end), startingSequenceNumber: sequenceNumber(now.getTime(), -1, id) };
    });
    rmSync(folder, { recursive: true, force: true }); // what is left of a stream whose deletion was stopped halfway
    mkdirSync(folder, { recursive: true });
    const stream = new Stream(folder, clock, { name, mode, retentionHours: 24, maxRecordSizeKiB, createdAt: now.toISOString(), tags, shards });
    stream.change(() => undefined);
    return stream;
  }

  /** A stream of an earlier process. */
  static open(folder: string, clock: Clock): Stream {
    return new Stream(folder, clock, { name: path.basename(folder), mode: 'PROVISIONED', retentionHours: 24, maxRecordSizeKiB: 1024, createdAt: '', tags: {}, shards: [] });
  }

  get state(): StreamState {
    return this.file.get();
  }

  get openShards(): ShardState[] {
    return this.state.shards.filter((shard) => shard.endingSequenceNumber === undefined);
  }

  change(change: (draft: StreamState) => void): void {
    this.file.update(change);
  }

  /** Throws ResourceNotFoundException where there is no such shard. */
  shard(shardId: string): ShardState {
    const shard = this.state.shards.find((candidate) => candidate.id === shardId);
    if (!shard) throw new AwsError('ResourceNotFoundException', `Shard ${shardId} in stream ${this.state.name} does not exist`);
    return shard;
  }

  log(shardId: string): RecordLog {
    let log = this.logs.get(shardId);
    if (!log) {
      log = new RecordLog(path.join(this.folder, this.shard(shardId).id), this.clock);
      this.logs.set(shardId, log);
    }
    return log;
  }

  /** The open shard whose range holds the hash key: that of the partition key unless an explicit one is given. */
  shardFor(partitionKey: string, explicitHashKey?: string): ShardState {
    const key = explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
    const shard = this.openShards.find((candidate) => key >= BigInt(candidate.startingHashKey) && key <= BigInt(candidate.endingHashKey));
    if (!shard) throw new AwsError('InvalidArgumentException', `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${key}`);
    return shard;
  }

  /** Appends to one shard; resolves with the sequence numbers once the records are on disk. */
  async append(shardId: string, records: readonly NewRecord[]): Promise<string[]> {
    const appended = await this.log(shardId).append(records);
    return appended.map(({ counter, time }) => sequenceNumber(time, counter, shardId));
  }

  /** Counter of the oldest record within the retention. What lies before it is gone, for good once whole segments are. */
  trimHorizon(shardId: string): number {
    const cutoff = this.clock().getTime() - this.state.retentionHours * 3_600_000;
    const log = this.log(shardId);
    log.deleteBefore(cutoff);
    return log.firstAtOrAfter(cutoff);
  }

  /** Records from a counter on (or from the trim horizon, where that is later). */
  read(shardId: string, fromCounter: number, limit: number, maxBytes?: number): { records: StreamRecord[]; nextCounter: number; millisBehindLatest: number } {
    const log = this.log(shardId);
    const from = Math.max(fromCounter, this.trimHorizon(shardId));
    const records = log.read(from, limit, maxBytes).map(({ counter, time, partitionKey, data }) => ({
      data,
      partitionKey,
      shardId,
      sequenceNumber: sequenceNumber(time, counter, shardId),
      approximateArrivalTimestamp: new Date(time),
    }));
    const nextCounter = from + records.length;
    const next = log.timeOf(nextCounter);
    return { records, nextCounter, millisBehindLatest: next === undefined ? 0 : Math.max(0, this.clock().getTime() - next) };
  }

  /** No record will follow the counter: the shard is closed, and what was sent to it before is written. */
  isEnd(shardId: string, counter: number): boolean {
    const log = this.log(shardId);
    return this.shard(shardId).endingSequenceNumber !== undefined && counter >= log.nextCounter && !log.isWriting;
  }

  /** A sequence number's place in its shard. Throws InvalidArgumentException where it is none of this shard's. */
  counterOf(text: string, shardId: string): number {
    const counter = counterOf(text, shardId);
    if (counter === undefined) throw new AwsError('InvalidArgumentException', `StartingSequenceNumber ${text} is not a sequence number of ${shardId}`);
    return counter;
  }

  async close(): Promise<void> {
    for (const log of this.logs.values()) await log.close();
    this.logs.clear();
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(path.join(this.folder, 'stream.json')); // first: without it the stream is gone, whatever happens next
    rmSync(this.folder, { recursive: true });
  }
}
