import { BIGINT, BLOB, BOOLEAN, LIST, VARCHAR, listValue } from '@duckdb/node-api';
import type { DuckDBScalarFunction, DuckDBValue } from '@duckdb/node-api';
import { blobOf, bytesOf, invalidArgument, rowFunction, textOf } from './define.ts';

const codePoints = (value: DuckDBValue | undefined): string[] => Array.from(textOf(value));

/** By code point, as Trino changes case; where a letter's other case is several letters, it stays (ß). */
const recased = (change: (letter: string) => string) => (value: DuckDBValue | undefined): string =>
  codePoints(value)
    .map((letter) => (letter === 'İ' ? change('I') : Array.from(change(letter)).length === 1 ? change(letter) : letter))
    .join('');

const levenshtein = (left: readonly string[], right: readonly string[]): number => {
  let previous = right.map((_, index) => index + 1);
  let distance = right.length;
  left.forEach((letter, row) => {
    let diagonal = row;
    distance = row + 1;
    previous = previous.map((above, column) => {
      distance = Math.min(above + 1, distance + 1, diagonal + (letter === right[column] ? 0 : 1));
      diagonal = above;
      return distance;
    });
  });
  return distance;
};

const hamming = (left: readonly string[], right: readonly string[]): bigint => {
  if (left.length !== right.length) throw invalidArgument('The input strings to hamming_distance function must have the same length');
  return BigInt(left.filter((letter, index) => letter !== right[index]).length);
};

const SOUNDEX: Readonly<Record<string, string>> = Object.fromEntries(['BFPV', 'CGJKQSXZ', 'DT', 'L', 'MN', 'R'].flatMap((letters, index) => Array.from(letters, (letter) => [letter, String(index + 1)])));

/** H and W do not part two letters of one code; vowels do. */
const soundex = (text: string): string => {
  const letters = Array.from(text.toUpperCase()).filter((letter) => /\p{L}/u.test(letter));
  const strange = letters.find((letter) => !/[A-Z]/.test(letter));
  if (strange !== undefined) throw invalidArgument(`The character is not mapped: ${strange} (index=${letters.indexOf(strange)})`);
  let code = letters[0] ?? '';
  if (code === '') return '';
  let last = SOUNDEX[code];
  for (const letter of letters.slice(1)) {
    const digit = SOUNDEX[letter];
    if (digit !== undefined && digit !== last) code += digit;
    if (!'HW'.includes(letter)) last = digit;
  }
  return code.slice(0, 4).padEnd(4, '0');
};

const luhn = (text: string): boolean => {
  if (!/^\d+$/.test(text)) throw invalidArgument('Input contains non-digit character');
  const sum = Array.from(text).reverse().reduce((total, digit, index) => total + (index % 2 === 0 ? Number(digit) : Math.floor((Number(digit) * 2) / 10) + ((Number(digit) * 2) % 10)), 0);
  return sum % 10 === 0;
};

const radixOf = (value: DuckDBValue | undefined): number => {
  const radix = Number(value);
  if (radix < 2 || radix > 36) throw invalidArgument('Radix must be between 2 and 36');
  return radix;
};

const fromBase = (text: string, radix: number): bigint => {
  const digits = /^([+-]?)([0-9a-z]+)$/i.exec(text);
  const values = Array.from(digits?.[2] ?? '', (digit) => parseInt(digit, 36));
  const number = values.reduce((sum, digit) => sum * BigInt(radix) + BigInt(digit), 0n) * (digits?.[1] === '-' ? -1n : 1n);
  if (!digits || values.some((digit) => digit >= radix) || BigInt.asIntN(64, number) !== number) throw invalidArgument(`Not a valid base-${radix} number: ${text}`);
  return number;
};

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const toBase32 = (bytes: Uint8Array): string => {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{1,5}/g) ?? []).map((part) => BASE32[parseInt(part.padEnd(5, '0'), 2)] ?? '').join('');
  return digits.padEnd(Math.ceil(digits.length / 8) * 8, '=');
};

const fromBase32 = (text: string): Uint8Array => {
  const bits = Array.from(text.replace(/=+$/, ''), (digit) => {
    const value = BASE32.indexOf(digit);
    if (value < 0) throw invalidArgument(`Unrecognized character: ${digit}`);
    return value.toString(2).padStart(5, '0');
  }).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
};

/** java.util.Base64's decoder: padding may be missing, nothing else. */
const fromBase64 = (text: string, letters: string): Uint8Array => {
  const strange = Array.from(text.replace(/=*$/, '')).find((letter) => !letters.includes(letter) && !/[A-Za-z0-9]/.test(letter));
  if (strange !== undefined) throw invalidArgument(`Illegal base64 character ${(strange.codePointAt(0) ?? 0).toString(16)}`);
  if (text.replace(/=*$/, '').length % 4 === 1) throw invalidArgument('Last unit does not have enough valid bits');
  return Buffer.from(text, 'base64url');
};

const splitAtMost = (text: string, delimiter: string, limit: bigint): string[] => {
  if (limit <= 0n) throw invalidArgument('Limit must be positive');
  if (delimiter === '') throw invalidArgument('The delimiter may not be the empty string');
  const parts = text.split(delimiter);
  return BigInt(parts.length) <= limit ? parts : [...parts.slice(0, Number(limit) - 1), parts.slice(Number(limit) - 1).join(delimiter)];
};

