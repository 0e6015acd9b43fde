import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

/** What Athena refuses must be refused here, or a green run on this machine means nothing. */
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE lake');
  await cloud.run(`CREATE TABLE lake.orders (id string, n int, amount decimal(10,2), at timestamp, day date) PARTITIONED BY (day) LOCATION 's3://lake/orders/' TBLPROPERTIES ('table_type'='ICEBERG')`);
  await cloud.run(`CREATE EXTERNAL TABLE lake.raw (id string) PARTITIONED BY (dt string) STORED AS PARQUET LOCATION 's3://lake/raw/'`);
  await cloud.run('CREATE VIEW lake.v AS SELECT id FROM lake.orders');
});
afterAll(() => cloud.stop());

const iceberg = (columns: string, rest: string): string => `CREATE TABLE lake.t (${columns}) ${rest}`;
const ctas = (select: string): string => `CREATE TABLE lake.t WITH (table_type = 'ICEBERG', is_external = false, location = 's3://lake/t/') AS SELECT ${select}`;
const ICEBERG = `TBLPROPERTIES ('table_type'='ICEBERG')`;

/**
 * Where a text is from. `docs`: the Athena User Guide quotes it. `trino`: Trino's source or a real Trino. `reported`: answers of AWS
 * that others published (athena-local's measurements, reports of users). `hive`: Hive's own. `unconfirmed`: only that it is refused is known.
 */
type Source = 'docs' | 'trino' | 'reported' | 'hive' | 'unconfirmed' | 'local';

/** `start`: rejected by StartQueryExecution. A number: FAILED, with this AthenaError.ErrorType. */
type Refusal = [behaviour: string, sql: string, how: 'start' | number, reason: RegExp, source: Source];

