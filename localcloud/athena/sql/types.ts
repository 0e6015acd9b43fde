/** Trino's types as far as Athena has them: their text, DuckDB's counterpart, and which coerces to which. */

export type ScalarKind =
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'real'
  | 'double'
  | 'varbinary'
  | 'date'
  | 'time'
  | 'json'
  | 'uuid'
  | 'interval day to second'
  | 'interval year to month'
  | 'unknown'; // the type of NULL

export interface RowField {
  name: string | undefined;
  type: TrinoType;
}

export type TrinoType =
  | { kind: ScalarKind }
  | { kind: 'varchar'; length?: number }
  | { kind: 'decimal'; precision: number; scale: number }
  /** `shown`: the zone of a zoned value, where it is another than UTC: values themselves are points in time. */
  | { kind: 'timestamp'; precision: number; zone: boolean; shown?: string }
  | { kind: 'array'; element: TrinoType }
  | { kind: 'map'; key: TrinoType; value: TrinoType }
  | { kind: 'row'; fields: RowField[] };

export const scalar = (kind: ScalarKind): TrinoType => ({ kind });
export const VARCHAR: TrinoType = { kind: 'varchar' };
export const BOOLEAN = scalar('boolean');
export const INTEGER = scalar('integer');
export const BIGINT = scalar('bigint');
export const DOUBLE = scalar('double');
export const DATE = scalar('date');
export const JSON_TYPE = scalar('json');
export const UNKNOWN = scalar('unknown');
export const decimal = (precision: number, scale: number): TrinoType => ({ kind: 'decimal', precision, scale });
export const timestamp = (precision: number, zone = false): TrinoType => ({ kind: 'timestamp', precision, zone });

/** A zoned timestamp that shows the local time of a zone. */
export const timestampIn = (precision: number, shown: string): TrinoType => (shown === 'UTC' ? timestamp(precision, true) : { kind: 'timestamp', precision, zone: true, shown });

/** The zone a zoned type shows. */
export const zoneOf = (type: TrinoType | undefined): string => (type?.kind === 'timestamp' ? (type.shown ?? 'UTC') : 'UTC');
export const array = (element: TrinoType): TrinoType => ({ kind: 'array', element });

const INTEGRAL_DIGITS: Partial<Record<string, number>> = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 };
const NUMERIC_ORDER = ['tinyint', 'smallint', 'integer', 'bigint', 'decimal', 'real', 'double'];

export const isIntegral = (type: TrinoType): boolean => INTEGRAL_DIGITS[type.kind] !== undefined;
export const isNumeric = (type: TrinoType): boolean => NUMERIC_ORDER.includes(type.kind);
export const isInterval = (type: TrinoType): boolean => type.kind === 'interval day to second' || type.kind === 'interval year to month';

/** The type's text as Trino shows it in error messages and result metadata. */
export const typeText = (type: TrinoType): string => {
  switch (type.kind) {
    case 'varchar':
      return type.length === undefined ? 'varchar' : `varchar(${type.length})`;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'timestamp':
      return `timestamp(${type.precision})${type.zone ? ' with time zone' : ''}`;
    case 'array':
      return `array(${typeText(type.element)})`;
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'row':
      return `row(${type.fields.map((field) => (field.name === undefined ? '' : `${field.name} `) + typeText(field.type)).join(', ')})`;
    default:
      return type.kind;
  }
};

const DUCK_NAMES: Record<ScalarKind, string> = {
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  real: 'FLOAT',
  double: 'DOUBLE',
  varbinary: 'BLOB',
  date: 'DATE',
  time: 'TIME',
  json: 'JSON',
  uuid: 'UUID',
  'interval day to second': 'INTERVAL',
  'interval year to month': 'INTERVAL',
  unknown: 'INTEGER',
};

/** Name DuckDB gives an unnamed field; counted from 0 within its row. */
export const fieldName = (field: RowField, index: number): string => field.name ?? `field${index}`;

export const duckType = (type: TrinoType): string => {
  switch (type.kind) {
    case 'varchar':
      return 'VARCHAR';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'timestamp':
      return type.zone ? 'TIMESTAMPTZ' : 'TIMESTAMP';
    case 'array':
      return `${duckType(type.element)}[]`;
    case 'map':
      return `MAP(${duckType(type.key)}, ${duckType(type.value)})`;
    case 'row':
      return `STRUCT(${type.fields.map((field, index) => `"${fieldName(field, index)}" ${duckType(field.type)}`).join(', ')})`;
    default:
      return DUCK_NAMES[type.kind];
  }
};

