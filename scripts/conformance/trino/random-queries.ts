/**
 * Random queries over a small table of every type with NULL and extremes in it. The same seed gives the same queries: what differed
 * can be asked again.
 */

/** mulberry32: a small generator that is good enough to choose with. */
export const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export const COLUMNS = ['id', 'i', 'g', 'b', 'd', 'm', 's', 'u', 't', 'day', 'a'] as const;

/** `(VALUES …) AS r(id, i, …)`: integers, a group, a truth, doubles, decimals, texts, times, days, arrays. */
export const TABLE = `(VALUES
  (1, 7, 'x', true, 1.5e0, DECIMAL '12.34', 'abc', 'Zürich 12', TIMESTAMP '2024-02-29 12:34:56.789', DATE '2024-02-29', ARRAY[1, 2, 3]),
  (2, -7, 'x', false, -2.5e0, DECIMAL '-0.01', '', 'b', TIMESTAMP '2023-12-31 23:59:59.999', DATE '2023-12-31', ARRAY[3, NULL]),
  (3, 0, 'y', NULL, 0e0, DECIMAL '0.00', 'a,b,,c', ' pad ', TIMESTAMP '1969-07-20 00:00:00.000', DATE '1969-07-20', CAST(ARRAY[] AS array(integer))),
  (4, 2147483647, 'y', true, nan(), DECIMAL '99999999.99', 'ABC', '12', TIMESTAMP '2024-03-31 01:30:00.001', DATE '2024-03-31', NULL),
  (5, -2147483647, 'y', false, infinity(), DECIMAL '-99999999.99', 'a1b22', '{"k":1.10}', TIMESTAMP '2000-01-01 00:00:00.000', DATE '2000-01-01', ARRAY[2147483647]),
  (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ARRAY[0])
) AS r(id, i, g, b, d, m, s, u, t, day, a)`;

type Kind = 'integer' | 'double' | 'decimal' | 'boolean' | 'text' | 'time' | 'day' | 'array';

