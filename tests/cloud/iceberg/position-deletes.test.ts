import { append, merge, optimize } from '../../../localcloud/athena/iceberg/index.ts';
import { deleteByPosition } from './foreign-files.ts';
import { readWithIcebird } from './second-reader.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

describe('tables with position deletes, of another writer', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    table = fixture.table('s3://lake/silver/t', { columns: [{ name: 'id', type: 'int' }, { name: 'day', type: 'date' }], partitioning: [{ column: 'day', transform: 'identity' }] });
    await append(table.session, { sql: "SELECT CAST(i AS INTEGER), DATE '2025-01-01' FROM range(10) AS r(i) UNION ALL SELECT CAST(100 + i AS INTEGER), DATE '2025-01-02' FROM range(3) AS r(i)" });
    const [first] = table.load().planFiles([{ column: 'day', op: '=', values: [{ type: 'date', value: '2025-01-01' }] }]).data;
    await deleteByPosition(fixture, table, first!, [0, 3]);
    await deleteByPosition(fixture, table, first!, [9]);
  });
  afterEach(() => fixture.close());

  const LEFT = [1, 2, 4, 5, 6, 7, 8, 100, 101, 102];
  const ids = async (): Promise<unknown[]> => (await table.select('SELECT id FROM {t} ORDER BY id')).map((row) => row['id']);

  test('deleted rows are not read, and a second reader agrees', async () => {
    expect(await ids()).toEqual(LEFT);
    expect(readWithIcebird(fixture.warehouse, table).map((row) => row['id']).sort((a, b) => Number(a) - Number(b))).toEqual(LEFT);
  });

  test('rows added after a delete are not concerned by it', async () => {
    await append(table.session, { sql: "SELECT 50, DATE '2025-01-01'" });
    expect(await ids()).toEqual([...LEFT, 50].sort((a, b) => a - b));
  });

  test('a merge neither matches deleted rows nor brings them back', async () => {
    const result = await merge(table.session, {
      targetAlias: 't',
      source: { sql: '(VALUES (0), (1)) AS v(id)', alias: 's' },
      on: 't.id = s.id',
      clauses: [
        { matched: true, condition: null, action: 'update', set: [['id', 't.id + 1000']] },
        { matched: false, condition: null, action: 'insert', columns: ['id'], values: ['s.id + 2000'] },
      ],
    });
    expect(result.rows).toEqual({ inserted: 1, updated: 1, deleted: 0 });
    expect(await ids()).toEqual([2, 4, 5, 6, 7, 8, 100, 101, 102, 1001, 2000]);
  });

  test('OPTIMIZE applies them and takes the delete files out', async () => {
    expect(table.load().planFiles().deletes).toHaveLength(2);
    expect((await optimize(table.session)).snapshotId).not.toBeNull();
    expect(table.load().planFiles().deletes).toHaveLength(0);
    expect(await fixture.query(`SELECT count(*) AS n FROM ${table.load().metadataTableSql('files')} WHERE content = 1`)).toEqual([{ n: '0' }]);
    expect(await ids()).toEqual(LEFT);
  });
});
