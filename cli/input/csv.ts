import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { InputFileError } from './input-file-error.ts';
import type { InputFile } from './open-file.ts';
import { readContent } from './open-file.ts';

/** A row of a CSV file: its fields, and its text as it stands in the file without the line's end. */
export interface CsvRow {
  /** The line on which it ends, from 1. */
  line: number;
  fields: string[];
  raw: string;
}

/** The header, then the rows, one after the other. */
export interface CsvContent {
  header: CsvRow;
  rows: AsyncGenerator<CsvRow>;
}

const longestRow = 8 << 20;

/**
 * Reads a CSV file with a header line: quotes, quoted line breaks, CRLF and a byte order mark are understood; a row's
 * number of fields is not checked here, since a row too short or too long is the pipeline's to judge.
 * @throws InputFileError where the file cannot be read, is empty, lacks one of the columns or has one twice; while reading
 * also where a quote is never closed.
 */
export const readCsv = async (file: InputFile, requiredColumns: readonly string[]): Promise<CsvContent> => {
  const rows = parseRows(file);
  const first = await rows.next();
  if (first.done === true) throw new InputFileError(file.name, 'is empty');
  const header = first.value;
  const problem = problemOf(header.fields, requiredColumns);
  if (problem !== undefined) {
    await rows.return(undefined);
    throw new InputFileError(file.name, `${problem} (its first line: ${header.raw.slice(0, 80)})`);
  }
  return { header, rows };
};

/** Of two columns with one name nobody could say which is meant, and one of the values would be lost. */
const problemOf = (columns: readonly string[], required: readonly string[]): string | undefined => {
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0) return `columns missing: ${missing.join(', ')}`;
  const twice = new Set(columns.filter((column, at) => columns.indexOf(column) !== at));
  return twice.size > 0 ? `columns more than once: ${[...twice].join(', ')}` : undefined;
};

interface ParsedRow {
  record: string[];
  raw: string;
  info: { lines: number };
}

async function* parseRows(file: InputFile): AsyncGenerator<CsvRow> {
  const parser = parse({ bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, raw: true, info: true, max_record_size: longestRow });
  const content = Readable.from(readContent(file), { objectMode: false });
  content.on('error', (error) => parser.destroy(error));
  content.pipe(parser);
  try {
    for await (const { record, raw, info } of parser as AsyncIterable<ParsedRow>) yield { line: info.lines, fields: record, raw: raw.replace(/[\r\n]+$/, '') };
  } catch (error) {
    throw error instanceof InputFileError ? error : new InputFileError(file.name, `is not CSV: ${(error as Error).message}`, { cause: error });
  } finally {
    content.destroy();
  }
}