const asDecimal = (type: TrinoType): { precision: number; scale: number } | undefined => {
  if (type.kind === 'decimal') return type;
  const digits = INTEGRAL_DIGITS[type.kind];
  return digits === undefined ? undefined : { precision: digits, scale: 0 };
};

/** Precision and scale of a number as Trino's decimal arithmetic sees it; undefined for real, double and what is no number. */
export const decimalShape = asDecimal;

const commonNumeric = (left: TrinoType, right: TrinoType): TrinoType => {
  if (left.kind === 'double' || right.kind === 'double') return DOUBLE;
  if (left.kind === 'real' || right.kind === 'real') return scalar('real');
  const a = asDecimal(left);
  const b = asDecimal(right);
  if (a && b && (left.kind === 'decimal' || right.kind === 'decimal')) {
    const scale = Math.max(a.scale, b.scale);
    return decimal(Math.min(38, Math.max(a.precision - a.scale, b.precision - b.scale) + scale), scale);
  }
  return NUMERIC_ORDER.indexOf(left.kind) >= NUMERIC_ORDER.indexOf(right.kind) ? left : right;
};

/** What values of different zones meet in: each keeps its own in Trino, none is known here. */
export const SEVERAL_ZONES = 'several zones';

const commonTemporal = (left: TrinoType, right: TrinoType): TrinoType | undefined => {
  if (left.kind === 'timestamp' && right.kind === 'timestamp') {
    const precision = Math.max(left.precision, right.precision);
    if (!left.zone && !right.zone) return timestamp(precision);
    return timestampIn(precision, left.zone && (!right.zone || zoneOf(left) === zoneOf(right)) ? zoneOf(left) : right.zone && !left.zone ? zoneOf(right) : SEVERAL_ZONES);
  }
  if (left.kind === 'timestamp' && right.kind === 'date') return left;
  if (left.kind === 'date' && right.kind === 'timestamp') return right;
  return undefined;
};

const commonRow = (left: RowField[], right: RowField[]): TrinoType | undefined => {
  if (left.length !== right.length) return undefined;
  const fields: RowField[] = [];
  for (const [index, field] of left.entries()) {
    const other = right[index];
    const type = other && commonSuperType(field.type, other.type);
    if (!type) return undefined;
    fields.push({ name: field.name === other.name ? field.name : undefined, type });
  }
  return { kind: 'row', fields };
};

/**
 * The type two values meet in without a cast, undefined where there is none (Trino's TypeCoercion.getCommonSuperType):
 * text never meets a number or a date.
 */
export const commonSuperType = (left: TrinoType, right: TrinoType): TrinoType | undefined => {
  if (left.kind === 'unknown') return right;
  if (right.kind === 'unknown') return left;
  if (isNumeric(left) && isNumeric(right)) return commonNumeric(left, right);
  if (left.kind === 'varchar' && right.kind === 'varchar') {
    return left.length !== undefined && right.length !== undefined ? { kind: 'varchar', length: Math.max(left.length, right.length) } : VARCHAR;
  }
  if (left.kind === 'array' && right.kind === 'array') {
    const element = commonSuperType(left.element, right.element);
    return element && array(element);
  }
  if (left.kind === 'map' && right.kind === 'map') {
    const key = commonSuperType(left.key, right.key);
    const value = commonSuperType(left.value, right.value);
    return key && value && { kind: 'map', key, value };
  }
  if (left.kind === 'row' && right.kind === 'row') return commonRow(left.fields, right.fields);
  return commonTemporal(left, right) ?? (left.kind === right.kind ? left : undefined);
};

/** Equal but for lengths of text and names of fields. */
export const sameType = (left: TrinoType, right: TrinoType): boolean => {
  if (left.kind !== right.kind) return false;
  if (left.kind === 'row' && right.kind === 'row') {
    return left.fields.length === right.fields.length && left.fields.every((field, index) => sameType(field.type, right.fields[index]?.type ?? UNKNOWN));
  }
  if (left.kind === 'array' && right.kind === 'array') return sameType(left.element, right.element);
  if (left.kind === 'map' && right.kind === 'map') return sameType(left.key, right.key) && sameType(left.value, right.value);
  return left.kind === 'varchar' || typeText(left) === typeText(right);
};

/** Whether a value may stand where `to` is wanted, without a cast: INSERT's columns, MERGE's SET, a function's parameters. */
export const canCoerce = (from: TrinoType, to: TrinoType): boolean => {
  const common = commonSuperType(from, to);
  return common !== undefined && sameType(common, to);
};
