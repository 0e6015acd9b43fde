import { startTestCloud } from '../athena/support.ts';
import type { TestCloud } from '../athena/support.ts';

/*
 * Trino knows a row's fields by their places when it writes, casts and compares: names are for reading.
 * https://trino.io/docs/current/language/types.html#row
 */

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE lake');
  await cloud.run(`CREATE TABLE lake.kept (id int, one struct<a:int,b:int>, many array<struct<a:int,b:string>>, named map<string,struct<a:int,b:int>>)
    LOCATION 's3://lake/kept/' TBLPROPERTIES ('table_type'='ICEBERG')`);
});
afterAll(() => cloud.stop());
beforeEach(() => cloud.run('DELETE FROM lake.kept'));

const SWAPPED = `CAST(ROW(1, 2) AS ROW(b integer, a integer))`;
const rows = (): Promise<unknown> => cloud.run('SELECT * FROM lake.kept ORDER BY id');

describe('fields of a row', () => {
  test('go to a column by their places: INSERT', async () => {
    await cloud.run(`INSERT INTO lake.kept SELECT 1, ${SWAPPED}, ARRAY[ROW(3, 'x')], MAP(ARRAY['k'], ARRAY[${SWAPPED}])`);
    await cloud.run(`INSERT INTO lake.kept (named, id, one) WITH v AS (SELECT ROW(5, 6) AS r) SELECT MAP(ARRAY['k'], ARRAY[r]), 2, r FROM v`);
    expect(await rows()).toEqual([
      ['1', '{a=1, b=2}', '[{a=3, b=x}]', '{k={a=1, b=2}}'],
      ['2', '{a=5, b=6}', null, '{k={a=5, b=6}}'],
    ]);
  });

  test('go to a column by their places: UPDATE', async () => {
    await cloud.run('INSERT INTO lake.kept (id) VALUES (1)');
    await cloud.run(`UPDATE lake.kept SET one = ${SWAPPED}, many = ARRAY[CAST(ROW(3, 'x') AS ROW(x integer, y varchar)), NULL]`);
    expect(await rows()).toEqual([['1', '{a=1, b=2}', '[{a=3, b=x}, null]', null]]);
  });

  test('go to a column by their places: MERGE, whose source may hold rows without names', async () => {
    await cloud.run('INSERT INTO lake.kept (id) VALUES (1)');
    await cloud.run(`MERGE INTO lake.kept AS t
      USING (SELECT id, array_agg(ROW(n, word) ORDER BY n) AS many, max_by(ROW(n, n + 1), n) AS newest, ${SWAPPED} AS swapped, array_agg(ROW(NULL, n)) AS unused
             FROM (VALUES (1, 10, 'a'), (1, 20, 'b'), (2, 30, NULL)) AS v(id, n, word) GROUP BY id) AS s
      ON t.id = s.id AND s.newest[1] > 0 AND s.many[1] = ROW(10, 'a')
      WHEN MATCHED AND s.newest[2] = 21 THEN UPDATE SET many = s.many, one = s.swapped
      WHEN NOT MATCHED THEN INSERT (id, one, many) VALUES (s.id, s.newest, s.many)`);
    expect(await rows()).toEqual([
      ['1', '{a=1, b=2}', '[{a=10, b=a}, {a=20, b=b}]', null],
      ['2', '{a=30, b=31}', '[{a=30, b=null}]', null],
    ]);
  });

  test('without names are shown under those Athena gives them, in the order asked for', async () => {
    expect(await cloud.run(`SELECT ROW('Bob', 38) AS users, ARRAY[ROW(1, ROW(x, NULL))] FROM (VALUES 1, 3, 2) t(x) ORDER BY x DESC LIMIT 2`)).toEqual([
      ['{field0=Bob, field1=38}', '[{field0=1, field1={field0=3, field1=null}}]'],
      ['{field0=Bob, field1=38}', '[{field0=1, field1={field0=2, field1=null}}]'],
    ]);
    await cloud.run('INSERT INTO lake.kept (id) VALUES (1)');
    // The columns of this table are not known before DuckDB has read it.
    expect(await cloud.failure(`SELECT ROW(content, 'x') FROM lake."kept$files"`)).toMatch(/not supported locally/);
    expect(await cloud.run(`SELECT CAST(ROW(content, 'x') AS ROW(a integer, b varchar)) FROM lake."kept$files" WHERE content = 0`)).toEqual([['{a=0, b=x}']]);
  });

  test('keep their places in a cast to other names', async () => {
    expect(await cloud.run(`SELECT CAST(${SWAPPED} AS ROW(a integer, b integer)).a, CAST(ARRAY[${SWAPPED}] AS array(row(a bigint, b bigint)))[1].a`)).toEqual([['1', '1']]);
    expect(await cloud.run(`SELECT CAST(MAP(ARRAY['k'], ARRAY[${SWAPPED}]) AS map(varchar, row(a integer, b integer)))['k'].a`)).toEqual([['1']]);
  });
});
