import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { DuckDBTypeId } from '@duckdb/node-api';
import { outputTypes } from './execute-query.ts';
import type { ExternalColumn } from './external/external-table.ts';
import { notSupportedLocally, trinoFailure } from './failure.ts';
import type { HiveType, PrimitiveName } from './hive-types.ts';
import { trinoText } from './hive-types.ts';
import type { OutputColumn } from './sql/index.ts';
import type { PropertyValue } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import type { TrinoType } from './trino-types.ts';
import { trinoTypeText } from './trino-types.ts';
import type { Codec, WriteFormat } from './external/write-files.ts';

export interface QueryColumn {
  name: string;
  type: TrinoType;
}

/** The columns of a query's result, with Trino's types. A timestamp whose precision only DuckDB knows counts as one of milliseconds. */
export const queryColumns = async (connection: DuckDBConnection, sql: string, output: readonly OutputColumn[] | undefined): Promise<QueryColumn[]> => {
  const prepared = await connection.prepare(sql);
  const places = Array.from({ length: prepared.columnCount }, (_unused, index) => index);
  const duckTypes = places.map((index) => prepared.columnType(index));
  const names = places.map((index) => prepared.columnName(index));
  prepared.destroySync();
  return outputTypes(output, duckTypes).map((type, index) => {
    const isGuessed = output?.[index]?.type === undefined && isTimestamp(duckTypes[index]);
    return { name: (output?.[index]?.name ?? names[index] ?? '').toLowerCase(), type: isGuessed ? { ...type, numbers: [3] } : type };
  });
};

const isTimestamp = (type: DuckDBType | undefined): boolean => type?.typeId === DuckDBTypeId.TIMESTAMP;

const HIVE_NAMES: Readonly<Record<string, PrimitiveName>> = {
  boolean: 'boolean',
  tinyint: 'tinyint',
  smallint: 'smallint',
  integer: 'int',
  bigint: 'bigint',
  real: 'float',
  double: 'double',
  varbinary: 'binary',
  date: 'date',
  timestamp: 'timestamp',
};

/**
 * The column of a Hive table for a result's column. Throws AthenaFailure in Trino's words for a type Hive has not, and for
 * timestamps that are not of milliseconds: Athena writes those of Hive tables at no other precision.
 */
export const hiveColumnOf = ({ name, type }: QueryColumn): ExternalColumn => ({ name, type: hiveTypeOf(type, name) });

const hiveTypeOf = (type: TrinoType, column: string): HiveType => {
  const part = (index: number): HiveType => hiveTypeOf(type.parts[index]?.type ?? { base: 'unknown', numbers: [], parts: [] }, column);
  switch (type.base) {
    case 'array':
      return { kind: 'array', element: part(0) };
    case 'map':
      return { kind: 'map', key: part(0), value: part(1) };
    case 'row':
      return { kind: 'struct', fields: type.parts.map((field, index) => ({ name: fieldName(type, field.name), type: part(index) })) };
    case 'decimal':
      return { kind: 'decimal', precision: type.numbers[0] ?? 38, scale: type.numbers[1] ?? 0 };
    case 'varchar':
      return type.numbers[0] === undefined || type.numbers[0] > 65_535 ? { kind: 'primitive', name: 'string' } : { kind: 'text', name: 'varchar', length: Math.max(1, type.numbers[0]) };
    case 'char':
      return { kind: 'text', name: 'char', length: type.numbers[0] ?? 1 };
    case 'unknown':
      throw trinoFailure('COLUMN_TYPE_UNKNOWN', `Column type is unknown: ${column}`);
    case 'timestamp':
      if ((type.numbers[0] ?? 3) !== 3) throw trinoFailure('NOT_SUPPORTED', `Incorrect timestamp precision for ${trinoTypeText(type)}; the configured precision is MILLISECONDS; column name: ${column}`);
  }
  const primitive = Object.hasOwn(HIVE_NAMES, type.base) ? HIVE_NAMES[type.base] : undefined;
  if (!primitive) throw trinoFailure('NOT_SUPPORTED', `Unsupported Hive type: ${trinoTypeText(type)}`);
  return { kind: 'primitive', name: primitive };
};

const fieldName = (row: TrinoType, name: string | undefined): string => {
  if (name === undefined) throw trinoFailure('NOT_SUPPORTED', `Anonymous row type is not supported in Hive. Please give each field a name: ${trinoTypeText(row)}`);
  return name.toLowerCase();
};

/** A result's columns need names of their own where they become a table's or a file's. @throws AthenaFailure */
export const distinctColumns = (columns: readonly QueryColumn[]): readonly QueryColumn[] => {
  const twice = columns.find((column, index) => columns.findIndex((other) => other.name === column.name) !== index);
  if (twice) throw trinoFailure('DUPLICATE_COLUMN_NAME', `line 1:1: Column name '${twice.name}' specified more than once`);
  return columns;
};

