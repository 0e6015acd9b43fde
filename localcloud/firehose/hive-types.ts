import type { SchemaElement } from 'hyparquet-writer';

/** How a value of a JSON record becomes a value of a column; a reason where it does not fit. */
export type Conversion = { ok: true; value: unknown } | { ok: false };
export type Convert = (value: unknown) => Conversion;

export interface ColumnType {
  convert: Convert;
  /** Parquet schema of a column with this name. */
  elements: (name: string) => SchemaElement[];
}

const MISFIT: Conversion = { ok: false };
const fits = (value: unknown): Conversion => ({ ok: true, value });
const leaf = (element: Omit<SchemaElement, 'name' | 'repetition_type'>) => (name: string): SchemaElement[] => [{ ...element, name, repetition_type: 'OPTIONAL' }];

/** The SerDe keeps scalars as their text and nested values as JSON text. */
const text: ColumnType = {
  convert: (value) => fits(typeof value === 'string' ? value : JSON.stringify(value)),
  elements: leaf({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
};

const boolean: ColumnType = {
  convert: (value) => {
    if (typeof value === 'boolean') return fits(value);
    return typeof value === 'string' && /^(true|false)$/i.test(value) ? fits(value.toLowerCase() === 'true') : MISFIT;
  },
  elements: leaf({ type: 'BOOLEAN' }),
};

const integerText = (value: unknown): string | undefined => {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value).toString();
  return typeof value === 'string' && /^[+-]?\d+$/.test(value) ? value : undefined;
};

const integer = (bits: 8 | 16 | 32 | 64): ColumnType => ({
  convert: (value) => {
    const digits = integerText(value);
    if (digits === undefined) return MISFIT;
    const exact = BigInt(digits);
    if (BigInt.asIntN(bits, exact) !== exact) return MISFIT;
    return fits(bits === 64 ? exact : Number(exact));
  },
  elements: leaf({ type: bits === 64 ? 'INT64' : 'INT32' }),
});

const floating = (type: 'FLOAT' | 'DOUBLE'): ColumnType => ({
  convert: (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? fits(number) : MISFIT;
  },
  elements: leaf({ type }),
});

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/;

/** Epoch milliseconds, or text; to milliseconds, as the SerDe reads them. */
const timestamp: ColumnType = {
  convert: (value) => {
    if (typeof value === 'number') return fits(new Date(value));
    const match = typeof value === 'string' ? TIME.exec(value) : null;
    if (!match) return MISFIT;
    const [, day = '', time = '', fraction = '', zone = 'Z'] = match;
    const date = new Date(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${zone}`);
    return Number.isNaN(date.getTime()) ? MISFIT : fits(date);
  },
  elements: leaf({ type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' }),
};

const date: ColumnType = {
  convert: (value) => {
    if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return MISFIT;
    const day = new Date(`${value}T00:00:00Z`);
    return Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== value ? MISFIT : fits(day);
  },
  elements: leaf({ type: 'INT32', converted_type: 'DATE' }),
};

/** Lists as the three levels of the Parquet format (LogicalTypes.md, "Lists"). */
const list = (element: ColumnType): ColumnType => ({
  convert: (value) => {
    if (!Array.isArray(value)) return MISFIT;
    const converted = value.map((entry) => (entry === null ? fits(null) : element.convert(entry)));
    return converted.every((entry) => entry.ok) ? fits(converted.map((entry) => entry.value)) : MISFIT;
  },
  elements: (name) => [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...element.elements('element'),
  ],
});

const SCALARS: Readonly<Record<string, ColumnType>> = {
  string: text,
  boolean,
  tinyint: integer(8),
  smallint: integer(16),
  int: integer(32),
  integer: integer(32),
  bigint: integer(64),
  float: floating('FLOAT'),
  double: floating('DOUBLE'),
  timestamp,
  date,
};

/** A Hive type's reading and writing; undefined for a type that is not supported here (decimal, map, struct, binary). */
export const columnType = (hiveType: string): ColumnType | undefined => {
  const type = hiveType.trim().toLowerCase();
  const element = /^array<(.+)>$/.exec(type)?.[1];
  if (element !== undefined) {
    const inner = element.startsWith('array<') ? undefined : columnType(element);
    return inner && list(inner);
  }
  return /^(varchar|char)\(\d+\)$/.test(type) ? text : SCALARS[type];
};
