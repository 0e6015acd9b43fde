import { IcebergError } from './errors.ts';
import { decimalOf } from './types.ts';
import type { PrimitiveType } from './types.ts';
import { MICROS_PER_DAY, decimalBytes, floorDivide } from './values.ts';
import type { Value } from './values.ts';

/** A partition transform (https://iceberg.apache.org/spec/#partition-transforms). `unknown` is read and never written. */
export type Transform =
  | { kind: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'void' | 'unknown' }
  | { kind: 'bucket' | 'truncate'; width: number };

export const parseTransform = (name: string): Transform => {
  const sized = /^(bucket|truncate)\[(\d+)\]$/.exec(name);
  if (sized) return { kind: sized[1] as 'bucket' | 'truncate', width: Number(sized[2]) };
  const plain = ['identity', 'year', 'month', 'day', 'hour', 'void'].find((kind) => kind === name);
  return { kind: (plain ?? 'unknown') as 'identity' };
};

/** Type of a transform's result. */
export const resultTypeOf = (transform: Transform, source: PrimitiveType): PrimitiveType => {
  if (transform.kind === 'day') return 'date';
  return ['year', 'month', 'hour', 'bucket'].includes(transform.kind) ? 'int' : source;
};

const SOURCES: Readonly<Record<string, readonly string[]>> = {
  year: ['date', 'timestamp', 'timestamptz'],
  month: ['date', 'timestamp', 'timestamptz'],
  day: ['date', 'timestamp', 'timestamptz'],
  hour: ['timestamp', 'timestamptz'],
  bucket: ['int', 'long', 'decimal', 'date', 'timestamp', 'timestamptz', 'string', 'uuid', 'binary'],
  truncate: ['int', 'long', 'decimal', 'string'],
};

/** Throws IcebergError where a new table must not be partitioned so. */
export const checkTransform = (name: string, source: PrimitiveType): void => {
  const transform = parseTransform(name);
  const allowed = SOURCES[transform.kind];
  const bare = decimalOf(source) ? 'decimal' : source;
  if (transform.kind === 'unknown' || transform.kind === 'void') throw new IcebergError('NOT_SUPPORTED', `Unsupported partition transform: ${name}`);
  if ('width' in transform && transform.width <= 0) throw new IcebergError('INVALID_ARGUMENTS', `Invalid partition transform: ${name}`);
  if (allowed && !allowed.includes(bare)) throw new IcebergError('NOT_SUPPORTED', `Invalid source type ${source} for transform: ${name}`);
};

/** Default name of a partition field, as Iceberg builds it: `ts_day`, `id_bucket`, `name_trunc`. */
export const partitionFieldName = (column: string, transform: string): string => {
  const { kind } = parseTransform(transform);
  if (kind === 'identity') return column;
  return `${column}_${kind === 'truncate' ? 'trunc' : kind}`;
};

/** The transform of a column as a DuckDB expression; bucket needs the functions of duckdb-functions.ts. */
export const transformSql = (transform: Transform, column: string, source: PrimitiveType): string => {
  switch (transform.kind) {
    case 'identity':
      return column;
    case 'year':
      return `CAST(year(${column}) - 1970 AS INTEGER)`;
    case 'month':
      return `CAST((year(${column}) - 1970) * 12 + month(${column}) - 1 AS INTEGER)`;
    case 'day':
      return `CAST(${column} AS DATE)`;
    case 'hour':
      return `CAST(floor(epoch_us(${column}) / 3600000000.0) AS INTEGER)`;
    case 'void':
      return 'NULL';
    case 'bucket':
      return bucketSql(transform.width, column, source);
    case 'truncate':
      return truncateSql(transform.width, column, source);
    case 'unknown':
      throw new IcebergError('NOT_SUPPORTED', 'Cannot write with an unknown partition transform');
  }
};

const truncateSql = (width: number, column: string, source: PrimitiveType): string => {
  if (source === 'string') return `left(${column}, ${width})`;
  const decimal = decimalOf(source);
  const step = decimal ? `CAST(${(width / 10 ** decimal.scale).toFixed(decimal.scale)} AS DECIMAL(${decimal.precision}, ${decimal.scale}))` : String(width);
  return `CAST(${column} - (((${column} % ${step}) + ${step}) % ${step}) AS ${decimal ? `DECIMAL(${decimal.precision}, ${decimal.scale})` : source === 'int' ? 'INTEGER' : 'BIGINT'})`;
};

const bucketSql = (width: number, column: string, source: PrimitiveType): string => {
  if (decimalOf(source)) return `iceberg_bucket_decimal(CAST(${column} AS VARCHAR), ${width})`;
  if (source === 'string') return `iceberg_bucket_bytes(encode(${column}), ${width})`;
  if (source === 'binary') return `iceberg_bucket_bytes(${column}, ${width})`;
  if (source === 'uuid') return `iceberg_bucket_bytes(from_hex(replace(CAST(${column} AS VARCHAR), '-', '')), ${width})`;
  if (source === 'date') return `iceberg_bucket_long(CAST(${column} - DATE '1970-01-01' AS BIGINT), ${width})`;
  if (source === 'timestamp' || source === 'timestamptz') return `iceberg_bucket_long(epoch_us(${column}), ${width})`;
  return `iceberg_bucket_long(CAST(${column} AS BIGINT), ${width})`;
};

