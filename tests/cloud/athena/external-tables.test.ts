import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;
let duck: DuckDBConnection;

beforeAll(async () => {
  duck = await (await DuckDBInstance.create(':memory:')).connect();
});
beforeEach(async () => {
  cloud = await startTestCloud({ clock: () => new Date('2025-01-03T12:00:00Z') });
  await cloud.run('CREATE DATABASE bronze');
});
afterEach(() => cloud.stop());

const writeParquet = async (uri: string, select: string): Promise<void> => {
  const file = cloud.store.fileOf(uri);
  mkdirSync(path.dirname(file), { recursive: true });
  await duck.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
};

const createEvents = (): Promise<unknown> =>
  cloud.run(`CREATE EXTERNAL TABLE bronze.events (event_id string, n int, validation_errors array<string>, at timestamp)
    PARTITIONED BY (ingestion_date string, ingestion_hour string) STORED AS PARQUET LOCATION 's3://lake/bronze/events/'
    TBLPROPERTIES ('projection.enabled'='true', 'projection.ingestion_date.type'='date', 'projection.ingestion_date.format'='yyyy-MM-dd',
      'projection.ingestion_date.range'='2025-01-01,NOW', 'projection.ingestion_hour.type'='integer', 'projection.ingestion_hour.range'='0,23',
      'projection.ingestion_hour.digits'='2', 'storage.location.template'='s3://lake/bronze/events/ingestion_date=\${ingestion_date}/ingestion_hour=\${ingestion_hour}/')`);

const at = (date: string, hour: string, name = 'a.parquet'): string => `s3://lake/bronze/events/ingestion_date=${date}/ingestion_hour=${hour}/${name}`;
const row = (id: string): string => `SELECT '${id}' AS event_id, 1::INTEGER AS n, ['late'] AS validation_errors, TIMESTAMP '2025-01-01 10:00:00.123987' AS at`;
const scanned = async (sql: string): Promise<number> => (await cloud.outcome(sql)).Statistics!.DataScannedInBytes!;

describe('a table with partition projection', () => {
  beforeEach(() => createEvents());

  test('has its partition columns from the folders, timestamps at milliseconds', async () => {
    await writeParquet(at('2025-01-01', '07'), row('a'));
    await writeParquet(at('2025-01-02', '08'), row('b'));
    expect(await cloud.run('SELECT * FROM bronze.events ORDER BY event_id')).toEqual([
      ['a', '1', '[late]', '2025-01-01 10:00:00.123', '2025-01-01', '07'],
      ['b', '1', '[late]', '2025-01-01 10:00:00.123', '2025-01-02', '08'],
    ]);
  });

  test('reads as no rows while there is no file', async () => {
    expect(await cloud.run('SELECT * FROM bronze.events')).toEqual([]);
    expect(await cloud.run('SELECT count(*), max("$path") FROM bronze.events')).toEqual([['0', null]]);
  });

  test('does not see folders outside the projected range, or of another form', async () => {
    await writeParquet(at('2025-01-03', '07'), row('seen'));
    for (const [date, hour] of [['2024-12-31', '07'], ['2025-01-04', '07'], ['2025-01-02', '7'], ['2025-01-02', '24'], ['2025-02-31', '07']] as const) {
      await writeParquet(at(date, hour), row('unseen'));
    }
    await writeParquet(at('2025-01-02', '07', '_temporary/a.parquet'), row('unseen'));
    await writeParquet(at('2025-01-02', '07', '.hidden.parquet'), row('unseen'));
    expect(await cloud.run('SELECT event_id FROM bronze.events')).toEqual([['seen']]);
  });

  test('opens only the files that partition predicates and "$path" leave', async () => {
    for (const [id, date] of [['a', '2025-01-01'], ['b', '2025-01-02']] as const) await writeParquet(at(date, '07'), row(id));
    // A file that is no Parquet fails every query that opens it.
    writeFileSync(cloud.store.fileOf(at('2025-01-02', '07', 'broken.parquet')), 'not parquet');
    expect(await cloud.failure('SELECT * FROM bronze.events')).toMatch(/^HIVE_BAD_DATA: .*broken\.parquet/);
    expect(await cloud.run(`SELECT event_id FROM bronze.events WHERE ingestion_date < '2025-01-02'`)).toEqual([['a']]);
    expect(await cloud.run(`SELECT event_id, "$path" FROM bronze.events WHERE "$path" IN ('${at('2025-01-02', '07')}', '${at('2025-01-01', '09')}')`)).toEqual([['b', at('2025-01-02', '07')]]);
  });

  test('a "$path" outside the table, or in no partition, is no file of it', async () => {
    await writeParquet('s3://lake/other/a.parquet', row('other'));
    await writeParquet('s3://lake/bronze/events/loose.parquet', row('loose'));
    expect(await cloud.run(`SELECT event_id FROM bronze.events WHERE "$path" IN ('s3://lake/other/a.parquet', 's3://lake/bronze/events/loose.parquet')`)).toEqual([]);
  });

  test('scans the compressed bytes of the columns it needs', async () => {
    await writeParquet(at('2025-01-01', '07'), `SELECT gen_random_uuid()::VARCHAR AS event_id, i::INTEGER AS n FROM range(1000) r(i)`);
    const ids = await scanned('SELECT max(event_id) FROM bronze.events');
    const numbers = await scanned('SELECT max(n) FROM bronze.events');
    expect(ids).toBeGreaterThan(numbers);
    expect(numbers).toBeGreaterThan(0);
    expect(await scanned('SELECT * FROM bronze.events')).toBe(ids + numbers);
    expect(await scanned('SELECT count(*) FROM bronze.events')).toBe(0);
  });

  test('a column that a file has not reads as null, one more than the table has is left out', async () => {
    await writeParquet(at('2025-01-01', '07'), row('a'));
    await writeParquet(at('2025-01-01', '08'), `SELECT 'b' AS event_id, 'x' AS unknown`);
    expect(await cloud.run('SELECT event_id, n, validation_errors, ingestion_hour FROM bronze.events ORDER BY 1')).toEqual([['a', '1', '[late]', '07'], ['b', null, null, '08']]);
  });

  test('a column of another type fails as in Athena', async () => {
    await writeParquet(at('2025-01-01', '07'), `SELECT 1 AS event_id`);
    expect(await cloud.failure('SELECT event_id FROM bronze.events')).toBe(
      `HIVE_BAD_DATA: Field event_id's type INT32 in parquet file ${at('2025-01-01', '07')} is incompatible with type varchar defined in table schema`,
    );
  });

  test('sees a file that was written anew', async () => {
    await writeParquet(at('2025-01-01', '07'), row('a'));
    await cloud.run('SELECT * FROM bronze.events');
    await writeParquet(at('2025-01-01', '07'), `SELECT 'changed' AS event_id, 2 AS n`);
    utimesSync(cloud.store.fileOf(at('2025-01-01', '07')), new Date(), new Date(Date.now() + 5_000));
    expect(await cloud.run('SELECT event_id, n, at FROM bronze.events')).toEqual([['changed', '2', null]]);
  });

  test('is read only', async () => {
    expect(await cloud.failure(`DELETE FROM bronze.events`)).toContain('Modifying Hive table rows is only supported for transactional tables');
    expect(await cloud.failure(`SELECT * FROM bronze.events FOR VERSION AS OF 1`)).toContain('Iceberg tables only');
  });
});