/** `$integer` and the like are expressions of that type in turn. */
const FORMS: Readonly<Record<Kind, readonly string[]>> = {
  integer: [
    'i', 'id', '1', '-3', '10', 'NULLIF($integer, $integer)', '($integer + id)', '($integer - id)', '($integer / 3)', '($integer % 5)', '(-id)', 'length($text)', 'strpos($text, $text)', 'CAST($double AS integer)', 'CAST($decimal AS integer)', 'sign($integer)',
    'year($day)', 'day_of_week($day)', 'week($day)', 'month($time)', 'millisecond($time)', 'hour($time)', 'cardinality($array)', 'element_at($array, 1)', 'element_at($array, -1)', `date_diff('day', $day, $day)`, `date_diff('month', $time, $time)`, `date_diff('hour', $time, $time)`,
    'IF($boolean, $integer, $integer)', 'COALESCE($integer, $integer)', 'CASE WHEN $boolean THEN $integer END', 'greatest($integer, id)', 'least($integer, $integer)', 'try_cast($text AS integer)', 'array_position($array, $integer)', 'levenshtein_distance($text, $text)', 'bitwise_and($integer, $integer)', 'bitwise_xor($integer, 255)', 'array_max($array)',
    'reduce($array, 0, (s, x) -> s + coalesce(x % 100, 1), s -> s)', 'codepoint(CAST(substr($text || $text || $g, 1, 1) AS varchar(1)))',
  ],
  double: ['d', '2.5e0', '-0e0', '($double + 1)', '($double * 2)', '($double - $double)', 'CAST($integer AS double)', 'CAST($decimal AS double)', 'abs($double)', 'round($double)', 'round($double, 1)', 'floor($double)', 'ceil($double)', 'truncate($double)', 'sqrt($double)', 'try_cast($text AS double)', 'IF($boolean, $double, $double)', 'to_unixtime($time)'],
  decimal: ['m', '1.50', '($decimal + 1)', '($decimal * 2)', '($decimal - m)', '($decimal / 3.0)', '($decimal % 7)', 'abs(m)', 'round(m, 1)', 'CAST($integer AS decimal(12,2))', 'try_cast($text AS decimal(8,3))', 'COALESCE(m, 0.01)', '(-m)'],
  boolean: [
    'b', 'true', 'NULL', '($integer < $integer)', '($double = $double)', '($double > $double)', '($double <= 1)', '($double <> $double)', '($decimal >= $decimal)', '($text = $text)', '($text < $text)', `($text LIKE '%b%')`, `($text LIKE '_b%')`, `regexp_like($text, '[a-z][0-9]')`, '($time > $time)', '($day = $day)', '($array = $array)',
    '(NOT $boolean)', '($boolean AND $boolean)', '($boolean OR $boolean)', '($integer IS NULL)', '($integer BETWEEN -5 AND $integer)', '($integer IN (7, NULL, 0))', '($integer NOT IN (1, 2))', '($text IS DISTINCT FROM $text)', '($double IS DISTINCT FROM $double)', 'contains($array, $integer)', 'any_match($array, x -> x > $integer)', 'all_match($array, x -> x > 0)',
    '((i, s) = ($integer, $text))', '($array IN ($array, ARRAY[0]))', 'starts_with($text, s)', '($integer = ANY (VALUES 7, NULL))', '($integer > ALL (VALUES 0, -3))', 'is_nan($double)',
  ],
  text: [
    's', 'u', `'b'`, `''`, 'upper($text)', 'lower($text)', 'trim($text)', 'reverse($text)', 'substr($text, 2)', 'substr($text, -2, 1)', `replace($text, 'b', 'xx')`, `split_part($text, ',', 2)`, `lpad($text, 5, '*')`, `concat($text, '-', $text)`, '($text || $text)', 'CAST($integer AS varchar)', 'CAST($decimal AS varchar)', 'CAST($double AS varchar)',
    'CAST($time AS varchar)', 'CAST($day AS varchar)', 'CAST($boolean AS varchar)', `date_format($time, '%Y-%m-%d %H:%i')`, `regexp_extract($text, '([a-z])([0-9])?', 2)`, `regexp_replace($text, '[a-z]', '<$0>')`, `array_join($array, ',')`, `array_join(split($text, ','), '|')`, `json_extract_scalar($text, '$.k')`, 'COALESCE($text, $text)', 'IF($boolean, $text, $text)', `translate($text, 'ab', 'c')`, 'to_hex(md5(to_utf8($text)))', `json_format(CAST($double AS json))`,
    'json_format(CAST($array AS json))', 'url_encode($text)', `format('%s|%5d', $text, $integer)`,
  ],
  time: ['t', `TIMESTAMP '2024-01-31 10:00:00.500'`, `date_trunc('month', $time)`, `date_trunc('hour', $time)`, `date_trunc('week', $time)`, `date_add('month', 1, $time)`, `date_add('day', -3, $time)`, `($time + INTERVAL '90' MINUTE)`, `($time - INTERVAL '1' MONTH)`, 'CAST($day AS timestamp(3))', 'COALESCE($time, t)'],
  day: ['day', `DATE '2024-01-31'`, 'CAST($time AS date)', `date_trunc('quarter', $day)`, `date_add('month', 1, $day)`, `date_add('day', id, $day)`, `($day + INTERVAL '1' YEAR)`, 'last_day_of_month($day)', `try_cast($text AS date)`],
  array: ['a', 'ARRAY[1, NULL]', 'ARRAY[id, i]', 'array_distinct($array)', 'array_sort($array)', 'filter($array, x -> x > 1)', 'transform($array, x -> x / 2)', '($array || a)', 'array_union($array, $array)', 'array_intersect($array, $array)', 'array_except($array, a)', 'array_remove($array, 3)', 'slice($array, 1, 2)', 'reverse($array)', 'sequence(1, id)', 'COALESCE($array, a)', 'flatten(ARRAY[$array, a])'],
};

const KINDS = Object.keys(FORMS) as Kind[];

const AGGREGATES: readonly string[] = [
  'count(*)', 'count($integer)', `count(DISTINCT concat(g, $text))`, 'sum(CAST($integer AS bigint))', 'min($integer)', 'max($text)', 'max($time)', 'min($day)', 'sum($decimal)', 'avg($decimal)', 'count_if($boolean)', 'bool_and($boolean)', 'array_join(array_agg($text ORDER BY id), \';\')', 'max_by($text, id)', 'min_by($integer, id)', 'count(*) FILTER (WHERE $boolean)',
  `listagg($text, '/') WITHIN GROUP (ORDER BY id)`, 'cardinality(map_agg(id, $text))', 'arbitrary(g)', 'array_agg(DISTINCT g ORDER BY g)',
];

