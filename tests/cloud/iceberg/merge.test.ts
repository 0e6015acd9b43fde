import { append, merge } from '../../../localcloud/athena/iceberg/index.ts';
import type { MergeClause, MergePlan } from '../../../localcloud/athena/iceberg/index.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

const UPSERT: MergeClause[] = [
  { matched: true, condition: 's.v > t.v', action: 'update', set: [['v', 's.v'], ['note', "t.id || '!'"]] },
  { matched: false, condition: null, action: 'insert', columns: ['id', 'v'], values: ['s.id', 's.v'] },
];

describe('MERGE', () => {
  let fixture: IcebergFixture;
  let table: TestTable;

  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    table = fixture.table('s3://lake/silver/t', {
      columns: [
        { name: 'id', type: 'string' },
        { name: 'v', type: 'int' },
        { name: 'day', type: 'date' },
        { name: 'note', type: 'string' },
      ],
      partitioning: [{ column: 'day', transform: 'identity' }],
    });
    await append(table.session, { sql: "SELECT 'r' || i, CAST(i AS INTEGER), DATE '2025-01-01' + CAST(i % 3 AS INTEGER), NULL FROM range(9) AS r(i)" });
  });
  afterEach(() => fixture.close());

  const plan = (values: string, clauses: readonly MergeClause[] = UPSERT, more: Partial<MergePlan> = {}): MergePlan => ({
    targetAlias: 't',
    source: { sql: `(SELECT * FROM (VALUES ${values}) AS v(id, v))`, alias: 's' },
    on: 't.id = s.id',
    clauses,
    ...more,
  });
  const rows = (): Promise<unknown[]> => table.select('SELECT id, v, note FROM {t} ORDER BY id, v');
  const snapshots = (): number => table.load().metadata.snapshots.length;

  test('the first clause whose condition is true applies, the others do not', async () => {
    const clauses: MergeClause[] = [
      { matched: true, condition: 's.v < 0', action: 'delete' },
      { matched: true, condition: 's.v > 100', action: 'update', set: [['note', "'big'"]] },
      { matched: true, condition: 's.v > 10', action: 'update', set: [['note', "'middle'"]] },
      { matched: false, condition: 's.v > 100', action: 'insert', columns: ['id', 'note'], values: ['s.id', "'big'"] },
      { matched: false, condition: 's.v > 10', action: 'insert', columns: ['id', 'note'], values: ['s.id', "'middle'"] },
    ];
    const result = await merge(table.session, plan("('r1', 101), ('r2', 11), ('r3', 5), ('r4', -1), ('n1', 101), ('n2', 11), ('n3', 5)", clauses));
    expect(result.rows).toEqual({ inserted: 2, updated: 2, deleted: 1 });
    expect(await table.select('SELECT id, note FROM {t} WHERE note IS NOT NULL ORDER BY id')).toEqual([
      { id: 'n1', note: 'big' },
      { id: 'n2', note: 'middle' },
      { id: 'r1', note: 'big' },
      { id: 'r2', note: 'middle' },
    ]);
    expect(await table.select("SELECT count(*) AS n FROM {t} WHERE id = 'r4'")).toEqual([{ n: '0' }]);
  });

  test('an update sees the row as it was: columns may be swapped', async () => {
    await merge(table.session, plan("('r1', 0)", [{ matched: true, condition: null, action: 'update', set: [['v', 'length(t.id)'], ['note', 'CAST(t.v AS VARCHAR)']] }]));
    expect(await table.select("SELECT v, note FROM {t} WHERE id = 'r1'")).toEqual([{ v: 2, note: '1' }]);
  });

  test('a condition that is NULL is not true, and the row stays matched', async () => {
    const before = await rows();
    const result = await merge(table.session, plan("('r1', NULL)"));
    expect(result).toMatchObject({ snapshotId: null, rows: { inserted: 0, updated: 0, deleted: 0 } });
    expect(await rows()).toEqual(before);
  });

  test('data files stay as they are, those without a changed row get no delete file', async () => {
    const filesOf = (): Set<string> => new Set(table.load().planFiles().data.map((entry) => entry.file.path));
    const before = filesOf();
    await merge(table.session, plan("('r1', 50)"));
    expect([...before].filter((file) => !filesOf().has(file))).toEqual([]);
    expect(table.load().planFiles().deletes).toHaveLength(1);
  });

  test('predicates on the target leave files out, and no row is lost by it', async () => {
    const day = (op: '>=' | '<=') => ({ column: 'day', op, values: [{ type: 'date' as const, value: '2025-01-02' }] });
    const narrow = await merge(table.session, plan("('r1', 50)", UPSERT, { on: "t.id = s.id AND t.day = DATE '2025-01-02'", targetPredicates: [day('>='), day('<=')] }));
    const wide = await merge(table.session, plan("('r4', 50)"));
    expect(narrow.rows).toEqual({ inserted: 0, updated: 1, deleted: 0 });
    expect(narrow.bytesScanned).toBeLessThan(wide.bytesScanned);
    expect(await table.select('SELECT count(*) AS n, count(note) AS notes FROM {t}')).toEqual([{ n: '9', notes: '2' }]);
  });

  test('a target row that two source rows match is an error, and nothing is written', async () => {
    const before = snapshots();
    await expect(merge(table.session, plan("('r1', 50), ('r1', 60)"))).rejects.toMatchObject({
      errorName: 'MERGE_TARGET_ROW_MULTIPLE_MATCHES',
      message: 'One MERGE target table row matched more than one source row',
    });
    expect(snapshots()).toBe(before);
  });

  test('so it is where the two fall under different clauses, or both under none; not where one applies and one does not', async () => {
    const clauses: MergeClause[] = [{ matched: true, condition: 's.v < 0', action: 'delete' }, ...UPSERT];
    await expect(merge(table.session, plan("('r1', 50), ('r1', -1)", clauses))).rejects.toMatchObject({ errorName: 'MERGE_TARGET_ROW_MULTIPLE_MATCHES' });
    await expect(merge(table.session, plan("('r8', 1), ('r8', 2)"))).rejects.toMatchObject({ errorName: 'MERGE_TARGET_ROW_MULTIPLE_MATCHES' });
    expect((await merge(table.session, plan("('r5', 50), ('r5', 1)"))).rows.updated).toBe(1);
  });

  test('two equal source rows that match nothing are both inserted', async () => {
    expect((await merge(table.session, plan("('n', 1), ('n', 1)"))).rows.inserted).toBe(2);
    expect(await table.select("SELECT count(*) AS n FROM {t} WHERE id = 'n'")).toEqual([{ n: '2' }]);
  });

  test('the same merge twice commits no second snapshot', async () => {
    const twice = plan("('r1', 50), ('n', 1)");
    expect((await merge(table.session, twice)).snapshotId).not.toBeNull();
    const after = snapshots();
    expect((await merge(table.session, twice)).snapshotId).toBeNull();
    expect(snapshots()).toBe(after);
  });

  test('a source that is volatile is evaluated once', async () => {
    const source = { sql: "(SELECT 'u' || i AS id, CAST(floor(random() * 1000000) AS INTEGER) AS v FROM range(50) AS r(i))", alias: 's' };
    await merge(table.session, { ...plan(''), source, clauses: [{ matched: false, condition: 's.v % 2 = 0', action: 'insert', columns: ['id', 'v'], values: ['s.id', 's.v'] }] });
    expect(await table.select("SELECT count(*) AS odd FROM {t} WHERE id LIKE 'u%' AND v % 2 = 1")).toEqual([{ odd: '0' }]);
  });

  test('a bare NULL of the source fits a column of any type', async () => {
    const source = { sql: "(SELECT 'n' AS id, NULL AS v, NULL AS day)", alias: 's' };
    await merge(table.session, { ...plan(''), source, clauses: [{ matched: false, condition: null, action: 'insert', columns: ['id', 'v', 'day'], values: ['s.id', 's.v', 's.day'] }] });
    expect(await table.select("SELECT id, v, day FROM {t} WHERE id = 'n'")).toEqual([{ id: 'n', v: null, day: null }]);
  });

  test('a statement planned on a state that is no longer current ends with ICEBERG_COMMIT_ERROR', async () => {
    const session = { ...table.session, baseLocation: table.pointer.current() };
    await append(table.session, { sql: "SELECT 'later', 1, NULL, NULL" });
    await expect(merge(session, plan("('r1', 50)"))).rejects.toMatchObject({ errorName: 'ICEBERG_COMMIT_ERROR' });
    expect(await table.select('SELECT count(*) AS n, count(note) AS notes FROM {t}')).toEqual([{ n: '10', notes: '0' }]);
  });

  test('statements side by side on connections of their own do not see each other’s temporary tables', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3].map(async (i) => {
        const connection = await fixture.connect();
        const other = fixture.table(`s3://lake/side/t${i}`, { columns: [{ name: 'id', type: 'string' }, { name: 'v', type: 'int' }, { name: 'note', type: 'string' }] });
        const session = { ...other.session, connection };
        await append(session, { sql: `SELECT 'k' || i, ${i}, NULL FROM range(100) AS r(i)` });
        await merge(session, { ...plan(''), source: { sql: `(SELECT 'k' || i AS id, ${i * 10} AS v FROM range(50) AS r(i))`, alias: 's' } });
        connection.closeSync();
        return (await other.select('SELECT sum(v) AS s FROM {t}'))[0]?.['s'];
      }),
    );
    expect(outcomes).toEqual(['550', '1100', '1650']);
  });

  test('a merge into an empty table inserts', async () => {
    const empty = fixture.table('s3://lake/silver/empty', { columns: [{ name: 'id', type: 'string' }, { name: 'v', type: 'long' }, { name: 'note', type: 'string' }] });
    expect((await merge(empty.session, plan("('a', 1)"))).rows).toEqual({ inserted: 1, updated: 0, deleted: 0 });
    expect(await empty.select('SELECT * FROM {t}')).toEqual([{ id: 'a', v: '1', note: null }]);
  });

  test('deleting every row leaves an empty table', async () => {
    const result = await merge(table.session, { ...plan("('x', 1)"), on: 'true', clauses: [{ matched: true, condition: null, action: 'delete' }] });
    expect(result.rows.deleted).toBe(9);
    expect(await rows()).toEqual([]);
    expect(table.load().currentSnapshot()?.summary).toMatchObject({ operation: 'delete', 'total-records': '0', 'total-data-files': '0', 'total-files-size': '0' });
  });

  test('more than 100 partitions in one statement are refused, and the files written so far are gone', async () => {
    const source = { sql: "(SELECT 'p' || i AS id, 1 AS v, DATE '2026-01-01' + CAST(i AS INTEGER) AS day FROM range(101) AS r(i))", alias: 's' };
    const clauses: MergeClause[] = [{ matched: false, condition: null, action: 'insert', columns: ['id', 'v', 'day'], values: ['s.id', 's.v', 's.day'] }];
    const filesBefore = fixture.dataFiles('s3://lake/silver/t');
    await expect(merge(table.session, { ...plan(''), source, clauses })).rejects.toMatchObject({
      errorName: 'ICEBERG_TOO_MANY_OPEN_PARTITIONS',
      message: 'Exceeded limit of 100 open writers for partitions',
    });
    expect(fixture.dataFiles('s3://lake/silver/t')).toEqual(filesBefore);
  });

  test('an error in an expression ends the statement and leaves no temporary table behind', async () => {
    const clauses: MergeClause[] = [{ matched: true, condition: null, action: 'update', set: [['note', "error('boom')"]] }];
    await expect(merge(table.session, plan("('r1', 1)", clauses))).rejects.toThrow('boom');
    expect(await fixture.query('SELECT table_name FROM duckdb_tables()')).toEqual([]);
    expect((await merge(table.session, plan("('r1', 50)"))).rows.updated).toBe(1);
  });

  test('a column the table has not is named', async () => {
    const clauses: MergeClause[] = [{ matched: true, condition: null, action: 'update', set: [['nope', '1']] }];
    await expect(merge(table.session, plan("('r1', 1)", clauses))).rejects.toMatchObject({ errorName: 'COLUMN_NOT_FOUND' });
  });
});
