import { alterTable, append, deleteRows, optimize } from '../../../localcloud/athena/iceberg/index.ts';
import { deleteByEquality, deleteByPosition } from './foreign-files.ts';
import { readWithIcebird } from './second-reader.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

describe('tables with equality deletes, as Flink writes them', () => {
  let fixture: IcebergFixture;
  beforeAll(async () => {
    fixture = await IcebergFixture.open();
  });
  afterAll(() => fixture.close());

  const open = async (name: string, partitioning: { column: string; transform: string }[] = []): Promise<TestTable> => {
    const table = fixture.table(`s3://lake/equality/${name}`, { columns: [{ name: 'id', type: 'int' }, { name: 'kind', type: 'string' }, { name: 'day', type: 'date' }], partitioning });
    await append(table.session, { sql: "SELECT CAST(i AS INTEGER), CASE WHEN i % 3 > 0 THEN 'k' || (i % 3) END, DATE '2025-01-01' + CAST(i % 2 AS INTEGER) FROM range(9) AS r(i)" });
    return table;
  };
  const ids = async (table: TestTable): Promise<unknown[]> => (await table.select('SELECT id FROM {t} ORDER BY id')).map((row) => row['id']);

  test('a row is gone where its values are named; the same values written later are there', async () => {
    const table = await open('plain');
    await deleteByEquality(fixture, table, { select: 'SELECT * FROM (VALUES (3), (5), (99)) AS d(id)', ids: { id: 1 } });
    await append(table.session, { sql: "SELECT 3, 'new', DATE '2025-01-01'" });
    expect(await ids(table)).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
    expect(await table.select('SELECT kind FROM {t} WHERE id = 3')).toEqual([{ kind: 'new' }]);
    expect(await table.select('SELECT count(*) AS n FROM {t}', undefined, { columns: [] })).toEqual([{ n: '8' }]);
    expect(readWithIcebird(fixture.warehouse, table).map((row) => Number(row['id'])).sort()).toEqual(await ids(table));
  });

  test('NULL equals NULL, and several columns must all be equal', async () => {
    const table = await open('nulls');
    await deleteByEquality(fixture, table, { select: "SELECT * FROM (VALUES (NULL::VARCHAR, DATE '2025-01-01'), ('k2', DATE '2025-01-02')) AS d(kind, day)", ids: { kind: 2, day: 3 } });
    expect(await ids(table)).toEqual([1, 2, 3, 4, 7, 8]);
  });

  test('a delete of one partition leaves the others alone; one of an unpartitioned spec is for all', async () => {
    const table = await open('scope', [{ column: 'day', transform: 'identity' }]);
    const first = (Date.parse('2025-01-01') / 86_400_000) | 0;
    await deleteByEquality(fixture, table, { select: "SELECT * FROM (VALUES ('k1'), ('k2')) AS d(kind)", ids: { kind: 2 }, partition: [first] });
    expect(await ids(table)).toEqual([0, 1, 3, 5, 6, 7]);
    const { metadata } = table.load();
    metadata['partition-specs'].push({ 'spec-id': 1, fields: [] });
    await deleteByEquality(fixture, table, { select: "SELECT 'k1' AS kind", ids: { kind: 2 }, specId: 1 });
    expect(await ids(table)).toEqual([0, 3, 5, 6]);
  });

  test('columns are found by their ids: renamed since, widened since, dropped since', async () => {
    const table = await open('renamed');
    await deleteByEquality(fixture, table, { select: "SELECT CAST(4 AS INTEGER) AS id, 'k1' AS kind", ids: { id: 1, kind: 2 } });
    alterTable(table.session, { kind: 'change-column', column: 'id', name: 'key', type: 'long' });
    alterTable(table.session, { kind: 'drop-column', column: 'kind' });
    alterTable(table.session, { kind: 'add-columns', columns: [{ name: 'kind', type: 'int' }] });
    await append(table.session, { sql: "SELECT 4, DATE '2025-01-01', 7" });
    expect(await table.select('SELECT key, kind FROM {t} WHERE key BETWEEN 3 AND 5 ORDER BY key')).toEqual([{ key: '3', kind: null }, { key: '4', kind: 7 }, { key: '5', kind: null }]);
  });

  test('both kinds of deletes at once, and OPTIMIZE applies them', async () => {
    const table = await open('both');
    const [file] = table.load().planFiles().data;
    await deleteByPosition(fixture, table, file!, [0]);
    await deleteByEquality(fixture, table, { select: 'SELECT CAST(8 AS INTEGER) AS id', ids: { id: 1 } });
    await deleteRows(table.session, { alias: 't', where: 't.id = 4' });
    expect(await ids(table)).toEqual([1, 2, 3, 5, 6, 7]);
    expect((await optimize(table.session)).snapshotId).not.toBeNull();
    expect(await ids(table)).toEqual([1, 2, 3, 5, 6, 7]);
    expect(table.load().planFiles().deletes).toEqual([]);
  });

  test('a delete file without ids of columns is an error, never overlooked', async () => {
    const table = await open('broken');
    await deleteByEquality(fixture, table, { select: 'SELECT 1 AS id', ids: {} });
    await expect(ids(table)).rejects.toMatchObject({ errorName: 'ICEBERG_INVALID_METADATA' });
  });
});
