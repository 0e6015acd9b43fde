import type { DuckDBConnection } from '@duckdb/node-api';
import { registerRowFunctions } from './row-functions/index.ts';

/*
 * Trino's semantics as DuckDB macros, with the prefix t_ so that no DuckDB name is shadowed.
 *
 * Errors: DuckDB's error() is volatile, which keeps filters from being pushed down and turns joins into nested loops. A cast
 * that must fail is not: `CAST('TRINO~NAME~text~END' AS BOOLEAN)`. runtime-errors.ts reads name and text back. Where the types
 * of a comparison are only known to DuckDB, `typeof` is folded when the statement is planned, and with it the whole check.
 */
const FAILURES = [
  `CREATE OR REPLACE MACRO t_fail(name, message) AS CAST('TRINO~' || name || '~' || message || '~END' AS BOOLEAN)`,
  `CREATE OR REPLACE MACRO t_fail_bigint(name, message) AS CAST('TRINO~' || name || '~' || message || '~END' AS BIGINT)`,
];

/** Text, number, time and truth are never compared with each other. Anything else compares as DuckDB decides. */
const TYPE_CLASS = `CREATE OR REPLACE MACRO t_class(t) AS CASE
  WHEN t = 'VARCHAR' THEN 's'
  WHEN t = 'DATE' OR t LIKE 'TIMESTAMP%' THEN 'd'
  WHEN t = 'BOOLEAN' THEN 'b'
  WHEN t IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'DOUBLE', 'FLOAT') OR t LIKE 'DECIMAL%' THEN 'n' END`;

const checkedComparison = (name: string, operator: string): string =>
  `CREATE OR REPLACE MACRO ${name}(a, b) AS CASE WHEN t_class(typeof(a)) <> t_class(typeof(b))
    THEN t_fail('TYPE_MISMATCH', 'Cannot apply operator: ' || lower(typeof(a)) || ' ${operator} ' || lower(typeof(b))) ELSE a ${operator} b END`;

const COMPARISONS = [
  checkedComparison('t_eq', '='),
  checkedComparison('t_ne', '<>'),
  checkedComparison('t_lt', '<'),
  checkedComparison('t_le', '<='),
  checkedComparison('t_gt', '>'),
  checkedComparison('t_ge', '>='),
];

/** For operands of types unknown before DuckDB binds; error() because the result's type is unknown as well. */
const ARITHMETIC = [
  `CREATE OR REPLACE MACRO t_mismatch(a, operator, b) AS error('TRINO~TYPE_MISMATCH~Cannot apply operator: ' || lower(typeof(a)) || operator || lower(typeof(b)) || '~END')`,
  `CREATE OR REPLACE MACRO t_no_concat(a, b) AS error('TRINO~FUNCTION_NOT_FOUND~Unexpected parameters (' || lower(typeof(a)) || ', ' || lower(typeof(b)) || ') for function concat~END')`,
  `CREATE OR REPLACE MACRO t_cat(a, b) AS CASE WHEN t_class(typeof(a)) <> 's' OR t_class(typeof(b)) <> 's' THEN t_no_concat(a, b) ELSE a || b END`,
  `CREATE OR REPLACE MACRO t_add(a, b) AS CASE WHEN t_class(typeof(a)) = 'd' AND t_class(typeof(b)) = 'n' THEN t_mismatch(a, ' + ', b) ELSE a + b END`,
  `CREATE OR REPLACE MACRO t_sub(a, b) AS CASE WHEN t_class(typeof(a)) = 'd' AND t_class(typeof(b)) = 'n' THEN t_mismatch(a, ' - ', b) ELSE a - b END`,
  `CREATE OR REPLACE MACRO t_div_integral(a, b) AS CASE WHEN b = 0 THEN t_fail_bigint('DIVISION_BY_ZERO', 'Division by zero') ELSE a // b END`,
  `CREATE OR REPLACE MACRO t_mod_integral(a, b) AS CASE WHEN b = 0 THEN t_fail_bigint('DIVISION_BY_ZERO', 'Division by zero') ELSE a % b END`,
  `CREATE OR REPLACE MACRO t_div(a BIGINT, b BIGINT) AS t_div_integral(a, b), (a DOUBLE, b DOUBLE) AS a / b, (a HUGEINT, b HUGEINT) AS t_div_integral(a, b),
    (a DECIMAL(38,9), b DECIMAL(38,9)) AS error('TRINO~NOT_SUPPORTED~Division of decimals of unknown scale is not supported locally: cast both sides~END')`,
  `CREATE OR REPLACE MACRO t_mod(a, b) AS CASE WHEN b = 0 THEN t_fail_bigint('DIVISION_BY_ZERO', 'Division by zero') ELSE a % b END`,
  // Unscaled integers: n is the dividend brought to the result's scale. Half away from zero, as Trino rounds.
  `CREATE OR REPLACE MACRO t_round_div(n, d) AS CASE WHEN d = 0 THEN CAST(t_fail_bigint('DIVISION_BY_ZERO', 'Division by zero') AS HUGEINT)
    ELSE sign(n) * sign(d) * ((2 * abs(n) + abs(d)) // (2 * abs(d))) END`,
  `CREATE OR REPLACE MACRO t_plus(a, b) AS a + b, (a DATE, b INTERVAL) AS CAST(a + b AS DATE), (a INTERVAL, b DATE) AS CAST(a + b AS DATE)`,
  `CREATE OR REPLACE MACRO t_minus(a, b) AS a - b, (a DATE, b INTERVAL) AS CAST(a - b AS DATE)`,
  `CREATE OR REPLACE MACRO t_round(x DOUBLE) AS round(x), (x BIGINT) AS x, (x DECIMAL(38,9)) AS round(x, 0)`,
];

