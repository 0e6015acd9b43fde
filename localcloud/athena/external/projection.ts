import { AthenaFailure, trinoFailure } from '../failure.ts';

/**
 * Which values of a partition column exist, by partition projection
 * (https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html).
 */
export interface Projection {
  readonly type: 'date' | 'integer' | 'enum' | 'injected';
  includes(value: string): boolean;
}

/** undefined where the table has no projection. @throws AthenaFailure on a configuration Athena refuses. */
export const projectionOf = (column: string, properties: Readonly<Record<string, string>>, now: Date): Projection | undefined => {
  if (properties['projection.enabled']?.toLowerCase() !== 'true') return undefined;
  const property = (name: string): string | undefined => properties[`projection.${column}.${name}`];
  const type = property('type')?.trim().toLowerCase();
  switch (type) {
    case 'enum': {
      const values = new Set(required(column, 'values', property('values')).split(',')); // blanks belong to the values
      return { type, includes: (value) => values.has(value) };
    }
    case 'integer':
      return { type, includes: integerRange(column, required(column, 'range', property('range')), property('interval'), property('digits')) };
    case 'date':
      return { type, includes: dateRange(column, property, now) };
    case 'injected':
      return { type, includes: () => true };
    default:
      throw invalid(`Column ${column} has no valid type configured for partition projection: ${type ?? 'none'}`);
  }
};

/** A table with an injected column is read for given values of it only. */
export const injectedWithoutValue = (column: string): AthenaFailure =>
  trinoFailure(
    'CONSTRAINT_VIOLATION',
    `For the injected projected partition column ${column}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.`,
  );

const invalid = (text: string): AthenaFailure => trinoFailure('INVALID_TABLE_PROPERTY', text);

const required = (column: string, name: string, value: string | undefined): string => {
  if (value === undefined) throw invalid(`Table property projection.${column}.${name} is missing`);
  return value;
};

const integerRange = (column: string, range: string, interval: string | undefined, digits: string | undefined): ((value: string) => boolean) => {
  const [low, high] = range.split(',').map((part) => (/^\s*-?\d+\s*$/.test(part) ? BigInt(part.trim()) : undefined));
  if (low === undefined || high === undefined) throw invalid(`Invalid range for projected column ${column}: ${range}`);
  const step = BigInt(interval ?? '1');
  return (value) => {
    if (!/^-?\d+$/.test(value)) return false;
    if (digits === undefined ? value !== BigInt(value).toString() : value.length !== Number(digits)) return false;
    const number = BigInt(value);
    return number >= low && number <= high && (number - low) % step === 0n;
  };
};

const dateRange = (column: string, property: (name: string) => string | undefined, now: Date): ((value: string) => boolean) => {
  const range = required(column, 'range', property('range'));
  const format = required(column, 'format', property('format'));
  const [low, high] = range.split(',').map((part) => dateBound(part.trim(), format, now));
  if (low === undefined || high === undefined) throw invalid(`Invalid range for projected column ${column}: ${range}`);
  const steps = stepsOf(column, property('interval'), property('interval.unit'), format);
  return (value) => {
    const time = parseDate(value, format);
    return time !== undefined && time >= low && time <= high && steps(low, time);
  };
};

/** Whether a time is a whole number of intervals after the first. Days and months need none given, what is finer does. */
const stepsOf = (column: string, interval: string | undefined, unitText: string | undefined, format: string): ((low: number, time: number) => boolean) => {
  const isFine = /[Hms]/.test(format.replaceAll(/'[^']*'/g, ''));
  if (isFine && (interval === undefined || unitText === undefined)) throw invalid(`Table property projection.${column}.${interval === undefined ? 'interval' : 'interval.unit'} is missing`);
  if (interval === undefined) return () => true;
  const unit = unitText === undefined ? (format.includes('d') ? 'DAY' : 'MONTH') : UNITS.find((name) => name === unitText.trim().toUpperCase().replace(/S$/, ''));
  const count = /^\s*[1-9]\d*\s*$/.test(interval) ? Number(interval) : 0;
  if (!unit || count === 0) throw invalid(`Invalid interval for projected column ${column}: ${interval} ${unitText ?? ''}`);
  if (unit !== 'YEAR' && unit !== 'MONTH') return (low, time) => (time - low) % (count * MILLISECONDS[unit]) === 0;
  const months = unit === 'YEAR' ? count * 12 : count;
  return (low, time) => monthsBetween(low, time) % months === 0;
};

const monthsBetween = (from: number, to: number): number => {
  const [first, last] = [new Date(from), new Date(to)];
  return (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
};

const UNITS = ['YEAR', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const;
type Unit = (typeof UNITS)[number];

/** `2024-01-01`, `NOW`, `NOW-3YEARS`, `NOW+1DAYS`; in epoch milliseconds. */
const dateBound = (text: string, format: string, now: Date): number | undefined => {
  const relative = /^NOW\s*(?:([+-])\s*(\d+)\s*([A-Z]+?)S?)?$/i.exec(text);
  if (!relative) return parseDate(text, format);
  const [, sign, amount = '0', unitText = 'DAY'] = relative;
  const unit = UNITS.find((name) => name === unitText.toUpperCase());
  return unit && cutTo(format, shift(now, unit, sign === '-' ? -Number(amount) : Number(amount)));
};

/** What the format can tell of a time: a range that depends on now begins with a whole day where days are projected (Trino's DateProjection). */
const cutTo = (format: string, time: Date): number => {
  const letters = format.replaceAll(/'[^']*'/g, '');
  const has = (letter: string): boolean => letters.includes(letter);
  return Date.UTC(
    time.getUTCFullYear(),
    has('M') ? time.getUTCMonth() : 0,
    has('d') ? time.getUTCDate() : 1,
    has('H') ? time.getUTCHours() : 0,
    has('m') ? time.getUTCMinutes() : 0,
    has('s') ? time.getUTCSeconds() : 0,
  );
};

const shift = (time: Date, unit: Unit, amount: number): Date => {
  const shifted = new Date(time);
  if (unit === 'YEAR') shifted.setUTCFullYear(shifted.getUTCFullYear() + amount);
  else if (unit === 'MONTH') shifted.setUTCMonth(shifted.getUTCMonth() + amount);
  else shifted.setTime(shifted.getTime() + amount * MILLISECONDS[unit]);
  return shifted;
};

const MILLISECONDS = { WEEK: 604_800_000, DAY: 86_400_000, HOUR: 3_600_000, MINUTE: 60_000, SECOND: 1_000 } as const;

const DATE_PARTS: Readonly<Record<string, string>> = { y: 'year', M: 'month', d: 'day', H: 'hour', m: 'minute', s: 'second' };

/** Reads a value by a Java DateTimeFormatter pattern of digits and literals, in UTC; undefined where it does not fit. */
export const parseDate = (text: string, format: string): number | undefined => {
  const pattern = format.replaceAll(/'((?:[^']|'')*)'|([yMdHms])\2*|[^A-Za-z']/g, (token: string, quoted: string | undefined, letter: string | undefined) =>
    letter === undefined ? escapePattern(quoted ?? token) : `(?<${DATE_PARTS[letter] ?? letter}>\\d{${token.length}})`,
  );
  const groups = new RegExp(`^${pattern}$`).exec(text)?.groups;
  if (!groups) return undefined;
  const { year = '1970', month = '01', day = '01', hour = '00', minute = '00', second = '00' } = groups;
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  // 31 February would silently become March.
  return new Date(time).getUTCDate() === Number(day) && new Date(time).getUTCMonth() === Number(month) - 1 ? time : undefined;
};

const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
