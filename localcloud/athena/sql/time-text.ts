import type { TrinoType } from './types.ts';

const TIME_FORMATS: Record<number, string> = { 0: '%Y-%m-%d %H:%M:%S', 3: '%Y-%m-%d %H:%M:%S.%g', 6: '%Y-%m-%d %H:%M:%S.%f' };

/** A timestamp's text with the digits its type has; in UTC where it is zoned. */
export const timestampText = (sql: string, type: TrinoType & { kind: 'timestamp' }): string => {
  const value = type.zone ? `(${sql}) AT TIME ZONE 'UTC'` : sql;
  const format = TIME_FORMATS[type.precision];
  const text = format ? `strftime(${value}, '${format}')` : `left(strftime(${value}, '%Y-%m-%d %H:%M:%S.%f'), ${20 + type.precision})`;
  return type.zone ? `(${text} || ' UTC')` : text;
};
