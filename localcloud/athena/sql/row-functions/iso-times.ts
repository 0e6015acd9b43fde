import { VARCHAR } from '@duckdb/node-api';
import type { DuckDBScalarFunction } from '@duckdb/node-api';
import { invalidArgument, rowFunction, textOf } from './define.ts';

/** ISO 8601's dates: year, month, day; year and day of the year; year, week and day of the week. */
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?|-(\d{3})|-?W(\d{2})(?:-?(\d))?)?$/;
const CLOCK = /^(\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

const DAY_MS = 86_400_000;

const dayOf = (year: number, month: number, day: number): number | undefined => {
  const time = Date.UTC(year, month - 1, day);
  const date = new Date(time);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? time : undefined;
};

const ofYear = (year: number, day: number): number | undefined => {
  const time = Date.UTC(year, 0, 1) + (day - 1) * DAY_MS;
  return day > 0 && new Date(time).getUTCFullYear() === year ? time : undefined;
};

/** Week 1 is the one with 4 January in it. */
const ofWeek = (year: number, week: number, day: number): number | undefined => {
  const fourth = Date.UTC(year, 0, 4);
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS;
  return week > 0 && week < 54 && day > 0 && day < 8 ? monday + ((week - 1) * 7 + day - 1) * DAY_MS : undefined;
};

/** Midnight UTC of a date, in milliseconds; undefined where it is none. */
const readDate = (text: string): number | undefined => {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, year = '', month, day, ordinal, week, weekday] = match;
  if (ordinal !== undefined) return ofYear(Number(year), Number(ordinal));
  if (week !== undefined) return ofWeek(Number(year), Number(week), Number(weekday ?? 1));
  return dayOf(Number(year), Number(month ?? 1), Number(day ?? 1));
};

const malformed = (text: string): Error => invalidArgument(`Invalid format: "${text}"`);

const dateText = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** `yyyy-MM-dd HH:mm:ss.SSS` and its offset, `+00` where the text has none; digits behind milliseconds are cut. */
const timestampText = (text: string): string => {
  const [date = '', clock] = text.split('T');
  const day = readDate(date);
  const match = clock === undefined || clock === '' ? undefined : CLOCK.exec(clock);
  if (day === undefined || (clock !== undefined && !match)) throw malformed(text);
  const [, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] = match ?? [];
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) throw malformed(text);
  return `${dateText(day)} ${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset === 'Z' ? '+00' : offset}`;
};

/** For the forms that DuckDB does not read; Joda's ISODateTimeFormat.dateTimeParser is what Trino uses. */
export const ISO_TIME_ROW_FUNCTIONS = (): DuckDBScalarFunction[] => [
  rowFunction('t_js_iso_timestamp', [VARCHAR], VARCHAR, (text) => timestampText(textOf(text))),
  rowFunction('t_js_iso_date', [VARCHAR], VARCHAR, (text) => {
    const day = readDate(textOf(text));
    if (day === undefined) throw malformed(textOf(text));
    return dateText(day);
  }),
];