/** The place of the nth occurrence, from the end where n is negative; occurrences may overlap. 0 where there is none. */
const position = (text: readonly string[], part: readonly string[], instance: bigint): bigint => {
  if (instance === 0n) throw invalidArgument("'instance' must be a positive or negative number.");
  if (part.length === 0) return 1n;
  const places = text.flatMap((_, index) => (part.every((letter, offset) => text[index + offset] === letter) ? [index + 1] : []));
  return BigInt(places.at(Number(instance > 0n ? instance - 1n : instance)) ?? 0);
};

/** From 1, or from the end where negative; nothing where it begins outside. */
const substringOf = (bytes: Uint8Array, from: bigint, length: bigint): Uint8Array => {
  const start = from < 0n ? BigInt(bytes.length) + from : from - 1n;
  if (from === 0n || start < 0n || start >= BigInt(bytes.length) || length <= 0n) return new Uint8Array();
  const rest = BigInt(bytes.length) - start;
  return bytes.slice(Number(start), Number(start + (length < rest ? length : rest)));
};

const MOST_BYTES = 2_147_483_647n;

const padding = (put: Uint8Array, length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => put[index % put.length] ?? 0);

const paddedBytes = (atLeft: boolean) => (value: DuckDBValue | undefined, length: DuckDBValue | undefined, put: DuckDBValue | undefined): DuckDBValue => {
  const bytes = bytesOf(value);
  const wanted = length as bigint;
  if (wanted < 0n || wanted > MOST_BYTES) throw invalidArgument('Target length must be in the range [0..2147483647]');
  if (bytesOf(put).length === 0) throw invalidArgument('Padding bytes must not be empty');
  const more = padding(bytesOf(put), Math.max(0, Number(wanted) - bytes.length));
  return blobOf(Uint8Array.from(atLeft ? [...more, ...bytes.slice(0, Number(wanted))] : [...bytes.slice(0, Number(wanted)), ...more]));
};

/** One U+FFFD for each sequence of bytes that is no character. */
const decoded = (bytes: Uint8Array, replacement: string): string => {
  if (Array.from(replacement).length > 1) throw invalidArgument('Replacement character string must empty or a single character');
  return decoder.decode(bytes).replaceAll('\uFFFD', () => replacement);
};

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** https://trino.io/docs/current/functions/string.html, binary.html */
export const TEXT_ROW_FUNCTIONS = (): DuckDBScalarFunction[] => [
  rowFunction('t_js_upper', [VARCHAR], VARCHAR, recased((letter) => letter.toUpperCase())),
  rowFunction('t_js_lower', [VARCHAR], VARCHAR, recased((letter) => letter.toLowerCase())),
  rowFunction('t_js_levenshtein', [VARCHAR, VARCHAR], BIGINT, (left, right) => BigInt(levenshtein(codePoints(left), codePoints(right)))),
  rowFunction('t_js_hamming', [VARCHAR, VARCHAR], BIGINT, (left, right) => hamming(codePoints(left), codePoints(right))),
  rowFunction('t_js_soundex', [VARCHAR], VARCHAR, (text) => soundex(textOf(text))),
  rowFunction('t_js_luhn', [VARCHAR], BOOLEAN, (text) => luhn(textOf(text))),
  rowFunction('t_js_normalize', [VARCHAR, VARCHAR], VARCHAR, (text, form) => textOf(text).normalize(textOf(form))),
  rowFunction('t_js_to_base', [BIGINT, BIGINT], VARCHAR, (value, radix) => (value as bigint).toString(radixOf(radix))),
  rowFunction('t_js_from_base', [VARCHAR, BIGINT], BIGINT, (text, radix) => fromBase(textOf(text), radixOf(radix))),
  rowFunction('t_js_to_base32', [BLOB], VARCHAR, (bytes) => toBase32(bytesOf(bytes))),
  rowFunction('t_js_from_base32', [VARCHAR], BLOB, (text) => blobOf(fromBase32(textOf(text)))),
  rowFunction('t_js_from_base64', [VARCHAR], BLOB, (text) => blobOf(fromBase64(textOf(text), '+/'))),
  rowFunction('t_js_from_base64url', [VARCHAR], BLOB, (text) => blobOf(fromBase64(textOf(text), '-_'))),
  rowFunction('t_js_from_utf8', [BLOB], VARCHAR, (bytes) => decoder.decode(bytesOf(bytes))),
  rowFunction('t_js_from_utf8_with', [BLOB, VARCHAR], VARCHAR, (bytes, replacement) => decoded(bytesOf(bytes), textOf(replacement))),
  rowFunction('t_js_substr_bytes', [BLOB, BIGINT, BIGINT], BLOB, (bytes, from, length) => blobOf(substringOf(bytesOf(bytes), from as bigint, length as bigint))),
  rowFunction('t_js_lpad_bytes', [BLOB, BIGINT, BLOB], BLOB, paddedBytes(true)),
  rowFunction('t_js_rpad_bytes', [BLOB, BIGINT, BLOB], BLOB, paddedBytes(false)),
  rowFunction('t_js_reverse_bytes', [BLOB], BLOB, (bytes) => blobOf(Uint8Array.from(bytesOf(bytes)).reverse())),
  rowFunction('t_js_split', [VARCHAR, VARCHAR, BIGINT], LIST(VARCHAR), (text, delimiter, limit) => listValue(splitAtMost(textOf(text), textOf(delimiter), limit as bigint))),
  rowFunction('t_js_position', [VARCHAR, VARCHAR, BIGINT], BIGINT, (text, part, instance) => position(codePoints(text), codePoints(part), instance as bigint)),
  rowFunction('t_js_replace_empty', [VARCHAR, VARCHAR], VARCHAR, (text, put) => `${textOf(put)}${codePoints(text).map((letter) => letter + textOf(put)).join('')}`),
];
