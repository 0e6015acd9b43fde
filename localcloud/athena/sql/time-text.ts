import { quoteString } from './tree.ts';
import { zoneOf } from './types.ts';
import type { TrinoType } from './types.ts';

const TIME_FORMATS: Record<number, string> = { 0: '%Y-%m-%d %H:%M:%S', 3: '%Y-%m-%d %H:%M:%S.%g', 6: '%Y-%m-%d %H:%M:%S.%f' };

/** A fixed offset is `+02:00`; DuckDB knows zones by name only. */
const OFFSET = /^([+-])(\d{2}):(\d{2})$/;

const offsetMinutes = (zone: string): number | undefined => {
  const [, sign, hours, minutes] = OFFSET.exec(zone) ?? [];
  return hours === undefined ? undefined : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};

/** A point in time as the local time of a zone. */
export const localTime = (sql: string, zone: string): string => {
  const offset = offsetMinutes(zone);
  return offset === undefined ? `((${sql}) AT TIME ZONE ${quoteString(zone)})` : `(((${sql}) AT TIME ZONE 'UTC') + to_minutes(${offset}))`;
};

/** A local time as the point in time it is in a zone. */
export const pointInTime = (sql: string, zone: string): string => {
  const offset = offsetMinutes(zone);
  return offset === undefined ? `((${sql}) AT TIME ZONE ${quoteString(zone)})` : `(((${sql}) - to_minutes(${offset})) AT TIME ZONE 'UTC')`;
};

/** A timestamp's text with the digits its type has, and its zone where it has one. */
export const timestampText = (sql: string, type: TrinoType & { kind: 'timestamp' }): string => {
  const value = type.zone ? localTime(sql, zoneOf(type)) : sql;
  const format = TIME_FORMATS[type.precision];
  const text = format ? `strftime(${value}, '${format}')` : `left(strftime(${value}, '%Y-%m-%d %H:%M:%S.%f'), ${20 + type.precision})`;
  return type.zone ? `(${text} || ${quoteString(` ${zoneOf(type)}`)})` : text;
};
