import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
  await cloud.run(`CREATE DATABASE IF NOT EXISTS lake COMMENT 'all of it'`);
  await cloud.run(`CREATE TABLE lake.orders (id string COMMENT 'the key', at timestamp, n int) PARTITIONED BY (day(at), bucket(16, id)) LOCATION 's3://lake/orders/'
    TBLPROPERTIES ('table_type'='ICEBERG', 'format'='parquet', 'write_compression'='zstd', 'vacuum_min_snapshots_to_keep'='5')`);
  await cloud.run(`CREATE EXTERNAL TABLE lake.raw (id string, tags array<string>) PARTITIONED BY (dt string) STORED AS PARQUET LOCATION 's3://lake/raw/' TBLPROPERTIES ('projection.enabled'='true', 'projection.dt.type'='injected')`);
  await cloud.run('CREATE VIEW lake.ids AS SELECT id FROM lake.orders');
});
afterAll(() => cloud.stop());

const lines = async (sql: string): Promise<string[]> => (await cloud.run(sql, { QueryExecutionContext: { Database: 'lake' } })).map((row) => row[0]!.trimEnd());

test('SHOW lists databases, tables, views and columns, by pattern', async () => {
  expect(await lines('SHOW DATABASES')).toEqual(['lake']);
  expect(await lines('SHOW TABLES')).toEqual(['ids', 'orders', 'raw']);
  expect(await lines(`SHOW TABLES IN lake 'or*|ra*'`)).toEqual(['orders', 'raw']);
  expect(await lines('SHOW VIEWS IN lake')).toEqual(['ids']);
  expect(await lines(`SHOW DATABASES LIKE 'la*'`)).toEqual(['lake']);
  expect(await lines(`SHOW SCHEMAS LIKE 'no*'`)).toEqual([]);
  expect(await lines(`SHOW VIEWS LIKE 'x*|id*'`)).toEqual(['ids']);
  expect(await lines('DESCRIBE ids')).toEqual(['id                  \tstring']);
  expect(await lines('SHOW COLUMNS IN raw')).toEqual(['id', 'tags', 'dt']);
  expect(await lines('SHOW COLUMNS FROM ids FROM lake')).toEqual(['id']);
});

test('SHOW CREATE TABLE gives a statement that makes the same table', async () => {
  for (const table of ['orders', 'raw']) {
    const statement = (await lines(`SHOW CREATE TABLE lake.${table}`)).join('\n');
    await cloud.run('CREATE DATABASE copy');
    await cloud.run(statement.replace(/`?lake\.\w+`?/, `copy.${table}`).replaceAll('s3://lake/', 's3://lake/copy/'));
    const again = (await lines(`SHOW CREATE TABLE copy.${table}`)).join('\n');
    expect(again.replaceAll('s3://lake/copy/', 's3://lake/').replace('copy.', 'lake.')).toBe(statement);
    await cloud.run('DROP DATABASE copy CASCADE');
  }
});

test('SHOW CREATE VIEW gives the view’s text', async () => {
  expect(await lines('SHOW CREATE VIEW lake.ids')).toEqual(['CREATE VIEW lake.ids AS', 'SELECT id FROM lake.orders']);
});

test('DESCRIBE tells columns, types and partitions', async () => {
  const described = await lines('DESCRIBE lake.orders');
  expect(described.map((line) => line.split(/\s*\t/))).toEqual(
    expect.arrayContaining([['id', 'string', 'the key'], ['at', 'timestamp'], ['at_day', 'day', 'at'], ['id_bucket', 'bucket[16]', 'id']]),
  );
  expect((await lines('DESCRIBE raw')).map((line) => line.split(/\s*\t/)[0])).toContain('# Partition Information');
});

test('SHOW TBLPROPERTIES tells all or one', async () => {
  expect(await lines('SHOW TBLPROPERTIES lake.orders')).toEqual(expect.arrayContaining(['table_type\tICEBERG', 'vacuum_min_snapshots_to_keep\t5']));
  expect(await lines(`SHOW TBLPROPERTIES lake.orders('vacuum_min_snapshots_to_keep')`)).toEqual(['5']);
});

test('EXPLAIN shows a plan and runs nothing', async () => {
  expect((await lines('EXPLAIN SELECT id FROM lake.orders')).join('\n')).toMatch(/\w/);
});