const NUMBERS = [
  `CREATE OR REPLACE MACRO t_nan() AS CAST('NaN' AS DOUBLE)`,
  `CREATE OR REPLACE MACRO t_cbrt(x) AS CASE WHEN round(cbrt(x)) * round(cbrt(x)) * round(cbrt(x)) = x THEN round(cbrt(x)) ELSE cbrt(x) END`,
  `CREATE OR REPLACE MACRO t_ln(x) AS CASE WHEN x < 0 THEN t_nan() WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE ln(x) END`,
  `CREATE OR REPLACE MACRO t_width_bucket(x, a, b, n) AS CASE WHEN n <= 0 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'bucketCount must be greater than 0') WHEN isnan(x) THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'operand must not be NaN')
    WHEN a = b THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'bounds cannot equal each other') WHEN a < b AND x < a OR a > b AND x > a THEN 0 WHEN a < b AND x >= b OR a > b AND x <= b THEN n + 1
    ELSE CAST(floor(n * (x - a) / (b - a)) AS BIGINT) + 1 END`,
  `CREATE OR REPLACE MACRO t_bins_below(x, bins) AS CASE WHEN len(bins) = 0 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'Bins cannot be an empty array') ELSE CAST(len(list_filter(bins, lambda b: b <= x)) AS BIGINT) END`,
  // bits: how many the number has to be written in, two's complement.
  `CREATE OR REPLACE MACRO t_bit_count(x, bits) AS CASE WHEN bits = 64 THEN CAST(bit_count(x) AS BIGINT) WHEN bits < 2 OR bits > 64 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'Bits specified in bit_count must be between 2 and 64, got ' || bits)
    WHEN x > (1::HUGEINT << (bits - 1)) - 1 OR x < -(1::HUGEINT << (bits - 1)) THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'Number must be representable with the bits specified. ' || x || ' cannot be represented with ' || bits || ' bits')
    ELSE CAST(bit_count(CAST(CAST(x AS HUGEINT) & ((1::HUGEINT << bits) - 1) AS BIGINT)) AS BIGINT) END`,
];

