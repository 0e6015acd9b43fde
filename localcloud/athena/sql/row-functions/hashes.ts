import { createHash, createHmac } from 'node:crypto';
import { BIGINT, BLOB } from '@duckdb/node-api';
import type { DuckDBScalarFunction } from '@duckdb/node-api';
import { blobOf, bytesOf, rowFunction } from './define.ts';

const MASK = (1n << 64n) - 1n;
const mul = (a: bigint, b: bigint): bigint => (a * b) & MASK;
const rotate = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & MASK;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const bigEndian = (...words: bigint[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8 * words.length));
  words.forEach((word, index) => view.setBigUint64(8 * index, word));
  return new Uint8Array(view.buffer);
};

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

const xxRound = (sum: bigint, input: bigint): bigint => mul(rotate((sum + mul(input, P2)) & MASK, 31n), P1);

/** https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md#xxh64-algorithm-description, seed 0 */
export const xxHash64 = (bytes: Uint8Array): bigint => {
  const view = viewOf(bytes);
  let at = 0;
  let hash = P5;
  if (bytes.length >= 32) {
    let lanes = [(P1 + P2) & MASK, P2, 0n, (MASK + 1n - P1) & MASK];
    for (; at + 32 <= bytes.length; at += 32) lanes = lanes.map((lane, index) => xxRound(lane, view.getBigUint64(at + 8 * index, true)));
    hash = lanes.reduce((sum, lane, index) => (sum + rotate(lane, [1n, 7n, 12n, 18n][index] ?? 0n)) & MASK, 0n);
    for (const lane of lanes) hash = (mul(hash ^ xxRound(0n, lane), P1) + P4) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) hash = (mul(rotate(hash ^ xxRound(0n, view.getBigUint64(at, true)), 27n), P1) + P4) & MASK;
  if (at + 4 <= bytes.length) {
    hash = (mul(rotate(hash ^ mul(BigInt(view.getUint32(at, true)), P1), 23n), P2) + P3) & MASK;
    at += 4;
  }
  for (; at < bytes.length; at += 1) hash = mul(rotate(hash ^ mul(BigInt(view.getUint8(at)), P5), 11n), P1);
  hash = mul(hash ^ (hash >> 33n), P2);
  hash = mul(hash ^ (hash >> 29n), P3);
  return hash ^ (hash >> 32n);
};

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;
const mixFirst = (key: bigint): bigint => mul(rotate(mul(key, C1), 31n), C2);
const mixSecond = (key: bigint): bigint => mul(rotate(mul(key, C2), 33n), C1);

const finalMix = (value: bigint): bigint => {
  const once = mul(value ^ (value >> 33n), 0xff51afd7ed558ccdn);
  const twice = mul(once ^ (once >> 33n), 0xc4ceb9fe1a85ec53n);
  return twice ^ (twice >> 33n);
};

/** MurmurHash3_x64_128 with seed 0: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp; Trino gives both halves' bytes little end first. */
export const murmur3 = (bytes: Uint8Array): Uint8Array => {
  const view = viewOf(bytes);
  const whole = bytes.length - (bytes.length % 16);
  let first = 0n;
  let second = 0n;
  for (let at = 0; at < whole; at += 16) {
    first = (mul((rotate(first ^ mixFirst(view.getBigUint64(at, true)), 27n) + second) & MASK, 5n) + 0x52dce729n) & MASK;
    second = (mul((rotate(second ^ mixSecond(view.getBigUint64(at + 8, true)), 31n) + first) & MASK, 5n) + 0x38495ab5n) & MASK;
  }
  const tail = new Uint8Array(16);
  tail.set(bytes.subarray(whole));
  const rest = viewOf(tail);
  first ^= mixFirst(rest.getBigUint64(0, true)) ^ BigInt(bytes.length);
  second ^= mixSecond(rest.getBigUint64(8, true)) ^ BigInt(bytes.length);
  first = (first + second) & MASK;
  second = (second + first) & MASK;
  first = finalMix(first);
  second = finalMix(second);
  first = (first + second) & MASK;
  second = (second + first) & MASK;
  const out = new DataView(new ArrayBuffer(16));
  out.setBigUint64(0, first, true);
  out.setBigUint64(8, second, true);
  return new Uint8Array(out.buffer);
};

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

const crc32 = (bytes: Uint8Array): number => (bytes.reduce((sum, byte) => (CRC_TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

const hmac = (algorithm: string): DuckDBScalarFunction =>
  rowFunction(`t_js_hmac_${algorithm}`, [BLOB, BLOB], BLOB, (value, key) => blobOf(createHmac(algorithm, bytesOf(key)).update(bytesOf(value)).digest()));

/** https://trino.io/docs/current/functions/binary.html */
export const HASH_ROW_FUNCTIONS = (): DuckDBScalarFunction[] => [
  rowFunction('t_js_sha512', [BLOB], BLOB, (value) => blobOf(createHash('sha512').update(bytesOf(value)).digest())),
  rowFunction('t_js_xxhash64', [BLOB], BLOB, (value) => blobOf(bigEndian(xxHash64(bytesOf(value))))),
  rowFunction('t_js_murmur3', [BLOB], BLOB, (value) => blobOf(murmur3(bytesOf(value)))),
  rowFunction('t_js_crc32', [BLOB], BIGINT, (value) => BigInt(crc32(bytesOf(value)))),
  ...['md5', 'sha1', 'sha256', 'sha512'].map(hmac),
];
