import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, readFileSync, readSync, unlinkSync, write } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

const writeAt = promisify(write);
const syncData = promisify(fdatasync);

/** A record as it lies in a log: its counter is its place, without gaps, from 0. */
export interface LogRecord {
  counter: number;
  /** Milliseconds since 1970, never falling along a log. */
  time: number;
  partitionKey: string;
  data: Buffer;
}

/** Length and checksum before each payload. */
const HEADER_BYTES = 8;
/** Time (6 bytes) and length of the partition key (2 bytes). */
const PREFIX_BYTES = 8;

/** Frame of one record: length, crc32, time, partition key, data. */
export const encodeFrame = (time: number, partitionKey: string, data: Uint8Array): Buffer => {
  const key = Buffer.from(partitionKey, 'utf8');
  const frame = Buffer.allocUnsafe(HEADER_BYTES + PREFIX_BYTES + key.length + data.length);
  frame.writeUInt32BE(frame.length - HEADER_BYTES, 0);
  frame.writeUIntBE(time, HEADER_BYTES, 6);
  frame.writeUInt16BE(key.length, HEADER_BYTES + 6);
  frame.set(key, HEADER_BYTES + PREFIX_BYTES);
  frame.set(data, HEADER_BYTES + PREFIX_BYTES + key.length);
  frame.writeUInt32BE(crc32(frame.subarray(HEADER_BYTES)), 4);
  return frame;
};

const decodePayload = (payload: Buffer, counter: number): LogRecord => {
  const keyEnd = PREFIX_BYTES + payload.readUInt16BE(6);
  return { counter, time: payload.readUIntBE(0, 6), partitionKey: payload.toString('utf8', PREFIX_BYTES, keyEnd), data: payload.subarray(keyEnd) };
};

/** One append-only file of a log, with the place and time of each of its records in memory; the data stays on disk. */
export class Segment {
  readonly file: string;
  readonly firstCounter: number;
  /** Start of each record's frame. */
  private readonly offsets: number[] = [];
  readonly times: number[] = [];
  private size = 0;
  private readonly descriptor: number;

  private constructor(file: string, firstCounter: number) {
    this.file = file;
    this.firstCounter = firstCounter;
    this.descriptor = openSync(file, 'a+');
  }

  static create(folder: string, firstCounter: number): Segment {
    const segment = new Segment(path.join(folder, `${String(firstCounter).padStart(20, '0')}.log`), firstCounter);
    syncFolder(folder);
    return segment;
  }

  /**
   * Opens a file of an earlier process. What follows the last whole record is cut off where `isLast`: a write that was never
   * acknowledged. Elsewhere it is damage, and an error.
   */
  static open(file: string, isLast: boolean): Segment {
    const segment = new Segment(file, Number(path.basename(file, '.log')));
    const bytes = readFileSync(file);
    let offset = 0;
    for (let end = frameEnd(bytes, offset); end !== undefined; end = frameEnd(bytes, offset)) {
      segment.offsets.push(offset);
      segment.times.push(bytes.readUIntBE(offset + HEADER_BYTES, 6));
      offset = end;
    }
    if (offset < bytes.length) {
      if (!isLast) throw new Error(`damaged log: ${file} is not readable after byte ${offset}`);
      ftruncateSync(segment.descriptor, offset);
      fsyncSync(segment.descriptor);
    }
    segment.size = offset;
    return segment;
  }

  get count(): number {
    return this.offsets.length;
  }

  get bytes(): number {
    return this.size;
  }

  get nextCounter(): number {
    return this.firstCounter + this.offsets.length;
  }

  /** Writes frames and waits until the disk has them; only then can they be read. */
  async append(frames: readonly Buffer[], time: number): Promise<void> {
    const bytes = Buffer.concat(frames);
    try {
      for (let written = 0; written < bytes.length; ) written += (await writeAt(this.descriptor, bytes, written, bytes.length - written, null)).bytesWritten;
      await syncData(this.descriptor);
    } catch (error) {
      ftruncateSync(this.descriptor, this.size); // a half-written batch must not stand before the next one
      throw error;
    }
    for (const frame of frames) {
      this.offsets.push(this.size);
      this.times.push(time);
      this.size += frame.length;
    }
  }

  /** Records from a counter on, at most `limit`, and no more once `maxBytes` of data are reached (but always one). */
  read(counter: number, limit: number, maxBytes: number): LogRecord[] {
    const from = counter - this.firstCounter;
    const start = this.offsets[from];
    if (start === undefined || limit <= 0) return [];
    let to = from + 1;
    while (to < this.offsets.length && to - from < limit && this.endOf(to) - start <= maxBytes) to += 1;
    const bytes = Buffer.allocUnsafe(this.endOf(to - 1) - start);
    readSync(this.descriptor, bytes, 0, bytes.length, start);
    return this.offsets.slice(from, to).map((offset, index) => {
      return decodePayload(bytes.subarray(offset - start + HEADER_BYTES, this.endOf(from + index) - start), counter + index);
    });
  }

  private endOf(index: number): number {
    return this.offsets[index + 1] ?? this.size;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  remove(): void {
    this.close();
    unlinkSync(this.file);
  }
}

/** The names in the folder are on disk when it returns. */
export const syncFolder = (folder: string): void => {
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
};

/** End of the whole and undamaged frame at an offset; undefined where there is none. */
const frameEnd = (bytes: Buffer, offset: number): number | undefined => {
  if (offset + HEADER_BYTES > bytes.length) return undefined;
  const end = offset + HEADER_BYTES + bytes.readUInt32BE(offset);
  if (end > bytes.length) return undefined;
  return crc32(bytes.subarray(offset + HEADER_BYTES, end)) === bytes.readUInt32BE(offset + 4) ? end : undefined;
};
