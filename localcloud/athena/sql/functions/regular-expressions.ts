import { quoteString } from '../tree.ts';
import { InvalidArgument, RuleLimit, scalarFunction } from './rule.ts';
import type { Argument, FunctionRule } from './rule.ts';

const at = (args: readonly string[], index: number): string => args[index] ?? '';

/** Java's POSIX classes, ASCII only. */
const CLASSES: Readonly<Record<string, string>> = { Digit: '0-9', Alpha: 'a-zA-Z', Alnum: 'a-zA-Z0-9', Lower: 'a-z', Upper: 'A-Z', Space: '\\s', Punct: '!-\\/:-@\\[-`{-~', XDigit: '0-9a-fA-F' };

/** What neither of the two engines here has as Java has it. */
const UNKNOWN_FORMS: readonly (readonly [RegExp, string])[] = [
  [/[*+?}]\+/, 'possessive quantifiers'],
  [/\(\?>/, 'atomic groups'],
  [/\[[^\]]*&&/, 'intersections of character classes'],
  [/\\[hHRXGZ]/, 'this escape'],
];

/** Look-around and back references: JavaScript has them, RE2 has not. */
const NEEDS_JAVASCRIPT = /\(\?<?[=!]|\\[1-9]|\\k</;

interface Pattern {
  /** A SQL expression. */
  sql: string;
  javascript: boolean;
  /** How many groups there are, where that is known. */
  groups: number | undefined;
}

/** Escapes and classes aside: `(` that open a group. */
const groupsOf = (pattern: string): number => (pattern.replace(/\\[\s\S]/g, '').replace(/\[\^?\]?[^\]]*\]/g, '').match(/\((?!\?)|\(\?P?<(?![=!])/g) ?? []).length;

/** A literal pattern in the engine's words; any other is left to RE2, which refuses what it does not know. */
const patternOf = (argument: Argument | undefined): Pattern => {
  const text = argument?.text;
  if (text === undefined) return { sql: argument?.sql ?? '', javascript: false, groups: undefined };
  const unknown = UNKNOWN_FORMS.find(([form]) => form.test(text.replace(/\\\\|\\[pP]\{\w+\}/g, '')));
  if (unknown) throw new RuleLimit(unknown[1]);
  const javascript = NEEDS_JAVASCRIPT.test(text);
  const classes = text.replace(/(\[[^\]]*)?\\p\{(\w+)\}/g, (whole, open: string | undefined, name: string) => (CLASSES[name] === undefined ? whole : open === undefined ? `[${CLASSES[name]}]` : open + CLASSES[name]));
  const named = javascript ? classes : classes.replace(/\(\?<(?=[A-Za-z])/g, '(?P<');
  return { sql: quoteString(named), javascript, groups: groupsOf(text) };
};

const groupOf = (argument: Argument | undefined, pattern: Pattern): string => {
  if (!argument) return '0';
  const group = argument.number;
  if (group !== undefined && pattern.groups !== undefined && group > pattern.groups) throw new InvalidArgument(`Pattern has ${pattern.groups} groups. Cannot access group ${group}`);
  if (group === undefined) throw new RuleLimit('a group that is no literal');
  if (group < 0) throw new InvalidArgument('Group cannot be negative');
  return String(group);
};

/** Java's `$1` in a replacement is RE2's `\1`; `\` takes its meaning from what follows. */
const replacementOf = (argument: Argument | undefined, pattern: Pattern): string => {
  if (!argument) return `''`;
  if (argument.text === undefined) throw new RuleLimit('a replacement that is no literal');
  if (/\$\{/.test(argument.text)) throw new RuleLimit('a named group in a replacement');
  const highest = Math.max(0, ...[...argument.text.replace(/\\[\s\S]/g, '').matchAll(/\$(\d)/g)].map((match) => Number(match[1])));
  if (pattern.groups !== undefined && highest > pattern.groups) throw new InvalidArgument(`Illegal replacement sequence: unknown group ${highest}`);
  return quoteString(pattern.javascript ? argument.text : argument.text.replace(/\\([\s\S])|\$(\d)/g, (_, literal: string | undefined, digit: string | undefined) => (literal === undefined ? `\\${digit ?? ''}` : literal === '\\' ? '\\\\' : literal)));
};

const notNull = (args: readonly string[], sql: string): string => `CASE WHEN ${args.map((argument) => `${argument} IS NOT NULL`).join(' AND ')} THEN ${sql} END`;

type Printer = (text: string, pattern: Pattern, call: readonly Argument[]) => string;

const ofPattern = (signatures: readonly string[], print: Printer): FunctionRule => scalarFunction(signatures, (args, call) => print(at(args, 0), patternOf(call[1]), call));

/** https://trino.io/docs/current/functions/regexp.html */
export const REGULAR_EXPRESSION_FUNCTIONS: Record<string, FunctionRule> = {
  regexp_like: ofPattern(['regexp_like(varchar, varchar) -> boolean'], (text, pattern) => `${pattern.javascript ? 't_js_regexp_like' : 'regexp_matches'}(${text}, ${pattern.sql})`),
  regexp_extract: ofPattern(['regexp_extract(varchar, varchar) -> varchar', 'regexp_extract(varchar, varchar, bigint) -> varchar'], (text, pattern, call) => {
    const group = groupOf(call[2], pattern);
    if (pattern.javascript) return `t_js_regexp_extract(${text}, ${pattern.sql}, ${group})`;
    return group === '0' ? `t_regexp_extract(${text}, ${pattern.sql})` : `t_regexp_extract(${text}, ${pattern.sql}, ${group})`;
  }),
  regexp_extract_all: ofPattern(['regexp_extract_all(varchar, varchar) -> array(varchar)', 'regexp_extract_all(varchar, varchar, bigint) -> array(varchar)'], (text, pattern, call) => {
    const group = groupOf(call[2], pattern);
    return group === '0' && !pattern.javascript ? `regexp_extract_all(${text}, ${pattern.sql})` : `t_js_regexp_extract_all(${text}, ${pattern.sql}, ${group})`;
  }),
  regexp_count: ofPattern(['regexp_count(varchar, varchar) -> bigint'], (text, pattern) =>
    pattern.javascript ? `t_js_regexp_count(${text}, ${pattern.sql})` : notNull([text, pattern.sql], `len(regexp_extract_all(${text}, ${pattern.sql}))`)),
  regexp_replace: ofPattern(['regexp_replace(varchar, varchar) -> varchar', 'regexp_replace(varchar, varchar, varchar) -> varchar', 'regexp_replace(varchar, varchar, function(array(varchar), varchar)) -> varchar'], (text, pattern, call) => {
    if (call[2]?.sql.startsWith('lambda ') === true) throw new RuleLimit('a function as replacement');
    const replacement = replacementOf(call[2], pattern);
    return pattern.javascript ? `t_js_regexp_replace(${text}, ${pattern.sql}, ${replacement})` : `regexp_replace(${text}, ${pattern.sql}, ${replacement}, 'g')`;
  }),
  regexp_split: ofPattern(['regexp_split(varchar, varchar) -> array(varchar)'], (text, pattern) => `${pattern.javascript ? 't_js_regexp_split' : 't_regexp_split'}(${text}, ${pattern.sql})`),
  regexp_position: ofPattern(['regexp_position(varchar, varchar) -> integer', 'regexp_position(varchar, varchar, bigint) -> integer', 'regexp_position(varchar, varchar, bigint, bigint) -> integer'], (text, pattern, call) =>
    `t_js_regexp_position(${text}, ${pattern.sql}, CAST(${call[2]?.sql ?? '1'} AS BIGINT), CAST(${call[3]?.sql ?? '1'} AS BIGINT))`),
};
