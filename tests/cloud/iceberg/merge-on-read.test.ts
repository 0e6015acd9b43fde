import type { DuckDBConnection } from '@duckdb/node-api';
import { append, deleteRows, merge, optimize, updateRows } from '../../../localcloud/athena/iceberg/index.ts';
import { referencedFileOf } from '../../../localcloud/athena/iceberg/delete-files.ts';
import { deleteByPosition } from './foreign-files.ts';
import { readWithIcebird } from './second-reader.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

const DAYS = ['2025-01-01', '2025-01-02'];

describe('DELETE, UPDATE and MERGE write position deletes, as Athena does', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    table = fixture.table('s3://lake/silver/t', { columns: [{ name: 'id', type: 'int' }, { name: 'v', type: 'string' }, { name: 'day', type: 'date' }], partitioning: [{ column: 'day', transform: 'identity' }] });
    for (const [index, day] of DAYS.entries()) await append(table.session, { sql: `SELECT CAST(${index * 10} + i AS INTEGER), 'old', DATE '${day}' FROM range(5) AS r(i)` });
  });
  afterEach(() => fixture.close());

  const ids = async (): Promise<unknown[]> => (await table.select('SELECT id FROM {t} ORDER BY id')).map((row) => row['id']);
  const summary = (): Record<string, string> => table.load().currentSnapshot()?.summary ?? {};

  test('a DELETE leaves data files alone; one delete file for each, sorted, in its partition, that says which file it is about', async () => {
    const before = table.load().planFiles().data.map((entry) => entry.file.path);
    const result = await deleteRows(table.session, { alias: 't', where: 't.id IN (3, 1, 12)', targetColumns: ['id'] });
    const plan = table.load().planFiles();
    expect(result.rows).toEqual({ inserted: 0, updated: 0, deleted: 3 });
    expect(result.bytesScanned).toBe(table.load().bytesOf({ ...plan, deletes: [] }, ['id']));
    expect(plan.data.map((entry) => entry.file.path).sort()).toEqual([...before].sort());
    expect(plan.deletes.map(({ file, specId }) => [specId, file.content, file.partition, file.recordCount, referencedFileOf({ ...file, referencedDataFile: null })])).toEqual(
      plan.data.map(({ file, specId }) => [specId, 1, file.partition, file.partition[0] === 20089 ? 2n : 1n, file.path]),
    );
    const first = plan.deletes.find(({ file }) => file.recordCount === 2n);
    expect(await fixture.query(`SELECT * FROM read_parquet('${fixture.warehouse.fileOf(first?.file.path ?? '')}', hive_partitioning = false)`)).toEqual([
      { file_path: first?.file.referencedDataFile, pos: '1' },
      { file_path: first?.file.referencedDataFile, pos: '3' },
    ]);
    expect(await fixture.query(`SELECT name, field_id FROM parquet_schema('${fixture.warehouse.fileOf(first?.file.path ?? '')}') WHERE field_id IS NOT NULL ORDER BY name`)).toEqual([
      { name: 'file_path', field_id: '2147483546' },
      { name: 'pos', field_id: '2147483545' },
    ]);
    expect(await ids()).toEqual([0, 2, 4, 10, 11, 13, 14]);
  });

  test('the snapshot says what was added, and $files and $manifests show it', async () => {
    await updateRows(table.session, { alias: 't', where: 't.id = 2', set: [['v', "'new'"]] });
    expect(summary()).toMatchObject({
      operation: 'overwrite',
      'added-data-files': '1',
      'added-delete-files': '1',
      'added-position-delete-files': '1',
      'added-records': '1',
      'added-position-deletes': '1',
      'changed-partition-count': '1',
      'total-records': '11',
      'total-data-files': '3',
      'total-delete-files': '1',
      'total-position-deletes': '1',
      'total-equality-deletes': '0',
    });
    const files = await fixture.query(`SELECT content, record_count, lower_bounds[2147483546] AS least FROM ${table.load().metadataTableSql('files')} WHERE content = 1`);
    expect(files).toEqual([{ content: 1, record_count: '1', least: expect.stringMatching(/^s3:\/\/lake\/silver\/t\/data\/day=2025-01-01\//) as unknown }]);
    const manifests = await fixture.query(`SELECT added_data_files_count AS files, added_rows_count AS rows FROM ${table.load().metadataTableSql('manifests')} ORDER BY rows`);
    expect(manifests.map((row) => row['rows'])).toEqual(['1', '1', '5', '5']);
    expect(await table.select('SELECT v FROM {t} WHERE id = 2')).toEqual([{ v: 'new' }]);
  });

  test('files of which no row is left go as a whole, with the deletes that were about them', async () => {
    await deleteRows(table.session, { alias: 't', where: 't.id < 3' });
    expect(summary()).toMatchObject({ operation: 'delete', 'total-delete-files': '1' });
    await deleteRows(table.session, { alias: 't', where: 't.id < 10' });
    expect(summary()).toMatchObject({ operation: 'delete', 'deleted-data-files': '1', 'removed-delete-files': '1', 'total-delete-files': '0', 'total-records': '5' });
    await deleteRows(table.session, { alias: 't', where: null });
    expect(summary()).toMatchObject({ operation: 'delete', 'total-data-files': '0', 'total-records': '0' });
    expect(await ids()).toEqual([]);
  });

  test('a row that another engine deleted twice does not make its file look empty', async () => {
    const [entry] = table.load().planFiles().data.filter(({ file }) => file.partition[0] === 20089);
    await deleteByPosition(fixture, table, entry!, [0]);
    await deleteByPosition(fixture, table, entry!, [0, 0]);
    await deleteRows(table.session, { alias: 't', where: 't.id IN (1, 2)' });
    expect(await ids()).toEqual([3, 4, 10, 11, 12, 13, 14]);
  });

  test('a MERGE deletes, updates and inserts in one snapshot, again and again, and a second reader agrees', async () => {
    for (const round of [1, 2, 3]) {
      const result = await merge(table.session, {
        targetAlias: 't',
        source: { sql: `(SELECT CAST(${round} + 5 * i AS INTEGER) AS id FROM range(4) AS r(i))`, alias: 's' },
        on: 't.id = s.id',
        clauses: [
          { matched: true, condition: 't.id >= 10', action: 'delete' },
          { matched: true, condition: null, action: 'update', set: [['v', `'round ${round}'`], ['day', "DATE '2025-01-02'"]] },
          { matched: false, condition: null, action: 'insert', values: ['s.id', "'inserted'", "DATE '2025-01-03'"] },
        ],
      });
      expect(result.rows).toEqual({ inserted: 2, updated: 1, deleted: 1 });
    }
    const expected = [0, 1, 2, 3, 4, 6, 7, 8, 10, 14, 16, 17, 18];
    expect(await ids()).toEqual(expected);
    expect(await table.select("SELECT id, v FROM {t} WHERE v LIKE 'round%' ORDER BY id")).toEqual([1, 2, 3].map((id) => ({ id, v: `round ${id}` })));
    expect(readWithIcebird(fixture.warehouse, table).map((row) => Number(row['id'])).sort((a, b) => a - b)).toEqual(expected);
  });

  test('where a delete file cannot be written, the new data files go again and the table is as it was', async () => {
    const { connection } = fixture;
    const failing = Object.assign(Object.create(connection) as DuckDBConnection, {
      runAndReadAll: (sql: string) => (/-deletes\.parquet/.test(sql) ? Promise.reject(new Error('disk full')) : connection.runAndReadAll(sql)),
    });
    const before = fixture.dataFiles('s3://lake/silver/t');
    await expect(updateRows({ ...table.session, connection: failing }, { alias: 't', where: 't.id = 2', set: [['v', "'new'"]] })).rejects.toThrow('disk full');
    expect(fixture.dataFiles('s3://lake/silver/t')).toEqual(before);
    expect(await table.select("SELECT count(*) AS n FROM {t} WHERE v = 'old'")).toEqual([{ n: '10' }]);
  });

  test('OPTIMIZE rewrites a data file from two delete files on, and drops them', async () => {
    await deleteRows(table.session, { alias: 't', where: 't.id = 1' });
    expect((await optimize(table.session)).snapshotId).toBeNull();
    await deleteRows(table.session, { alias: 't', where: 't.id = 2' });
    expect((await optimize(table.session)).snapshotId).not.toBeNull();
    expect(summary()).toMatchObject({ operation: 'replace', 'removed-delete-files': '2', 'removed-position-deletes': '2', 'total-delete-files': '0', 'total-records': '8' });
    expect(await ids()).toEqual([0, 3, 4, 10, 11, 12, 13, 14]);
  });

  test('a compaction ends with ICEBERG_COMMIT_ERROR where rows of its files were deleted meanwhile: they must not come back', async () => {
    for (const id of [1, 2]) await deleteRows(table.session, { alias: 't', where: `t.id = ${id}` });
    const { pointer } = table;
    const planned = pointer.location;
    await deleteRows(table.session, { alias: 't', where: 't.id = 3' });
    const newer = pointer.location;
    pointer.location = planned;
    pointer.beforeSwap = () => {
      pointer.location = newer;
    };
    await expect(optimize(table.session)).rejects.toMatchObject({ errorName: 'ICEBERG_COMMIT_ERROR' });
    expect(await ids()).toEqual([0, 4, 10, 11, 12, 13, 14]);
  });
});
