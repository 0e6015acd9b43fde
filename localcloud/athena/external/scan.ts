import { trinoFailure } from '../failure.ts';
import type { HiveType } from '../hive-types.ts';
import { duckText, trinoText } from '../hive-types.ts';
import type { ExternalColumn, ExternalTable } from './external-table.ts';
import type { ExternalFile } from './list-files.ts';
import type { ParquetColumn, ParquetFamily, ParquetFooter } from './parquet-footer.ts';
import { readFooter } from './parquet-footer.ts';

export interface ExternalScan {
  /** A parenthesised DuckDB sub-select. */
  sql: string;
  /** Compressed bytes of the columns asked for in the files; whole files where the format is text. */
  bytes: bigint;
}

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The rows of an external table's files, all its columns in the table's order, then the partition keys, then "$path" if asked. */
export const scanExternal = (table: ExternalTable, files: readonly ExternalFile[], columns: ReadonlySet<string> | 'all', withPath: boolean): ExternalScan => {
  if (files.length === 0) return { sql: emptyScan(table, withPath), bytes: 0n };
  return table.format.kind === 'parquet' ? scanParquet(table, files, columns, withPath) : scanText(table, files, withPath);
};

const emptyScan = (table: ExternalTable, withPath: boolean): string => {
  const nulls = [...table.columns, ...table.partitionKeys].map((column) => `CAST(NULL AS ${duckText(column.type)}) AS ${identifier(column.name)}`);
  return `(SELECT ${[...nulls, ...(withPath ? [`CAST(NULL AS VARCHAR) AS "$path"`] : [])].join(', ')} WHERE false)`;
};

const scanParquet = (table: ExternalTable, files: readonly ExternalFile[], columns: ReadonlySet<string> | 'all', withPath: boolean): ExternalScan => {
  let bytes = 0;
  const groups = new Map<string, { footer: ParquetFooter; files: ExternalFile[] }>();
  for (const file of files) {
    const footer = footerOf(file);
    for (const column of table.columns) {
      const stored = footer.get(column.name);
      if (!stored) continue;
      checkType(file, column, stored);
      if (columns === 'all' || columns.has(column.name)) bytes += stored.compressedBytes;
    }
    // Files that have the same columns are read together.
    const signature = table.columns.map((column) => footer.get(column.name)?.name ?? '').join('\0');
    const group = groups.get(signature);
    if (group) group.files.push(file);
    else groups.set(signature, { footer, files: [file] });
  }
  const scans = [...groups.values()].map((group) => parquetGroup(table, group.files, group.footer, withPath));
  return { sql: `(${scans.join(' UNION ALL ')})`, bytes: BigInt(bytes) };
};

const footerOf = (file: ExternalFile): ParquetFooter => {
  try {
    return readFooter(file.file, file.size, file.modifiedMs);
  } catch (cause) {
    throw trinoFailure('HIVE_BAD_DATA', `Malformed Parquet file. ${file.uri}: ${(cause as Error).message}`, { cause });
  }
};

const parquetGroup = (table: ExternalTable, files: readonly ExternalFile[], footer: ParquetFooter, withPath: boolean): string => {
  const stored = table.columns.map((column) => {
    const source = footer.get(column.name);
    return `${source ? readColumn(identifier(source.name), column.type) : `CAST(NULL AS ${duckText(column.type)})`} AS ${identifier(column.name)}`;
  });
  return `SELECT ${[...stored, ...fileColumns(table, files, withPath)].join(', ')} FROM read_parquet([${fileList(files)}], hive_partitioning=false)`;
};

/** Athena reads timestamps of Parquet tables at milliseconds. */
const readColumn = (source: string, type: HiveType): string =>
  type.kind === 'primitive' && type.name === 'timestamp' ? `date_trunc('milliseconds', CAST(${source} AS TIMESTAMP))` : `CAST(${source} AS ${duckText(type)})`;

/** Columns a row has by the file it is in. */
const fileColumns = (table: ExternalTable, files: readonly ExternalFile[], withPath: boolean): string[] => {
  const keys = table.partitionKeys.map((key, index) => `CAST(${byFile(files.map((file) => file.partition[index] ?? ''))} AS ${duckText(key.type)}) AS ${identifier(key.name)}`);
  return withPath ? [...keys, `${byFile(files.map((file) => file.uri))} AS "$path"`] : keys;
};

/** A value per file, looked up by the file's place in the list. */
const byFile = (values: readonly string[]): string => {
  const [first = ''] = values;
  if (values.every((value) => value === first)) return literal(first);
  return `[${values.map(literal).join(', ')}][CAST(file_index AS BIGINT) + 1]`;
};

const fileList = (files: readonly ExternalFile[]): string => files.map((file) => literal(file.file)).join(', ');

/** JSON lines and CSV are read whole. */
const scanText = (table: ExternalTable, files: readonly ExternalFile[], withPath: boolean): ExternalScan => {
  const bytes = BigInt(files.reduce((sum, file) => sum + file.size, 0));
  const columns = table.columns.map((column) => `${readColumn(identifier(column.name), column.type)} AS ${identifier(column.name)}`);
  const scans = files.map((file) => `SELECT ${[...columns, ...fileColumns(table, [file], withPath)].join(', ')} FROM ${readText(table, file)}`);
  return { sql: `(${scans.join(' UNION ALL ')})`, bytes };
};

const readText = (table: ExternalTable, file: ExternalFile): string => {
  const { format } = table;
  const types = (typeOf: (column: ExternalColumn) => string): string => `{${table.columns.map((column) => `${literal(column.name)}: ${literal(typeOf(column))}`).join(', ')}}`;
  if (format.kind !== 'csv') return `read_json(${literal(file.file)}, format='newline_delimited', columns=${types((column) => duckText(column.type))}, hive_partitioning=false)`;
  const options = [
    `columns=${types(() => 'VARCHAR')}`,
    `delim=${literal(format.delimiter)}`,
    `quote=${literal(format.quote ?? '')}`,
    `escape=${literal(format.escape ?? '')}`,
    `skip=${format.skipLines}`,
    'header=false',
    'auto_detect=false',
    'null_padding=true',
    'hive_partitioning=false',
  ];
  return `read_csv(${literal(file.file)}, ${options.join(', ')})`;
};

/** Which stored values a column's type can read (https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html). */
const READABLE: Readonly<Record<string, readonly ParquetFamily[]>> = {
  string: ['text', 'binary'],
  binary: ['text', 'binary'],
  boolean: ['boolean'],
  tinyint: ['integer'],
  smallint: ['integer'],
  int: ['integer'],
  bigint: ['integer'],
  float: ['float'],
  double: ['double', 'float'],
  date: ['date'],
  timestamp: ['timestamp'],
};

const checkType = (file: ExternalFile, column: ExternalColumn, stored: ParquetColumn): void => {
  const readable = readableFamilies(column.type);
  if (!readable || readable.includes(stored.family)) return;
  throw trinoFailure(
    'HIVE_BAD_DATA',
    `Field ${column.name}'s type ${stored.physicalType} in parquet file ${file.uri} is incompatible with type ${trinoText(column.type, 3)} defined in table schema`,
  );
};

const readableFamilies = (type: HiveType): readonly ParquetFamily[] | undefined => {
  if (type.kind === 'primitive') return READABLE[type.name];
  if (type.kind === 'decimal') return ['decimal', 'integer'];
  return type.kind === 'text' ? ['text', 'binary'] : ['nested'];
};
