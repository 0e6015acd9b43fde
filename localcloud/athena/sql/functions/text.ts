import { quoteString } from '../tree.ts';
import { RuleLimit, scalarFunction } from './rule.ts';
import type { Argument, FunctionRule } from './rule.ts';

/** Java's `$1` in a replacement is RE2's `\1`. */
const replacement = (argument: Argument | undefined): string => {
  if (!argument) return `''`;
  if (argument.text === undefined) throw new RuleLimit('a replacement that is no literal');
  return quoteString(argument.text.replaceAll('\\', '\\\\').replace(/\$(\d)/g, '\\$1'));
};

const notNull = (args: readonly string[], sql: string): string => `CASE WHEN ${args.map((argument) => `${argument} IS NOT NULL`).join(' AND ')} THEN ${sql} END`;

/** DuckDB's hashes are hex text already: no need to go through the bytes. */
const hex = ([value = '']: readonly string[]): string => {
  const hash = /^t_(sha256|sha1|md5)\((.*)\)$/s.exec(value);
  return hash ? `upper(${hash[1] ?? ''}(${hash[2] ?? ''}))` : `hex(${value})`;
};

/** https://trino.io/docs/current/functions/string.html, regexp.html, binary.html */
export const TEXT_FUNCTIONS: Record<string, FunctionRule> = {
  upper: scalarFunction('upper(varchar) -> varchar', 'upper'),
  lower: scalarFunction('lower(varchar) -> varchar', 'lower'),
  length: scalarFunction(['length(varchar) -> bigint', 'length(varbinary) -> bigint'], (args, call) => (call[0]?.type?.kind === 'varbinary' ? `octet_length(${args[0] ?? ''})` : `length(${args[0] ?? ''})`)),
  reverse: scalarFunction(['reverse(varchar) -> varchar', 'reverse(array(T)) -> array(T)'], (args, call) => (call[0]?.type?.kind === 'array' ? `list_reverse(${args[0] ?? ''})` : `reverse(${args[0] ?? ''})`)),
  replace: scalarFunction(['replace(varchar, varchar) -> varchar', 'replace(varchar, varchar, varchar) -> varchar'], (args) => `replace(${args[0] ?? ''}, ${args[1] ?? ''}, ${args[2] ?? "''"})`),
  starts_with: scalarFunction('starts_with(varchar, varchar) -> boolean', 'starts_with'),
  strpos: scalarFunction('strpos(varchar, varchar) -> bigint', 'strpos'),
  lpad: scalarFunction('lpad(varchar, bigint, varchar) -> varchar', (args) => `lpad(${args[0] ?? ''}, CAST(${args[1] ?? ''} AS INTEGER), ${args[2] ?? ''})`),
  rpad: scalarFunction('rpad(varchar, bigint, varchar) -> varchar', (args) => `rpad(${args[0] ?? ''}, CAST(${args[1] ?? ''} AS INTEGER), ${args[2] ?? ''})`),
  substr: scalarFunction(['substr(varchar, bigint) -> varchar', 'substr(varchar, bigint, bigint) -> varchar'], 't_substr'),
  substring: scalarFunction(['substring(varchar, bigint) -> varchar', 'substring(varchar, bigint, bigint) -> varchar'], 't_substr'),
  trim: scalarFunction('trim(varchar) -> varchar', 't_trim'),
  ltrim: scalarFunction('ltrim(varchar) -> varchar', 't_ltrim'),
  rtrim: scalarFunction('rtrim(varchar) -> varchar', 't_rtrim'),
  split: scalarFunction('split(varchar, varchar) -> array(varchar)', 'string_split'),
  split_part: scalarFunction('split_part(varchar, varchar, bigint) -> varchar', 't_split_part'),
  split_to_map: scalarFunction('split_to_map(varchar, varchar, varchar) -> map(varchar, varchar)', 't_split_to_map'),
  concat_ws: scalarFunction(['concat_ws(varchar, array(varchar)) -> varchar', 'concat_ws(varchar, varchar...) -> varchar'], (args, call) =>
    call[1]?.type?.kind === 'array' ? `array_to_string(list_filter(${args[1] ?? ''}, lambda t_e_: t_e_ IS NOT NULL), ${args[0] ?? ''})` : `concat_ws(${args.join(', ')})`),
  chr: scalarFunction('chr(bigint) -> varchar', (args) => `chr(CAST(${args[0] ?? ''} AS INTEGER))`),
  codepoint: scalarFunction('codepoint(varchar) -> integer', 'unicode'),
  translate: scalarFunction('translate(varchar, varchar, varchar) -> varchar', 'translate'),
  levenshtein_distance: scalarFunction('levenshtein_distance(varchar, varchar) -> bigint', 'levenshtein'),
  hamming_distance: scalarFunction('hamming_distance(varchar, varchar) -> bigint', 'hamming'),
  format: scalarFunction('format(varchar, any...) -> varchar', 'printf'),
  regexp_like: scalarFunction('regexp_like(varchar, varchar) -> boolean', 'regexp_matches'),
  regexp_extract: scalarFunction(['regexp_extract(varchar, varchar) -> varchar', 'regexp_extract(varchar, varchar, bigint) -> varchar'], 't_regexp_extract'),
  regexp_extract_all: scalarFunction(['regexp_extract_all(varchar, varchar) -> array(varchar)', 'regexp_extract_all(varchar, varchar, bigint) -> array(varchar)'], 'regexp_extract_all'),
  regexp_replace: scalarFunction(['regexp_replace(varchar, varchar) -> varchar', 'regexp_replace(varchar, varchar, varchar) -> varchar'], (args, call) => `regexp_replace(${args[0] ?? ''}, ${args[1] ?? ''}, ${replacement(call[2])}, 'g')`),
  regexp_count: scalarFunction('regexp_count(varchar, varchar) -> bigint', (args) => notNull(args, `len(regexp_extract_all(${args[0] ?? ''}, ${args[1] ?? ''}))`)),
  regexp_split: scalarFunction('regexp_split(varchar, varchar) -> array(varchar)', 'string_split_regex'),
  to_utf8: scalarFunction('to_utf8(varchar) -> varbinary', 'encode'),
  from_utf8: scalarFunction('from_utf8(varbinary) -> varchar', 'decode'),
  to_hex: scalarFunction('to_hex(varbinary) -> varchar', hex),
  from_hex: scalarFunction('from_hex(varchar) -> varbinary', 'unhex'),
  to_base64: scalarFunction('to_base64(varbinary) -> varchar', 'to_base64'),
  from_base64: scalarFunction('from_base64(varchar) -> varbinary', 'from_base64'),
  sha256: scalarFunction('sha256(varbinary) -> varbinary', 't_sha256'),
  sha1: scalarFunction('sha1(varbinary) -> varbinary', 't_sha1'),
  md5: scalarFunction('md5(varbinary) -> varbinary', 't_md5'),
  normalize: scalarFunction('normalize(varchar) -> varchar', 'nfc_normalize'),
  uuid: scalarFunction('uuid() -> uuid', 'uuid'),
};
