import { randomUUID } from 'node:crypto';

/*
 * Snapshot ids are 63-bit. JSON.parse would round them, and JSON.stringify refuses bigint. So integers of sixteen digits and
 * more pass JSON.parse as marked strings. The marker is random per process: no text holds it by chance.
 */
const MARK = `int-${randomUUID()}:`;
const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])|\d+[.eE][\d.eE+-]*/g;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/** Parses JSON; integers beyond ±(2^53 − 1) become bigint, every other number a number. Throws SyntaxError. */
export const parseLossless = (text: string): unknown => {
  const marked = text.replace(STRING_OR_LONG_INTEGER, (token) => (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${MARK}${token}"` : token));
  return JSON.parse(marked, (_key, value: unknown) => (typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value));
};

/** The inverse: a bigint is written as an integer with all its digits. */
export const stringifyLossless = (value: unknown): string => {
  const marked = JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? `${MARK}${member.toString()}` : member));
  return marked.replace(MARKED, '$1');
};