/** Java's Double.toString, which Trino's cast gives. */
const TEXT_OF_NUMBERS = [
  `CREATE OR REPLACE MACRO t_mantissa(digits) AS left(digits, 1) || '.' || CASE WHEN length(digits) > 1 THEN substr(digits, 2) ELSE '0' END`,
  `CREATE OR REPLACE MACRO t_scientific(s) AS CASE
    WHEN contains(s, 'e') THEN regexp_replace(regexp_replace(s, '^(\\d)e', '\\1.0e'), 'e\\+?(-?)0*(\\d)', 'E\\1\\2')
    WHEN starts_with(s, '0.') THEN t_mantissa(ltrim(substr(s, 3), '0')) || 'E-' || (length(s) - 1 - length(ltrim(substr(s, 3), '0')))
    ELSE t_mantissa(rtrim(replace(s, '.', ''), '0')) || 'E' || (length(split_part(s, '.', 1)) - 1) END`,
  `CREATE OR REPLACE MACRO t_double_text(x) AS CASE WHEN x IS NULL THEN NULL WHEN isnan(x) THEN 'NaN'
    WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END WHEN x = 0 THEN CASE WHEN signbit(x) THEN '-0E0' ELSE '0E0' END
    ELSE CASE WHEN x < 0 THEN '-' ELSE '' END || t_scientific(CAST(abs(x) AS VARCHAR)) END`,
  `CREATE OR REPLACE MACRO t_json_text(x) AS json_extract_string(CAST(t_js_json_cast(CAST(x AS VARCHAR), '{"kind":"varchar"}') AS JSON), '$')`,
  `CREATE OR REPLACE MACRO t_varchar(x) AS CASE
    WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN t_double_text(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
    WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%f')
    WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ) AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%g') || ' UTC'
    WHEN typeof(x) = 'JSON' THEN t_json_text(CAST(CAST(x AS VARCHAR) AS JSON)) ELSE CAST(x AS VARCHAR) END`,
  `CREATE OR REPLACE MACRO t_bigint(x VARCHAR) AS CASE WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, '[+-]?[0-9]+') THEN CAST(x AS BIGINT)
      ELSE t_fail_bigint('INVALID_CAST_ARGUMENT', 'Cannot cast ''' || x || ''' to BIGINT') END,
    (x DOUBLE) AS CAST(round(x) AS BIGINT), (x HUGEINT) AS CAST(x AS BIGINT), (x BIGINT) AS x, (x DECIMAL(38,9)) AS CAST(round(x, 0) AS BIGINT), (x BOOLEAN) AS CAST(x AS BIGINT)`,
  // Text of unknown origin: checked where it is text, as it is where it is something else.
  `CREATE OR REPLACE MACRO t_checked(x, pattern, before, after) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), pattern)
    THEN error('TRINO~INVALID_CAST_ARGUMENT~' || before || CAST(x AS VARCHAR) || after || '~END') ELSE x END`,
  `CREATE OR REPLACE MACRO t_formed(x, pattern) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), pattern) THEN NULL ELSE x END`,
  `CREATE OR REPLACE MACRO t_boolean(x) AS CASE WHEN lower(x) IN ('t', 'true', '1') THEN true WHEN lower(x) IN ('f', 'false', '0') THEN false
    WHEN x IS NULL THEN NULL ELSE t_fail('INVALID_CAST_ARGUMENT', 'Cannot cast ''' || x || ''' to BOOLEAN') END`,
];

