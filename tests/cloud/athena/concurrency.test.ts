import { GetQueryExecutionCommand, StartQueryExecutionCommand, StopQueryExecutionCommand } from '@aws-sdk/client-athena';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBPool } from '../../../localcloud/athena/duckdb-pool.ts';
import type { PooledInstance } from '../../../localcloud/athena/duckdb-pool.ts';
import { CatalogStore } from '../../../localcloud/glue/index.ts';
import { OUTPUT, startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE silver');
  for (const table of ['a', 'b']) await cloud.run(`CREATE TABLE silver.${table} (id string, n int) LOCATION 's3://lake/${table}/' TBLPROPERTIES ('table_type'='ICEBERG')`);
});
afterEach(() => cloud.stop());

test('appends to one table side by side are all kept', async () => {
  await Promise.all(Array.from({ length: 6 }, (_, index) => cloud.run(`INSERT INTO silver.a VALUES ('${index}', ${index})`)));
  expect(await cloud.run('SELECT count(*), sum(n) FROM silver.a')).toEqual([['6', '15']]);
});

test('two MERGEs of one table that meet: one wins, the other says ICEBERG_COMMIT_ERROR and leaves nothing', async () => {
  await cloud.run(`INSERT INTO silver.a SELECT CAST(x AS varchar), 0 FROM UNNEST(sequence(1, 1000)) AS s(x)`);
  const merge = (value: number): Promise<string> =>
    cloud.failure(`MERGE INTO silver.a t USING silver.a s ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = s.n + ${value}`);
  const endings = await Promise.all([1, 2, 3, 4].map(merge));
  const failed = endings.filter((ending) => ending !== 'SUCCEEDED');
  for (const ending of failed) expect(ending).toBe('ICEBERG_COMMIT_ERROR: Failed to commit Iceberg update to table: silver.a');
  const [counts] = await cloud.run('SELECT count(*), count(DISTINCT n) FROM silver.a');
  expect(counts).toEqual(['1000', '1']);
  expect(await cloud.run('SELECT count(*) FROM silver."a$snapshots"')).toEqual([[String(1 + endings.length - failed.length)]]);
});

test('another process that saw the table before a commit cannot put its state back', async () => {
  const other = new CatalogStore(path.join(cloud.dataDir, 'glue'), () => new Date());
  const { Table: table } = await cloud.glue.send(new GetTableCommand({ DatabaseName: 'silver', Name: 'a' }));
  await cloud.run(`INSERT INTO silver.a VALUES ('x', 1)`);
  const stale = { Name: 'a', Parameters: table!.Parameters!, StorageDescriptor: { Location: table!.StorageDescriptor!.Location! }, TableType: 'EXTERNAL_TABLE' };
  expect(() => other.updateTable('silver', stale, table!.VersionId)).toThrow('concurrent modifications');
  expect(await cloud.run('SELECT * FROM silver.a')).toEqual([['x', '1']]);
});

test('statements on different tables run side by side', async () => {
  await Promise.all(['a', 'b'].flatMap((table) => [cloud.run(`INSERT INTO silver.${table} VALUES ('x', 1)`), cloud.run(`SELECT count(*) FROM silver.${table}`)]));
  expect(await cloud.run('SELECT (SELECT count(*) FROM silver.a), (SELECT count(*) FROM silver.b)')).toEqual([['1', '1']]);
});

test('a table moved back through Glue reads as it was: rollback', async () => {
  await cloud.run(`INSERT INTO silver.a VALUES ('x', 1)`);
  const catalog = new CatalogStore(path.join(cloud.dataDir, 'glue'), () => new Date());
  const before = catalog.table('silver', 'a')!;
  await cloud.run(`INSERT INTO silver.a VALUES ('y', 2)`);
  const now = catalog.table('silver', 'a')!;
  catalog.updateTable('silver', { Name: 'a', TableType: 'EXTERNAL_TABLE', StorageDescriptor: now.StorageDescriptor!, Parameters: { ...now.Parameters, metadata_location: before.Parameters!['metadata_location']! } }, now.VersionId);
  expect(await cloud.run('SELECT id FROM silver.a')).toEqual([['x']]);
});

/** Counts a million million rows: ends only when it is stopped. */
const endless = (select: string): string =>
  `SELECT ${select} FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE x * y + z < 0`;

test('seven endless queries stop neither a further query nor reading a file, and each can be stopped', async () => {
  await cloud.run(`INSERT INTO silver.a VALUES ('x', 1)`);
  const start = async (sql: string): Promise<string> =>
    (await cloud.athena.send(new StartQueryExecutionCommand({ QueryString: sql, ResultConfiguration: { OutputLocation: OUTPUT } }))).QueryExecutionId!;
  const stateOf = async (id: string): Promise<string | undefined> =>
    (await cloud.athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }))).QueryExecution?.Status?.State;
  const ids = await Promise.all(Array.from({ length: 7 }, (_, index) => start(endless(index % 2 === 0 ? 'count(*)' : 'x, y, z'))));
  expect(await cloud.run('SELECT id, n FROM silver.a')).toEqual([['x', '1']]);
  expect(await cloud.run('SELECT count(*) FROM silver.a')).toEqual([['1']]);
  const results = path.dirname(cloud.store.fileOf(`${OUTPUT}any`));
  for (const name of await readdir(results)) expect(await readFile(path.join(results, name))).toBeInstanceOf(Buffer);
  expect(await Promise.all(ids.map(stateOf))).toEqual(ids.map(() => 'RUNNING'));
  for (const id of ids) await cloud.athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
  expect(await Promise.all(ids.map(stateOf))).toEqual(ids.map(() => 'CANCELLED'));
  expect(await cloud.run('SELECT count(*) FROM silver.a')).toEqual([['1']]);
});

describe('DuckDBPool', () => {
  const settings = async ({ control }: PooledInstance): Promise<unknown[]> =>
    (await control.runAndReadAll(`SELECT current_setting('memory_limit'), current_setting('threads')`)).getRows()[0]!;

  test('statements under way share the memory limit, and threads as they begin', async () => {
    const pool = new DuckDBPool(path.join(cloud.dataDir, 'pool'), { memoryLimit: '1GiB', threads: 4 });
    const first = await pool.take();
    expect(await settings(first)).toEqual(['1.0 GiB', 5n]);
    const second = await pool.take();
    expect(await Promise.all([first, second].map(settings))).toEqual([['512.0 MiB', 5n], ['512.0 MiB', 3n]]);
    await pool.giveBack(first);
    expect(await settings(second)).toEqual(['1.0 GiB', 3n]);
    await pool.giveBack(second);
    expect(await pool.take()).toBe(second);
    await pool.giveBack(second);
    await pool.close();
  });
});
