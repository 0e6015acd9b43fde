import { GetDatabaseCommand, GetPartitionsCommand, GetTableCommand } from '@aws-sdk/client-glue';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());
beforeEach(async () => {
  for (const database of ['lake', 'other']) await cloud.run(`DROP DATABASE IF EXISTS ${database} CASCADE`);
  for (const name of readdirSync(cloud.store.fileOf('s3://lake/'))) rmSync(path.join(cloud.store.fileOf('s3://lake/'), name), { recursive: true });
  await cloud.run('CREATE DATABASE lake');
});

const lines = async (sql: string): Promise<string[]> => (await cloud.run(sql)).map((row) => row[0]!.trimEnd());
const put = (uri: string, text: string): void => {
  const file = cloud.store.fileOf(uri);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const createLogs = (): Promise<unknown> =>
  cloud.run(`CREATE EXTERNAL TABLE lake.logs (id string, n int COMMENT 'how many') PARTITIONED BY (day string, hour int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/logs/'`);

describe('partitions of an external table', () => {
  beforeEach(() => createLogs());

  test('MSCK REPAIR TABLE registers the folders in Hive’s layout, and says which', async () => {
    for (const key of ['day=2025-01-01/hour=7/a.csv', 'day=2025-01-01/hour=8/a.csv', 'day=a%2Fb/hour=1/a.csv', 'Day=2025-01-02/hour=7/a.csv', '_tmp/hour=1/a.csv', 'loose.csv']) put(`s3://lake/logs/${key}`, 'x,1\n');
    await cloud.run(`ALTER TABLE lake.logs ADD PARTITION (day = '2025-01-01', hour = 7)`);
    expect(await lines('MSCK REPAIR TABLE lake.logs')).toEqual([
      'Partitions not in metastore:\tlogs:day=2025-01-01/hour=8\tlogs:day=a%2Fb/hour=1',
      'Repair: Added partition to metastore logs:day=2025-01-01/hour=8',
      'Repair: Added partition to metastore logs:day=a%2Fb/hour=1',
    ]);
    expect(await cloud.run('SELECT id, day, hour FROM lake.logs ORDER BY day, hour')).toEqual([['x', '2025-01-01', '7'], ['x', '2025-01-01', '8'], ['x', 'a/b', '1']]);
    expect(await lines('MSCK REPAIR TABLE lake.logs')).toEqual([]);
    rmSync(cloud.store.fileOf('s3://lake/logs/day=2025-01-01/hour=8/'), { recursive: true });
    expect(await lines('MSCK REPAIR TABLE lake.logs')).toEqual(['Partitions missing from filesystem:\tlogs:day=2025-01-01/hour=8']);
  });

  test('several are added in one statement or none of them', async () => {
    await cloud.run(`ALTER TABLE lake.logs ADD PARTITION (day = 'a', hour = 1) LOCATION 's3://lake/elsewhere/' PARTITION (hour = 2, day = 'a')`);
    const { Partitions: partitions } = await cloud.glue.send(new GetPartitionsCommand({ DatabaseName: 'lake', TableName: 'logs' }));
    expect(partitions!.map((partition) => [partition.Values, partition.StorageDescriptor!.Location])).toEqual([[['a', '1'], 's3://lake/elsewhere/'], [['a', '2'], 's3://lake/logs/day=a/hour=2/']]);
    expect(await cloud.failure(`ALTER TABLE lake.logs ADD PARTITION (day = 'b', hour = 1) PARTITION (day = 'a', hour = 2)`)).toContain('AlreadyExistsException(message:Partition already exists.)');
    expect(await lines('SHOW PARTITIONS lake.logs')).toEqual(['day=a/hour=1', 'day=a/hour=2']);
    await cloud.run(`ALTER TABLE lake.logs ADD IF NOT EXISTS PARTITION (day = 'b', hour = 1) PARTITION (day = 'a', hour = 2)`);
    expect(await lines('SHOW PARTITIONS lake.logs')).toHaveLength(3);
  });

  test('are dropped and renamed; the files stay', async () => {
    put('s3://lake/logs/day=a/hour=1/x.csv', 'x,1\n');
    await cloud.run(`ALTER TABLE lake.logs ADD PARTITION (day = 'a', hour = 1) PARTITION (day = 'b', hour = 1)`);
    await cloud.run(`ALTER TABLE lake.logs PARTITION (day = 'a', hour = 1) RENAME TO PARTITION (day = 'z', hour = 9)`);
    expect(await cloud.run('SELECT id, day, hour FROM lake.logs')).toEqual([['x', 'z', '9']]);
    expect(await cloud.failure(`ALTER TABLE lake.logs DROP PARTITION (day = 'b', hour = 1), PARTITION (day = 'gone', hour = 1)`)).toMatch(/^FAILED: SemanticException \[Error 10006\]: Partition not found/);
    expect(await lines('SHOW PARTITIONS lake.logs')).toEqual(['day=b/hour=1', 'day=z/hour=9']);
    await cloud.run(`ALTER TABLE lake.logs DROP IF EXISTS PARTITION (day = 'b', hour = 1), PARTITION (day = 'gone', hour = 1)`);
    expect(await lines('SHOW PARTITIONS lake.logs')).toEqual(['day=z/hour=9']);
  });

  test('are a table of their own', async () => {
    expect(await cloud.run('SELECT * FROM lake."logs$partitions"')).toEqual([]);
    await cloud.run(`ALTER TABLE lake.logs ADD PARTITION (day = 'b', hour = 1) PARTITION (day = 'a', hour = 2)`);
    expect(await cloud.run('SELECT * FROM lake."logs$partitions" ORDER BY day')).toEqual([['a', '2'], ['b', '1']]);
    expect(await cloud.run('SELECT max(hour) FROM lake."logs$partitions"')).toEqual([['2']]);
  });

  test.each([
    [`ALTER TABLE lake.logs ADD PARTITION (day = 'a')`, 'does not name the partition columns day, hour'],
    [`ALTER TABLE lake.logs ADD PARTITION (day = 'a', nope = 1)`, 'does not name the partition columns day, hour'],
    [`ALTER TABLE lake.logs PARTITION (day = 'a', hour = 1) RENAME TO PARTITION (day = 'b', hour = 1)`, 'Partition not found'],
    [`ALTER TABLE lake.logs RENAME TO other`, 'Iceberg tables only'],
    [`ALTER TABLE lake.logs DROP COLUMN n`, 'Iceberg tables only'],
  ])('%s is refused', async (sql, reason) => {
    expect(await cloud.failure(sql)).toContain(reason);
  });
});

describe('columns of an external table', () => {
  beforeEach(() => createLogs());
  const columns = async (): Promise<string[]> => (await lines('SHOW COLUMNS IN lake.logs'));

  test('are added, replaced, changed and moved', async () => {
    await cloud.run('ALTER TABLE lake.logs ADD COLUMNS (extra double)');
    await cloud.run(`ALTER TABLE lake.logs CHANGE n number bigint COMMENT 'wider' FIRST`);
    expect(await columns()).toEqual(['number', 'id', 'extra', 'day', 'hour']);
    await cloud.run(`ALTER TABLE lake.logs CHANGE COLUMN number number bigint AFTER id`);
    expect(await columns()).toEqual(['id', 'number', 'extra', 'day', 'hour']);
    await cloud.run('ALTER TABLE lake.logs REPLACE COLUMNS (single string)');
    expect(await columns()).toEqual(['single', 'day', 'hour']);
  });

  test.each([
    ['ALTER TABLE lake.logs ADD COLUMNS (N string)', 'Duplicate column name: n'],
    ['ALTER TABLE lake.logs ADD COLUMNS (day string)', 'Duplicate column name: day'],
    ['ALTER TABLE lake.logs CHANGE nope other string', 'Invalid column reference nope'],
    ['ALTER TABLE lake.logs CHANGE id id string AFTER nope', 'Invalid column reference nope'],
    ['ALTER TABLE lake.logs CHANGE id n string', 'Duplicate column name: n'],
  ])('%s is refused and changes nothing', async (sql, reason) => {
    expect(await cloud.failure(sql)).toContain(reason);
    expect(await columns()).toEqual(['id', 'n', 'day', 'hour']);
  });
});

describe('an Iceberg table', () => {
  beforeEach(async () => {
    await cloud.run(`CREATE TABLE lake.orders (id string, n int, at timestamp) LOCATION 's3://lake/orders/' TBLPROPERTIES ('table_type'='ICEBERG')`);
    await cloud.run(`INSERT INTO lake.orders (id, n) VALUES ('a', 1)`);
  });

  test('columns move within it, and their values with them', async () => {
    await cloud.run('ALTER TABLE lake.orders CHANGE COLUMN at at timestamp FIRST');
    await cloud.run('ALTER TABLE lake.orders CHANGE n amount bigint AFTER at');
    expect(await lines('SHOW COLUMNS IN lake.orders')).toEqual(['at', 'amount', 'id']);
    expect(await cloud.run('SELECT * FROM lake.orders')).toEqual([[null, '1', 'a']]);
    expect(await cloud.failure('ALTER TABLE lake.orders CHANGE id id string AFTER nope')).toContain('nope');
  });

  test('is renamed, with its rows and its history', async () => {
    await cloud.run('CREATE DATABASE other');
    await cloud.run('ALTER TABLE lake.orders RENAME TO other.sales');
    expect(await cloud.run('SELECT id FROM other.sales')).toEqual([['a']]);
    await cloud.run(`INSERT INTO other.sales (id) VALUES ('b')`);
    expect(await cloud.run('SELECT count(*) FROM other."sales$snapshots"')).toEqual([['2']]);
    expect(await cloud.failure('SELECT * FROM lake.orders')).toMatch(/^TABLE_NOT_FOUND/);
    const { Table: table } = await cloud.glue.send(new GetTableCommand({ DatabaseName: 'other', Name: 'sales' }));
    expect(table!.StorageDescriptor!.Location).toBe('s3://lake/orders');
  });

  test.each([
    ['ALTER TABLE lake.orders REPLACE COLUMNS (x string)', 'REPLACE COLUMNS is not supported for Iceberg'],
    [`ALTER TABLE lake.orders ADD PARTITION (id = 'a')`, 'ADD PARTITION is not supported for Iceberg'],
    [`ALTER TABLE lake.orders SET LOCATION 's3://lake/x/'`, 'SET LOCATION is not supported for Iceberg'],
    ['ALTER TABLE lake.orders RENAME TO lake.orders', 'already exists'],
    ['ALTER TABLE lake.orders CHANGE n n string', 'Cannot change column type'],
    ['MSCK REPAIR TABLE lake.orders', 'external tables only'],
    ['SHOW PARTITIONS lake.orders', 'is not a partitioned table'],
  ])('%s is refused', async (sql, reason) => {
    expect(await cloud.failure(sql)).toContain(reason);
  });
});

test('ALTER DATABASE sets properties and keeps the rest', async () => {
  await cloud.run(`CREATE DATABASE described COMMENT 'kept' LOCATION 's3://lake/db/' WITH DBPROPERTIES ('a'='1')`);
  await cloud.run(`ALTER DATABASE described SET DBPROPERTIES ('b'='2')`);
  const { Database: database } = await cloud.glue.send(new GetDatabaseCommand({ Name: 'described' }));
  expect(database).toMatchObject({ Name: 'described', Description: 'kept', LocationUri: 's3://lake/db/', Parameters: { a: '1', b: '2' } });
  expect(await cloud.failure(`ALTER DATABASE nope SET DBPROPERTIES ('b'='2')`)).toBe('FAILED: SemanticException [Error 10072]: Database does not exist: nope');
});

describe('DESCRIBE', () => {
  beforeEach(() => cloud.run(`CREATE EXTERNAL TABLE lake.nested (id string, place struct<city:string,code:int>, tags array<struct<a:int>>, m map<string,bigint>) PARTITIONED BY (day string) STORED AS PARQUET LOCATION 's3://lake/nested/'`));
  const cells = async (sql: string): Promise<string[][]> => (await lines(sql)).map((line) => line.split('\t').map((cell) => cell.trim()));

  test('a column and what lies within', async () => {
    expect(await cells('DESCRIBE lake.nested id')).toEqual([['id', 'string', 'from deserializer']]);
    expect(await cells(`DESCRIBE lake.nested place.code`)).toEqual([['code', 'int', 'from deserializer']]);
    expect(await cells(`DESCRIBE lake.nested tags.'$elem$'`)).toEqual([['a', 'int', 'from deserializer']]);
    expect(await cells(`DESCRIBE lake.nested m.'$value$'`)).toEqual([['$value$', 'bigint', 'from deserializer']]);
    expect(await cloud.failure('DESCRIBE lake.nested nope')).toContain('Invalid column reference nope');
  });

  test('FORMATTED tells of the storage', async () => {
    expect(await cells('DESCRIBE FORMATTED lake.nested')).toEqual(
      expect.arrayContaining([['# Detailed Table Information'], ['Location:', 's3://lake/nested/'], ['Table Type:', 'EXTERNAL_TABLE'], ['SerDe Library:', 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe']]),
    );
  });

  test('what is not here says so; DESCRIBE TABLE finds no table named table', async () => {
    expect(await cloud.failure('DESCRIBE EXTENDED lake.nested')).toBe('NOT_SUPPORTED: DESCRIBE EXTENDED is not supported locally');
    expect(await cloud.failure(`DESCRIBE lake.nested PARTITION (day = 'a')`)).toContain('is not supported locally');
    expect(await cloud.failure('DESCRIBE TABLE lake')).toMatch(/SemanticException \[Error 100(01|72)\]/);
  });
});

describe('EXPLAIN', () => {
  test('shows a plan as text, JSON and graph', async () => {
    expect((await lines('EXPLAIN SELECT 1 AS n')).join('\n')).toContain('PROJECTION');
    expect(JSON.parse((await lines('EXPLAIN (FORMAT JSON) SELECT 1 AS n')).join('\n'))).toBeDefined();
    expect((await lines('EXPLAIN (TYPE DISTRIBUTED, FORMAT GRAPHVIZ) SELECT 1 AS n')).join('\n')).toContain('digraph');
    expect(await lines('EXPLAIN (SELECT 1 AS n)')).not.toHaveLength(0);
    expect(await lines('EXPLAIN (TYPE VALIDATE) SELECT 1 AS n')).toEqual(['true']);
  });

  test('ANALYZE runs the query and counts what it scans', async () => {
    await createLogs();
    put('s3://lake/logs/day=a/hour=1/x.csv', 'x,1\n');
    await cloud.run('MSCK REPAIR TABLE lake.logs');
    const execution = await cloud.outcome('EXPLAIN ANALYZE SELECT * FROM lake.logs');
    expect(execution.Status!.State).toBe('SUCCEEDED');
    expect(execution.Statistics!.DataScannedInBytes).toBe(4);
    expect((await cloud.outcome('EXPLAIN SELECT * FROM lake.logs')).Statistics!.DataScannedInBytes).toBe(0);
  });

  test.each([
    ['EXPLAIN (TYPE IO) SELECT 1 AS n', 'not supported locally'],
    ['EXPLAIN INSERT INTO lake.x SELECT 1', 'not supported locally'],
    ['EXPLAIN (FORMAT XML) SELECT 1 AS n', 'mismatched input'],
    ['EXPLAIN ANALYZE (TYPE LOGICAL) SELECT 1 AS n', 'mismatched input'],
    ['EXPLAIN SELECT * FROM lake.nope', 'TABLE_NOT_FOUND'],
  ])('%s is refused', async (sql, reason) => {
    expect(await cloud.failure(sql)).toContain(reason);
  });
});