/** murmur3, 32 bit, seed 0 (https://iceberg.apache.org/spec/#appendix-b-32-bit-hash-requirements). */
export const murmur3 = (bytes: Uint8Array): number => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = view.length - (view.length % 4);
  const scramble = (block: number): number => {
    const product = Math.imul(block, 0xcc9e2d51);
    return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
  };
  let hash = 0;
  for (let i = 0; i < whole; i += 4) {
    hash ^= scramble(view.readInt32LE(i));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = view.length - 1; i >= whole; i -= 1) tail = (tail << 8) | view.readUInt8(i);
  if (view.length > whole) hash ^= scramble(tail);
  hash ^= view.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
};

export const longBytes = (value: bigint): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64LE(value);
  return buffer;
};
export const bucketOf = (bytes: Uint8Array, width: number): number => (murmur3(bytes) & 0x7fffffff) % width;

/** Bytes of a value that bucket hashes: int, date and long alike as 8 bytes. */
const hashBytes = (source: PrimitiveType, value: Value): Buffer => {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string') return source === 'uuid' ? Buffer.from(value.replaceAll('-', ''), 'hex') : Buffer.from(value);
  if (decimalOf(source) && typeof value === 'bigint') return decimalBytes(value);
  return longBytes(BigInt(value));
};

/** A transform applied to one value, for pruning; undefined where it cannot be computed here. */
export const transformValue = (transform: Transform, source: PrimitiveType, value: Value): Value | undefined => {
  if (transform.kind === 'identity') return value;
  if (transform.kind === 'bucket') return bucketOf(hashBytes(source, value), transform.width);
  if (transform.kind === 'truncate') return truncateValue(transform.width, value);
  if (transform.kind === 'void' || transform.kind === 'unknown') return undefined;
  const micros = typeof value === 'bigint' ? value : BigInt(Number(value)) * MICROS_PER_DAY;
  if (transform.kind === 'hour') return Number(floorDivide(micros, 3_600_000_000n));
  const day = Number(floorDivide(micros, MICROS_PER_DAY));
  const date = new Date(day * 86_400_000);
  if (transform.kind === 'day') return day;
  const year = date.getUTCFullYear() - 1970;
  return transform.kind === 'year' ? year : year * 12 + date.getUTCMonth();
};

const truncateValue = (width: number, value: Value): Value | undefined => {
  if (typeof value === 'string') return Array.from(value).slice(0, width).join('');
  if (typeof value === 'bigint') return floorDivide(value, BigInt(width)) * BigInt(width);
  return typeof value === 'number' ? Math.floor(value / width) * width : undefined;
};

/** Whether a ≤ b implies transform(a) ≤ transform(b): only then does a range of the column limit the partition value. */
export const keepsOrder = (transform: Transform): boolean => !['bucket', 'void', 'unknown'].includes(transform.kind);

/** ISO text of a time without its `Z`; JavaScript writes years beyond 9999 with a sign and six digits. */
const isoText = (millis: number): string => new Date(millis).toISOString().replace(/^\+0*/, '').slice(0, -1);
const isoDate = (days: number): string => isoText(days * 86_400_000).split('T')[0] ?? '';
const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** A partition value as Iceberg writes it into folder names: `2025-01-01`, `2025-01`, `2025-01-01-10`, `null`. */
export const partitionText = (transform: Transform, type: PrimitiveType, value: Value | null): string => {
  if (value === null) return 'null';
  const number = Number(value);
  if (transform.kind === 'year') return String(1970 + number);
  if (transform.kind === 'month') return `${1970 + Math.floor(number / 12)}-${twoDigits((((number % 12) + 12) % 12) + 1)}`;
  if (transform.kind === 'hour') return `${isoDate(Math.floor(number / 24))}-${twoDigits(((number % 24) + 24) % 24)}`;
  return valueText(type, value);
};

/** A value as text: ISO dates and times, decimals with their scale, bytes as hex. */
export const valueText = (type: PrimitiveType, value: Value): string => {
  if (type === 'date') return isoDate(Number(value));
  if (typeof value === 'bigint' && /^timestamp/.test(type)) {
    const millis = floorDivide(value, 1000n);
    const micros = String(value - millis * 1000n).padStart(3, '0');
    return `${isoText(Number(millis))}${micros}${type === 'timestamptz' ? '+00:00' : ''}`;
  }
  if (type === 'time' && typeof value === 'bigint') return valueText('timestamp', value).slice('1970-01-01T'.length);
  const decimal = decimalOf(type);
  if (decimal && typeof value === 'bigint') {
    const digits = String(value < 0n ? -value : value).padStart(decimal.scale + 1, '0');
    const point = digits.length - decimal.scale;
    return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${decimal.scale > 0 ? `.${digits.slice(point)}` : ''}`;
  }
  return Buffer.isBuffer(value) ? value.toString('hex') : String(value);
};