const REFUSED: Refusal[] = [
  // CREATE TABLE
  ['an unknown property of an Iceberg table', iceberg('id string', `LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG', 'write.merge.mode'='copy-on-write')`), 1200, /^Unsupported table property key: write\.merge\.mode$/, 'docs'],
  ['EXTERNAL on an Iceberg table', `CREATE EXTERNAL TABLE lake.t (id string) LOCATION 's3://lake/t/' ${ICEBERG}`, 'start', /^External keyword not supported for table type ICEBERG$/, 'docs'],
  ['a table that is neither EXTERNAL nor Iceberg', iceberg('id string', `LOCATION 's3://lake/t/'`), 'start', /^External keyword required for table type HIVE$/, 'reported'],
  ['a table without a location', iceberg('id string', ICEBERG), 'start', /^No location was specified for table\./, 'reported'],
  ['STORED AS on an Iceberg table', iceberg('id string', `STORED AS PARQUET LOCATION 's3://lake/t/' ${ICEBERG}`), 1200, /^Iceberg create table statement does not allow STORED AS\/BY$/, 'reported'],
  ['ROW FORMAT on an Iceberg table, before STORED AS', iceberg('id string', `ROW FORMAT SERDE 'x' STORED AS PARQUET LOCATION 's3://lake/t/' ${ICEBERG}`), 1200, /^Iceberg create table statement does not allow ROW FORMAT$/, 'reported'],
  ['CLUSTERED BY on an Iceberg table, before all else', iceberg('id string', `CLUSTERED BY (id) INTO 4 BUCKETS ROW FORMAT SERDE 'x' LOCATION 's3://lake/t/' ${ICEBERG}`), 1200, /^Iceberg create table statement does not allow CLUSTERED BY$/, 'reported'],
  ['partition columns with types on an Iceberg table', iceberg('id string', `PARTITIONED BY (d date) LOCATION 's3://lake/t/' ${ICEBERG}`), 1006, /^Invalid PARTITIONED BY clause in Iceberg create table statement$/, 'reported'],
  ['an Iceberg table without columns', `CREATE TABLE lake.t LOCATION 's3://lake/t/' ${ICEBERG}`, 1006, /^At least one column is required for Iceberg create table statement$/, 'reported'],
  ['the root of a bucket as a location', iceberg('id string', `LOCATION 's3://lake/' ${ICEBERG}`), 1000, /root of a bucket/, 'unconfirmed'],
  ['a bucket that is not there', iceberg('id string', `LOCATION 's3://nowhere/t/' ${ICEBERG}`), 1000, /does not exist/, 'unconfirmed'],
  ['a location with wildcards', `CREATE EXTERNAL TABLE lake.t (id string) LOCATION 's3://lake/t/*'`, 1000, /Invalid table location/, 'unconfirmed'],
  ['a location that is not in S3', `CREATE EXTERNAL TABLE lake.t (id string) LOCATION 'hdfs://lake/t/'`, 1006, /not an S3 URI/, 'unconfirmed'],
  ['types Iceberg has not: smallint', iceberg('id smallint', `LOCATION 's3://lake/t/' ${ICEBERG}`), 1006, /Unsupported Iceberg type: smallint/, 'unconfirmed'],
  ['types Iceberg has not: tinyint', iceberg('id tinyint', `LOCATION 's3://lake/t/' ${ICEBERG}`), 1006, /Unsupported Iceberg type: tinyint/, 'unconfirmed'],
  ['types Iceberg has not: char, within others too', iceberg('id array<char(3)>', `LOCATION 's3://lake/t/' ${ICEBERG}`), 1006, /Unsupported Iceberg type: char\(3\)/, 'unconfirmed'],
  ['types Athena’s Iceberg DDL has not: timestamptz', iceberg('at timestamptz', `LOCATION 's3://lake/t/' ${ICEBERG}`), 1006, /Unsupported Iceberg type: timestamptz/, 'unconfirmed'],
  ['types Hive has not, within others too', `CREATE EXTERNAL TABLE lake.t (id array<struct<a:uuid>>) LOCATION 's3://lake/t/'`, 1003, /cannot recognize input near 'uuid'/, 'unconfirmed'],
  ['a type nobody has', iceberg('id strin', `LOCATION 's3://lake/t/' ${ICEBERG}`), 'start', /^line 1:25: unknown type 'strin'$/, 'unconfirmed'],
  ['NOT NULL, which Athena’s DDL has not', iceberg('id string NOT NULL', `LOCATION 's3://lake/t/' ${ICEBERG}`), 'start', /^line 1:32: mismatched input 'NOT'/, 'reported'],
  ['a transform that does not take the type', iceberg('id string', `PARTITIONED BY (day(id)) LOCATION 's3://lake/t/' ${ICEBERG}`), 1200, /^NOT_SUPPORTED: Invalid source type string for transform: day$/, 'trino'],
  ['a partition by a column that is not there', iceberg('id string', `PARTITIONED BY (nope) LOCATION 's3://lake/t/' ${ICEBERG}`), 1006, /^COLUMN_NOT_FOUND: .*nope$/, 'unconfirmed'],
  ['the same partition twice', iceberg('id string', `PARTITIONED BY (id, id) LOCATION 's3://lake/t/' ${ICEBERG}`), 1006, /Cannot add redundant partition: id$/, 'unconfirmed'],
  ['a field twice in a struct', iceberg('s struct<a:int,A:string>', `LOCATION 's3://lake/t/' ${ICEBERG}`), 'start', /duplicate field 'a' in a struct$/, 'unconfirmed'],
  ['the same new column twice', 'ALTER TABLE lake.orders ADD COLUMNS (x int, X string)', 1006, /Duplicate column name: x$/, 'hive'],
  ['a table’s type changed', `ALTER TABLE lake.orders SET TBLPROPERTIES ('table_type'='HIVE')`, 1200, /^Unsupported table property key: table_type$/, 'unconfirmed'],
  ['a partition of an array', `CREATE TABLE lake.t WITH (external_location = 's3://lake/t/', partitioned_by = ARRAY['p']) AS SELECT 1 AS n, ARRAY[1] AS p`, 1200, /^NOT_SUPPORTED: Unsupported type \[array\(integer\)\] for partition: p$/, 'trino'],
  ['UNLOAD of a name twice', `UNLOAD (SELECT 1 AS n, 2 AS n) TO 's3://lake/unloaded/' WITH (format = 'JSON')`, 1006, /^DUPLICATE_COLUMN_NAME: /, 'unconfirmed'],
  ['an unknown partition transform', iceberg('id string', `PARTITIONED BY (weekly(id)) LOCATION 's3://lake/t/' ${ICEBERG}`), 'start', /Unsupported partition transform: weekly/, 'unconfirmed'],
  ['the same column twice', iceberg('id string, ID int', `LOCATION 's3://lake/t/' ${ICEBERG}`), 1006, /Duplicate column name: id/, 'hive'],
  ['a partition column that is a column too', `CREATE EXTERNAL TABLE lake.t (id string) PARTITIONED BY (id string) LOCATION 's3://lake/t/'`, 1006, /Duplicate column name: id/, 'hive'],
  ['an Iceberg table of ORC', iceberg('id string', `LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG', 'format'='orc')`), 1200, /not supported locally/, 'local'],
  ['a value a property has not', iceberg('id string', `LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type'='ICEBERG', 'vacuum_min_snapshots_to_keep'='few')`), 1000, /vacuum_min_snapshots_to_keep/, 'unconfirmed'],
  ['a table that is there', `CREATE EXTERNAL TABLE lake.raw (id string) LOCATION 's3://lake/raw/'`, 1003, /^FAILED: Execution Error, return code 1 from org\.apache\.hadoop\.hive\.ql\.exec\.DDLTask\. AlreadyExistsException\(message:Table raw already exists\.\)$/, 'hive'],
  ['buckets of an external table', `CREATE EXTERNAL TABLE lake.t (id string) CLUSTERED BY (id) INTO 4 BUCKETS LOCATION 's3://lake/t/'`, 1200, /not supported locally/, 'local'],
  // CREATE TABLE AS, Iceberg
  ['CTAS of smallint', ctas('CAST(1 AS smallint) AS n'), 1200, /^NOT_SUPPORTED: Type not supported for Iceberg: smallint$/, 'trino'],
  ['CTAS of timestamps of milliseconds', ctas(`CAST(TIMESTAMP '2025-01-01 00:00:00' AS timestamp(3)) AS at`), 1200, /^NOT_SUPPORTED: Timestamp precision \(3\) not supported for Iceberg\. Use "timestamp\(6\)" instead\.$/, 'trino'],
  ['CTAS with is_external = true', `CREATE TABLE lake.t WITH (table_type = 'ICEBERG', location = 's3://lake/t/') AS SELECT 1 AS n`, 1103, /is_external = false/, 'unconfirmed'],
  ['CTAS with an unknown table type', `CREATE TABLE lake.t WITH (table_type = 'DELTA') AS SELECT 1 AS n`, 1103, /'table_type' to \['DELTA'\]/, 'trino'],
  ['CTAS over a table that is there', ctas('1 AS n').replace('lake.t', 'lake.orders'), 1110, /^TABLE_ALREADY_EXISTS: /, 'trino'],
  ['CTAS into a database that is not there', ctas('1 AS n').replace('lake.t', 'nope.t'), 1301, /^SCHEMA_NOT_FOUND: /, 'trino'],
  // Grammar
  ['two statements', 'SELECT 1; SELECT 2', 'start', /^Only one sql statement is allowed\. Got: SELECT 1; SELECT 2$/, 'reported'],
  ['backticks in DML', 'SELECT `id` FROM lake.orders', 'start', /line 1:8/, 'reported'],
  ['double quotes in DDL', 'DROP TABLE "lake"."orders"', 'start', /^line 1:12: mismatched input '"lake"'/, 'reported'],
  ['double quotes in a column of CREATE TABLE', iceberg('"id" string', `LOCATION 's3://lake/t/' ${ICEBERG}`), 'start', /^line 1:22/, 'reported'],
  ['a reserved word for a name in DDL', `CREATE EXTERNAL TABLE lake.t (date string) LOCATION 's3://lake/t/'`, 'start', /^line 1:31: no viable alternative at input 'date'$/, 'docs'],
  ['a name in DDL that begins with an underscore', `CREATE EXTERNAL TABLE _t (id string) LOCATION 's3://lake/t/'`, 'start', /no viable alternative at input '_t'/, 'docs'],
  ['a comment before ALTER', '-- add\nALTER TABLE lake.orders ADD COLUMNS (x string)', 'start', /mismatched input '--'/, 'unconfirmed'],
  ['a comment before DROP', '/* away */ DROP TABLE lake.orders', 'start', /mismatched input/, 'unconfirmed'],
  ['a comment before OPTIMIZE', '-- pack\nOPTIMIZE lake.orders REWRITE DATA USING BIN_PACK', 'start', /mismatched input/, 'unconfirmed'],
  ['a comment before VACUUM', '-- expire\nVACUUM lake.orders', 'start', /mismatched input/, 'unconfirmed'],
  ['UPDATE SET *', 'MERGE INTO lake.orders t USING lake.orders s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *', 'start', /^line 1:/, 'trino'],
  ['INSERT *', 'MERGE INTO lake.orders t USING lake.orders s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *', 'start', /^line 1:/, 'trino'],
  ['insert columns with an alias', `MERGE INTO lake.orders t USING (SELECT 'a' AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (t.id) VALUES (s.id)`, 'start', /^line 1:/, 'trino'],
  ['WHEN NOT MATCHED BY SOURCE', 'MERGE INTO lake.orders t USING lake.orders s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE', 'start', /^line 1:/, 'trino'],
  ['INSERT OVERWRITE', 'INSERT OVERWRITE lake.orders SELECT * FROM lake.orders', 'start', /^line 1:/, 'trino'],
  ['a word that begins no statement', 'FETCH lake.orders', 'start', /^line 1:1: mismatched input 'FETCH'\. Expecting: /, 'trino'],
  ...['GRANT ALL TO everyone', 'COMMIT', 'USE lake', 'ANALYZE lake.orders', 'CALL system.x()', 'TRUNCATE TABLE lake.orders', 'LOCK TABLE lake.orders'].map((sql): Refusal => [sql, sql, 'start', /^Queries of this type are not supported$/, 'reported']),
  ...['CREATE INDEX i ON t', 'CREATE ROLE r', 'CREATE TABLE lake.t LIKE lake.orders', 'ALTER TABLE lake.raw TOUCH', 'ALTER TABLE lake.raw NOT SORTED', `ALTER TABLE lake.raw SET SERDEPROPERTIES ('a'='b')`, 'DESCRIBE DATABASE lake', 'DROP ROLE r', 'SHOW GRANT', 'SHOW INDEXES'].map((sql): Refusal => [sql, sql, 'start', /^line 1:\d+: /, 'unconfirmed']),
  ['an unknown PARTITION clause', `ALTER TABLE lake.raw PARTITION (dt = 'a') COMPACT 'x'`, 'start', /mismatched input 'COMPACT'/, 'unconfirmed'],
  ['ALTER VIEW … DIALECT', `ALTER VIEW lake.v ADD DIALECT AS 'SELECT 1'`, 1200, /^NOT_SUPPORTED: ALTER VIEW … DIALECT is not supported locally$/, 'local'],
  // Names
  ['a table that is not there', 'SELECT * FROM lake.nope', 1301, /^TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog\.lake\.nope' does not exist$/, 'reported'],
  ['a database that is not there', 'SELECT * FROM nope.orders', 1301, /^SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist$/, 'reported'],
  ['a catalog that is not there', 'SELECT * FROM other.lake.orders', 1006, /^CATALOG_NOT_FOUND/, 'reported'],
  ['a table that is not there, in DDL', 'ALTER TABLE lake.nope ADD COLUMNS (x string)', 1006, /^FAILED: SemanticException \[Error 10001\]: Table not found nope$/, 'reported'],
  ['a database that is not there, in DDL', 'SHOW TABLES IN nope', 1006, /^FAILED: SemanticException \[Error 10072\]: Database does not exist: nope$/, 'hive'],
  ['a column that is not there', 'SELECT id, nope FROM lake.orders', 1006, /^COLUMN_NOT_FOUND: line 1:12: Column 'nope' cannot be resolved or requester is not authorized to access requested resources$/, 'reported'],
  ['a column that is not there in DDL', 'ALTER TABLE lake.orders DROP COLUMN nope', 1006, /nope/, 'unconfirmed'],
  ['a property Athena does not know, taken away', `ALTER TABLE lake.orders UNSET TBLPROPERTIES ('write.object-storage.enabled')`, 1000, /^Table property write\.object-storage\.enabled is not supported by Athena$/, 'reported'],
  ['a property Athena does not know, set', `ALTER TABLE lake.orders SET TBLPROPERTIES ('format-version'='1')`, 1200, /^Unsupported table property key: format-version$/, 'docs'],
  ['a function Trino has not', 'SELECT nvl(id, 1) FROM lake.orders', 1303, /^FUNCTION_NOT_FOUND/, 'trino'],
  ['functions of the machine underneath', `SELECT * FROM read_csv('/etc/passwd')`, 'start', /./, 'local'],
  ['a prepared statement that is not there', 'EXECUTE nope', 1300, /^NOT_FOUND: Prepared statement not found: nope$/, 'trino'],
  // Types
  ['text for a number in INSERT', `INSERT INTO lake.orders (n) VALUES ('1')`, 1002, /^TYPE_MISMATCH/, 'trino'],
  ['a bigint for an integer in INSERT', `INSERT INTO lake.orders (n) SELECT CAST(1 AS bigint)`, 1002, /^TYPE_MISMATCH/, 'trino'],
  ['a double for a decimal in INSERT', `INSERT INTO lake.orders (amount) VALUES (1e0)`, 1002, /^TYPE_MISMATCH/, 'trino'],
  ['text for a timestamp in MERGE', `MERGE INTO lake.orders t USING (SELECT 'a' AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, at) VALUES (s.id, '2025-01-01 00:00:00')`, 1002, /^TYPE_MISMATCH/, 'trino'],
  ['a number for text in UPDATE', `UPDATE lake.orders SET id = 1`, 1002, /^TYPE_MISMATCH/, 'trino'],
  ['a date compared with text', `SELECT * FROM lake.orders WHERE day = '2025-01-01'`, 1002, /^TYPE_MISMATCH/, 'trino'],
  ['division by zero', `SELECT 1 / n FROM (VALUES 0) AS v(n)`, 1001, /^DIVISION_BY_ZERO/, 'reported'],
  ['a cast that cannot be', `SELECT CAST('x' AS integer)`, 1100, /^INVALID_CAST_ARGUMENT/, 'reported'],
  // What is asked of the wrong table
  ['OPTIMIZE of an external table', 'OPTIMIZE lake.raw REWRITE DATA USING BIN_PACK', 1006, /not an Iceberg table/, 'unconfirmed'],
  ['VACUUM of an external table', 'VACUUM lake.raw', 1006, /not an Iceberg table/, 'unconfirmed'],
  ['OPTIMIZE by a column that is no partition', `OPTIMIZE lake.orders REWRITE DATA USING BIN_PACK WHERE id = 'a'`, 1200, /Unexpected FilterNode found in plan/, 'reported'],
  ['rows of an external table changed', `UPDATE lake.raw SET id = 'x'`, 1200, /^NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables$/, 'trino'],
  ['rows of an external table merged', `MERGE INTO lake.raw t USING (SELECT 'a' AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE`, 1200, /^NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables$/, 'trino'],
  ['rows of a view', `INSERT INTO lake.v VALUES ('x')`, 1200, /^NOT_SUPPORTED: Inserting into views is not supported$/, 'trino'],
  ['DROP TABLE of a view', 'DROP TABLE lake.v', 1006, /Cannot drop a view with DROP TABLE/, 'hive'],
  ['DROP VIEW of a table', 'DROP VIEW lake.orders', 1006, /is not a view/, 'hive'],
  ['SHOW CREATE VIEW of a table', 'SHOW CREATE VIEW lake.orders', 1006, /is not a view/, 'unconfirmed'],
  ['a metadata table an external table has not', 'SELECT * FROM lake."raw$snapshots"', 1200, /Iceberg tables only/, 'unconfirmed'],
  ['time travel of an external table', 'SELECT * FROM lake.raw FOR VERSION AS OF 1', 1200, /Iceberg tables only/, 'unconfirmed'],
  ['a snapshot that is not there', 'SELECT * FROM lake.orders FOR VERSION AS OF 1', 233, /Iceberg snapshot ID does not exists: 1/, 'trino'],
  ['a time before the first snapshot', `SELECT * FROM lake.orders FOR TIMESTAMP AS OF TIMESTAMP '1990-01-01 00:00:00 UTC'`, 1100, /No version history table/, 'trino'],
  ['UNLOAD without a format', `UNLOAD (SELECT 1 AS n) TO 's3://lake/unloaded/'`, 1101, /format/, 'unconfirmed'],
  ['DROP DATABASE of one with tables', 'DROP DATABASE lake', 1003, /InvalidOperationException\(message:Database lake is not empty\. One or more tables exist\.\)$/, 'hive'],
  ['CREATE DATABASE of one that is there', 'CREATE DATABASE lake', 1003, /Database lake already exists$/, 'hive'],
];

test.each(REFUSED)('%s is refused', async (_behaviour, sql, how, reason) => {
  if (how === 'start') {
    await expect(cloud.outcome(sql)).rejects.toMatchObject({ name: 'InvalidRequestException', message: expect.stringMatching(reason) as string, AthenaErrorCode: 'MALFORMED_QUERY' });
    return;
  }
  const { Status: status } = await cloud.outcome(sql);
  expect(status).toMatchObject({ State: 'FAILED', StateChangeReason: expect.stringMatching(reason) as string });
  expect(status!.AthenaError).toEqual({ ErrorCategory: 2, ErrorType: how, Retryable: false, ErrorMessage: status!.StateChangeReason });
});

test('nothing that was refused has left a table behind', async () => {
  expect((await cloud.run('SHOW TABLES IN lake')).map(([name]) => name)).toEqual(['orders', 'raw', 'v']);
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
