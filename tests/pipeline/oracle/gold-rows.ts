import type { Row } from '../../support/floe.ts';
import { rowKey } from './sessions.ts';

/** Columns that say when and by what a row was written, and not what it holds. */
const WRITING = ['processing_timestamp', 'data_version'];

/** Rows of gold as they are compared: without the columns of their writing, in the order of their keys. */
export const comparable = (rows: readonly Row[]): Row[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !WRITING.includes(name)))).sort((a, b) => (rowKey(a) < rowKey(b) ? -1 : 1));
