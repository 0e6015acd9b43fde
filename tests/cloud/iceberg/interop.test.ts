import { alterTable, append, deleteRows, merge, optimize, rollbackTo, updateRows } from '../../../localcloud/athena/iceberg/index.ts';
import { readWithIcebird } from './second-reader.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

describe('a second reader sees the same rows', () => {
  let fixture: IcebergFixture;
  let table: TestTable;

  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    table = fixture.table('s3://lake/silver/orders/', {
      columns: [
        { name: 'id', type: 'string' },
        { name: 'amount', type: 'long' },
        { name: 'day', type: 'date' },
        { name: 'tags', type: { type: 'list', element: 'string' } },
      ],
      partitioning: [{ column: 'day', transform: 'identity' }],
    });
    await append(table.session, { sql: "SELECT 'o' || i, i, DATE '2025-01-01' + CAST(i % 3 AS INTEGER), ['a', 'b' || i] FROM range(9) AS r(i)" });
  });
  afterEach(() => fixture.close());

  const expectSameRows = async (count: number): Promise<void> => {
    const ours = await table.select("SELECT id, amount, strftime(day, '%Y-%m-%d') AS day, tags FROM {t} ORDER BY id, amount");
    const theirs = readWithIcebird(fixture.warehouse, table).map((row) => ({
      id: row['id'],
      amount: String(row['amount']),
      day: String(row['day']).slice(0, 10),
      tags: row['tags'] ?? null,
    }));
    theirs.sort((a, b) => (`${String(a.id)} ${a.amount}` < `${String(b.id)} ${b.amount}` ? -1 : 1));
    expect(ours).toHaveLength(count);
    expect(theirs).toEqual(ours);
  };

  test('after appends', async () => {
    await append(table.session, { sql: "SELECT 'p', 100, DATE '2025-02-01', NULL" });
    await expectSameRows(10);
  });

  test('after a merge that updates, deletes and inserts', async () => {
    await merge(table.session, {
      targetAlias: 't',
      source: { sql: "(VALUES ('o1', 50), ('o2', -1), ('new', 7)) AS v(id, amount)", alias: 's' },
      on: 't.id = s.id',
      clauses: [
        { matched: true, condition: 's.amount < 0', action: 'delete' },
        { matched: true, condition: null, action: 'update', set: [['amount', 's.amount']] },
        { matched: false, condition: null, action: 'insert', columns: ['id', 'amount', 'day'], values: ['s.id', 's.amount', "DATE '2025-03-01'"] },
      ],
    });
    await expectSameRows(9);
  });

  test('after a delete of whole files and of parts of one', async () => {
    await deleteRows(table.session, { alias: 't', where: "t.day = DATE '2025-01-01' OR t.id = 'o1'" });
    await expectSameRows(5);
  });

  test('after an update that moves rows to another partition', async () => {
    await updateRows(table.session, { alias: 't', where: 't.amount > 6', set: [['day', "DATE '2026-01-01'"]] });
    await expectSameRows(9);
  });

  test('after compaction', async () => {
    for (let i = 0; i < 5; i += 1) await append(table.session, { sql: `SELECT 'x${i}', ${i}, DATE '2025-01-01', ['z']` });
    expect((await optimize(table.session)).snapshotId).not.toBeNull();
    expect(table.load().planFiles([{ column: 'day', op: '=', values: [{ type: 'date', value: '2025-01-01' }] }]).data).toHaveLength(1);
    await expectSameRows(14);
  });

  test('after a rollback and an append on top of it', async () => {
    const first = table.load().currentSnapshot()?.['snapshot-id'] ?? null;
    await append(table.session, { sql: "SELECT 'lost', 0, DATE '2025-01-01', NULL" });
    rollbackTo(table.session, first);
    await append(table.session, { sql: "SELECT 'kept', 1, DATE '2025-01-01', NULL" });
    await expectSameRows(10);
  });

  test('after a column was renamed and another added', async () => {
    alterTable(table.session, { kind: 'add-columns', columns: [{ name: 'note', type: 'string' }] });
    alterTable(table.session, { kind: 'change-column', column: 'tags', name: 'labels', type: { type: 'list', element: 'string' } });
    await append(table.session, { sql: "SELECT 'n', 1, DATE '2025-01-01', ['l'], 'hello'" });
    const theirs = readWithIcebird(fixture.warehouse, table);
    const byId = new Map(theirs.map((row) => [row['id'], row]));
    expect(byId.get('n')).toMatchObject({ labels: ['l'], note: 'hello' });
    expect(byId.get('o1')).toMatchObject({ labels: ['a', 'b1'] });
    expect(byId.get('o1')?.['note'] ?? null).toBeNull();
    expect(await table.select("SELECT labels, note FROM {t} WHERE id IN ('n', 'o1') ORDER BY id")).toEqual([
      { labels: ['l'], note: 'hello' },
      { labels: ['a', 'b1'], note: null },
    ]);
  });
});
