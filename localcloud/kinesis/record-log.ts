import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { encodeFrame, Segment, syncFolder } from './segment.ts';
import type { LogRecord } from './segment.ts';

export type { LogRecord } from './segment.ts';

export interface NewRecord {
  partitionKey: string;
  data: Uint8Array;
}

/** Where an appended record came to lie. */
export interface Appended {
  counter: number;
  time: number;
}

interface Waiting {
  records: readonly NewRecord[];
  resolve: (appended: Appended[]) => void;
  reject: (reason: unknown) => void;
}

/** A segment is closed at this size; expired segments are deleted whole. */
const SEGMENT_BYTES = 64 << 20;

/**
 * A durable, append-only sequence of records in one folder. An append is acknowledged after fsync; appends that arrive while
 * one is under way share the next fsync (group commit). A tail torn by a crash is cut off at the next start.
 */
export class RecordLog {
  private readonly folder: string;
  private readonly clock: () => Date;
  private readonly segments: Segment[];
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private lastTime = 0;
  private isClosed = false;

  constructor(folder: string, clock: () => Date) {
    this.folder = folder;
    this.clock = clock;
    if (mkdirSync(folder, { recursive: true }) !== undefined) syncFolder(path.dirname(folder));
    const files = readdirSync(folder).filter((name) => name.endsWith('.log')).sort();
    this.segments = files.map((name, index) => Segment.open(path.join(folder, name), index === files.length - 1));
    this.lastTime = this.segments.findLast((segment) => segment.count > 0)?.times.at(-1) ?? 0;
  }

  /** Counter of the oldest record that is still there. */
  get firstCounter(): number {
    return this.segments[0]?.firstCounter ?? 0;
  }

  /** Counter the next record will get. */
  get nextCounter(): number {
    return this.segments.at(-1)?.nextCounter ?? 0;
  }

  /** Records are on their way to disk that cannot be read yet. */
  get isWriting(): boolean {
    return this.writing !== undefined;
  }

  /** Resolves once all records are on disk, with their places in the given order. Rejects once the log is closed. */
  append(records: readonly NewRecord[]): Promise<Appended[]> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) throw new Error(`the log ${this.folder} is closed`);
      this.waiting.push({ records, resolve, reject });
      this.writing ??= this.writeWaiting().finally(() => (this.writing = undefined));
    });
  }

  private async writeWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        const appended = await this.writeBatch(batch.flatMap((entry) => entry.records));
        let from = 0;
        for (const entry of batch) entry.resolve(appended.slice(from, (from += entry.records.length)));
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
  }

  private async writeBatch(records: readonly NewRecord[]): Promise<Appended[]> {
    // Times never fall, even where the clock does: a search by time relies on it.
    const time = Math.max(this.clock().getTime(), this.lastTime);
    const segment = this.segmentForAppend();
    const first = segment.nextCounter;
    await segment.append(records.map((record) => encodeFrame(time, record.partitionKey, record.data)), time);
    this.lastTime = time;
    return records.map((_, index) => ({ counter: first + index, time }));
  }

  private segmentForAppend(): Segment {
    const last = this.segments.at(-1);
    if (last && last.bytes < SEGMENT_BYTES) return last;
    const created = Segment.create(this.folder, this.nextCounter);
    this.segments.push(created);
    return created;
  }

  /** Records from a counter on, in order, at most `limit` and about `maxBytes` of them. */
  read(fromCounter: number, limit: number, maxBytes = Number.MAX_SAFE_INTEGER): LogRecord[] {
    const records: LogRecord[] = [];
    let bytes = 0;
    for (const segment of this.segments) {
      const counter = Math.max(fromCounter + records.length, segment.firstCounter);
      if (counter >= segment.nextCounter) continue;
      const found = segment.read(counter, limit - records.length, maxBytes - bytes);
      for (const record of found) {
        records.push(record);
        bytes += record.data.length;
      }
      if (records.length >= limit || bytes >= maxBytes || counter + found.length < segment.nextCounter) break;
    }
    return records;
  }

  /** Arrival of the record with a counter, without reading it; undefined where it is not there. */
  timeOf(counter: number): number | undefined {
    const segment = this.segments.find((candidate) => counter >= candidate.firstCounter && counter < candidate.nextCounter);
    return segment?.times[counter - segment.firstCounter];
  }

  /** Counter of the first record that arrived at a time or later; the next counter where there is none. */
  firstAtOrAfter(time: number): number {
    for (const segment of this.segments) {
      const last = segment.times.at(-1);
      if (last === undefined || last < time) continue;
      let low = 0;
      let high = segment.count - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((segment.times[middle] ?? 0) >= time) high = middle;
        else low = middle + 1;
      }
      return segment.firstCounter + low;
    }
    return this.nextCounter;
  }

  /** Deletes the segments all of whose records arrived before a time; the last segment stays, it carries the counter. */
  deleteBefore(time: number): void {
    while (this.segments.length > 1 && (this.segments[0]?.times.at(-1) ?? 0) < time) this.segments.shift()?.remove();
  }

  /** Deletes the segments all of whose records have a smaller counter; the last one stays. */
  deleteBelow(counter: number): void {
    while (this.segments.length > 1 && (this.segments[0]?.nextCounter ?? 0) <= counter) this.segments.shift()?.remove();
  }

  /** Waits for what is being written and closes the files; a second call does nothing. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.writing;
    for (const segment of this.segments.splice(0)) segment.close();
  }
}
