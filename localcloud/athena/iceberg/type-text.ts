import { IcebergError } from './errors.ts';
import { decimalOf, isPrimitive } from './types.ts';
import type { ColumnDefinition, IcebergType, TypeDefinition } from './types.ts';

/* Names of types in Hive's DDL, in Trino's SQL and in DuckDB, to Iceberg types and back. */

const unsupported = (type: string): IcebergError => new IcebergError('NOT_SUPPORTED', `Type not supported for Iceberg: ${type}`);

/** Reads a type's text by tokens: quoted names, words, and single signs. */
class TypeReader {
  private readonly source: string;
  private readonly tokens: string[];
  private position = 0;

  constructor(source: string) {
    this.source = source;
    this.tokens = source.match(/"(?:[^"]|"")*"|[A-Za-z_][\w$]*|\d+|[^\s\w]/g) ?? [];
  }

  peek(): string {
    return (this.tokens[this.position] ?? '').toLowerCase();
  }

  next(): string {
    const token = this.tokens[this.position];
    if (token === undefined) throw unsupported(this.source);
    this.position += 1;
    return token;
  }

  accept(token: string): boolean {
    const found = this.peek() === token;
    if (found) this.position += 1;
    return found;
  }

  expect(token: string): void {
    if (!this.accept(token)) throw unsupported(this.source);
  }

  /** `(10, 2)` as numbers; empty where there is no bracket. */
  arguments(): number[] {
    const numbers: number[] = [];
    if (!this.accept('(')) return numbers;
    do numbers.push(Number(this.next()));
    while (this.accept(','));
    this.expect(')');
    return numbers;
  }

  name(): string {
    const token = this.next();
    return token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token;
  }

  /** Runs a rule over the whole text. */
  whole(rule: (reader: TypeReader) => TypeDefinition): TypeDefinition {
    const type = rule(this);
    if (this.position < this.tokens.length) throw unsupported(this.source);
    return type;
  }
}

const decimalText = ([precision, scale]: number[]): string => `decimal(${precision ?? 10}, ${scale ?? 0})`;

/** Types of Athena's DDL for Iceberg tables: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-supported-data-types.html */
const HIVE_TYPES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'int',
  integer: 'int',
  bigint: 'long',
  long: 'long',
  float: 'float',
  double: 'double',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  string: 'string',
  uuid: 'uuid',
  binary: 'binary',
};

const hiveType = (reader: TypeReader): TypeDefinition => {
  const name = reader.next().toLowerCase();
  if (name === 'decimal') return decimalText(reader.arguments());
  if (name === 'array') {
    reader.expect('<');
    const element = hiveType(reader);
    reader.expect('>');
    return { type: 'list', element };
  }
  if (name === 'map') {
    reader.expect('<');
    const key = hiveType(reader);
    reader.expect(',');
    const value = hiveType(reader);
    reader.expect('>');
    return { type: 'map', key, value };
  }
  if (name === 'struct') {
    const fields: ColumnDefinition[] = [];
    reader.expect('<');
    do {
      const field = reader.name().toLowerCase();
      reader.expect(':');
      fields.push({ name: field, type: hiveType(reader) });
    } while (reader.accept(','));
    reader.expect('>');
    return { type: 'struct', fields };
  }
  const primitive = Object.hasOwn(HIVE_TYPES, name) ? HIVE_TYPES[name] : undefined;
  if (primitive === undefined) throw unsupported(name);
  return primitive;
};

/** `array<string>`, `decimal(10,2)`, `struct<a:int>`. Throws IcebergError NOT_SUPPORTED, also for tinyint, smallint, char and varchar, as Athena does. */
export const parseHiveType = (text: string): TypeDefinition => new TypeReader(text).whole(hiveType);

/** A type as Glue and DESCRIBE show it: `bigint`, `array<string>`, `decimal(10,2)`. */
export const hiveTypeOf = (type: IcebergType): string => {
  if (isPrimitive(type)) return type === 'long' ? 'bigint' : type.replace(/\s/g, '');
  if (type.type === 'list') return `array<${hiveTypeOf(type.element)}>`;
  if (type.type === 'map') return `map<${hiveTypeOf(type.key)},${hiveTypeOf(type.value)}>`;
  return `struct<${type.fields.map((field) => `${field.name}:${hiveTypeOf(field.type)}`).join(',')}>`;
};

const TRINO_TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  long: 'bigint',
  float: 'real',
  string: 'varchar',
  binary: 'varbinary',
  time: 'time(6)',
  timestamp: 'timestamp(6)',
  timestamptz: 'timestamp(6) with time zone',
};

/** A type as Trino names it: `array(varchar)`, `timestamp(6)`. */
export const trinoTypeOf = (type: IcebergType): string => {
  if (isPrimitive(type)) return decimalOf(type) ? type.replace(/\s/g, '') : (TRINO_TYPES[type] ?? type);
  if (type.type === 'list') return `array(${trinoTypeOf(type.element)})`;
  if (type.type === 'map') return `map(${trinoTypeOf(type.key)}, ${trinoTypeOf(type.value)})`;
  return `row(${type.fields.map((field) => `"${field.name}" ${trinoTypeOf(field.type)}`).join(', ')})`;
};

const DUCKDB_TYPES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  tinyint: 'int',
  smallint: 'int',
  integer: 'int',
  bigint: 'long',
  hugeint: 'long', // what DuckDB makes of sum(bigint), which is a bigint in Trino
  float: 'float',
  double: 'double',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  varchar: 'string',
  uuid: 'uuid',
  blob: 'binary',
};

const duckDbType = (reader: TypeReader): TypeDefinition => {
  let type = duckDbBaseType(reader);
  while (reader.accept('[')) {
    reader.expect(']');
    type = { type: 'list', element: type };
  }
  return type;
};

const duckDbBaseType = (reader: TypeReader): TypeDefinition => {
  const name = reader.next().toLowerCase();
  if (name === 'decimal') return decimalText(reader.arguments());
  if (name === 'map') {
    reader.expect('(');
    const key = duckDbType(reader);
    reader.expect(',');
    const value = duckDbType(reader);
    reader.expect(')');
    return { type: 'map', key, value };
  }
  if (name === 'struct') {
    const fields: ColumnDefinition[] = [];
    reader.expect('(');
    do fields.push({ name: reader.name(), type: duckDbType(reader) });
    while (reader.accept(','));
    reader.expect(')');
    return { type: 'struct', fields };
  }
  if (name === 'timestamp' && reader.accept('with')) {
    reader.expect('time');
    reader.expect('zone');
    return 'timestamptz';
  }
  const primitive = Object.hasOwn(DUCKDB_TYPES, name) ? DUCKDB_TYPES[name] : undefined;
  if (primitive === undefined) throw unsupported(name);
  return primitive;
};

/** A type as DuckDB's DESCRIBE prints it, `STRUCT(a INTEGER)[]`: for CREATE TABLE AS. Throws IcebergError NOT_SUPPORTED. */
export const typeOfDuckDb = (text: string): TypeDefinition => new TypeReader(text).whole(duckDbType);
