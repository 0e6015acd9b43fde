/** Statements and forms the translation must take. No table of theirs is known. */
export const ACCEPTED: readonly (readonly [name: string, sql: string])[] = [
  [
    'merge',
    `MERGE INTO lake.orders AS t
USING (
  SELECT * FROM (
    SELECT s.*, row_number() OVER (PARTITION BY order_id ORDER BY event_ts DESC, seq DESC) AS rn
    FROM lake.stage s WHERE s.load_id = 'x1'
  ) WHERE rn = 1
) AS s
ON t.order_id = s.order_id AND t.day >= DATE '2024-01-01'
WHEN MATCHED AND s.op = 'D' THEN DELETE
WHEN MATCHED AND s.event_ts > t.event_ts THEN UPDATE SET status = s.status, amount = s.amount, event_ts = s.event_ts, tags = s.tags
WHEN NOT MATCHED AND s.op <> 'D' THEN INSERT (order_id, status, amount, event_ts) VALUES (s.order_id, s.status, s.amount, s.event_ts)`,
  ],
  [
    'merge qualified',
    `MERGE INTO "awsdatacatalog"."lake"."orders" t USING lake.stage s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET "status" = s.status, amount = t.amount + s.amount`,
  ],
  [
    'insert',
    `INSERT INTO lake.orders (order_id, amount) SELECT order_id, CAST(amount AS decimal(18,2)) FROM lake.stage`,
  ],
  [
    'insert values',
    `INSERT INTO lake.orders VALUES ('a', 1, TIMESTAMP '2024-01-01 00:00:00.000000'), ('b', NULL, NULL)`,
  ],
  [
    'delete',
    `DELETE FROM lake.orders WHERE day = DATE '2024-01-01' AND order_id IN (SELECT order_id FROM lake.bad)`,
  ],
  [
    'update',
    `UPDATE lake.orders SET status = 'x', amount = amount * 2 WHERE order_id = 'a'`,
  ],
  [
    'json1',
    `SELECT json_extract_scalar(payload, '$.a.b[0].c'), json_extract(payload, '$.a'), json_array_length(json_extract(payload,'$.items')), json_format(json_extract(payload,'$.a')), CAST(json_extract(payload,'$.xs') AS array(varchar)), json_parse(payload), json_size(payload,'$.a'), json_array_get(payload, 0), json_array_contains(payload, 2), is_json_scalar(payload) FROM t`,
  ],
  [
    'json2',
    `SELECT CAST(ROW(1, 'x') AS ROW(a integer, b varchar)) AS r, CAST(CAST(ROW(1,'x') AS ROW(a integer, b varchar)) AS JSON) FROM t`,
  ],
  [
    'json unnest',
    `SELECT u.item FROM t CROSS JOIN UNNEST(CAST(json_extract(payload, '$.items') AS array(json))) AS u(item)`,
  ],
  [
    'json rows',
    `SELECT u.sku, u.qty FROM t CROSS JOIN UNNEST(CAST(json_parse(payload) AS ARRAY(ROW(sku varchar, qty integer)))) AS u(sku, qty)`,
  ],
  [
    'iso',
    `SELECT from_iso8601_timestamp(x), CAST(from_iso8601_timestamp(x) AS timestamp(6)), from_iso8601_date(x), to_iso8601(ts), from_unixtime(n), to_unixtime(ts) FROM t`,
  ],
  [
    'dates',
    `SELECT date_parse(x, '%Y-%m-%d %H:%i:%s'), date_diff('second', a, b), date_diff('day', a, b), date_diff('month', a, b), date_add('day', -3, a), a + INTERVAL '7' DAY, a - INTERVAL '1' HOUR, date_trunc('week', a), date_trunc('day', a), at_timezone(z, 'Europe/Berlin'), z AT TIME ZONE 'UTC', with_timezone(a, 'UTC'), date_format(a, '%Y-%m-%d %H:%i:%s'), format_datetime(a, 'yyyy-MM-dd HH:mm:ss'), parse_datetime(x, 'yyyy-MM-dd'), day_of_week(a), dow(a), day_of_year(a), week(a), week_of_year(a), year_of_week(a), extract(dow from a), year(a), month(a), day(a), hour(a), last_day_of_month(a), current_timestamp, now(), current_date, localtimestamp, date(a), CAST(a AS date) FROM t`,
  ],
  [
    'casts',
    `SELECT CAST(x AS timestamp(6)), CAST(x AS timestamp(3) with time zone), CAST(x AS varchar), CAST(x AS varchar(10)), TRY_CAST(x AS bigint), try(CAST(x AS integer)), CAST(x AS double), CAST(x AS real), CAST(x AS decimal(38,9)), CAST(x AS varbinary), CAST(x AS map(varchar, varchar)), CAST(NULL AS array(row(a varchar, b bigint))) FROM t`,
  ],
  [
    'arrays',
    `SELECT array_agg(x ORDER BY y), array_agg(x ORDER BY y DESC) FILTER (WHERE x IS NOT NULL), array_agg(DISTINCT x), array_join(array_agg(x ORDER BY y), ','), array_join(arr, ',', 'NULL'), element_at(arr, 1), element_at(arr, -1), arr[1], cardinality(arr), array_distinct(arr), array_sort(arr), array_max(arr), contains(arr, 3), array_position(arr, 3), slice(arr, 2, 2), arr || ARRAY[1], concat(arr, ARRAY[2]), array_union(a,b), array_intersect(a,b), array_except(a,b), flatten(aa), reverse(arr), sequence(1, 10), sequence(DATE '2024-01-01', DATE '2024-01-31', INTERVAL '1' DAY), repeat('x', 3), zip(a,b), arrays_overlap(a,b), array_remove(arr, 1), listagg(x, ',') WITHIN GROUP (ORDER BY y) FROM t`,
  ],
  [
    'lambdas',
    `SELECT filter(arr, x -> x > 1), transform(arr, x -> x * 2), reduce(arr, 0, (s, x) -> s + x, s -> s), any_match(arr, x -> x > 1), all_match(arr, x -> x>1), none_match(arr, x -> x>1), transform_values(m, (k,v) -> v+1), map_filter(m, (k,v) -> v>1), zip_with(a, b, (x,y) -> x + y) FROM t`,
  ],
  [
    'maps',
    `SELECT MAP(ARRAY['a','b'], ARRAY[1,2]), element_at(m, 'a'), m['a'], map_keys(m), map_values(m), map_agg(k, v), map_concat(m, m2), map_from_entries(ARRAY[ROW('a',1)]), map_entries(m), cardinality(m), histogram(x), split_to_map(s, ',', '=') FROM t GROUP BY 1`,
  ],
  [
    'aggs',
    `SELECT max_by(x, y), min_by(x, y), max_by(x, y, 3), approx_distinct(x), approx_percentile(x, 0.5), approx_percentile(x, ARRAY[0.5, 0.9]), count_if(x > 1), bool_and(x>1), bool_or(x>1), every(x>1), arbitrary(x), any_value(x), geometric_mean(x), stddev(x), variance(x), stddev_pop(x), corr(x,y), count(DISTINCT x), sum(x) FILTER (WHERE y > 1), sum(x), avg(x), bitwise_and_agg(x) FROM t`,
  ],
  [
    'unnest',
    `SELECT t.id, u.x, u.ord FROM t CROSS JOIN UNNEST(t.arr) WITH ORDINALITY AS u(x, ord)`,
  ],
  [
    'unnest left',
    `SELECT t.id, u.x FROM t LEFT JOIN UNNEST(t.arr) AS u(x) ON TRUE`,
  ],
  [
    'unnest multi',
    `SELECT id, a, b FROM t CROSS JOIN UNNEST(arr1, arr2) AS u(a, b)`,
  ],
  [
    'unnest map',
    `SELECT id, k, v FROM t CROSS JOIN UNNEST(m) AS u(k, v)`,
  ],
  [
    'unnest seq',
    `SELECT d FROM UNNEST(sequence(DATE '2024-01-01', DATE '2024-01-31', INTERVAL '1' DAY)) AS s(d)`,
  ],
  [
    'unnest seq int',
    `SELECT n FROM UNNEST(sequence(1, 10)) AS s(n)`,
  ],
  [
    'unnest row',
    `SELECT sku, qty FROM t CROSS JOIN UNNEST(items) AS u(sku, qty)`,
  ],
  [
    'strings',
    `SELECT regexp_like(x, '^a.*b$'), regexp_extract(x, '(\\d+)-(\\d+)', 2), regexp_extract(x, '\\d+'), regexp_replace(x, '[^a-z]+', '-'), regexp_replace(x, '(a)(b)', '$2$1'), regexp_extract_all(x, '\\d+'), split(x, ','), split_part(x, ',', 2), substr(x, 2, 3), substring(x, 2), strpos(x, 'b'), position('b' IN x), length(x), lower(x), trim(x), ltrim(x), replace(x, 'a', 'b'), replace(x,'a'), lpad(x, 5, '0'), rpad(x, 5, ' '), concat(x, 'a', 'b'), x || 'y', starts_with(x, 'a'), reverse(x), chr(65), codepoint('A'), levenshtein_distance(x, y), hamming_distance(x,y), normalize(x), translate(x, 'a', 'b'), format('%s-%d', x, 1), concat_ws(',', x, y), upper(x) FROM t`,
  ],
  [
    'like',
    `SELECT x LIKE 'a\\_%' ESCAPE '\\', x NOT LIKE 'a%', x BETWEEN 'a' AND 'b', x IS DISTINCT FROM y, x IS NOT DISTINCT FROM y FROM t`,
  ],
  [
    'hashes',
    `SELECT to_hex(sha256(to_utf8(x))), lower(to_hex(md5(to_utf8(x)))), to_base64(to_utf8(x)), from_base64(x), from_utf8(b), from_hex(x), to_hex(sha1(to_utf8(x))), uuid() FROM t`,
  ],
  [
    'math',
    `SELECT a / b, a % b, mod(a, b), CAST(a AS double) / b, round(x, 2), truncate(x, 2), truncate(x), floor(x), ceil(x), power(a, 2), sqrt(x), abs(a), sign(a), greatest(a, b), least(a, b), rand(), random(1,10), bitwise_and(a, b), bitwise_xor(a,b), ln(x), log(2, x), log10(x), exp(x), is_nan(x), nan(), infinity(), pi(), cbrt(x) FROM t`,
  ],
  [
    'conditionals',
    `SELECT if(a > 1, 'x', 'y'), if(a > 1, 'x'), coalesce(a, b), nullif(a, b), CASE a WHEN 1 THEN 'x' ELSE 'y' END, try(a / 0), a IS NULL FROM t`,
  ],
  [
    'windows',
    `SELECT row_number() OVER (PARTITION BY a ORDER BY b DESC), lag(x, 1) OVER w, lead(x) IGNORE NULLS OVER (ORDER BY y), first_value(x) OVER (PARTITION BY a ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), sum(x) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW), ntile(4) OVER (ORDER BY x), percent_rank() OVER (ORDER BY x) FROM t WINDOW w AS (PARTITION BY a ORDER BY b)`,
  ],
  [
    'grouping',
    `SELECT a, b, sum(x), grouping(a, b) FROM t GROUP BY GROUPING SETS ((a, b), (a), ()) ORDER BY a, b DESC NULLS LAST LIMIT 10`,
  ],
  [
    'rollup',
    `SELECT a, sum(x) FROM t GROUP BY ROLLUP(a) HAVING sum(x) > 1 ORDER BY 2 DESC`,
  ],
  [
    'order nulls',
    `SELECT * FROM t ORDER BY a, b DESC, c NULLS FIRST OFFSET 5 LIMIT 10`,
  ],
  [
    'fetch first',
    `SELECT * FROM t ORDER BY a FETCH FIRST 10 ROWS ONLY`,
  ],
  [
    'values',
    `SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(id, name)`,
  ],
  [
    'with values',
    `WITH s(id, ts) AS (VALUES (1, TIMESTAMP '2024-01-01 00:00:00.123456')), r AS (SELECT * FROM s) SELECT * FROM r`,
  ],
  [
    'recursive',
    `WITH RECURSIVE c(n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10) SELECT * FROM c`,
  ],
  [
    'set ops',
    `SELECT a FROM t EXCEPT SELECT a FROM u UNION ALL (SELECT a FROM v INTERSECT SELECT a FROM w)`,
  ],
  [
    'time travel ts',
    `SELECT * FROM lake.orders FOR TIMESTAMP AS OF TIMESTAMP '2024-01-01 00:00:00 UTC'`,
  ],
  [
    'time travel ts2',
    `SELECT * FROM lake.orders FOR TIMESTAMP AS OF (current_timestamp - interval '1' day) AS o WHERE o.id = 1`,
  ],
  [
    'time travel v',
    `SELECT * FROM lake.orders FOR VERSION AS OF 949530903748831860`,
  ],
  [
    'meta snap',
    `SELECT * FROM "lake"."orders$snapshots" ORDER BY committed_at DESC`,
  ],
  [
    'meta files',
    `SELECT * FROM lake."orders$files"`,
  ],
  [
    'meta path',
    `SELECT "$path", count(*) FROM lake.orders GROUP BY "$path"`,
  ],
  [
    'params',
    `SELECT * FROM lake.orders WHERE id = ? AND n > ?`,
  ],
  [
    'tstz lit',
    `SELECT TIMESTAMP '2024-01-01 00:00:00 UTC', TIMESTAMP '2024-01-01 00:00:00.123 Europe/Berlin', TIMESTAMP '2024-01-01 00:00:00.123456', TIME '10:00:00', X'65683F', 1e0, 1.5, DECIMAL '1.50', 10000000000, INTERVAL '2' MONTH, INTERVAL '1-2' YEAR TO MONTH, INTERVAL '3' DAY * 2, U&'\\00e9'`,
  ],
  [
    'lateral',
    `SELECT * FROM t CROSS JOIN LATERAL (SELECT max(x) AS mx FROM u WHERE u.id = t.id)`,
  ],
  [
    'row deref',
    `SELECT r.a, r.b.c, "r"."a" FROM t`,
  ],
  [
    'exists',
    `SELECT * FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id) AND a NOT IN (SELECT a FROM v) AND b > ALL (SELECT b FROM w) AND (a, b) IN (SELECT a, b FROM x)`,
  ],
  [
    'quoted',
    `SELECT "order", "Group", t."user" FROM "lake"."my-table" t WHERE "order" = 'x''y'`,
  ],
  [
    'comment',
    `-- hello
SELECT /* c */ 1 -- tail`,
  ],
  [
    'using join',
    `SELECT id, a, b FROM t JOIN u USING (id) LEFT JOIN v ON t.a = v.id FULL OUTER JOIN w ON w.id = v.id`,
  ],
  ['functions computed in JavaScript', `SELECT multimap_agg(k,v), soundex(x), to_hex(sha512(to_utf8(x))), xxhash64(to_utf8(x)), crc32(to_utf8(x)), hmac_sha256(to_utf8(x), to_utf8('k')), width_bucket(x, 0, 10, 5), from_base('ff', 16), to_base(255, 16) FROM t`],
];

