import fc from 'fast-check';
import { tokenize } from '../../../localcloud/athena/statements/tokens.ts';

/** Statements that are taken as they are, of every kind there is. */
export const VALID_STATEMENTS: readonly string[] = [
  `SELECT id, count(*) AS n FROM lake.orders WHERE n > 1 AND id IN ('a', 'b') GROUP BY id HAVING count(*) > 0 ORDER BY id DESC LIMIT 5`,
  `WITH x AS (SELECT id, n FROM lake.orders) SELECT x.id, CAST(x.n AS varchar) FROM x LEFT JOIN lake.raw AS r ON r.id = x.id`,
  `SELECT CASE WHEN n = 1 THEN 'one' ELSE coalesce(id, 'x') END FROM lake.orders FOR TIMESTAMP AS OF current_timestamp`,
  `INSERT INTO lake.orders (id, n) VALUES ('c', 3), ('d', 4)`,
  `INSERT INTO lake.raw SELECT id, 'today' FROM lake.orders`,
  `UPDATE lake.orders SET n = n + 1 WHERE id = 'a'`,
  `DELETE FROM lake.orders WHERE id = 'nobody'`,
  `MERGE INTO lake.orders AS t USING (SELECT 'a' AS id, 5 AS n) AS s ON t.id = s.id WHEN MATCHED AND s.n > t.n THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n)`,
  `CREATE TABLE lake.fresh (id string COMMENT 'key', n int) PARTITIONED BY (bucket(4, id)) LOCATION 's3://lake/fresh/' TBLPROPERTIES ('table_type'='ICEBERG', 'format'='parquet')`,
  `CREATE EXTERNAL TABLE IF NOT EXISTS lake.outside (id string, place struct<a:int,b:array<string>>) PARTITIONED BY (dt string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' STORED AS TEXTFILE LOCATION 's3://lake/outside/' TBLPROPERTIES ('skip.header.line.count'='1')`,
  `CREATE TABLE lake.made WITH (table_type = 'ICEBERG', is_external = false, location = 's3://lake/made/') AS SELECT id, n FROM lake.orders`,
  `CREATE TABLE lake.parts WITH (format = 'JSON', external_location = 's3://lake/parts/', partitioned_by = ARRAY['id']) AS SELECT n, id FROM lake.orders`,
  `CREATE OR REPLACE VIEW lake.v AS SELECT id FROM lake.orders WHERE n = 1`,
  `CREATE DATABASE IF NOT EXISTS other COMMENT 'x' LOCATION 's3://lake/other/' WITH DBPROPERTIES ('a'='b')`,
  `ALTER TABLE lake.orders ADD COLUMNS (note string, more_notes array<string>)`,
  `ALTER TABLE lake.orders CHANGE COLUMN n n bigint COMMENT 'wider' AFTER id`,
  `ALTER TABLE lake.orders SET TBLPROPERTIES ('vacuum_min_snapshots_to_keep'='3')`,
  `ALTER TABLE lake.raw ADD IF NOT EXISTS PARTITION (dt = 'a') LOCATION 's3://lake/raw/a/' PARTITION (dt = 'b')`,
  `ALTER TABLE lake.raw DROP IF EXISTS PARTITION (dt = 'a'), PARTITION (dt = 'b')`,
  `OPTIMIZE lake.orders REWRITE DATA USING BIN_PACK`,
  `VACUUM lake.orders`,
  `UNLOAD (SELECT id, n FROM lake.orders) TO 's3://lake/unloaded/' WITH (format = 'TEXTFILE', field_delimiter = '|')`,
  `PREPARE q FROM SELECT id FROM lake.orders WHERE n = ?`,
  `EXECUTE q USING 1`,
  `EXPLAIN (FORMAT JSON) SELECT id FROM lake.orders`,
  `SHOW TABLES IN lake 'or*|ra*'`,
  `SHOW CREATE TABLE lake.orders`,
  `SHOW TBLPROPERTIES lake.orders('table_type')`,
  `DESCRIBE FORMATTED lake.raw`,
  `MSCK REPAIR TABLE lake.raw`,
];

type Edit = { kind: 'drop' | 'double' | 'swap'; at: number; other: number } | { kind: 'replace'; at: number; by: string };

/** Words from all over the grammar, quotes and pieces of them, and what is no SQL at all. */
const WORDS = ['SELECT', 'FROM', 'TABLE', 'AS', 'WITH', '(', ')', ',', ';', '*', '=', "'x'", '"y"', '`z`', '1', '-1', '1e400', 'NULL', 'lake', 'ARRAY', '[', ']', '<', '>', '?', "'", '"', '--', '/*', '\u0000', '💥', '::', '$1', 'INTERVAL', 'UNION', 'PARTITION', 'NOT', 'EXISTS', 'IF'];

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('drop' as const, 'double' as const, 'swap' as const), at: fc.nat(200), other: fc.nat(200) }),
  fc.record({ kind: fc.constant('replace' as const), at: fc.nat(200), by: fc.constantFrom(...WORDS) }),
);

/** A valid statement whose words were dropped, doubled, swapped or replaced; blanks stand between all of them. */
export const mutatedStatement: fc.Arbitrary<string> = fc.tuple(fc.constantFrom(...VALID_STATEMENTS), fc.array(edit, { minLength: 1, maxLength: 3 })).map(([sql, edits]) => {
  const words = tokenize(sql).flatMap((token) => (token.kind === 'end' ? [] : [sql.slice(token.start, token.end)]));
  for (const change of edits) {
    const at = change.at % words.length;
    if (change.kind === 'replace') words[at] = change.by;
    else if (change.kind === 'drop') words.splice(at, words.length > 1 ? 1 : 0);
    else if (change.kind === 'double') words.splice(at, 0, words[at] ?? '');
    else [words[at], words[change.other % words.length]] = [words[change.other % words.length] ?? '', words[at] ?? ''];
  }
  return words.join(' ').replaceAll(/ ?\. ?/g, '.');
});
