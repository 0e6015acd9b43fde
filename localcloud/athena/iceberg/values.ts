import { decimalOf } from './types.ts';
import type { PrimitiveType } from './types.ts';

/**
 * A primitive value inside this package. int: number. date: days since 1970 as number. long, time, timestamp, timestamptz:
 * bigint (micros). decimal: its unscaled bigint. uuid: text. binary: Buffer.
 */
export type Value = boolean | number | bigint | string | Buffer;

const TIMESTAMP = /^(\d{4,})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})0*)?(?:\+00(?::?00)?|Z)?)?$/;
export const MICROS_PER_DAY = 86_400_000_000n;

/** Micros since 1970 of `2025-01-01` or `2025-01-01 10:00:00.123456`, read as UTC; undefined where it is neither. */
export const microsOf = (value: string): bigint | undefined => {
  const match = TIMESTAMP.exec(value);
  if (!match) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] = match;
  // Date.UTC takes years below 100 for those of the twentieth century.
  const millis = new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day)) + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
  return Number.isNaN(millis) ? undefined : BigInt(millis) * 1000n + BigInt(fraction.padEnd(6, '0'));
};

export const floorDivide = (value: bigint, divisor: bigint): bigint => (value - (((value % divisor) + divisor) % divisor)) / divisor;

/** The unscaled value of a decimal's text; undefined where it has more digits after the point than the scale. */
export const unscaledOf = (value: string, scale: number): bigint | undefined => {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(value);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  if (fraction.length > scale && /[1-9]/.test(fraction.slice(scale))) return undefined;
  const digits = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'));
  return sign === '-' ? -digits : digits;
};

const floatOf = (value: string): number => (value === 'inf' ? Infinity : value === '-inf' ? -Infinity : Number(value));

/** A value from the text DuckDB prints it as; undefined where it cannot be told (no bound is then written). */
export const parseValue = (type: PrimitiveType, value: string): Value | undefined => {
  const decimal = decimalOf(type);
  if (decimal) return unscaledOf(value, decimal.scale);
  switch (type) {
    case 'boolean':
      return value === '1' || value === 'true';
    case 'int':
      return Number(value);
    case 'long':
      return BigInt(value);
    case 'float':
    case 'double':
      return floatOf(value);
    case 'time':
      return microsOf(`1970-01-01 ${value}`);
    case 'date': {
      const micros = microsOf(value);
      return micros === undefined ? undefined : Number(floorDivide(micros, MICROS_PER_DAY));
    }
    case 'timestamp':
    case 'timestamptz':
      return microsOf(value);
    case 'string':
    case 'uuid':
      return value;
    default:
      return undefined;
  }
};

const twosComplement = (value: bigint): Buffer => {
  let length = 1;
  while (value < -(1n << BigInt(8 * length - 1)) || value >= 1n << BigInt(8 * length - 1)) length += 1;
  return Buffer.from(
    BigInt.asUintN(8 * length, value)
      .toString(16)
      .padStart(2 * length, '0'),
    'hex',
  );
};

/** Bytes of a decimal as bucket hashing and single values want them: big-endian two's complement, as short as possible. */
export const decimalBytes = twosComplement;

const numberBytes = (length: number, write: (buffer: Buffer) => void): Buffer => {
  const buffer = Buffer.alloc(length);
  write(buffer);
  return buffer;
};

/** Binary single-value serialization (https://iceberg.apache.org/spec/#binary-single-value-serialization). */
export const toBinary = (type: PrimitiveType, value: Value): Buffer => {
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string') return type === 'uuid' ? Buffer.from(value.replaceAll('-', ''), 'hex') : Buffer.from(value, 'utf8');
  if (typeof value === 'bigint') return decimalOf(type) ? twosComplement(value) : numberBytes(8, (buffer) => buffer.writeBigInt64LE(value));
  if (type === 'float') return numberBytes(4, (buffer) => buffer.writeFloatLE(value));
  if (type === 'double') return numberBytes(8, (buffer) => buffer.writeDoubleLE(value));
  return numberBytes(4, (buffer) => buffer.writeInt32LE(value));
};

const uuidText = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The inverse of {@link toBinary}. Values written before a column was widened (int to long, float to double) are read too. */
export const fromBinary = (type: PrimitiveType, bytes: Buffer): Value => {
  if (decimalOf(type)) return bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));
  switch (type) {
    case 'boolean':
      return bytes[0] !== 0;
    case 'int':
    case 'date':
      return bytes.readInt32LE();
    case 'long':
      return bytes.length === 4 ? BigInt(bytes.readInt32LE()) : bytes.readBigInt64LE();
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return bytes.readBigInt64LE();
    case 'float':
      return bytes.readFloatLE();
    case 'double':
      return bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE();
    case 'string':
      return bytes.toString('utf8');
    case 'uuid':
      return uuidText(bytes.toString('hex'));
    default:
      return bytes;
  }
};

const BOUND_LENGTH = 16;

/** The next greater string of the same or fewer code points; undefined where there is none. */
const nextString = (codePoints: readonly string[]): string | undefined => {
  for (let i = codePoints.length - 1; i >= 0; i -= 1) {
    let next = (codePoints[i]?.codePointAt(0) ?? 0) + 1;
    if (next === 0xd800) next = 0xe000; // surrogates are no characters
    if (next <= 0x10ffff) return codePoints.slice(0, i).join('') + String.fromCodePoint(next);
  }
  return undefined;
};

/** The next greater bytes of the same or smaller length; undefined where there are none. */
const nextBytes = (bytes: Buffer): Buffer | undefined => {
  const last = bytes.findLastIndex((byte) => byte < 0xff);
  return last < 0 ? undefined : Buffer.concat([bytes.subarray(0, last), Buffer.from([(bytes[last] ?? 0) + 1])]);
};

/**
 * A column bound for a manifest. Strings are cut to 16 code points and bytes to 16 of them, as Iceberg's default metrics mode
 * `truncate(16)` does; an upper bound is then raised so that it stays one. undefined where no bound can be given. Zero is written
 * with the sign that makes it a bound for readers that order -0.0 before 0.0 (spec "Data File Fields").
 */
export const boundOf = (type: PrimitiveType, value: Value, side: 'lower' | 'upper'): Buffer | undefined => {
  if (value === 0 && (type === 'float' || type === 'double')) return toBinary(type, side === 'lower' ? -0 : 0);
  if (Buffer.isBuffer(value) && value.length > BOUND_LENGTH) {
    const head = value.subarray(0, BOUND_LENGTH);
    return side === 'lower' ? head : nextBytes(head);
  }
  if (type !== 'string' || typeof value !== 'string') return toBinary(type, value);
  const codePoints = Array.from(value);
  if (codePoints.length <= BOUND_LENGTH) return toBinary(type, value);
  const head = codePoints.slice(0, BOUND_LENGTH);
  const bound = side === 'lower' ? head.join('') : nextString(head);
  return bound === undefined ? undefined : toBinary(type, bound);
};

/** Order of two values of one type: strings and bytes by their UTF-8 bytes, as Iceberg and DuckDB order them. */
export const compareValues = (a: Value, b: Value): number => {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
};