/** Splits off the partition keys, which must stand last and in their order. @throws AthenaFailure */
export const splitKeys = (columns: readonly ExternalColumn[], keys: readonly string[]): { columns: ExternalColumn[]; partitionKeys: ExternalColumn[] } => {
  const missing = keys.filter((key) => !columns.some((column) => column.name === key));
  if (missing.length > 0) throw trinoFailure('INVALID_TABLE_PROPERTY', `Partition columns [${missing.join(', ')}] not present in schema`);
  if (keys.length >= columns.length) throw trinoFailure('INVALID_TABLE_PROPERTY', 'Table contains only partition columns');
  const last = columns.slice(columns.length - keys.length);
  if (last.some((column, index) => column.name !== keys[index])) {
    throw trinoFailure('HIVE_COLUMN_ORDER_MISMATCH', `Partition keys must be the last columns in the table and in the same order as the table properties: [${keys.join(', ')}]`);
  }
  for (const { name, type } of last) {
    if (['array', 'map', 'struct'].includes(type.kind)) throw trinoFailure('NOT_SUPPORTED', `Unsupported type [${trinoText(type, 3)}] for partition: ${name}`);
  }
  return { columns: columns.slice(0, columns.length - keys.length), partitionKeys: last };
};

const TEXT_CODECS: readonly Codec[] = ['gzip', 'zstd', 'none'];
const PARQUET_CODECS: readonly Codec[] = ['gzip', 'snappy', 'zstd', 'lz4', 'none'];

export interface FormatProperties {
  format: PropertyValue | undefined;
  compression: PropertyValue | undefined;
  level: PropertyValue | undefined;
  fieldDelimiter: PropertyValue | undefined;
}

const DEFAULT_SEPARATORS = ['\u0001', '\u0002', '\u0003', '\u0004', '\u0005', '\u0006', '\u0007', '\u0008'];

/**
 * What CTAS and UNLOAD write: Parquet, JSON lines or delimited text, compressed with gzip where nothing is said
 * (https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html). ORC and Avro are not there.
 */
export const writeFormatOf = (what: string, given: FormatProperties): WriteFormat => {
  const format = text(given.format, 'format') ?? 'PARQUET';
  const codec = (text(given.compression, 'compression') ?? 'GZIP').toLowerCase() as Codec;
  const delimiter = text(given.fieldDelimiter, 'field_delimiter');
  const kind = format.toUpperCase();
  if (delimiter !== undefined && kind !== 'TEXTFILE') throw trinoFailure('INVALID_TABLE_PROPERTY', `Cannot specify field_delimiter table property for storage format: ${kind}`);
  if (delimiter !== undefined && Array.from(delimiter).length !== 1) throw trinoFailure('INVALID_TABLE_PROPERTY', 'field_delimiter must be a single character, but was: ' + `'${delimiter}'`);
  const level = levelOf(codec, given.level);
  if (kind === 'PARQUET') return { kind: 'parquet', codec: known(what, codec, PARQUET_CODECS, kind), level };
  if (level !== undefined) throw notSupportedLocally(`${what} with format ${kind} and a compression level`);
  const textCodec = known(what, codec, TEXT_CODECS, kind) as 'gzip' | 'zstd' | 'none';
  if (kind === 'JSON') return { kind: 'json', codec: textCodec };
  if (kind === 'TEXTFILE') return { kind: 'delimited', codec: textCodec, text: { separators: [delimiter ?? '\u0001', ...DEFAULT_SEPARATORS.slice(1)], escape: undefined, nullText: '\\N' } };
  if (kind === 'ORC' || kind === 'AVRO') throw notSupportedLocally(`${what} with format ${kind}`);
  throw trinoFailure('INVALID_TABLE_PROPERTY', `Unable to set catalog 'awsdatacatalog' table property 'format' to ['${format}']: Invalid value [${format}]. Valid values: [ORC, PARQUET, AVRO, JSON, TEXTFILE]`);
};

const text = (value: PropertyValue | undefined, name: string): string | undefined => {
  if (value === undefined || typeof value === 'string') return value;
  throw trinoFailure('INVALID_TABLE_PROPERTY', `Unable to set catalog 'awsdatacatalog' table property '${name}' to [${String(value)}]: Cannot convert to varchar`);
};

const known = (what: string, codec: Codec, codecs: readonly Codec[], format: string): Codec => {
  if (codecs.includes(codec)) return codec;
  throw notSupportedLocally(`${what} with format ${format} and compression ${codec.toUpperCase()}`);
};

/** https://docs.aws.amazon.com/athena/latest/ug/compression-support-zstd-levels.html: 1 to 22, for ZSTD. */
const levelOf = (codec: Codec, level: PropertyValue | undefined): number | undefined => {
  if (level === undefined) return undefined;
  const number = typeof level === 'number' ? level : Number.NaN;
  if (codec === 'zstd' && Number.isInteger(number) && number >= 1 && number <= 22) return number;
  throw trinoFailure('INVALID_TABLE_PROPERTY', `compression_level must be a number from 1 to 22 with compression ZSTD, but was ${String(level)}`);
};

/** Names of columns as a property lists them, lower case. */
export const columnNames = (property: string, value: PropertyValue | undefined): string[] => {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.map((name) => name.toLowerCase());
  throw trinoFailure('INVALID_TABLE_PROPERTY', `Unable to set catalog 'awsdatacatalog' table property '${property}' to [${String(value)}]: Cannot convert to array(varchar)`);
};

/** A folder of a statement's own to write into first; gone when the statement ends. */
export const withStage = async <T>(run: StatementRun, use: (stage: string) => Promise<T>): Promise<T> => {
  const stage = path.join(run.parts.temporaryFolder, `unload-${randomUUID()}`);
  try {
    return await use(stage);
  } finally {
    rmSync(stage, { recursive: true, force: true });
    rmSync(`${stage}-whole`, { recursive: true, force: true });
  }
};
