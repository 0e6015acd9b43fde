/**
 * CSV as RFC 4180 has it, cut into rows of raw bytes: bronze keeps a row's text exactly as it came, which parsers that give
 * fields only cannot. A quote opens a quoted field only at the field's start; elsewhere it is a letter like any other.
 */

/** A longer row is no transaction: the file is not what it says. */
export const LONGEST_ROW_BYTES = 1_048_576;

/** What makes a file unreadable as CSV. */
export class CsvProblem extends Error {
  override readonly name = 'CsvProblem';
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const COMMA = 44;

/** Position of the line feed that ends the row beginning at `from`, -1 where it is not in the buffer: a quoted field may hold line feeds. */
const endOfRow = (buffer: Buffer, from: number): number => {
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
  return -1;
};

const withoutReturn = (buffer: Buffer, start: number, end: number): Buffer =>
  buffer.subarray(start, end > start && buffer[end - 1] === CARRIAGE_RETURN ? end - 1 : end);

interface Cut {
  rows: Buffer[];
  /** What is left: the beginning of a row. */
  rest: Buffer;
}

/**
 * Cuts all whole rows off a buffer. A quote that is never closed would swallow the rest of the file; where none closes it
 * within the longest row, or before the end, its line alone is the row, and the next line starts anew.
 */
const cutRows = (buffer: Buffer, atEnd: boolean): Cut => {
  const rows: Buffer[] = [];
  let start = 0;
  let quote = buffer.indexOf(QUOTE);
  for (let feed = buffer.indexOf(LINE_FEED); feed >= 0; feed = buffer.indexOf(LINE_FEED, start)) {
    if (quote >= 0 && quote < start) quote = buffer.indexOf(QUOTE, start);
    if (quote >= 0 && quote < feed) {
      const end = endOfRow(buffer, start);
      if (end < 0 && !atEnd && buffer.length - start <= LONGEST_ROW_BYTES) break;
      if (end >= 0) feed = end;
    }
    rows.push(withoutReturn(buffer, start, feed));
    start = feed + 1;
  }
  return { rows, rest: buffer.subarray(start) };
};

/**
 * The rows of a CSV file as raw bytes without their line ends, in batches; empty lines are no rows. Memory is bounded by
 * the longest row.
 * @throws CsvProblem where a row is longer than {@link LONGEST_ROW_BYTES}
 */
export const splitRows = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  let seen = 0;
  const checked = (rows: Buffer[]): Buffer[] => {
    const filled = rows.filter((row) => row.length > 0);
    const tooLong = filled.findIndex((row) => row.length > LONGEST_ROW_BYTES);
    if (tooLong >= 0) throw new CsvProblem(`row ${seen + tooLong} is longer than ${LONGEST_ROW_BYTES} bytes`);
    seen += filled.length;
    return filled;
  };
  for await (const chunk of chunks) {
    const cut = cutRows(rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk, false);
    rest = cut.rest;
    yield checked(cut.rows);
    if (rest.length > 2 * LONGEST_ROW_BYTES) throw new CsvProblem(`row ${seen} is longer than ${LONGEST_ROW_BYTES} bytes`);
  }
  const last = cutRows(rest, true);
  yield checked([...last.rows, withoutReturn(last.rest, 0, last.rest.length)]);
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