/** What Trino can do and this engine cannot: refused by name, never handed on. */
export const NOT_SUPPORTED: readonly (readonly [sql: string, message: string])[] = [
  [`SELECT json_value(payload, 'lax $.a') FROM t`, `NOT_SUPPORTED: json_value(payload,'lax $.a') is not supported locally`],
  [`SELECT json_query(payload, 'lax $.b') FROM t`, `NOT_SUPPORTED: json_query(payload,'lax $.b') is not supported locally`],
  [`SELECT json_exists(payload, 'lax $.c') FROM t`, `NOT_SUPPORTED: json_exists(payload,'lax $.c') is not supported locally`],
  [`SELECT from_iso8601_timestamp_nanos(x) FROM t`, `NOT_SUPPORTED: Function from_iso8601_timestamp_nanos is not supported locally`],
  [`SELECT from_unixtime_nanos(n) FROM t`, `NOT_SUPPORTED: Function from_unixtime_nanos is not supported locally`],
  [`SELECT checksum(x) FROM t`, `NOT_SUPPORTED: Function checksum is not supported locally`],
  [`SELECT word_stem(x) FROM t`, `NOT_SUPPORTED: Function word_stem is not supported locally`],
  [`SELECT from_big_endian_64(b) FROM t`, `NOT_SUPPORTED: Function from_big_endian_64 is not supported locally`],
  [`SELECT to_big_endian_64(n) FROM t`, `NOT_SUPPORTED: Function to_big_endian_64 is not supported locally`],
  [`SELECT bitwise_shift_left(a, 2) FROM t`, `NOT_SUPPORTED: Function bitwise_shift_left is not supported locally`],
  [`SELECT * FROM t ORDER BY a FETCH FIRST 10 ROWS WITH TIES`, `NOT_SUPPORTED: FETCH FIRST … WITH TIES is not supported locally`],
  [`SELECT * FROM t TABLESAMPLE BERNOULLI (10)`, `NOT_SUPPORTED: TABLESAMPLE is not supported locally`],
  [`SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY a ORDER BY b MEASURES A.x AS ax PATTERN (A B+) DEFINE B AS B.x > PREV(B.x))`, `NOT_SUPPORTED: MATCH_RECOGNIZE is not supported locally`],
];
