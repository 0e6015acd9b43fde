import type { InputFile } from './open-file.ts';
import { readContent } from './open-file.ts';

/** A line without its end. Its bytes are kept as they are, or not at all where there are more than the limit. */
export interface InputLine {
  /** From 1. */
  number: number;
  size: number;
  bytes: Buffer | undefined;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The lines of a file, unpacked where it is gzip; empty lines and a leading byte order mark are left out. Memory is
 * bounded by the limit, however long a line.
 * @param limit bytes above which a line's content is dropped and only its size is told.
 */
export async function* readLines(file: InputFile, limit: number): AsyncGenerator<InputLine> {
  const open = new OpenLine(limit);
  for await (const chunk of readContent(file)) {
    let from = 0;
    for (let end = chunk.indexOf(newline, from); end !== -1; end = chunk.indexOf(newline, from)) {
      open.append(chunk.subarray(from, end));
      const line = open.close();
      if (line !== undefined) yield line;
      from = end + 1;
    }
    open.append(chunk.subarray(from));
  }
  const last = open.close();
  if (last !== undefined) yield last;
}

/** The line being read: pieces of it, as they come in chunks. */
class OpenLine {
  private readonly limit: number;
  private number = 1;
  private pieces: Buffer[] = [];
  private size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  append(piece: Buffer): void {
    if (piece.length === 0) return;
    this.size += piece.length;
    if (this.size <= this.limit + 1) this.pieces.push(piece);
    else this.pieces = [];
  }

  /** Ends the line; undefined where it is empty. */
  close(): InputLine | undefined {
    const { number, size } = this;
    const whole = this.pieces.length === 1 ? this.pieces[0] : Buffer.concat(this.pieces);
    const isKept = size <= this.limit + 1;
    this.number += 1;
    this.pieces = [];
    this.size = 0;
    if (!isKept) return { number, size, bytes: undefined };
    const bytes = trim(whole ?? Buffer.alloc(0), number === 1);
    if (bytes.length === 0) return undefined;
    return { number, size: bytes.length, bytes: bytes.length <= this.limit ? bytes : undefined };
  }
}

const trim = (bytes: Buffer, isFirst: boolean): Buffer => {
  const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  const start = isFirst && bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  return bytes.subarray(start, end);
};
