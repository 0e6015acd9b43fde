import { alterTable, append, merge } from '../../../localcloud/athena/iceberg/index.ts';
import type { SchemaChange } from '../../../localcloud/athena/iceberg/index.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

describe('schema evolution', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    table = fixture.table('s3://lake/silver/t', {
      columns: [
        { name: 'id', type: 'string' },
        { name: 'n', type: 'int' },
        { name: 'day', type: 'date' },
      ],
      partitioning: [{ column: 'day', transform: 'identity' }],
    });
    await append(table.session, { sql: "SELECT 'a', 1, DATE '2025-01-01'" });
  });
  afterEach(() => fixture.close());
  const alter = (change: SchemaChange): void => alterTable(table.session, change);

  test('a dropped column’s values do not come back under a new column of the same name', async () => {
    alter({ kind: 'drop-column', column: 'n' });
    alter({ kind: 'add-columns', columns: [{ name: 'n', type: 'string' }] });
    await append(table.session, { sql: "SELECT 'b', DATE '2025-01-01', 'two'" });
    expect(await table.select('SELECT id, n FROM {t} ORDER BY id')).toEqual([{ id: 'a', n: null }, { id: 'b', n: 'two' }]);
  });

  test('a widened column reads old and new files, and old bounds still leave files out rightly', async () => {
    alter({ kind: 'change-column', column: 'n', name: 'n', type: 'long' });
    await append(table.session, { sql: "SELECT 'b', 5000000000, DATE '2025-01-01'" });
    expect(await table.select('SELECT id, n FROM {t} ORDER BY id')).toEqual([{ id: 'a', n: '1' }, { id: 'b', n: '5000000000' }]);
    const plan = table.load().planFiles([{ column: 'n', op: '>', values: [{ type: 'number', value: '3000000000' }] }]);
    expect(plan.data).toHaveLength(1);
  });

  test('an old snapshot is read by the names of its time', async () => {
    const before = table.load().currentSnapshot();
    alter({ kind: 'change-column', column: 'n', name: 'number', type: 'int' });
    await append(table.session, { sql: "SELECT 'b', 2, DATE '2025-01-01'" });
    const plan = table.load().planFiles([], before);
    expect(await table.select('SELECT n FROM {t}', plan)).toEqual([{ n: 1 }]);
    expect(await table.select('SELECT sum(number) AS sum FROM {t}')).toEqual([{ sum: '3' }]);
  });

  test('a merge writes old rows anew under the new schema', async () => {
    alter({ kind: 'add-columns', columns: [{ name: 'tags', type: { type: 'list', element: 'string' } }] });
    await merge(table.session, {
      targetAlias: 't',
      source: { sql: "(SELECT 'a' AS id)", alias: 's' },
      on: 't.id = s.id',
      clauses: [{ matched: true, condition: null, action: 'update', set: [['tags', "['x']"]] }],
    });
    expect(await table.select('SELECT id, n, tags FROM {t}')).toEqual([{ id: 'a', n: 1, tags: ['x'] }]);
  });

  test('no change of data: the snapshot stays', () => {
    const before = table.load().currentSnapshot();
    alter({ kind: 'set-properties', properties: { vacuum_min_snapshots_to_keep: '7' } });
    expect(table.load().currentSnapshot()).toEqual(before);
    expect(table.load().properties).toMatchObject({ vacuum_min_snapshots_to_keep: '7' });
    alter({ kind: 'unset-properties', keys: ['vacuum_min_snapshots_to_keep'] });
    expect(table.load().properties).toEqual({});
  });

  test.each<[string, SchemaChange, string]>([
    ['a column that is there', { kind: 'add-columns', columns: [{ name: 'n', type: 'int' }] }, 'COLUMN_ALREADY_EXISTS'],
    ['a column that is not there', { kind: 'drop-column', column: 'x' }, 'COLUMN_NOT_FOUND'],
    ['a partition’s column', { kind: 'drop-column', column: 'day' }, 'NOT_SUPPORTED'],
    ['a narrower type', { kind: 'change-column', column: 'n', name: 'n', type: 'string' }, 'NOT_SUPPORTED'],
    ['a name that is taken', { kind: 'change-column', column: 'n', name: 'id', type: 'int' }, 'COLUMN_ALREADY_EXISTS'],
  ])('refused: %s', (_name, change, errorName) => {
    expect(() => alter(change)).toThrow(expect.objectContaining({ errorName }) as Error);
  });
});
