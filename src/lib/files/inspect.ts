import { isUtf8 } from 'node:buffer';
import { CsvProblem, readFields, splitRows } from './csv.ts';
import type { SpooledFile } from './spool.ts';

/** A file that can be read to its end, with its header; or the one problem that makes all of it unusable. */
export type Inspection = { ok: true; header: string; fieldNames: string[] } | { ok: false; problem: string };

/** Every row of bronze carries its file's header. */
const LONGEST_HEADER_BYTES = 65_536;

const readHeader = (row: Buffer, requiredFields: readonly string[]): Inspection => {
  if (!isUtf8(row) || row.includes(0)) return { ok: false, problem: 'not CSV' };
  if (row.length > LONGEST_HEADER_BYTES) return { ok: false, problem: `header: longer than ${LONGEST_HEADER_BYTES} bytes` };
  const header = row.toString('utf8');
  const read = readFields(header);
  if (!read.ok) return { ok: false, problem: `header: ${read.reason}` };
  const missing = requiredFields.filter((field) => !read.fields.includes(field));
  if (missing.length === requiredFields.length) return { ok: false, problem: 'not CSV with the columns of transactions' };
  if (missing.length > 0) return { ok: false, problem: `missing column ${missing.join(', ')}` };
  const twice = read.fields.find((field, index) => read.fields.indexOf(field) !== index);
  if (twice !== undefined) return { ok: false, problem: `column ${JSON.stringify(twice.slice(0, 64))} stands twice` };
  return { ok: true, header, fieldNames: read.fields };
};

/** Reads on to the end: a truncated archive shows itself only there. */
const readAll = async (rows: AsyncGenerator<Buffer[]>, requiredFields: readonly string[]): Promise<Inspection> => {
  let inspection: Inspection = { ok: false, problem: 'empty' };
  let first = true;
  for await (const batch of rows) {
    const header = first ? batch[0] : undefined;
    if (!header) continue;
    first = false;
    inspection = readHeader(header, requiredFields);
    if (!inspection.ok) break;
  }
  return inspection;
};

const isGzipError = (error: unknown): boolean => /^Z_/.test(String((error as { code?: unknown }).code));

/** Reads a file once from end to end before a row of it is written, so that a broken file is one quarantine row and nothing else. */
export const inspect = async (file: SpooledFile, requiredFields: readonly string[]): Promise<Inspection> => {
  if (file.sizeBytes === 0) return { ok: false, problem: 'empty' };
  try {
    return await readAll(splitRows(file.open()), requiredFields);
  } catch (error) {
    if (error instanceof CsvProblem) return { ok: false, problem: error.message };
    if (isGzipError(error)) return { ok: false, problem: `truncated or damaged gzip (${(error as Error).message})` };
    throw error;
  }
};
