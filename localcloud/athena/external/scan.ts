import { duckText } from '../hive-types.ts';
import type { ExternalTable } from './external-table.ts';
import type { ExternalFile } from './list-files.ts';
import { DEFAULT_PARTITION } from './partition-path.ts';
import { scanJson } from './scan-json.ts';
import type { FileGroup } from './scan-parquet.ts';
import { groupParquet } from './scan-parquet.ts';
import { scanCsv, scanDelimited } from './scan-text.ts';
import { identifier, literal } from './sql-text.ts';

export interface ExternalScan {
  /** A parenthesised DuckDB sub-select. */
  sql: string;
  /** Compressed bytes of the columns asked for in the files; whole files where the format is text. */
  bytes: bigint;
}

/** The rows of an external table's files, all its columns in the table's order, then the partition keys, then "$path" if asked. */
export const scanExternal = (table: ExternalTable, files: readonly ExternalFile[], columns: ReadonlySet<string> | 'all', withPath: boolean): ExternalScan => {
  if (files.length === 0) return { sql: emptyScan(table, withPath), bytes: 0n };
  const { groups, bytes } = groupFiles(table, files, columns);
  const scans = groups.map((group) => {
    const own = group.columns.map((source, index) => `${source} AS ${identifier(table.columns[index]?.name ?? '')}`);
    return `SELECT ${[...own, ...fileColumns(table, group.files, withPath)].join(', ')} FROM ${group.from}`;
  });
  return { sql: `(${scans.join(' UNION ALL ')})`, bytes: BigInt(bytes) };
};

const emptyScan = (table: ExternalTable, withPath: boolean): string => {
  const nulls = [...table.columns, ...table.partitionKeys].map((column) => `CAST(NULL AS ${duckText(column.type)}) AS ${identifier(column.name)}`);
  return `(SELECT ${[...nulls, ...(withPath ? [`CAST(NULL AS VARCHAR) AS "$path"`] : [])].join(', ')} WHERE false)`;
};

/** Text is read whole, a file at a time; files of Parquet that have the same columns are read together. */
const groupFiles = (table: ExternalTable, files: readonly ExternalFile[], columns: ReadonlySet<string> | 'all'): { groups: FileGroup[]; bytes: number } => {
  const { format } = table;
  if (format.kind === 'parquet') return groupParquet(table, format.byIndex, files, columns);
  const groups = files.map((file) => {
    if (format.kind === 'json') return scanJson(table, format, file);
    return format.kind === 'csv' ? scanCsv(table, format, file) : scanDelimited(table, format, file);
  });
  return { groups, bytes: files.reduce((sum, file) => sum + file.size, 0) };
};

/** Columns a row has by the file it is in. */
const fileColumns = (table: ExternalTable, files: readonly ExternalFile[], withPath: boolean): string[] => {
  const keys = table.partitionKeys.map((key, index) => `CAST(${byFile(files.map((file) => file.partition[index] ?? ''))} AS ${duckText(key.type)}) AS ${identifier(key.name)}`);
  return withPath ? [...keys, `${byFile(files.map((file) => file.uri))} AS "$path"`] : keys;
};

/** A value per file, looked up by the file's place in the list. */
const byFile = (values: readonly string[]): string => {
  const [first = ''] = values;
  if (values.every((value) => value === first)) return textOrNull(first);
  return `[${values.map(textOrNull).join(', ')}][CAST(file_index AS BIGINT) + 1]`;
};

const textOrNull = (value: string): string => (value === DEFAULT_PARTITION ? 'CAST(NULL AS VARCHAR)' : literal(value));
