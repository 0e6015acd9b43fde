import { BIGINT, BOOLEAN, INTEGER, LIST, VARCHAR, listValue } from '@duckdb/node-api';
import type { DuckDBScalarFunction } from '@duckdb/node-api';
import { invalidArgument, rowFunction, textOf } from './define.ts';

/** Java's pattern in JavaScript's words: leading flags, and the ends of the text. */
const translated = (pattern: string): RegExp => {
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  const body = pattern.slice(leading?.[0].length ?? 0).replace(/\\(A|z|[\s\S])/g, (whole, escaped: string) => (escaped === 'A' ? '(?<![\\s\\S])' : escaped === 'z' ? '(?![\\s\\S])' : whole));
  const flags = `g${leading?.[1] ?? ''}`;
  for (const unicode of ['u', '']) {
    try {
      return new RegExp(body, flags + unicode);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  throw invalidArgument(`Invalid pattern: ${pattern}`);
};

const compiled = new Map<string, RegExp>();

const patternOf = (pattern: string): RegExp => {
  const known = compiled.get(pattern);
  if (known) {
    known.lastIndex = 0;
    return known;
  }
  if (compiled.size >= 1000) compiled.clear();
  const made = translated(pattern);
  compiled.set(pattern, made);
  return made;
};

const groupOf = (match: RegExpMatchArray | undefined, group: bigint): string | null => (match ? (match[Number(group)] ?? null) : null);

/** Java's replacement: `$1`, `${name}`, and `\` before what stands for itself. */
const expand = (match: RegExpMatchArray, replacement: string): string =>
  replacement.replace(/\\([\s\S])|\$(\d)|\$\{(\w+)\}/g, (_, literal: string | undefined, digit: string | undefined, name: string | undefined) => literal ?? (digit === undefined ? match.groups?.[name ?? ''] : match[Number(digit)]) ?? '');

const replaceAll = (text: string, pattern: string, replacement: string): string => {
  let at = 0;
  let out = '';
  for (const match of text.matchAll(patternOf(pattern))) {
    out += text.slice(at, match.index) + expand(match, replacement);
    at = match.index + match[0].length;
  }
  return out + text.slice(at);
};

const pieces = (text: string, pattern: string): string[] => {
  const found: string[] = [];
  let at = 0;
  for (const match of text.matchAll(patternOf(pattern))) {
    found.push(text.slice(at, match.index));
    at = match.index + match[0].length;
  }
  return [...found, text.slice(at)];
};

/** From 1, in characters; -1 where there is none. */
const placeOf = (text: string, pattern: string, start: bigint, occurrence: bigint): number => {
  if (start < 1n) throw invalidArgument('start position cannot be smaller than 1');
  if (occurrence < 1n) throw invalidArgument('occurrence cannot be smaller than 1');
  const letters = Array.from(text);
  if (start > BigInt(letters.length)) return -1;
  const from = letters.slice(0, Number(start) - 1).join('').length;
  const matches = [...text.matchAll(patternOf(pattern))].filter((match) => match.index >= from);
  const found = matches[Number(occurrence) - 1];
  return found ? Array.from(text.slice(0, found.index)).length + 1 : -1;
};

/** For patterns with look-around and back references, which RE2 has not, and for what RE2 does not tell (https://trino.io/docs/current/functions/regexp.html). */
export const REGULAR_EXPRESSION_ROW_FUNCTIONS = (): DuckDBScalarFunction[] => [
  rowFunction('t_js_regexp_like', [VARCHAR, VARCHAR], BOOLEAN, (text, pattern) => patternOf(textOf(pattern)).test(textOf(text))),
  rowFunction('t_js_regexp_extract', [VARCHAR, VARCHAR, BIGINT], VARCHAR, (text, pattern, group) => groupOf(textOf(text).matchAll(patternOf(textOf(pattern))).next().value, group as bigint)),
  rowFunction('t_js_regexp_extract_all', [VARCHAR, VARCHAR, BIGINT], LIST(VARCHAR), (text, pattern, group) => listValue([...textOf(text).matchAll(patternOf(textOf(pattern)))].map((match) => groupOf(match, group as bigint)))),
  rowFunction('t_js_regexp_count', [VARCHAR, VARCHAR], BIGINT, (text, pattern) => BigInt([...textOf(text).matchAll(patternOf(textOf(pattern)))].length)),
  rowFunction('t_js_regexp_replace', [VARCHAR, VARCHAR, VARCHAR], VARCHAR, (text, pattern, replacement) => replaceAll(textOf(text), textOf(pattern), textOf(replacement))),
  rowFunction('t_js_regexp_split', [VARCHAR, VARCHAR], LIST(VARCHAR), (text, pattern) => listValue(pieces(textOf(text), textOf(pattern)))),
  rowFunction('t_js_regexp_position', [VARCHAR, VARCHAR, BIGINT, BIGINT], INTEGER, (text, pattern, start, occurrence) => placeOf(textOf(text), textOf(pattern), start as bigint, occurrence as bigint)),
];
