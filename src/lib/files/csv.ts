import { LARGEST_PAYLOAD_BYTES } from '../contracts/index.ts';

/**
 * CSV as RFC 4180 has it, cut into rows of raw bytes: bronze keeps a row's text exactly as it came, which parsers that give
 * fields only cannot. A quote opens a quoted field only at the field's start; elsewhere it is a letter like any other.
 */

/** How far a row may reach over lines: as far as the largest payload (DATA.md 1.5). */
const LONGEST_ROW_BYTES = LARGEST_PAYLOAD_BYTES;
/** A single line may be longer, and is then a row that breaks a rule; what has no line end for this long is no CSV. Bounds the memory. */
export const LONGEST_LINE_BYTES = 16 * LONGEST_ROW_BYTES;

/** What makes a file unreadable as CSV. */
export class CsvProblem extends Error {
  override readonly name = 'CsvProblem';
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const COMMA = 44;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Position of the line feed that ends the row beginning at `from`, -1 where it is not in the buffer: a quoted field may hold
 * line feeds. The file's end ends a row too, but not within quotes.
 */
const endOfRow = (buffer: Buffer, from: number, atEnd: boolean): number => {
  let fieldStart = true;
  let quoted = false;
  for (let at = from; at < buffer.length; at += 1) {
    const byte = buffer[at];
    if (quoted) {
      if (byte === QUOTE && buffer[at + 1] === QUOTE) at += 1;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === LINE_FEED) return at;
    else if (byte === QUOTE && fieldStart) quoted = true;
    fieldStart = !quoted && byte === COMMA;
  }
  return atEnd && !quoted ? buffer.length : -1;
};

const withoutReturn = (buffer: Buffer, start: number, end: number): Buffer =>
  buffer.subarray(start, end > start && buffer[end - 1] === CARRIAGE_RETURN ? end - 1 : end);

/** What has been read and not yet cut into rows. */
interface Uncut {
  /** The beginning of a row. */
  bytes: Buffer;
  /** Rows that begin before this place are their line alone. */
  linesUntil: number;
  /** Of the file's first row; undefined before it. */
  fieldCount: number | undefined;
}

/** Bytes in any encoding whose commas, quotes and line feeds are ASCII's. */
const countFields = (row: Buffer): number | undefined => {
  const read = readFields(row.toString('latin1'));
  return read.ok ? read.fields.length : undefined;
};

/** End of a row whose first line, up to `feed`, has a quote: where the row ends; where it is not known yet; or how far was looked in vain. */
type QuotedEnd = { end: number } | 'unknown' | { lookedUntil: number };

const endOfQuoted = (bytes: Buffer, start: number, feed: number, atEnd: boolean, fieldCount: number | undefined): QuotedEnd => {
  const limit = start + LONGEST_ROW_BYTES + 1;
  const end = endOfRow(bytes.subarray(0, limit), start, atEnd && bytes.length < limit);
  if (end < 0) return atEnd || bytes.length >= limit ? { lookedUntil: limit - 1 } : 'unknown';
  const count = end === feed ? fieldCount : countFields(withoutReturn(bytes, start, end));
  return count !== undefined && count === (fieldCount ?? count) ? { end } : { lookedUntil: end };
};

/**
 * Cuts all whole rows off what was read. A quote that was never meant to open a field would take the lines behind it along. So a
 * row reaches over lines only where it ends within the longest row and has as many fields as the first row; else its line alone is
 * the row, and so are the lines that were looked through: no byte is looked at more than a few times, whatever stands there.
 */
const cutRows = ({ bytes, linesUntil, fieldCount }: Uncut, atEnd: boolean): { rows: Buffer[]; rest: Uncut } => {
  const rows: Buffer[] = [];
  let start = 0;
  let quote = bytes.indexOf(QUOTE);
  let alone = linesUntil;
  let count = fieldCount;
  while (start < bytes.length) {
    const feed = bytes.indexOf(LINE_FEED, start);
    let end = feed < 0 && atEnd ? bytes.length : feed;
    if (quote >= 0 && quote < start) quote = bytes.indexOf(QUOTE, start);
    if (quote >= 0 && quote < feed && start >= alone) {
      const quoted = endOfQuoted(bytes, start, feed, atEnd, count);
      if (quoted === 'unknown') break;
      if ('end' in quoted) end = quoted.end;
      else alone = quoted.lookedUntil;
    }
    if (end < 0) break;
    const row = withoutReturn(bytes, start, end);
    if (row.length > 0) {
      count ??= countFields(row) ?? 0;
      rows.push(row);
    }
    start = end + 1;
  }
  return { rows, rest: { bytes: bytes.subarray(start), linesUntil: Math.max(0, alone - start), fieldCount: count } };
};

/** The chunks without the byte order mark they may begin with. */
const withoutMark = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < BYTE_ORDER_MARK.length) continue;
    yield start.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? start.subarray(BYTE_ORDER_MARK.length) : start;
    start = undefined;
  }
  if (start !== undefined) yield start;
};

/**
 * The rows of a CSV file as raw bytes, in batches: without their line ends (LF or CRLF), without empty lines, and the first
 * without a byte order mark. Memory is bounded by the longest line; the cut depends on the content alone, not on its chunks.
 * @throws CsvProblem where a line is longer than {@link LONGEST_LINE_BYTES}
 */
export const splitRows = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let uncut: Uncut = { bytes: Buffer.alloc(0), linesUntil: 0, fieldCount: undefined };
  let seen = 0;
  const checked = (rows: Buffer[]): Buffer[] => {
    const tooLong = rows.findIndex(({ length }) => length > LONGEST_LINE_BYTES);
    if (tooLong >= 0) throw new CsvProblem(`row ${seen + tooLong} is longer than ${LONGEST_LINE_BYTES} bytes`);
    seen += rows.length;
    return rows;
  };
  for await (const chunk of withoutMark(chunks)) {
    const { rows, rest } = cutRows({ ...uncut, bytes: uncut.bytes.length > 0 ? Buffer.concat([uncut.bytes, chunk]) : chunk }, false);
    uncut = rest;
    yield checked(rows);
    if (rest.bytes.length > LONGEST_LINE_BYTES + 1) throw new CsvProblem(`row ${seen} is longer than ${LONGEST_LINE_BYTES} bytes`);
  }
  yield checked(cutRows(uncut, true).rows);
};

/** A row's fields, or why it has none. */
export type Fields = { ok: true; fields: string[] } | { ok: false; reason: string };

/** The fields of one row's text: quotes taken off, doubled quotes halved. */
export const readFields = (text: string): Fields => {
  if (!text.includes('"')) return { ok: true, fields: text.split(',') };
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text.charCodeAt(at) === QUOTE) {
      const field = readQuoted(text, at);
      if (!field.ok) return field;
      fields.push(field.value);
      at = field.end;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      fields.push(text.slice(at, end));
      at = end;
    }
    if (at === text.length) return { ok: true, fields };
    at += 1; // the comma
  }
};

const readQuoted = (text: string, open: number): { ok: true; value: string; end: number } | { ok: false; reason: string } => {
  let value = '';
  let from = open + 1;
  for (;;) {
    const close = text.indexOf('"', from);
    if (close < 0) return { ok: false, reason: 'quote not closed' };
    value += text.slice(from, close);
    if (text.charCodeAt(close + 1) !== QUOTE) {
      const end = close + 1;
      if (end < text.length && text.charCodeAt(end) !== COMMA) return { ok: false, reason: 'text after a closing quote' };
      return { ok: true, value, end };
    }
    value += '"';
    from = close + 2;
  }
};