const TIME = [
  `CREATE OR REPLACE MACRO t_months(i) AS CAST(date_part('year', i) * 12 + date_part('month', i) AS BIGINT)`,
  `CREATE OR REPLACE MACRO t_round_time(x, unit_us) AS make_timestamp(CAST(((epoch_us(x) + unit_us // 2) // unit_us) * unit_us AS BIGINT))`,
  // Trino cuts both ends to milliseconds first, even where they have six digits.
  `CREATE OR REPLACE MACRO t_date_diff(u, a DATE, b DATE) AS date_sub(u, a, b), (u, a TIMESTAMP, b TIMESTAMP) AS date_sub(u, date_trunc('millisecond', a), date_trunc('millisecond', b)), (u, a TIMESTAMPTZ, b TIMESTAMPTZ) AS date_sub(u, date_trunc('millisecond', a), date_trunc('millisecond', b))`,
  `CREATE OR REPLACE MACRO t_interval(u, n) AS CASE u WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n)
    WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'week' THEN to_days(CAST(7 * n AS INTEGER)) WHEN 'month' THEN to_months(CAST(n AS INTEGER))
    WHEN 'quarter' THEN to_months(CAST(3 * n AS INTEGER)) WHEN 'year' THEN to_years(CAST(n AS INTEGER)) END`,
  `CREATE OR REPLACE MACRO t_date_add(u, n, x DATE) AS CAST(x + t_interval(u, n) AS DATE), (u, n, x TIMESTAMP) AS x + t_interval(u, n), (u, n, x TIMESTAMPTZ) AS x + t_interval(u, n)`,
  `CREATE OR REPLACE MACRO t_date_trunc(u, x DATE) AS CAST(date_trunc(u, x) AS DATE), (u, x TIMESTAMP) AS date_trunc(u, x), (u, x TIMESTAMPTZ) AS date_trunc(u, x)`,
  `CREATE OR REPLACE MACRO t_in_zone(x, z) AS CASE WHEN (x AT TIME ZONE z) IS NULL THEN NULL ELSE x END`,
  // Digits behind the sixth round it, where DuckDB cuts them.
  `CREATE OR REPLACE MACRO t_text_timestamp(x) AS CAST(x AS TIMESTAMP) + CASE WHEN regexp_matches(x, '\\.[0-9]{6}[5-9]') THEN INTERVAL 1 MICROSECOND ELSE INTERVAL 0 MICROSECOND END`,
  // DuckDB wants seconds before a zone.
  `CREATE OR REPLACE MACRO t_text_zoned(x) AS CAST(regexp_replace(regexp_replace(x, '^(\\s*\\S+ [0-9]{1,2}:[0-9]{1,2})([^:0-9]|$)', '\\1:00\\2'), '([0-9])([+-][0-9]{2})([0-9]{2})\\s*$', '\\1\\2:\\3') AS TIMESTAMPTZ)`,
  `CREATE OR REPLACE MACRO t_offset(l, x) AS CASE WHEN epoch_us(l) < epoch_us(x) THEN '-' ELSE '+' END || strftime(make_timestamp(abs(epoch_us(l) - epoch_us(x))), '%H:%M')`,
  `CREATE OR REPLACE MACRO t_round_zoned(x, unit_us) AS make_timestamptz(CAST(((epoch_us(x) + unit_us // 2) // unit_us) * unit_us AS BIGINT))`,
  `CREATE OR REPLACE MACRO t_interval_ms(i) AS CAST(epoch_us(i) // 1000 AS BIGINT)`,
  `CREATE OR REPLACE MACRO t_whole_days(i, what) AS CASE WHEN epoch_us(i) % 86400000000 <> 0 THEN to_days(CAST(t_fail_bigint('INVALID_FUNCTION_ARGUMENT', what) AS INTEGER)) ELSE i END`,
  `CREATE OR REPLACE MACRO t_day_time_text(i) AS CASE WHEN t_interval_ms(i) < 0 THEN '-' ELSE '' END || (abs(t_interval_ms(i)) // 86400000) || ' ' || strftime(make_timestamp((abs(t_interval_ms(i)) % 86400000) * 1000), '%H:%M:%S.%g')`,
  `CREATE OR REPLACE MACRO t_year_month_text(i) AS CASE WHEN t_months(i) < 0 THEN '-' ELSE '' END || (abs(t_months(i)) // 12) || '-' || (abs(t_months(i)) % 12)`,
  // Athena gives milliseconds and cuts the rest.
  `CREATE OR REPLACE MACRO t_from_iso(x) AS CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?')
    THEN date_trunc('millisecond', CAST(x AS TIMESTAMPTZ)) ELSE CAST(t_js_iso_timestamp(x) AS TIMESTAMPTZ) END`,
  // The same without its zone: the local time that was written.
  `CREATE OR REPLACE MACRO t_from_iso_local(x) AS CAST(left(t_js_iso_timestamp(x), 23) AS TIMESTAMP)`,
  `CREATE OR REPLACE MACRO t_from_iso_date(x) AS CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN CAST(x AS DATE) ELSE CAST(t_js_iso_date(x) AS DATE) END`,
  `CREATE OR REPLACE MACRO t_to_iso(x DATE) AS CAST(x AS VARCHAR), (x TIMESTAMP) AS strftime(x, '%Y-%m-%dT%H:%M:%S.%g'), (x TIMESTAMPTZ) AS strftime(x AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%g') || 'Z'`,
];

