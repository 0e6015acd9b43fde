import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { CommitStateUnknown, IcebergTable, append, createTable, deleteRows, merge, rollbackTo, updateRows } from '../../../localcloud/athena/iceberg/index.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

describe('commits', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    table = fixture.table('s3://lake/silver/t/', { columns: [{ name: 'id', type: 'string' }, { name: 'v', type: 'int', required: true }] });
    await append(table.session, { sql: "SELECT 'a', 1" });
  });
  afterEach(() => fixture.close());

  const files = (): string[] => readdirSync(fixture.warehouse.fileOf('s3://lake/silver/t'), { recursive: true, encoding: 'utf8' }).sort();
  const ids = async (): Promise<unknown[]> => (await table.select('SELECT id FROM {t} ORDER BY id')).map((row) => row['id']);
  /** Another statement commits now, but its pointer only moves just before the next swap. */
  const interrupt = async (other: () => Promise<unknown>): Promise<void> => {
    const ours = table.pointer.location;
    await other();
    const theirs = table.pointer.location;
    table.pointer.location = ours;
    table.pointer.beforeSwap = () => {
      table.pointer.beforeSwap = () => undefined;
      table.pointer.location = theirs;
    };
  };

  test('metadata files are named and chained as Iceberg’s Glue catalog does', async () => {
    await append(table.session, { sql: "SELECT 'b', 2" });
    const { metadata, metadataLocation } = table.load();
    expect(metadataLocation).toMatch(/^s3:\/\/lake\/silver\/t\/metadata\/00002-[0-9a-f-]{36}\.metadata\.json$/);
    expect(metadata['metadata-log'].map((entry) => /\/(\d{5})-/.exec(entry['metadata-file'])?.[1])).toEqual(['00000', '00001']);
    expect(metadata['last-sequence-number']).toBe(2);
    expect(metadata.refs['main']?.['snapshot-id']).toBe(metadata['current-snapshot-id']);
    expect(metadata.snapshots[1]?.['parent-snapshot-id']).toBe(metadata.snapshots[0]?.['snapshot-id']);
  });

  test('snapshot ids have more bits than a double and survive the file', async () => {
    for (let i = 0; i < 4; i += 1) await append(table.session, { sql: `SELECT 'x', ${i}` });
    const { snapshots } = table.load().metadata;
    const json = readFileSync(fixture.warehouse.fileOf(table.pointer.current()), 'utf8');
    for (const snapshot of snapshots) expect(json).toContain(`"snapshot-id":${snapshot['snapshot-id']}`);
    expect(snapshots.some((snapshot) => BigInt(Number(snapshot['snapshot-id'])) !== snapshot['snapshot-id'])).toBe(true);
  });

  test('an append that loses the race is committed on top of the winner', async () => {
    await interrupt(() => append(table.session, { sql: "SELECT 'theirs', 2" }));
    await append(table.session, { sql: "SELECT 'ours', 3" });
    expect(await ids()).toEqual(['a', 'ours', 'theirs']);
    expect(table.load().metadata['last-sequence-number']).toBe(3);
  });

  test.each([
    ['merge', (t: TestTable) => merge(t.session, { targetAlias: 't', source: { sql: "(SELECT 'a' AS id)", alias: 's' }, on: 't.id = s.id', clauses: [{ matched: true, condition: null, action: 'update', set: [['v', '9']] }] })],
    ['update', (t: TestTable) => updateRows(t.session, { alias: 't', where: null, set: [['v', '9']] })],
    ['delete', (t: TestTable) => deleteRows(t.session, { alias: 't', where: 'v = 1' })],
  ])('a %s that loses the race ends with ICEBERG_COMMIT_ERROR, changes nothing and leaves no file', async (_name, statement) => {
    await append(table.session, { sql: "SELECT 'b', 1 UNION ALL SELECT 'c', 2" });
    await interrupt(() => append(table.session, { sql: "SELECT 'theirs', 2" }));
    const before = files();
    await expect(statement(table)).rejects.toMatchObject({ errorName: 'ICEBERG_COMMIT_ERROR', message: 'Failed to commit Iceberg update to table: silver.t' });
    expect(files()).toEqual(before);
    expect(await table.select('SELECT id, v FROM {t} ORDER BY id')).toEqual([{ id: 'a', v: 1 }, { id: 'b', v: 1 }, { id: 'c', v: 2 }, { id: 'theirs', v: 2 }]);
  });

  test('where the catalog cannot tell whether the pointer moved, no file is deleted', async () => {
    const swap = table.pointer.swap.bind(table.pointer);
    table.pointer.swap = (expected, next) => {
      swap(expected, next);
      throw new Error('connection lost');
    };
    await expect(append(table.session, { sql: "SELECT 'b', 2" })).rejects.toBeInstanceOf(CommitStateUnknown);
    expect(await ids()).toEqual(['a', 'b']);
  });

  test('a crash before the pointer moves leaves the old state; what lies about is read by nobody', async () => {
    const before = table.pointer.current();
    await append(table.session, { sql: "SELECT 'b', 2" });
    table.pointer.location = before; // as if the process had died just before the swap: all files are written
    expect(await ids()).toEqual(['a']);
    writeFileSync(fixture.warehouse.fileOf('s3://lake/silver/t/metadata/00002-half-written.metadata.json'), '{"format-ver');
    await append(table.session, { sql: "SELECT 'c', 3" });
    expect(await ids()).toEqual(['a', 'c']);
  });

  test('a metadata file that is gone when it is opened, the pointer having moved on, is no broken table', async () => {
    const gone = 's3://lake/silver/t/metadata/00000-gone.metadata.json';
    const locations = [gone, table.pointer.location];
    const pointerTo = (current: () => string) => ({ current, swap: () => undefined });
    const moved = IcebergTable.loadCurrent(table.session.files, pointerTo(() => locations.shift() ?? table.pointer.location));
    expect(moved.metadataLocation).toBe(table.pointer.location);
    expect(() => IcebergTable.loadCurrent(table.session.files, pointerTo(() => gone))).toThrow('00000-gone.metadata.json');
  });

  test('a statement without rows commits nothing and leaves no file', async () => {
    const [before, pointer] = [files(), table.pointer.current()];
    expect(await append(table.session, { sql: "SELECT 'b', 2 WHERE false" })).toMatchObject({ snapshotId: null, rows: { inserted: 0 } });
    expect(await deleteRows(table.session, { alias: 't', where: "id = 'nobody'" })).toMatchObject({ snapshotId: null });
    expect(await updateRows(table.session, { alias: 't', where: 'NULL', set: [['v', '2']] })).toMatchObject({ snapshotId: null });
    expect(files()).toEqual(before);
    expect(table.pointer.current()).toBe(pointer);
  });

  test('NULL in a required column is refused', async () => {
    const before = files();
    await expect(append(table.session, { sql: "SELECT 'b', NULL" })).rejects.toMatchObject({ errorName: 'CONSTRAINT_VIOLATION', message: 'NULL value not allowed for NOT NULL column: v' });
    expect(files()).toEqual(before);
  });

  test('time travel by id and by time', async () => {
    const first = table.load().currentSnapshot();
    fixture.clock.advance(60);
    const between = fixture.clock.now.getTime();
    fixture.clock.advance(60);
    await append(table.session, { sql: "SELECT 'b', 2" });
    const now = table.load();
    expect(now.snapshotAsOf(between)).toEqual(first);
    expect(await table.select('SELECT id FROM {t}', now.planFiles([], now.snapshot(first?.['snapshot-id'] ?? 0n)))).toEqual([{ id: 'a' }]);
    expect(() => now.snapshot(1n)).toThrow('Iceberg snapshot ID does not exists: 1');
    expect(() => now.snapshotAsOf(0)).toThrow('No version history table at or before 1970-01-01T00:00:00.000Z');
  });

  test('a rollback brings an old state back under new metadata, to the empty table too, and does nothing the second time', async () => {
    const first = table.load().currentSnapshot()?.['snapshot-id'] ?? 0n;
    await append(table.session, { sql: "SELECT 'b', 2" });
    rollbackTo(table.session, first);
    expect(await ids()).toEqual(['a']);
    rollbackTo(table.session, null);
    expect(await ids()).toEqual([]);
    expect(table.load().currentSnapshot()).toBeUndefined();
    const pointer = table.pointer.current();
    rollbackTo(table.session, null);
    expect(table.pointer.current()).toBe(pointer);
    await append(table.session, { sql: "SELECT 'c', 3" });
    expect(await ids()).toEqual(['c']);
    rollbackTo(table.session, first);
    expect(await ids()).toEqual(['a']);
    expect(() => rollbackTo(table.session, 5n)).toThrow('Iceberg snapshot ID does not exists: 5');
  });

  test('a hundred appends leave few manifests', async () => {
    for (let i = 0; i < 105; i += 1) await append(table.session, { sql: `SELECT 'm', ${i}` });
    const now = table.load();
    expect(now.manifests(now.currentSnapshot()).length).toBeLessThan(20);
    expect(await table.select('SELECT count(*) AS n, sum(v) AS s FROM {t}')).toEqual([{ n: '106', s: String((104 * 105) / 2 + 1) }]);
    expect(now.currentSnapshot()?.summary).toMatchObject({ 'total-records': '106', 'total-data-files': '106' });
  });

  test('what is not there, or of another format version, is refused by name', () => {
    expect(() => IcebergTable.load(fixture.warehouse, 's3://lake/nowhere.metadata.json')).toThrow('cannot read s3://lake/nowhere.metadata.json');
    const { metadataLocation } = createTable(fixture.warehouse, 's3://lake/v3', { columns: [{ name: 'a', type: 'int' }], clock: fixture.clock.read });
    const other = metadataLocation.replace('00000-', '00001-');
    writeFileSync(fixture.warehouse.fileOf(other), readFileSync(fixture.warehouse.fileOf(metadataLocation), 'utf8').replace('"format-version":2', '"format-version":3'));
    expect(existsSync(fixture.warehouse.fileOf(other))).toBe(true);
    expect(() => IcebergTable.load(fixture.warehouse, other)).toThrow('Unsupported Iceberg format version: 3');
  });
});
