import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

/** What Athena refuses must be refused here, or a green run on this machine means nothing. */
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE lake');
  await cloud.run(`CREATE TABLE lake.orders (id string, n int, amount decimal(10,2), at timestamp, day date) PARTITIONED BY (day) LOCATION 's3://lake/orders/' TBLPROPERTIES ('table_type'='ICEBERG')`);
  await cloud.run(`CREATE EXTERNAL TABLE lake.raw (id string) PARTITIONED BY (dt string) STORED AS PARQUET LOCATION 's3://lake/raw/'`);
});
afterAll(() => cloud.stop());

const iceberg = (columns: string, rest: string): string => `CREATE TABLE lake.t (${columns}) ${rest}`;
const ICEBERG = `TBLPROPERTIES ('table_type'='ICEBERG')`;

const REFUSED: [behaviour: string, sql: string, reason: RegExp][] = [
  ['an unknown property of an Iceberg table', iceberg('id string', `LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG', 'write.merge.mode'='copy-on-write')`), /^Unsupported table property key: write\.merge\.mode$/],
  ['EXTERNAL on an Iceberg table', `CREATE EXTERNAL TABLE lake.t (id string) LOCATION 's3://lake/t/' ${ICEBERG}`, /^External keyword not supported for table type ICEBERG$/],
  ['STORED AS on an Iceberg table', iceberg('id string', `STORED AS PARQUET LOCATION 's3://lake/t/' ${ICEBERG}`), /^Iceberg create table statement does not allow STORED AS\/BY$/],
  ['ROW FORMAT on an Iceberg table', iceberg('id string', `ROW FORMAT SERDE 'x' LOCATION 's3://lake/t/' ${ICEBERG}`), /does not allow ROW FORMAT/],
  ['the root of a bucket as a location', iceberg('id string', `LOCATION 's3://lake/' ${ICEBERG}`), /root of a bucket/],
  ['a bucket that is not there', iceberg('id string', `LOCATION 's3://nowhere/t/' ${ICEBERG}`), /does not exist/],
  ['an Iceberg table without a location', iceberg('id string', ICEBERG), /LOCATION/],
  ['types Iceberg has not', iceberg('id smallint', `LOCATION 's3://lake/t/' ${ICEBERG}`), /Unsupported Iceberg type: smallint/],
  ['NOT NULL, which Athena’s DDL has not', iceberg('id string NOT NULL', `LOCATION 's3://lake/t/' ${ICEBERG}`), /InvalidRequestException: line 1:32: mismatched input 'NOT'/],
  ['a table that is neither EXTERNAL nor Iceberg', iceberg('id string', `LOCATION 's3://lake/t/'`), /EXTERNAL/],
  ['partition columns with types on an Iceberg table', iceberg('id string', `PARTITIONED BY (d date) LOCATION 's3://lake/t/' ${ICEBERG}`), /takes no types/],
  ['an unknown partition transform', iceberg('id string', `PARTITIONED BY (weekly(id)) LOCATION 's3://lake/t/' ${ICEBERG}`), /Unsupported partition transform: weekly/],
  ['the same column twice', iceberg('id string, id int', `LOCATION 's3://lake/t/' ${ICEBERG}`), /Duplicate column name: id/],
  ['two statements', 'SELECT 1; SELECT 2', /InvalidRequestException: Only one sql statement is allowed\. Got: SELECT 1; SELECT 2/],
  ['backticks in DML', 'SELECT `id` FROM lake.orders', /InvalidRequestException: .*line 1:8/],
  ['double quotes in DDL', 'DROP TABLE "lake"."orders"', /InvalidRequestException: line 1:12: mismatched input '"lake"'/],
  ['double quotes in a column of CREATE TABLE', iceberg('"id" string', `LOCATION 's3://lake/t/' ${ICEBERG}`), /InvalidRequestException: line 1:22/],
  ['a comment before ALTER', '-- add\nALTER TABLE lake.orders ADD COLUMNS (x string)', /InvalidRequestException/],
  ['a comment before DROP', '/* away */ DROP TABLE lake.orders', /InvalidRequestException/],
  ['a comment before OPTIMIZE', '-- pack\nOPTIMIZE lake.orders REWRITE DATA USING BIN_PACK', /InvalidRequestException/],
  ['a comment before VACUUM', '-- expire\nVACUUM lake.orders', /InvalidRequestException/],
  ['UPDATE SET *', 'MERGE INTO lake.orders t USING lake.orders s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *', /InvalidRequestException/],
  ['WHEN NOT MATCHED BY SOURCE', 'MERGE INTO lake.orders t USING lake.orders s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE', /InvalidRequestException/],
  ['a table that is not there', 'SELECT * FROM lake.nope', /^TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog\.lake\.nope' does not exist$/],
  ['a database that is not there', 'SELECT * FROM nope.orders', /^SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist$/],
  ['a catalog that is not there', 'SELECT * FROM other.lake.orders', /CATALOG_NOT_FOUND/],
  ['a column that is not there', 'SELECT id, nope FROM lake.orders', /^COLUMN_NOT_FOUND: line 1:12: Column 'nope' cannot be resolved or requester is not authorized to access requested resources$/],
  ['a column that is not there in DDL', 'ALTER TABLE lake.orders DROP COLUMN nope', /nope/],
  ['text for a number in INSERT', `INSERT INTO lake.orders (n) VALUES ('1')`, /^TYPE_MISMATCH/],
  ['a bigint for an integer in INSERT', `INSERT INTO lake.orders (n) SELECT CAST(1 AS bigint)`, /^TYPE_MISMATCH/],
  ['a double for a decimal in INSERT', `INSERT INTO lake.orders (amount) VALUES (1e0)`, /^TYPE_MISMATCH/],
  ['text for a timestamp in MERGE', `MERGE INTO lake.orders t USING (SELECT 'a' AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, at) VALUES (s.id, '2025-01-01 00:00:00')`, /^TYPE_MISMATCH/],
  ['a number for text in UPDATE', `UPDATE lake.orders SET id = 1`, /^TYPE_MISMATCH/],
  ['a date compared with text', `SELECT * FROM lake.orders WHERE day = '2025-01-01'`, /^TYPE_MISMATCH/],
  ['a function Trino has not', 'SELECT nvl(id, 1) FROM lake.orders', /FUNCTION_NOT_FOUND/],
  ['functions of the machine underneath', `SELECT * FROM read_csv('/etc/passwd')`, /FUNCTION_NOT_FOUND|NOT_SUPPORTED|InvalidRequestException/],
  ['OPTIMIZE of an external table', 'OPTIMIZE lake.raw REWRITE DATA USING BIN_PACK', /not an Iceberg table/],
  ['UNLOAD without a format', `UNLOAD (SELECT 1 AS n) TO 's3://lake/unloaded/'`, /format/],
  ['what Athena has no statement for', 'GRANT ALL TO everyone', /InvalidRequestException/],
  ['DROP DATABASE of one with tables', 'DROP DATABASE lake', /not empty/],
];

test.each(REFUSED)('%s is refused', async (_behaviour, sql, reason) => {
  expect(await cloud.failure(sql)).toMatch(reason);
});

test('the longest statement taken has 262,144 bytes', async () => {
  const sql = `SELECT length('${'x'.repeat(262_144 - 17)}')`;
  expect(Buffer.byteLength(sql)).toBe(262_144);
  expect(await cloud.run(sql)).toEqual([[String(262_144 - 17)]]);
});

test('UNLOAD writes into an empty folder only', async () => {
  await cloud.run(`UNLOAD (SELECT 1 AS n, 'x' AS kind) TO 's3://lake/once/' WITH (format = 'PARQUET', compression = 'SNAPPY')`);
  expect(await cloud.failure(`UNLOAD (SELECT 1 AS n) TO 's3://lake/once/' WITH (format = 'PARQUET')`)).toMatch(/^HIVE_PATH_ALREADY_EXISTS/);
  await cloud.run(`CREATE EXTERNAL TABLE lake.once (n int, kind string) STORED AS PARQUET LOCATION 's3://lake/once/'`);
  expect(await cloud.run('SELECT * FROM lake.once')).toEqual([['1', 'x']]);
});