const JSON_MACROS = [
  `CREATE OR REPLACE MACRO t_json(x) AS CASE WHEN json_valid(x) THEN CAST(x AS JSON) END`,
  `CREATE OR REPLACE MACRO t_json_parse(x) AS CAST(t_js_json_parse(x) AS JSON)`,
  `CREATE OR REPLACE MACRO t_json_extract(j, p) AS CAST(t_js_json_extract(CAST(j AS VARCHAR), p) AS JSON)`,
  // n: the path in DuckDB's words. A number with a fraction is given as it was written, and text behind the value is not read: neither does DuckDB.
  `CREATE OR REPLACE MACRO t_json_scalar(j, p, n) AS CASE WHEN json_valid(CAST(j AS VARCHAR)) AND coalesce(json_type(j, n), 'NULL') <> 'DOUBLE'
    THEN CASE WHEN json_type(j, n) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(j, n) END ELSE t_js_json_scalar(CAST(j AS VARCHAR), p) END`,
  `CREATE OR REPLACE MACRO t_json_array_get(j, i) AS CASE WHEN json_type(t_json(j)) = 'ARRAY' AND coalesce(json_type(json_extract(t_json(j), CAST(i AS BIGINT))), 'NULL') <> 'NULL' THEN json_extract(t_json(j), CAST(i AS BIGINT)) END`,
  `CREATE OR REPLACE MACRO t_json_array_contains(j, x) AS CASE WHEN json_type(t_json(j)) = 'ARRAY'
    THEN list_contains(list_transform(from_json(t_json(j), '["JSON"]'), lambda e: CAST(e AS VARCHAR)), CAST(to_json(x) AS VARCHAR)) END`,
  `CREATE OR REPLACE MACRO t_is_json_scalar(j) AS CASE WHEN j IS NULL THEN NULL WHEN json_valid(j) THEN json_type(t_json(j)) NOT IN ('OBJECT', 'ARRAY')
    ELSE t_fail('INVALID_FUNCTION_ARGUMENT', 'Invalid JSON value: ' || CAST(j AS VARCHAR)) END`,
];

