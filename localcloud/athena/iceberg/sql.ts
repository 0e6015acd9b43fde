import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { IcebergError } from './errors.ts';
import { decimalOf, isPrimitive } from './types.ts';
import type { Field, IcebergType } from './types.ts';

/** A quoted identifier and a quoted string, in DuckDB's SQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

export type Row = Record<string, Json>;

/** A text of a row; throws where it is something else, which is a defect of the query. */
export const textIn = (row: Row, column: string): string => {
  const value = row[column];
  if (typeof value !== 'string') throw new Error(`${column} is not text: ${JSON.stringify(value)}`);
  return value;
};

/** Runs one statement; wide integers come back as text. */
export const query = async (connection: DuckDBConnection, sql: string): Promise<Row[]> => (await connection.runAndReadAll(sql)).getRowObjectsJson();

const DUCKDB_TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  string: 'VARCHAR',
  uuid: 'UUID',
  binary: 'BLOB',
};

/** DuckDB's type of an Iceberg type; throws IcebergError NOT_SUPPORTED for those of format v3. */
export const duckDbTypeOf = (type: IcebergType): string => {
  if (isPrimitive(type)) {
    const decimal = decimalOf(type);
    const name = decimal ? `DECIMAL(${decimal.precision}, ${decimal.scale})` : DUCKDB_TYPES[type];
    if (name === undefined) throw new IcebergError('NOT_SUPPORTED', `Type not supported for Iceberg: ${type}`);
    return name;
  }
  if (type.type === 'list') return `${duckDbTypeOf(type.element)}[]`;
  if (type.type === 'map') return `MAP(${duckDbTypeOf(type.key)}, ${duckDbTypeOf(type.value)})`;
  return `STRUCT(${type.fields.map((field) => `${identifier(field.name)} ${duckDbTypeOf(field.type)}`).join(', ')})`;
};

/** COPY's FIELD_IDS option: a Parquet column is found again by its field id, whatever its name is by then. */
export const fieldIdsOf = (fields: readonly Field[]): string => `{${fields.map((field) => `${identifier(field.name)}: ${fieldId(field.id, field.type)}`).join(', ')}}`;

const fieldId = (id: number, type: IcebergType): string => {
  if (isPrimitive(type)) return String(id);
  if (type.type === 'list') return `{__duckdb_field_id: ${id}, element: ${fieldId(type['element-id'], type.element)}}`;
  if (type.type === 'map') return `{__duckdb_field_id: ${id}, key: ${fieldId(type['key-id'], type.key)}, value: ${fieldId(type['value-id'], type.value)}}`;
  return `{__duckdb_field_id: ${id}, ${type.fields.map((field) => `${identifier(field.name)}: ${fieldId(field.id, field.type)}`).join(', ')}}`;
};

/** read_parquet's `schema` argument: columns by field id, those a file has not as NULL. */
export const readSchemaOf = (fields: readonly Field[]): string =>
  `MAP{${fields.map((field) => `${field.id}: {name: ${text(field.name)}, type: ${text(duckDbTypeOf(field.type))}, default_value: NULL}`).join(', ')}}`;
