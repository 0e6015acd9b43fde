import { DuckDBListValue, LIST, VARCHAR } from '@duckdb/node-api';
import type { DuckDBScalarFunction } from '@duckdb/node-api';
import { RowFailure, invalidArgument, rowFunction, textOf } from './define.ts';
import { javaDouble } from './java-text.ts';

/** java.util.Formatter for what Trino's format gives it: https://trino.io/docs/current/functions/conversion.html#format */

/** A value as text, and its class: i integer, d decimal, f double, b boolean, s anything else. */
interface Item {
  kind: string;
  text: string | null;
}

interface Specifier {
  flags: string;
  width: number;
  precision: number | undefined;
  conversion: string;
}

const SPECIFIER = /%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;

const mismatched = (format: string, conversion: string, kind: string): RowFailure => invalidArgument(`Invalid format string: ${format} (IllegalFormatConversion: ${conversion} != ${JAVA_CLASS[kind] ?? 'java.lang.String'})`);
const JAVA_CLASS: Readonly<Record<string, string>> = { i: 'java.lang.Long', d: 'java.math.BigDecimal', f: 'java.lang.Double', b: 'java.lang.Boolean' };

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** A decimal text with so many digits behind the point, half up, as BigDecimal rounds it. */
const fixed = (text: string, digits: number): string => {
  const [mantissa = '0', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const shift = digits + Number(exponent) - fraction.length;
  const all = BigInt(whole + fraction);
  const unit = 10n ** BigInt(Math.abs(Math.min(0, shift)));
  const unscaled = String(shift >= 0 ? all * 10n ** BigInt(shift) : (2n * all + unit) / (2n * unit)).padStart(digits + 1, '0');
  return digits === 0 ? unscaled : `${unscaled.slice(0, -digits)}.${unscaled.slice(-digits)}`;
};

const scientific = (text: string, digits: number): string => {
  const [mantissa = '0', exponent = '0'] = Number(text).toExponential(digits).split('e');
  const power = Number(exponent);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
};

/** Sign, zeros and brackets around a number's digits. */
const signed = (negative: boolean, digits: string, { flags, width }: Specifier): string => {
  const before = negative ? (flags.includes('(') ? '(' : '-') : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const after = before === '(' ? ')' : '';
  const zeros = flags.includes('0') ? Math.max(0, width - before.length - digits.length - after.length) : 0;
  return before + '0'.repeat(zeros) + digits + after;
};

const numberText = (item: Item & { text: string }, specifier: Specifier, format: string): string => {
  const { conversion, precision = 6, flags } = specifier;
  const negative = item.text.startsWith('-');
  const size = item.text.replace(/^-/, '');
  if (conversion === 'd' || conversion === 'x' || conversion === 'X' || conversion === 'o') {
    if (item.kind !== 'i') throw mismatched(format, conversion, item.kind);
    if (conversion !== 'd') {
      const digits = BigInt.asUintN(64, BigInt(item.text)).toString(conversion === 'o' ? 8 : 16);
      return signed(false, conversion === 'X' ? digits.toUpperCase() : digits, { ...specifier, flags: flags.replace(/[+ (]/g, '') });
    }
    return signed(negative, flags.includes(',') ? grouped(size) : size, specifier);
  }
  if (item.kind !== 'd' && item.kind !== 'f') throw mismatched(format, conversion, item.kind);
  if (!/^\d/.test(size)) return javaDouble(Number(item.text)); // NaN, Infinity
  if (conversion !== 'f') return signed(negative, conversion === 'E' ? scientific(size, precision).toUpperCase() : scientific(size, precision), specifier);
  const [whole = '', ...fraction] = fixed(size, precision).split('.');
  return signed(negative, [flags.includes(',') ? grouped(whole) : whole, ...fraction].join('.'), specifier);
};

const itemText = (item: Item, specifier: Specifier, format: string): string => {
  const { conversion, precision } = specifier;
  const cut = (text: string): string => (precision === undefined ? text : text.slice(0, precision));
  switch (conversion) {
    case 's':
    case 'S': {
      const text = item.text === null ? 'null' : item.kind === 'f' ? javaDouble(Number(item.text)) : item.text;
      return cut(conversion === 'S' ? text.toUpperCase() : text);
    }
    case 'b':
    case 'B':
      return cut(item.kind === 'b' ? (item.text ?? 'false') : String(item.text !== null));
    case 'd':
    case 'x':
    case 'X':
    case 'o':
    case 'f':
    case 'e':
    case 'E':
      return item.text === null ? 'null' : numberText({ ...item, text: item.text }, specifier, format);
    default:
      throw new RowFailure('NOT_SUPPORTED', `format: %${conversion} is not supported locally`);
  }
};

/** @param kinds one letter for each value */
const formatted = (format: string, kinds: string, values: readonly (string | null)[]): string => {
  let next = 0;
  const unread = format.replace(SPECIFIER, '');
  if (unread.includes('%')) throw invalidArgument(`Invalid format string: ${format} (UnknownFormatConversion: Conversion = '%')`);
  return format.replace(SPECIFIER, (whole, index: string | undefined, flags: string, width: string | undefined, precision: string | undefined, conversion: string) => {
    if (conversion === 'n') return '\n';
    const specifier: Specifier = { flags, width: Number(width ?? 0), precision: precision === undefined ? undefined : Number(precision), conversion };
    const place = index === undefined ? next : Number(index) - 1;
    if (index === undefined && conversion !== '%') next += 1;
    if (conversion !== '%' && place >= values.length) throw invalidArgument(`Invalid format string: ${format} (MissingFormatArgument: Format specifier '${whole}')`);
    const text = conversion === '%' ? '%' : itemText({ kind: kinds[place] ?? 's', text: values[place] ?? null }, specifier, format);
    return flags.includes('-') ? text.padEnd(specifier.width) : text.padStart(specifier.width);
  });
};

const SIZES: readonly (readonly [number, string])[] = [[1e15, 'Q'], [1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e3, 'K']];

/** `1.23M`: three digits, and a letter for the thousands. */
const shortNumber = (value: number): string => {
  const size = Math.abs(value);
  const [unit, letter] = SIZES.find(([least]) => size >= least) ?? [1, ''];
  const scaled = size / unit;
  const digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  return `${value < 0 ? '-' : ''}${Number(scaled.toFixed(digits))}${letter}`;
};

const UNITS: readonly (readonly [string, bigint])[] = [['week', 604_800n], ['day', 86_400n], ['hour', 3600n], ['minute', 60n], ['second', 1n]];

const readableSeconds = (value: bigint): string => {
  let rest = value < 0n ? -value : value;
  const parts = UNITS.flatMap(([unit, seconds]) => {
    const count = rest / seconds;
    rest %= seconds;
    return count === 0n ? [] : [`${count} ${unit}${count === 1n ? '' : 's'}`];
  });
  return parts.length === 0 ? '0 seconds' : parts.join(', ');
};

export const FORMAT_ROW_FUNCTIONS = (): DuckDBScalarFunction[] => [
  rowFunction('t_js_format', [VARCHAR, VARCHAR, LIST(VARCHAR)], VARCHAR, (format, kinds, values) => {
    if (!(values instanceof DuckDBListValue)) throw new Error('a list of texts');
    return formatted(textOf(format), textOf(kinds), values.items.map((item) => (item === null ? null : textOf(item))));
  }),
  rowFunction('t_js_format_number', [VARCHAR], VARCHAR, (value) => shortNumber(Number(textOf(value)))),
  rowFunction('t_js_readable_seconds', [VARCHAR], VARCHAR, (value) => readableSeconds(BigInt(Math.round(Number(textOf(value)))))),
];