const TEXT = [
  `CREATE OR REPLACE MACRO t_format_kind(t) AS CASE WHEN t IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT') THEN 'i' WHEN t IN ('DOUBLE', 'FLOAT') THEN 'f' WHEN t LIKE 'DECIMAL%' AND t NOT LIKE '%]' THEN 'd'
    WHEN t = 'BOOLEAN' THEN 'b' WHEN t IN ('VARCHAR', 'DATE', '"NULL"') THEN 's' ELSE CAST(t_fail('NOT_SUPPORTED', 'format of a value of type ' || lower(t) || ' is not supported locally') AS VARCHAR) END`,
  // RE2 does not tell a group that took no part from an empty one.
  `CREATE OR REPLACE MACRO t_regexp_extract(x, p) AS CASE WHEN regexp_matches(x, p) THEN regexp_extract(x, p) END, (x, p, g) AS CASE WHEN regexp_matches(x, p) THEN
    CASE WHEN regexp_extract(x, p, g) = '' THEN t_js_regexp_extract(x, p, g) ELSE regexp_extract(x, p, g) END END`,
  `CREATE OR REPLACE MACRO t_regexp_split(x, p) AS CASE WHEN regexp_matches('', p) THEN t_js_regexp_split(x, p) ELSE string_split_regex(x, p) END`,
  `CREATE OR REPLACE MACRO t_not_empty(d) AS CASE WHEN d = '' THEN CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'The delimiter may not be the empty string') AS VARCHAR) ELSE d END`,
  `CREATE OR REPLACE MACRO t_split(x, d) AS string_split(x, t_not_empty(d)), (x, d, n) AS t_js_split(x, d, CAST(n AS BIGINT))`,
  `CREATE OR REPLACE MACRO t_replace(x, a, b) AS CASE WHEN a = '' THEN t_js_replace_empty(x, b) ELSE replace(x, a, b) END`,
  `CREATE OR REPLACE MACRO t_split_part(x, d, n) AS CASE WHEN n <= 0 THEN CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'Index must be greater than zero') AS VARCHAR)
    WHEN n > len(string_split(x, d)) THEN NULL ELSE split_part(x, d, n) END`,
  `CREATE OR REPLACE MACRO t_substr(x, s) AS CASE WHEN s = 0 OR s < -length(x) THEN '' ELSE substr(x, s) END, (x, s, n) AS CASE WHEN s = 0 OR s < -length(x) OR n <= 0 THEN '' ELSE substr(x, s, n) END`,
  `CREATE OR REPLACE MACRO t_trim(x) AS regexp_replace(x, '^\\s+|\\s+$', '', 'g'), (x, c) AS trim(x, c)`,
  `CREATE OR REPLACE MACRO t_ltrim(x) AS regexp_replace(x, '^\\s+', ''), (x, c) AS ltrim(x, c)`,
  `CREATE OR REPLACE MACRO t_rtrim(x) AS regexp_replace(x, '\\s+$', ''), (x, c) AS rtrim(x, c)`,
  `CREATE OR REPLACE MACRO t_is_ascii(x) AS strlen(x) = length(x)`,
  `CREATE OR REPLACE MACRO t_upper(x) AS CASE WHEN t_is_ascii(x) THEN upper(x) ELSE t_js_upper(x) END`,
  `CREATE OR REPLACE MACRO t_lower(x) AS CASE WHEN t_is_ascii(x) THEN lower(x) ELSE t_js_lower(x) END`,
  `CREATE OR REPLACE MACRO t_levenshtein(a, b) AS CASE WHEN t_is_ascii(a) AND t_is_ascii(b) THEN CAST(levenshtein(a, b) AS BIGINT) ELSE t_js_levenshtein(a, b) END`,
  `CREATE OR REPLACE MACRO t_pad_length(n) AS CASE WHEN n < 0 OR n > 2147483647 THEN CAST(t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'Target length must be in the range [0..2147483647]') AS INTEGER) ELSE CAST(n AS INTEGER) END`,
  `CREATE OR REPLACE MACRO t_pad_text(p) AS CASE WHEN p = '' THEN CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'Padding string must not be empty') AS VARCHAR) ELSE p END`,
  `CREATE OR REPLACE MACRO t_sha256(x) AS unhex(sha256(x))`,
  `CREATE OR REPLACE MACRO t_sha1(x) AS unhex(sha1(x))`,
  `CREATE OR REPLACE MACRO t_md5(x) AS unhex(md5(x))`,
  `CREATE OR REPLACE MACRO t_from_hex(x) AS CASE WHEN length(x) % 2 = 1 THEN CAST(CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'invalid input length ' || length(x)) AS VARCHAR) AS BLOB) ELSE unhex(x) END`,
  `CREATE OR REPLACE MACRO t_from_utf8(x) AS coalesce(TRY(decode(x)), t_js_from_utf8(x))`,
  // An entry's two parts; an empty entry at the end is none.
  `CREATE OR REPLACE MACRO t_entries(s, d, k) AS list_transform(list_filter(string_split(CASE WHEN d = k THEN CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'entryDelimiter and keyValueDelimiter must not be the same') AS VARCHAR) WHEN ends_with(s, d) THEN left(s, length(s) - length(d)) ELSE s END, d), lambda e: e <> '' OR contains(s, d || d)),
    lambda e: CASE WHEN len(string_split(e, k)) <> 2 THEN row(CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'Key-value delimiter must appear exactly once in each entry. Bad input: ''' || e || '''') AS VARCHAR), '') ELSE row(split_part(e, k, 1), split_part(e, k, 2)) END)`,
  `CREATE OR REPLACE MACRO t_split_to_map(s, d, k) AS map_from_entries(t_entries(s, d, k))`,
];

