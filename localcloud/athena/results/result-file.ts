import { closeSync, fsync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeFolder, syncFolder } from '../../core/files.ts';
import type { ResultColumn, RowSink } from '../types.ts';

const BUFFERED_CHARACTERS = 1 << 20;

/**
 * Writes a result as Athena does: CSV with every value in quotes, NULL as nothing; the text of DDL as plain lines.
 * The file is put in place, whole, by {@link finish}.
 */
export class ResultFileWriter implements RowSink {
  readonly header: boolean;
  described: readonly ResultColumn[] = [];
  private readonly temporary: string;
  private readonly fd: number;
  private buffered = '';
  private open = true;

  /** @param header first line of column names, and quotes: CSV instead of text */
  constructor(temporaryFolder: string, header: boolean) {
    this.header = header;
    mkdirSync(temporaryFolder, { recursive: true });
    this.temporary = path.join(temporaryFolder, `result-${randomUUID()}`);
    this.fd = openSync(this.temporary, 'wx');
  }

  columns(columns: readonly ResultColumn[]): void {
    this.described = columns;
    if (this.header) this.write(csvLine(columns.map((column) => column.name)));
  }

  rows(rows: readonly (readonly (string | null)[])[]): void {
    this.write(rows.map((row) => (this.header ? csvLine(row) : `${row.map((cell) => cell ?? '').join('\t')}\n`)).join(''));
  }

  /** Brings what is written to the disk; a large result takes its time, so nothing else waits for it. */
  async sync(): Promise<void> {
    this.flush();
    await promisify(fsync)(this.fd);
  }

  /** Moves the file, synced before, to its place; once this returns it survives a power loss. */
  finish(file: string): void {
    this.close();
    makeFolder(path.dirname(file));
    renameSync(this.temporary, file);
    syncFolder(path.dirname(file));
  }

  discard(): void {
    this.close();
    rmSync(this.temporary, { force: true });
  }

  private close(): void {
    if (this.open) closeSync(this.fd);
    this.open = false;
  }

  private write(text: string): void {
    this.buffered += text;
    if (this.buffered.length >= BUFFERED_CHARACTERS) this.flush();
  }

  private flush(): void {
    const bytes = Buffer.from(this.buffered);
    for (let written = 0; written < bytes.length; ) written += writeSync(this.fd, bytes, written);
    this.buffered = '';
  }
}

/** A row as Athena writes it: every value in quotes, nothing for NULL. */
export const csvLine = (cells: readonly (string | null)[]): string => `${cells.map((cell) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`)).join(',')}\n`;

export interface ResultPage {
  rows: (string | null)[][];
  /** Where the next page begins; undefined at the end. */
  next: number | undefined;
}

const CHUNK_BYTES = 256 << 10;
const NEWLINE = 10;
const QUOTE = 34;

/** Rows of a result file from a byte offset on. Throws ENOENT where the file is gone. */
export const readResultPage = (file: string, isText: boolean, offset: number, limit: number): ResultPage => {
  const size = statSync(file).size;
  const fd = openSync(file, 'r');
  try {
    let bytes: Buffer = Buffer.alloc(0);
    let ends: number[] = [];
    while (ends.length < limit && offset + bytes.length < size) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - offset - bytes.length));
      const count = readSync(fd, chunk, 0, chunk.length, offset + bytes.length);
      if (count === 0) break;
      bytes = Buffer.concat([bytes, chunk.subarray(0, count)]);
      ends = lineEnds(bytes, isText, limit);
    }
    const starts = [0, ...ends.map((end) => end + 1)];
    const lines = ends.map((end, index) => bytes.toString('utf8', starts[index], end));
    const next = offset + (starts.at(-1) ?? 0);
    return { rows: lines.map((line) => (isText ? [line] : parseCsvLine(line))), next: next < size ? next : undefined };
  } finally {
    closeSync(fd);
  }
};

/** Offsets of the newlines that end a row: those outside quotes. */
const lineEnds = (bytes: Buffer, isText: boolean, limit: number): number[] => {
  const ends: number[] = [];
  let quoted = false;
  for (let at = 0; at < bytes.length && ends.length < limit; at += 1) {
    if (bytes[at] === QUOTE && !isText) quoted = !quoted;
    if (bytes[at] === NEWLINE && !quoted) ends.push(at);
  }
  return ends;
};

/** Of lines this module wrote: every value in quotes, nothing for NULL. */
const parseCsvLine = (line: string): (string | null)[] => {
  const cells: (string | null)[] = [];
  for (let at = 0; ; at += 1) {
    if (line[at] !== '"') {
      cells.push(null);
    } else {
      let end = at + 1;
      while (line[end] !== '"' || line[end + 1] === '"') end += line[end] === '"' ? 2 : 1;
      cells.push(line.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    }
    if (at >= line.length) return cells;
  }
};
