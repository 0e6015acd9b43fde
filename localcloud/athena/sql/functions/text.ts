import { decimalText } from '../number-text.ts';
import { RuleLimit, scalarFunction } from './rule.ts';
import type { Argument, FunctionRule } from './rule.ts';

const bytesOrText = (bytes: string, text: string) => (args: readonly string[], call: readonly Argument[]): string => `${call[0]?.type?.kind === 'varbinary' ? bytes : text}(${args.join(', ')})`;

const pad = (name: string): FunctionRule =>
  scalarFunction([`${name}(varchar, bigint, varchar) -> varchar`, `${name}(varbinary, bigint, varbinary) -> varbinary`], ([value = '', length = '', put = ''], call) =>
    call[0]?.type?.kind === 'varbinary' ? `t_js_${name}_bytes(${value}, CAST(${length} AS BIGINT), ${put})` : `${name}(${value}, t_pad_length(${length}), t_pad_text(${put}))`);

const substring = (name: string): FunctionRule =>
  scalarFunction([`${name}(varchar, bigint) -> varchar`, `${name}(varchar, bigint, bigint) -> varchar`, `${name}(varbinary, bigint) -> varbinary`, `${name}(varbinary, bigint, bigint) -> varbinary`], ([value = '', from = '', length], call) =>
    call[0]?.type?.kind === 'varbinary' ? `t_js_substr_bytes(${value}, CAST(${from} AS BIGINT), CAST(${length ?? '9223372036854775807'} AS BIGINT))` : `t_substr(${[value, from, ...(length === undefined ? [] : [length])].join(', ')})`);

const trimmed = (name: string): FunctionRule => scalarFunction([`${name}(varchar) -> varchar`, `${name}(varchar, varchar) -> varchar`], `t_${name}`);

const FORMATTED: Readonly<Record<string, string>> = { tinyint: 'i', smallint: 'i', integer: 'i', bigint: 'i', double: 'f', real: 'f', decimal: 'd', boolean: 'b', varchar: 's', date: 's', unknown: 's' };

/** A letter for the class of a value: what java.util.Formatter asks about it. */
const formatKind = ({ sql, type }: Argument): string => {
  if (!type) return `t_format_kind(typeof(${sql}))`;
  const kind = FORMATTED[type.kind];
  if (kind === undefined) throw new RuleLimit(`a value of type ${type.kind}`);
  return `'${kind}'`;
};

const formatted = (args: readonly string[], call: readonly Argument[]): string => {
  const texts = call.slice(1).map((argument) => (argument.type?.kind === 'decimal' ? decimalText(argument.sql, argument.type) : `CAST(${argument.sql} AS VARCHAR)`));
  return `t_js_format(${args[0] ?? ''}, ${call.slice(1).map(formatKind).join(' || ')}, [${texts.join(', ')}])`;
};

/** DuckDB's hashes are hex text already: no need to go through the bytes. */
const hex = ([value = '']: readonly string[]): string => {
  const hash = /^t_(sha256|sha1|md5)\((.*)\)$/s.exec(value);
  return hash ? `upper(${hash[1] ?? ''}(${hash[2] ?? ''}))` : `hex(${value})`;
};