const WINDOWS: readonly string[] = [
  'row_number() OVER (PARTITION BY g ORDER BY id)', 'rank() OVER (ORDER BY $boolean)', 'dense_rank() OVER (ORDER BY $text DESC)', 'lag($text) OVER (ORDER BY id)', 'lead($integer, 2, 0) OVER (PARTITION BY g ORDER BY id)', 'sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)', 'count(*) OVER (PARTITION BY $boolean)',
  'first_value($text) IGNORE NULLS OVER (ORDER BY id)', 'last_value($integer) OVER (ORDER BY id)', 'ntile(3) OVER (ORDER BY id)', 'max($day) OVER (ORDER BY id RANGE BETWEEN 2 PRECEDING AND CURRENT ROW)', 'nth_value($text, 2) OVER (ORDER BY id)', 'avg(CAST(id AS double)) OVER (ORDER BY $boolean, id)',
];

/** Random queries in turn: expressions, filters, groups, windows, joins. */
export const randomQueries = (seed: number): (() => string) => {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const expand = (form: string, depth: number): string =>
    form.replace(/\$(\w+)/g, (whole, kind: string) => {
      if (kind === 'g') return `coalesce(g, 'z')`;
      const forms = FORMS[kind as Kind] as readonly string[] | undefined;
      if (!forms) return whole; // a replacement's $0
      const plain = forms.filter((candidate) => !candidate.includes('$'));
      return expand(pick(depth <= 0 ? plain : forms), depth - 1);
    });
  const expression = (depth = 3): string => expand(`$${pick(KINDS)}`, depth);
  const condition = (): string => expand('$boolean', 2);
  const forms: readonly (() => string)[] = [
    () => `SELECT id, ${expression()} AS x FROM ${TABLE} ORDER BY id`,
    () => `SELECT id, ${expression()} AS x, ${expression()} AS y FROM ${TABLE} ORDER BY id`,
    () => `SELECT id FROM ${TABLE} WHERE ${condition()} ORDER BY id`,
    () => `SELECT g, ${expand(pick(AGGREGATES), 2)} AS x, ${expand(pick(AGGREGATES), 2)} AS y FROM ${TABLE} GROUP BY g ORDER BY g`,
    () => `SELECT ${expand('$boolean', 2)} AS k, ${expand(pick(AGGREGATES), 2)} AS x FROM ${TABLE} GROUP BY 1 ORDER BY 1`,
    () => `SELECT id, ${expand(pick(WINDOWS), 1)} AS x FROM ${TABLE} ORDER BY id`,
    () => `SELECT p.id, q.id AS other FROM (SELECT id, ${expand('$integer', 1)} AS k FROM ${TABLE}) p ${pick(['JOIN', 'LEFT JOIN', 'FULL JOIN'])} (SELECT id, ${expand('$integer', 1)} AS k FROM ${TABLE}) q ON p.k = q.k ORDER BY 1, 2`,
    () => `SELECT r.id, e.x, e.n FROM ${TABLE} ${pick(['CROSS JOIN UNNEST($array) WITH ORDINALITY AS e(x, n)', 'LEFT JOIN UNNEST($array) WITH ORDINALITY AS e(x, n) ON true'].map((form) => expand(form, 1)))} ORDER BY 1, 3`,
    () => `SELECT ${expand('$text', 2)} AS x FROM ${TABLE} ${pick(['UNION', 'EXCEPT', 'INTERSECT'])} SELECT ${expand('$text', 2)} FROM ${TABLE} ORDER BY 1`,
    () => `SELECT g, b, count(*) AS n, grouping(g, b) AS l FROM ${TABLE} GROUP BY ${pick(['ROLLUP (g, b)', 'CUBE (g, b)', 'GROUPING SETS ((g), (b), ())'])} ORDER BY 4, 1, 2`,
  ];
  return () => pick(forms)();
};
