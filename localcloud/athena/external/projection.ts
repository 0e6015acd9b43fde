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
  const type = property('type')?.toLowerCase();
  switch (type) {
    case 'enum': {
      const values = new Set(required(column, 'values', property('values')).split(',').map((value) => value.trim()));
      return { type, includes: (value) => values.has(value) };
    }
    case 'integer':
      return { type, includes: integerRange(column, required(column, 'range', property('range')), property('interval'), property('digits')) };
    case 'date':
      return { type, includes: dateRange(column, required(column, 'range', property('range')), required(column, 'format', property('format')), now) };
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

const dateRange = (column: string, range: string, format: string, now: Date): ((value: string) => boolean) => {
  const [low, high] = range.split(',').map((part) => dateBound(part.trim(), format, now));
  if (low === undefined || high === undefined) throw invalid(`Invalid range for projected column ${column}: ${range}`);
  return (value) => {
    const time = parseDate(value, format);
    return time !== undefined && time >= low && time <= high;
  };
};

const UNITS = ['YEAR', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const;
type Unit = (typeof UNITS)[number];

/** `2024-01-01`, `NOW`, `NOW-3YEARS`, `NOW+1DAYS`; in epoch milliseconds. */
const dateBound = (text: string, format: string, now: Date): number | undefined => {
  const relative = /^NOW\s*(?:([+-])\s*(\d+)\s*([A-Z]+?)S?)?$/i.exec(text);
  if (!relative) return parseDate(text, format);
  const [, sign, amount = '0', unitText = 'DAY'] = relative;
  const unit = UNITS.find((name) => name === unitText.toUpperCase());
  return unit && shift(now, unit, sign === '-' ? -Number(amount) : Number(amount)).getTime();
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
