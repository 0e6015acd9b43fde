import { ddlFailure, trinoFailure } from './failure.ts';
import type { HiveType, PrimitiveName } from './hive-types.ts';
import { hiveText } from './hive-types.ts';
import type { IcebergType, TypeDefinition } from './iceberg/index.ts';
import type { TrinoType } from './trino-types.ts';
import { trinoTypeText } from './trino-types.ts';

/** Iceberg's names of the types Athena's DDL names otherwise (https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-supported-data-types.html). */
const ICEBERG_NAMES: Readonly<Partial<Record<PrimitiveName, string>>> = {
  boolean: 'boolean',
  int: 'int',
  bigint: 'long',
  float: 'float',
  double: 'double',
  string: 'string',
  binary: 'binary',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  uuid: 'uuid',
};
const HIVE_NAMES = Object.fromEntries(Object.entries(ICEBERG_NAMES).map(([hive, iceberg]) => [iceberg, hive])) as Readonly<Record<string, PrimitiveName>>;

/** Types of Iceberg's that Athena reads, but whose columns its DDL does not make. */
const NOT_IN_DDL: ReadonlySet<PrimitiveName> = new Set(['time', 'timestamptz', 'uuid']);

/** @throws AthenaFailure for types Iceberg has not (tinyint, smallint, char) and those Athena's DDL has not; the text is not confirmed */
export const icebergTypeOf = (type: HiveType): TypeDefinition => {
  switch (type.kind) {
    case 'primitive': {
      const name = NOT_IN_DDL.has(type.name) ? undefined : ICEBERG_NAMES[type.name];
      if (name === undefined) throw unsupported(hiveText(type));
      return name;
    }
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'text':
      if (type.name === 'char') throw unsupported(hiveText(type));
      return 'string';
    case 'array':
      return { type: 'list', element: icebergTypeOf(type.element) };
    case 'map':
      return { type: 'map', key: icebergTypeOf(type.key), value: icebergTypeOf(type.value) };
    case 'struct':
      return { type: 'struct', fields: type.fields.map((field) => ({ name: field.name, type: icebergTypeOf(field.type) })) };
  }
};

const unsupported = (text: string): Error => ddlFailure(`SemanticException Unsupported Iceberg type: ${text}`);

export const hiveTypeOfIceberg = (type: IcebergType): HiveType => {
  if (typeof type === 'string') {
    const decimal = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
    if (decimal) return { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
    return { kind: 'primitive', name: HIVE_NAMES[type] ?? 'binary' }; // fixed(n) is the one type without a name in DDL
  }
  if (type.type === 'list') return { kind: 'array', element: hiveTypeOfIceberg(type.element) };
  if (type.type === 'map') return { kind: 'map', key: hiveTypeOfIceberg(type.key), value: hiveTypeOfIceberg(type.value) };
  return { kind: 'struct', fields: type.fields.map((field) => ({ name: field.name, type: hiveTypeOfIceberg(field.type) })) };
};

const OF_TRINO: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  integer: 'int',
  bigint: 'long',
  real: 'float',
  double: 'double',
  varchar: 'string',
  varbinary: 'binary',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  'timestamp with time zone': 'timestamptz',
  uuid: 'uuid',
};

/** The Iceberg type CREATE TABLE AS gives a result column. @throws AthenaFailure in Trino's words (io.trino.plugin.iceberg.TypeConverter) for types Iceberg has not */
export const icebergTypeOfTrino = (type: TrinoType): TypeDefinition => {
  const part = (index: number): TypeDefinition => icebergTypeOfTrino(type.parts[index]?.type ?? { base: 'unknown', numbers: [], parts: [] });
  if (type.base === 'unknown') throw trinoFailure('COLUMN_TYPE_UNKNOWN', 'Column type is unknown');
  if (type.base === 'decimal') return `decimal(${type.numbers[0] ?? 38}, ${type.numbers[1] ?? 0})`;
  if (type.base === 'array') return { type: 'list', element: part(0) };
  if (type.base === 'map') return { type: 'map', key: part(0), value: part(1) };
  if (type.base === 'row') return { type: 'struct', fields: type.parts.map((field, index) => ({ name: fieldName(field.name), type: part(index) })) };
  checkPrecision(type);
  const name = Object.hasOwn(OF_TRINO, type.base) ? OF_TRINO[type.base] : undefined;
  if (name === undefined) throw trinoFailure('NOT_SUPPORTED', `Type not supported for Iceberg: ${trinoTypeText(type)}`);
  return name;
};

const fieldName = (name: string | undefined): string => {
  if (name === undefined) throw trinoFailure('NOT_SUPPORTED', 'Row type field does not have a name: row');
  return name;
};

const PRECISE: Readonly<Record<string, [what: string, use: string]>> = {
  time: ['Time', 'time(6)'],
  timestamp: ['Timestamp', 'timestamp(6)'],
  'timestamp with time zone': ['Timestamp', 'timestamp(6) with time zone'],
};

const checkPrecision = (type: TrinoType): void => {
  const precise = PRECISE[type.base];
  const precision = type.numbers[0] ?? 3;
  if (precise && precision !== 6) throw trinoFailure('NOT_SUPPORTED', `${precise[0]} precision (${precision}) not supported for Iceberg. Use "${precise[1]}" instead.`);
};
