import type { DuckDBConnection } from '@duckdb/node-api';

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
  `CREATE OR REPLACE MACRO t_json_text(x) AS CASE WHEN json_type(x) IN ('OBJECT', 'ARRAY')
    THEN CAST(t_fail('INVALID_CAST_ARGUMENT', 'Cannot cast ''' || CAST(x AS VARCHAR) || ''' to VARCHAR') AS VARCHAR) ELSE json_extract_string(x, '$') END`,
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
  `CREATE OR REPLACE MACRO t_round_time(x, unit_us) AS make_timestamp(CAST(((epoch_us(x) + unit_us // 2) // unit_us) * unit_us AS BIGINT))`,
  // Trino cuts both ends to milliseconds first, even where they have six digits.
  `CREATE OR REPLACE MACRO t_date_diff(u, a DATE, b DATE) AS date_sub(u, a, b), (u, a TIMESTAMP, b TIMESTAMP) AS date_sub(u, date_trunc('millisecond', a), date_trunc('millisecond', b)), (u, a TIMESTAMPTZ, b TIMESTAMPTZ) AS date_sub(u, date_trunc('millisecond', a), date_trunc('millisecond', b))`,
  `CREATE OR REPLACE MACRO t_interval(u, n) AS CASE u WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n)
    WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'week' THEN to_days(CAST(7 * n AS INTEGER)) WHEN 'month' THEN to_months(CAST(n AS INTEGER))
    WHEN 'quarter' THEN to_months(CAST(3 * n AS INTEGER)) WHEN 'year' THEN to_years(CAST(n AS INTEGER)) END`,
  `CREATE OR REPLACE MACRO t_date_add(u, n, x DATE) AS CAST(x + t_interval(u, n) AS DATE), (u, n, x TIMESTAMP) AS x + t_interval(u, n), (u, n, x TIMESTAMPTZ) AS x + t_interval(u, n)`,
  `CREATE OR REPLACE MACRO t_date_trunc(u, x DATE) AS CAST(date_trunc(u, x) AS DATE), (u, x TIMESTAMP) AS date_trunc(u, x), (u, x TIMESTAMPTZ) AS date_trunc(u, x)`,
  `CREATE OR REPLACE MACRO t_at_timezone(x, z) AS CAST(x AS TIMESTAMPTZ) AT TIME ZONE z`,
  `CREATE OR REPLACE MACRO t_with_timezone(x, z) AS CAST(x AS TIMESTAMP) AT TIME ZONE z`,
  // Athena gives milliseconds and cuts the rest.
  `CREATE OR REPLACE MACRO t_from_iso(x) AS CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?')
    THEN date_trunc('millisecond', CAST(replace(x, ',', '.') AS TIMESTAMPTZ)) WHEN x IS NULL THEN NULL
    ELSE CAST(CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'Invalid format: "' || x || '"') AS VARCHAR) AS TIMESTAMPTZ) END`,
  `CREATE OR REPLACE MACRO t_from_iso_date(x) AS CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN CAST(x AS DATE) WHEN x IS NULL THEN NULL
    ELSE CAST(CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'Invalid format: "' || x || '"') AS VARCHAR) AS DATE) END`,
  `CREATE OR REPLACE MACRO t_to_iso(x DATE) AS CAST(x AS VARCHAR), (x TIMESTAMP) AS strftime(x, '%Y-%m-%dT%H:%M:%S.%g'), (x TIMESTAMPTZ) AS strftime(x AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%g') || 'Z'`,
];

const JSON_MACROS = [
  `CREATE OR REPLACE MACRO t_json(x) AS CASE WHEN json_valid(x) THEN CAST(x AS JSON) END`,
  `CREATE OR REPLACE MACRO t_json_parse(x) AS CASE WHEN x IS NULL OR json_valid(x) THEN CAST(x AS JSON)
    ELSE CAST(CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'Cannot convert value to JSON: ''' || x || '''') AS VARCHAR) AS JSON) END`,
  `CREATE OR REPLACE MACRO t_json_extract(j, p) AS json_extract(t_json(j), p)`,
  `CREATE OR REPLACE MACRO t_json_scalar(j, p) AS CASE WHEN json_type(t_json(j), p) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(t_json(j), p) END`,
  `CREATE OR REPLACE MACRO t_json_size(j, p) AS CASE json_type(t_json(j), p) WHEN 'OBJECT' THEN CAST(len(json_keys(t_json(j), p)) AS BIGINT)
    WHEN 'ARRAY' THEN CAST(json_array_length(t_json(j), p) AS BIGINT) ELSE CASE WHEN json_type(t_json(j), p) IS NOT NULL THEN CAST(0 AS BIGINT) END END`,
  `CREATE OR REPLACE MACRO t_json_array_length(j) AS CASE WHEN json_type(t_json(j)) = 'ARRAY' THEN CAST(json_array_length(t_json(j)) AS BIGINT) END`,
  `CREATE OR REPLACE MACRO t_json_array_get(j, i) AS json_extract(t_json(j), CAST(i AS BIGINT))`,
  `CREATE OR REPLACE MACRO t_is_json_scalar(j) AS json_type(t_json(j)) NOT IN ('OBJECT', 'ARRAY')`,
];

