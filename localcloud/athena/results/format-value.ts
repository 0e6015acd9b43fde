import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
} from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { trinoFailure } from '../failure.ts';
import type { TrinoType } from '../trino-types.ts';

/**
 * A value as Athena prints it in result files and GetQueryResults: `2024-01-01 00:00:00.000`, `[a, b]`, `{a=1, b=x}`, `1.0E10`.
 * null stays null.
 */
export const formatValue = (value: DuckDBValue, type: TrinoType): string | null => (value === null ? null : formatPresent(value, type));

const formatPresent = (value: Exclude<DuckDBValue, null>, type: TrinoType): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return type.base === 'double' ? javaDouble(value) : type.base === 'real' ? javaFloat(value) : String(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof DuckDBDecimalValue) return formatDecimal(value.value, value.scale);
  if (value instanceof DuckDBDateValue) return formatDate(BigInt(value.days) * MICROS_PER_DAY);
  if (value instanceof DuckDBTimestampValue) return formatTimestamp(value.micros, precisionOf(type));
  if (value instanceof DuckDBTimestampMillisecondsValue) return formatTimestamp(value.millis * 1000n, 3);
  if (value instanceof DuckDBTimestampTZValue) return `${formatTimestamp(value.micros, precisionOf(type))} UTC`;
  if (value instanceof DuckDBTimeValue) return formatTimestamp(value.micros, precisionOf(type)).slice(11);
  if (value instanceof DuckDBIntervalValue) return type.base === 'interval year to month' ? formatMonths(value.months) : formatDayTime(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return `[${value.items.map((item) => formatPart(item, type, 0)).join(', ')}]`;
  if (value instanceof DuckDBStructValue) {
    // The bindings have an object by name, of which only the last value is left.
    if (Object.hasOwn(value.entries, '')) throw trinoFailure('NOT_SUPPORTED', 'A result of rows without names, of types that are not known beforehand, is not supported locally');
    return `{${Object.entries(value.entries).map(([name, item], index) => `${type.parts[index]?.name ?? name}=${formatPart(item, type, index)}`).join(', ')}}`;
  }
  if (value instanceof DuckDBMapValue) return `{${value.entries.map((entry) => `${formatPart(entry.key, type, 0)}=${formatPart(entry.value, type, 1)}`).join(', ')}}`;
  if (value instanceof DuckDBBlobValue) return Array.from(value.bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return value.toString();
};

const ANY: TrinoType = { base: 'varchar', numbers: [], parts: [] };

const formatPart = (value: DuckDBValue, type: TrinoType, index: number): string => formatValue(value, type.parts[index]?.type ?? ANY) ?? 'null';

const MICROS_PER_DAY = 86_400_000_000n;

/** Digits of the fraction: Athena never prints fewer than three. */
const precisionOf = (type: TrinoType): number => Math.max(3, Math.min(6, type.numbers[0] ?? 3));

const formatTimestamp = (micros: bigint, digits: number): string => {
  const inDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  const seconds = inDay / 1_000_000n;
  const pad = (part: bigint): string => part.toString().padStart(2, '0');
  const fraction = (inDay % 1_000_000n).toString().padStart(6, '0').slice(0, digits);
  return `${formatDate(micros - inDay)} ${pad(seconds / 3600n)}:${pad((seconds / 60n) % 60n)}:${pad(seconds % 60n)}.${fraction}`;
};

/** `1-2` of 14 months, as Trino prints an interval year to month. */
const formatMonths = (months: number): string => `${months < 0 ? '-' : ''}${Math.trunc(Math.abs(months) / 12)}-${Math.abs(months) % 12}`;

/** `1 02:03:04.005`, as Trino prints an interval day to second: hours count as days from 24 on, and what is smaller than a millisecond is not shown. */
const formatDayTime = ({ days, micros }: DuckDBIntervalValue): string => {
  const millis = (BigInt(days) * MICROS_PER_DAY + micros) / 1000n;
  const size = millis < 0n ? -millis : millis;
  const pad = (part: bigint, digits = 2): string => part.toString().padStart(digits, '0');
  const clock = `${pad((size / 3_600_000n) % 24n)}:${pad((size / 60_000n) % 60n)}:${pad((size / 1000n) % 60n)}.${pad(size % 1000n, 3)}`;
  return `${millis < 0n ? '-' : ''}${size / 86_400_000n} ${clock}`;
};

/** `2024-01-01` of a midnight. */
const formatDate = (micros: bigint): string => {
  const date = new Date(Number(micros / 1000n));
  const year = date.getUTCFullYear();
  const text = Math.abs(year).toString().padStart(4, '0');
  return `${year < 0 ? '-' : ''}${text}-${(date.getUTCMonth() + 1).toString().padStart(2, '0')}-${date.getUTCDate().toString().padStart(2, '0')}`;
};

const formatDecimal = (unscaled: bigint, scale: number): string => {
  if (scale === 0) return unscaled.toString();
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
};

/** As java.lang.Double.toString: plain between 10^-3 and 10^7, else with an exponent, always with a fraction. */
const javaDouble = (value: number): string => javaDigits(value, value.toExponential());

/** As java.lang.Float.toString: the fewest digits that name this float. */
const javaFloat = (value: number): string => {
  for (let digits = 0; digits < 9; digits += 1) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return javaDigits(value, text);
  }
  return javaDouble(value);
};

const javaDigits = (value: number, exponential: string): string => {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '0', power = '0'] = exponential.split('e');
  const exponent = Number(power);
  if (exponent >= -3 && exponent < 7) return plainDigits(mantissa, exponent);
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent}`;
};

const plainDigits = (mantissa: string, exponent: number): string => {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 1, '0');
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`;
};
