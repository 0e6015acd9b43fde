import type { ResultColumn } from '../types.ts';
import type { TrinoType } from '../trino-types.ts';

/** Precision as Athena's ColumnInfo gives it for types without one of their own. */
const PRECISIONS: Readonly<Record<string, number>> = {
  tinyint: 3,
  smallint: 5,
  integer: 10,
  bigint: 19,
  float: 17,
  double: 17,
  varchar: 2147483647,
  varbinary: 1073741824,
  timestamp: 3,
  'timestamp with time zone': 3,
  time: 3,
};

/** A result column as GetQueryResults' ColumnInfo tells it: base name, precision and scale. */
export const resultColumn = (name: string, type: TrinoType): ResultColumn => {
  const base = type.base === 'real' ? 'float' : type.base;
  const given = base === 'decimal' || base === 'char' || base === 'varchar' ? type.numbers[0] : undefined;
  return { name, type: base, precision: given ?? PRECISIONS[base] ?? 0, scale: base === 'decimal' ? (type.numbers[1] ?? 0) : 0 };
};

export const textColumn = (name: string): ResultColumn => ({ name, type: 'string', precision: 0, scale: 0 });
