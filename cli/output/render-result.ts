import type { LakeResult } from '../reports/lake-reader.ts';
import { renderTable } from './table.ts';
import type { Style } from './style.ts';

export type ResultFormat = 'table' | 'csv' | 'json';

const numberTypes = ['tinyint', 'smallint', 'integer', 'bigint', 'float', 'double', 'real', 'decimal'];
const widestCell = 80;

/** A query's result as text; `json` is one array of objects, in which numbers that JavaScript holds exactly are numbers. */
export const renderResult = (result: LakeResult, format: ResultFormat, style?: Style): string => {
  if (format === 'json') return JSON.stringify(result.rows.map((row) => Object.fromEntries(result.columns.map(({ name, type }, at) => [name, toJson(row[at] ?? null, type)]))), null, 2);
  if (format === 'csv') return [result.columns.map(({ name }) => name), ...result.rows].map((row) => row.map(toCsvField).join(',')).join('\n');
  if (result.columns.length === 0) return '';
  const columns = result.columns.map(({ name, type }) => ({ title: name, align: numberTypes.includes(type) ? ('right' as const) : ('left' as const) }));
  return renderTable(columns, result.rows.map((row) => row.map(toCell)), { ...(style ? { style } : {}) });
};

/** As RFC 4180 writes fields; NULL is an empty field, an empty text a quoted one, as in Athena's result files. */
const toCsvField = (value: string | null): string => {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
};

/** One line, since a row is one; control characters could otherwise rearrange the terminal. */
const toCell = (value: string | null): string => {
  if (value === null) return 'null';
  const line = value.replace(/\p{Cc}+/gu, ' ');
  return line.length <= widestCell ? line : `${line.slice(0, widestCell - 1)}…`;
};

const toJson = (value: string | null, type: string): unknown => {
  if (value === null) return null;
  if (type === 'boolean') return value === 'true';
  if (['tinyint', 'smallint', 'integer', 'bigint'].includes(type)) return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (['float', 'double', 'real'].includes(type)) return Number.isFinite(Number(value)) ? Number(value) : value;
  return value;
};