const TEXT = [
  `CREATE OR REPLACE MACRO t_regexp_extract(x, p) AS CASE WHEN regexp_matches(x, p) THEN regexp_extract(x, p) END, (x, p, g) AS CASE WHEN regexp_matches(x, p) THEN regexp_extract(x, p, g) END`,
  `CREATE OR REPLACE MACRO t_split_part(x, d, n) AS CASE WHEN n <= 0 THEN CAST(t_fail('INVALID_FUNCTION_ARGUMENT', 'Index must be greater than zero') AS VARCHAR)
    WHEN n > len(string_split(x, d)) THEN NULL ELSE split_part(x, d, n) END`,
  `CREATE OR REPLACE MACRO t_substr(x, s) AS CASE WHEN s = 0 OR s < -length(x) THEN '' ELSE substr(x, s) END, (x, s, n) AS CASE WHEN s = 0 OR s < -length(x) OR n <= 0 THEN '' ELSE substr(x, s, n) END`,
  `CREATE OR REPLACE MACRO t_trim(x) AS regexp_replace(x, '^\\s+|\\s+$', '', 'g')`,
  `CREATE OR REPLACE MACRO t_ltrim(x) AS regexp_replace(x, '^\\s+', '')`,
  `CREATE OR REPLACE MACRO t_rtrim(x) AS regexp_replace(x, '\\s+$', '')`,
  `CREATE OR REPLACE MACRO t_sha256(x) AS unhex(sha256(x))`,
  `CREATE OR REPLACE MACRO t_sha1(x) AS unhex(sha1(x))`,
  `CREATE OR REPLACE MACRO t_md5(x) AS unhex(md5(x))`,
  `CREATE OR REPLACE MACRO t_split_to_map(s, d, k) AS map_from_entries(list_transform(string_split(s, d), lambda e: row(split_part(e, k, 1), split_part(e, k, 2))))`,
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
  `CREATE OR REPLACE MACRO t_slice(a, s, n) AS list_slice(a, CASE WHEN s < 0 THEN len(a) + s + 1 ELSE s END, CASE WHEN s < 0 THEN len(a) + s ELSE s - 1 END + n)`,
  `CREATE OR REPLACE MACRO t_sequence(a DATE, b DATE) AS list_transform(generate_series(a, b, INTERVAL 1 DAY), lambda x: CAST(x AS DATE)), (a BIGINT, b BIGINT) AS generate_series(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END)`,
  `CREATE OR REPLACE MACRO t_sequence3(a DATE, b DATE, s INTERVAL) AS list_transform(generate_series(a, b, s), lambda x: CAST(x AS DATE)), (a TIMESTAMP, b TIMESTAMP, s INTERVAL) AS generate_series(a, b, s), (a BIGINT, b BIGINT, s BIGINT) AS generate_series(a, b, s)`,
  `CREATE OR REPLACE MACRO t_array_union(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN t_array_distinct(list_concat(a, b)) END`,
  `CREATE OR REPLACE MACRO t_array_has(a, e) AS CASE WHEN e IS NULL THEN len(a) > list_count(a) ELSE list_contains(a, e) END`,
  `CREATE OR REPLACE MACRO t_array_intersect(a, b) AS CASE WHEN b IS NOT NULL THEN t_array_distinct(list_filter(a, lambda e: t_array_has(b, e))) END`,
  `CREATE OR REPLACE MACRO t_array_except(a, b) AS CASE WHEN b IS NOT NULL THEN t_array_distinct(list_filter(a, lambda e: NOT t_array_has(b, e))) END`,
  `CREATE OR REPLACE MACRO t_arrays_overlap(a, b) AS CASE WHEN list_has_any(a, b) THEN true WHEN len(a) > list_count(a) OR len(b) > list_count(b) THEN NULL ELSE list_has_any(a, b) END`,
  `CREATE OR REPLACE MACRO t_array_remove(a, x) AS CASE WHEN x IS NOT NULL THEN list_filter(a, lambda e: e IS DISTINCT FROM x) END`,
  `CREATE OR REPLACE MACRO t_array_max(a) AS CASE WHEN len(a) > list_count(a) THEN NULL ELSE list_max(a) END`,
  `CREATE OR REPLACE MACRO t_array_min(a) AS CASE WHEN len(a) > list_count(a) THEN NULL ELSE list_min(a) END`,
  `CREATE OR REPLACE MACRO t_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST')`,
  `CREATE OR REPLACE MACRO t_any_match(a) AS CASE WHEN a IS NULL THEN NULL WHEN coalesce(list_bool_or(a), false) THEN true WHEN len(a) > list_count(a) THEN NULL ELSE false END`,
  `CREATE OR REPLACE MACRO t_all_match(a) AS CASE WHEN a IS NULL THEN NULL WHEN NOT coalesce(list_bool_and(a), true) THEN false WHEN len(a) > list_count(a) THEN NULL ELSE true END`,
];

/** DuckDB statements to run once per connection, in this order. */
export const MACROS: readonly string[] = [...FAILURES, TYPE_CLASS, ...COMPARISONS, ...ARITHMETIC, ...TEXT_OF_NUMBERS, ...TIME, ...JSON_MACROS, ...TEXT, ...ARRAYS];

/** Makes a connection compute as Trino does: the macros, and UTC as the session's zone. */
export const prepareConnection = async (connection: DuckDBConnection): Promise<void> => {
  await connection.run("SET TimeZone='UTC'");
  for (const macro of MACROS) await connection.run(macro);
};