test('enum and injected projections', async () => {
  await cloud.run(`CREATE EXTERNAL TABLE bronze.by_kind (id string) PARTITIONED BY (kind string, tenant string) STORED AS PARQUET LOCATION 's3://lake/kinds'
    TBLPROPERTIES ('projection.enabled'='true', 'projection.kind.type'='enum', 'projection.kind.values'='app,shop', 'projection.tenant.type'='injected')`);
  await writeParquet('s3://lake/kinds/kind=app/tenant=t1/a.parquet', `SELECT 'a' AS id`);
  await writeParquet('s3://lake/kinds/kind=other/tenant=t1/b.parquet', `SELECT 'b' AS id`);
  await writeParquet('s3://lake/kinds/kind=shop/tenant=t2/c.parquet', `SELECT 'c' AS id`);
  expect(await cloud.run(`SELECT id, kind, tenant FROM bronze.by_kind WHERE tenant = 't1'`)).toEqual([['a', 'app', 't1']]);
  expect(await cloud.failure('SELECT id FROM bronze.by_kind')).toContain('injected projected partition column tenant');
});

test('partitions of a table without projection are those in the catalog', async () => {
  await cloud.run(`CREATE EXTERNAL TABLE bronze.raw (id string) PARTITIONED BY (dt string) STORED AS PARQUET LOCATION 's3://lake/raw/'`);
  await writeParquet('s3://lake/raw/dt=2025-01-01/a.parquet', `SELECT 'a' AS id`);
  expect(await cloud.run('SELECT * FROM bronze.raw')).toEqual([]);
  await cloud.run(`ALTER TABLE bronze.raw ADD IF NOT EXISTS PARTITION (dt = '2025-01-01')`);
  expect(await cloud.run('SELECT * FROM bronze.raw')).toEqual([['a', '2025-01-01']]);
  expect(await cloud.run('SHOW PARTITIONS bronze.raw')).toEqual([['dt=2025-01-01']]);
});

test('JSON lines and CSV are read by their SerDe', async () => {
  mkdirSync(cloud.store.fileOf('s3://lake/text/json'), { recursive: true });
  mkdirSync(cloud.store.fileOf('s3://lake/text/csv'), { recursive: true });
  writeFileSync(cloud.store.fileOf('s3://lake/text/json/a.json'), '{"id":"a","n":1,"tags":["x","y"]}\n{"id":"b"}\n');
  writeFileSync(cloud.store.fileOf('s3://lake/text/csv/a.csv'), 'id,n\n"a, b",1\nc,2\n');
  await cloud.run(`CREATE EXTERNAL TABLE bronze.lines (id string, n int, tags array<string>) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/text/json/'`);
  await cloud.run(`CREATE EXTERNAL TABLE bronze.cells (id string, n string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://lake/text/csv/' TBLPROPERTIES ('skip.header.line.count'='1')`);
  expect(await cloud.run('SELECT * FROM bronze.lines ORDER BY id')).toEqual([['a', '1', '[x, y]'], ['b', null, null]]);
  expect(await cloud.run('SELECT * FROM bronze.cells ORDER BY id')).toEqual([['a, b', '1'], ['c', '2']]);
});

test('dropping an external table leaves its files', async () => {
  await createEvents();
  await writeParquet(at('2025-01-01', '07'), row('a'));
  await cloud.run('DROP TABLE bronze.events');
  await createEvents();
  expect(await cloud.run('SELECT event_id FROM bronze.events')).toEqual([['a']]);
});