/** https://trino.io/docs/current/functions/string.html */
export const TEXT_FUNCTIONS: Record<string, FunctionRule> = {
  upper: scalarFunction('upper(varchar) -> varchar', 't_upper'),
  lower: scalarFunction('lower(varchar) -> varchar', 't_lower'),
  length: scalarFunction(['length(varchar) -> bigint', 'length(varbinary) -> bigint'], bytesOrText('octet_length', 'length')),
  reverse: scalarFunction(['reverse(varchar) -> varchar', 'reverse(varbinary) -> varbinary', 'reverse(array(T)) -> array(T)'], (args, call) => (call[0]?.type?.kind === 'array' ? `list_reverse(${args[0] ?? ''})` : bytesOrText('t_js_reverse_bytes', 'reverse')(args, call))),
  replace: scalarFunction(['replace(varchar, varchar) -> varchar', 'replace(varchar, varchar, varchar) -> varchar'], ([text = '', search = '', put = "''"]) => `t_replace(${text}, ${search}, ${put})`),
  starts_with: scalarFunction('starts_with(varchar, varchar) -> boolean', 'starts_with'),
  strpos: scalarFunction(['strpos(varchar, varchar) -> bigint', 'strpos(varchar, varchar, bigint) -> bigint'], (args) => (args.length === 2 ? `strpos(${args.join(', ')})` : `t_js_position(${args[0] ?? ''}, ${args[1] ?? ''}, CAST(${args[2] ?? ''} AS BIGINT))`)),
  lpad: pad('lpad'),
  rpad: pad('rpad'),
  substr: substring('substr'),
  substring: substring('substring'),
  trim: trimmed('trim'),
  ltrim: trimmed('ltrim'),
  rtrim: trimmed('rtrim'),
  split: scalarFunction(['split(varchar, varchar) -> array(varchar)', 'split(varchar, varchar, bigint) -> array(varchar)'], 't_split'),
  split_part: scalarFunction('split_part(varchar, varchar, bigint) -> varchar', 't_split_part'),
  split_to_map: scalarFunction('split_to_map(varchar, varchar, varchar) -> map(varchar, varchar)', 't_split_to_map'),
  split_to_multimap: scalarFunction('split_to_multimap(varchar, varchar, varchar) -> map(varchar, array(varchar))', (args) => `t_multimap_of(list_transform(t_entries(${args.join(', ')}), lambda e: struct_pack(k := e[1], v := e[2])))`),
  concat_ws: scalarFunction(['concat_ws(varchar, array(varchar)) -> varchar', 'concat_ws(varchar, varchar...) -> varchar'], (args, call) =>
    call[1]?.type?.kind === 'array' ? `CASE WHEN ${args[0] ?? ''} IS NOT NULL THEN array_to_string(list_filter(${args[1] ?? ''}, lambda t_e_: t_e_ IS NOT NULL), ${args[0] ?? ''}) END` : `concat_ws(${args.join(', ')})`),
  chr: scalarFunction('chr(bigint) -> varchar', (args) => `chr(CAST(${args[0] ?? ''} AS INTEGER))`),
  codepoint: scalarFunction('codepoint(varchar) -> integer', 'unicode'),
  translate: scalarFunction('translate(varchar, varchar, varchar) -> varchar', 'translate'),
  levenshtein_distance: scalarFunction('levenshtein_distance(varchar, varchar) -> bigint', 't_levenshtein'),
  hamming_distance: scalarFunction('hamming_distance(varchar, varchar) -> bigint', 't_js_hamming'),
  soundex: scalarFunction('soundex(varchar) -> varchar', 't_js_soundex'),
  luhn_check: scalarFunction('luhn_check(varchar) -> boolean', 't_js_luhn'),
  format: scalarFunction('format(varchar, any...) -> varchar', formatted),
  format_number: scalarFunction('format_number(number) -> varchar', (args) => `t_js_format_number(CAST(${args[0] ?? ''} AS VARCHAR))`),
  human_readable_seconds: scalarFunction('human_readable_seconds(double) -> varchar', (args) => `t_js_readable_seconds(CAST(${args[0] ?? ''} AS VARCHAR))`),
  normalize: scalarFunction('normalize(varchar) -> varchar', 'nfc_normalize'),
  url_encode: scalarFunction('url_encode(varchar) -> varchar', 't_js_url_encode'),
  url_decode: scalarFunction('url_decode(varchar) -> varchar', 't_js_url_decode'),
  url_extract_port: scalarFunction('url_extract_port(varchar) -> bigint', 't_js_url_port'),
  url_extract_parameter: scalarFunction('url_extract_parameter(varchar, varchar) -> varchar', 't_js_url_parameter'),
  ...Object.fromEntries(['protocol', 'host', 'path', 'query', 'fragment'].map((part) => [`url_extract_${part}`, scalarFunction(`url_extract_${part}(varchar) -> varchar`, `t_js_url_${part}`)])),
  uuid: scalarFunction('uuid() -> uuid', 'uuid'),
};

const ofBytes = (name: string, duck = `t_js_${name}`): FunctionRule => scalarFunction(`${name}(varbinary) -> varbinary`, duck);

/** https://trino.io/docs/current/functions/binary.html */
export const BINARY_FUNCTIONS: Record<string, FunctionRule> = {
  to_utf8: scalarFunction('to_utf8(varchar) -> varbinary', 'encode'),
  from_utf8: scalarFunction(['from_utf8(varbinary) -> varchar', 'from_utf8(varbinary, varchar) -> varchar'], (args) => (args.length === 1 ? `t_from_utf8(${args.join('')})` : `t_js_from_utf8_with(${args.join(', ')})`)),
  to_hex: scalarFunction('to_hex(varbinary) -> varchar', hex),
  from_hex: scalarFunction('from_hex(varchar) -> varbinary', 't_from_hex'),
  to_base64: scalarFunction('to_base64(varbinary) -> varchar', 'to_base64'),
  from_base64: scalarFunction('from_base64(varchar) -> varbinary', 't_js_from_base64'),
  to_base64url: scalarFunction('to_base64url(varbinary) -> varchar', (args) => `translate(to_base64(${args[0] ?? ''}), '+/', '-_')`),
  from_base64url: scalarFunction('from_base64url(varchar) -> varbinary', 't_js_from_base64url'),
  to_base32: scalarFunction('to_base32(varbinary) -> varchar', 't_js_to_base32'),
  from_base32: scalarFunction('from_base32(varchar) -> varbinary', 't_js_from_base32'),
  sha256: ofBytes('sha256', 't_sha256'),
  sha1: ofBytes('sha1', 't_sha1'),
  md5: ofBytes('md5', 't_md5'),
  sha512: ofBytes('sha512'),
  xxhash64: ofBytes('xxhash64'),
  murmur3: ofBytes('murmur3'),
  crc32: scalarFunction('crc32(varbinary) -> bigint', 't_js_crc32'),
  ...Object.fromEntries(['md5', 'sha1', 'sha256', 'sha512'].map((name) => [`hmac_${name}`, scalarFunction(`hmac_${name}(varbinary, varbinary) -> varbinary`, `t_js_hmac_${name}`)])),
};
