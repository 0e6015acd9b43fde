import type { TrinoType } from './types.ts';

/** A decimal's text. DuckDB leaves out the zero before the point where the type has no digits there. */
export const decimalText = (sql: string, type: TrinoType & { kind: 'decimal' }): string =>
  type.precision === type.scale && type.precision < 38 ? `CAST(CAST(${sql} AS DECIMAL(${type.precision + 1},${type.scale})) AS VARCHAR)` : `CAST(${sql} AS VARCHAR)`;
