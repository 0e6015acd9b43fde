import path from 'node:path';
import { JsonFile } from '../core/files.ts';
import type { StreamReader } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';
import { RecordLog } from '../kinesis/record-log.ts';
import type { SourceRecord } from './records.ts';

/** Where a delivery stream's records come from. Reading moves a place in memory; only `commit` moves it on disk. */
export interface Source {
  /** The next records behind those already read, at most about so many bytes. */
  pull(maxBytes: number): SourceRecord[];
  /** All records pulled so far are delivered: a restart begins behind them. */
  commit(): void;
  /** Pulls begin again behind the last commit. */
  rewind(): void;
  close(): Promise<void>;
}

const PULL_RECORDS = 1000;

/** Shard id to the sequence number of the last delivered record; null where the shard was empty at the start. */
type Checkpoint = Record<string, string | null>;

/** A Kinesis stream, read from LATEST as of the creation of the delivery stream. */
export class KinesisSource implements Source {
  private readonly streams: StreamReader;
  private readonly stream: string;
  private readonly checkpoint: JsonFile<Checkpoint>;
  private position: Checkpoint;

  /** Throws ResourceNotFoundException where there is no such stream. */
  constructor(folder: string, streams: StreamReader, stream: string, isNew: boolean) {
    this.streams = streams;
    this.stream = stream;
    this.checkpoint = new JsonFile<Checkpoint>(path.join(folder, 'checkpoint.json'), {});
    if (isNew) this.checkpoint.update((draft) => Object.assign(draft, this.tips()));
    this.position = { ...this.checkpoint.get() };
  }

  private tips(): Checkpoint {
    return Object.fromEntries(this.streams.shardIds(this.stream).map((shardId) => [shardId, this.streams.latest(this.stream, shardId) ?? null]));
  }

  pull(maxBytes: number): SourceRecord[] {
    const records: SourceRecord[] = [];
    let bytes = 0;
    // A shard that appeared later, by a split or a merge, is read from its start.
    for (const shardId of this.streams.shardIds(this.stream)) {
      for (let found = this.readShard(shardId); found.length > 0; found = bytes < maxBytes ? this.readShard(shardId) : []) {
        for (const record of found) {
          records.push(record);
          bytes += record.data.length;
        }
      }
    }
    return records;
  }

  private readShard(shardId: string): SourceRecord[] {
    const { records } = this.streams.read(this.stream, shardId, this.position[shardId] ?? undefined, PULL_RECORDS);
    const last = records.at(-1);
    if (last) this.position[shardId] = last.sequenceNumber;
    return records.map(({ data, sequenceNumber, partitionKey, approximateArrivalTimestamp }) => ({
      id: sequenceNumber,
      data,
      arrival: approximateArrivalTimestamp,
      kinesis: { shardId, sequenceNumber, partitionKey },
    }));
  }

  commit(): void {
    this.checkpoint.update((draft) => Object.assign(draft, this.position));
  }

  rewind(): void {
    this.position = { ...this.checkpoint.get() };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

/** Records put straight into the delivery stream; they wait in a log of its own. */
export class DirectSource implements Source {
  private readonly log: RecordLog;
  private readonly checkpoint: JsonFile<{ counter: number }>;
  private position: number;

  constructor(folder: string, clock: Clock) {
    this.log = new RecordLog(path.join(folder, 'records'), clock);
    this.checkpoint = new JsonFile(path.join(folder, 'checkpoint.json'), { counter: 0 });
    this.position = this.checkpoint.get().counter;
  }

  /** Resolves with one record id each, once all are on disk. */
  async put(data: readonly Buffer[]): Promise<string[]> {
    const appended = await this.log.append(data.map((bytes) => ({ partitionKey: '', data: bytes })));
    return appended.map(({ counter }) => idOf(counter));
  }

  pull(maxBytes: number): SourceRecord[] {
    const found = this.log.read(this.position, Number.MAX_SAFE_INTEGER, maxBytes);
    this.position += found.length;
    return found.map(({ counter, time, data }) => ({ id: idOf(counter), data, arrival: new Date(time) }));
  }

  commit(): void {
    this.checkpoint.update((draft) => (draft.counter = this.position));
    this.log.deleteBelow(this.position);
  }

  rewind(): void {
    this.position = this.checkpoint.get().counter;
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

const idOf = (counter: number): string => `record-${String(counter).padStart(20, '0')}`;