const ARRAYS = [
  `CREATE OR REPLACE MACRO t_cardinality(x) AS CAST(len(x) AS BIGINT), (x MAP(VARCHAR, VARCHAR)) AS CAST(cardinality(x) AS BIGINT)`,
  `CREATE OR REPLACE MACRO t_subscript(a, i) AS list_extract(a, CASE WHEN typeof(a) = 'VARCHAR' THEN t_fail_bigint('TYPE_MISMATCH', 'Cannot apply operator: varchar[integer]') WHEN i > len(a) THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'Array subscript must be less than or equal to array length: ' || i || ' > ' || len(a))
    WHEN i = 0 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'SQL array indices start at 1')
    WHEN i < 0 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'Array subscript is negative: ' || i) ELSE i END)`,
  `CREATE OR REPLACE MACRO t_map_subscript(m, k) AS list_extract(map_extract(m, k), CASE WHEN NOT map_contains(m, k) THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'Key not present in map: ' || CAST(k AS VARCHAR)) ELSE 1 END)`,
  `CREATE OR REPLACE MACRO t_map_element(m, k) AS list_extract(map_extract(m, k), 1)`,
  `CREATE OR REPLACE MACRO t_array_join(a, d) AS array_to_string(list_filter(a, lambda e: e IS NOT NULL), d), (a, d, n) AS array_to_string(list_transform(a, lambda e: coalesce(CAST(e AS VARCHAR), n)), d)`,
  // list_distinct would lose NULL and the order; the position of the first equal element keeps both.
  `CREATE OR REPLACE MACRO t_array_distinct(a) AS list_filter(a, lambda e, i: CASE WHEN e IS NULL THEN len(list_filter(a[1:i], lambda f: f IS NULL)) = 1 ELSE list_position(a, e) = i END)`,
  `CREATE OR REPLACE MACRO t_array_position(a, e) AS CASE WHEN a IS NULL OR e IS NULL THEN NULL ELSE CAST(coalesce(list_position(a, e), 0) AS BIGINT) END`,
  `CREATE OR REPLACE MACRO t_contains(a, e) AS CASE WHEN list_contains(a, e) THEN true WHEN len(a) > list_count(a) THEN NULL ELSE list_contains(a, e) END`,
  `CREATE OR REPLACE MACRO t_slice(a, s, n) AS CASE WHEN s = 0 THEN list_slice(a, t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'SQL array indices start at 1'), 1)
    WHEN n < 0 THEN list_slice(a, t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'length must be greater than or equal to 0'), 1)
    ELSE list_slice(a, CASE WHEN s < 0 THEN len(a) + s + 1 ELSE s END, CASE WHEN s < 0 THEN len(a) + s ELSE s - 1 END + n) END`,
  `CREATE OR REPLACE MACRO t_element_at(a, i) AS list_extract(a, CASE WHEN i = 0 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'SQL array indices start at 1') ELSE i END)`,
  `CREATE OR REPLACE MACRO t_wrong_way() AS t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')`,
  `CREATE OR REPLACE MACRO t_steps(a, b, s) AS generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), CASE WHEN s = 0 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'step must not be zero') WHEN (s > 0) <> (b >= a) AND a <> b THEN t_wrong_way() ELSE CAST(s AS BIGINT) END)`,
  `CREATE OR REPLACE MACRO t_sequence(a DATE, b DATE) AS list_transform(t_steps(0, date_diff('day', a, b), CASE WHEN a <= b THEN 1 ELSE -1 END), lambda n: a + CAST(n AS INTEGER)), (a BIGINT, b BIGINT) AS t_steps(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END)`,
  // Months are counted from the start, so that the 31st stays the last day.
  `CREATE OR REPLACE MACRO t_series(a, b, s) AS CASE WHEN t_months(s) <> 0
    THEN list_filter(list_transform(t_steps(0, date_diff('month', a, b), t_months(s)), lambda n: CAST(a AS TIMESTAMP) + to_months(CAST(n AS INTEGER))), lambda x: CASE WHEN t_months(s) > 0 THEN x <= b ELSE x >= b END)
    ELSE list_transform(t_steps(epoch_us(CAST(a AS TIMESTAMP)), epoch_us(CAST(b AS TIMESTAMP)), epoch_us(s)), lambda n: make_timestamp(n)) END`,
  `CREATE OR REPLACE MACRO t_sequence3(a DATE, b DATE, s INTERVAL) AS list_transform(t_series(a, b, s), lambda x: CAST(x AS DATE)), (a TIMESTAMP, b TIMESTAMP, s INTERVAL) AS t_series(a, b, s), (a BIGINT, b BIGINT, s BIGINT) AS t_steps(a, b, s)`,
  // The first entry of each key, as Trino's aggregates into maps keep it; entries without a key are none.
  `CREATE OR REPLACE MACRO t_keys(l) AS list_transform(l, lambda e: e.k)`,
  `CREATE OR REPLACE MACRO t_keyed(l) AS list_filter(l, lambda e: e.k IS NOT NULL)`,
  `CREATE OR REPLACE MACRO t_first_entries(l) AS CASE WHEN len(list_distinct(t_keys(l))) = len(l) THEN l ELSE list_filter(l, lambda e, i: list_position(t_keys(l), e.k) = i) END`,
  `CREATE OR REPLACE MACRO t_map_of(l) AS map_from_entries(t_first_entries(t_keyed(l)))`,
  `CREATE OR REPLACE MACRO t_multimap_of(l) AS map_from_entries(list_transform(t_first_entries(t_keyed(l)), lambda e: row(e.k, list_transform(list_filter(l, lambda f: f.k = e.k), lambda f: f.v))))`,
  `CREATE OR REPLACE MACRO t_trim_array(a, n) AS list_slice(a, 1, len(a) - CASE WHEN n > len(a) THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'size must not exceed array cardinality ' || len(a) || ': ' || n) WHEN n < 0 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'size must not be negative: ' || n) ELSE n END)`,
  `CREATE OR REPLACE MACRO t_ngrams(a, n) AS CASE WHEN len(a) <= n THEN [a] ELSE list_transform(range(1, CAST(len(a) - n + 2 AS BIGINT)), lambda i: list_slice(a, i, i + n - 1)) END`,
  `CREATE OR REPLACE MACRO t_contains_sequence(a, b) AS CASE WHEN b IS NOT NULL THEN len(b) = 0 OR len(list_filter(range(1, CAST(len(a) AS BIGINT) + 1), lambda i: list_slice(a, i, i + len(b) - 1) = b)) > 0 END`,
  `CREATE OR REPLACE MACRO t_array_union(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN t_array_distinct(list_concat(a, b)) END`,
  `CREATE OR REPLACE MACRO t_array_has(a, e) AS CASE WHEN e IS NULL THEN len(a) > list_count(a) ELSE list_contains(a, e) END`,
  `CREATE OR REPLACE MACRO t_array_intersect(a, b) AS CASE WHEN b IS NOT NULL THEN list_filter(t_array_distinct(a), lambda e: t_array_has(b, e)) END`,
  `CREATE OR REPLACE MACRO t_array_except(a, b) AS CASE WHEN b IS NOT NULL THEN list_filter(t_array_distinct(a), lambda e: NOT t_array_has(b, e)) END`,
  `CREATE OR REPLACE MACRO t_arrays_overlap(a, b) AS CASE WHEN list_has_any(a, b) THEN true WHEN len(a) > list_count(a) OR len(b) > list_count(b) THEN NULL ELSE list_has_any(a, b) END`,
  `CREATE OR REPLACE MACRO t_array_remove(a, x) AS CASE WHEN x IS NOT NULL THEN list_filter(a, lambda e: e IS DISTINCT FROM x) END`,
  `CREATE OR REPLACE MACRO t_array_max(a) AS CASE WHEN len(a) > list_count(a) THEN NULL ELSE list_max(a) END`,
  `CREATE OR REPLACE MACRO t_array_min(a) AS CASE WHEN len(a) > list_count(a) THEN NULL ELSE list_min(a) END`,
  `CREATE OR REPLACE MACRO t_comparison(n) AS CASE WHEN coalesce(CAST(n AS BIGINT) NOT BETWEEN -1 AND 1, true) THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'Lambda comparator must return either -1, 0, or 1') ELSE CAST(n AS BIGINT) END`,
  `CREATE OR REPLACE MACRO t_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST')`,
  `CREATE OR REPLACE MACRO t_any_match(a) AS CASE WHEN a IS NULL THEN NULL WHEN coalesce(list_bool_or(a), false) THEN true WHEN len(a) > list_count(a) THEN NULL ELSE false END`,
  `CREATE OR REPLACE MACRO t_all_match(a) AS CASE WHEN a IS NULL THEN NULL WHEN NOT coalesce(list_bool_and(a), true) THEN false WHEN len(a) > list_count(a) THEN NULL ELSE true END`,
];

/** DuckDB statements to run once per connection, in this order. */
export const MACROS: readonly string[] = [...FAILURES, TYPE_CLASS, ...COMPARISONS, ...ARITHMETIC, ...NUMBERS, ...TEXT_OF_NUMBERS, ...TIME, ...JSON_MACROS, ...TEXT, ...ARRAYS];

/** Makes a connection compute as Trino does: the macros, and UTC as the session's zone. */
export const prepareConnection = async (connection: DuckDBConnection): Promise<void> => {
  await connection.run("SET TimeZone='UTC'");
  registerRowFunctions(connection);
  await connection.run(MACROS.join(';\n')); // in one go: each call waits for a thread, which is long on a busy machine
};
