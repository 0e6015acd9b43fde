import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { alterTable, append, deleteRows, merge, optimize, rollbackTo, updateRows, vacuum } from '../../../localcloud/athena/iceberg/index.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

const DAY = 86_400;

describe('maintenance', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    fixture.clock.now = new Date();
    table = fixture.table('s3://lake/silver/t', { columns: [{ name: 'id', type: 'int' }, { name: 'day', type: 'date' }], partitioning: [{ column: 'day', transform: 'identity' }] });
  });
  afterEach(() => fixture.close());

  const appendDays = async (times: number, days: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) await append(table.session, { sql: `SELECT ${i}, DATE '2025-01-01' + CAST(d AS INTEGER) FROM range(${days}) AS r(d)` });
  };
  const count = async (): Promise<unknown> => (await table.select('SELECT count(*) AS n FROM {t}'))[0]?.['n'];
  const setProperties = (properties: Record<string, string>): void => alterTable(table.session, { kind: 'set-properties', properties });

  describe('OPTIMIZE', () => {
    test('makes one file of a partition’s small ones, and the rows stay', async () => {
      await appendDays(6, 2);
      const result = await optimize(table.session);
      expect(result).toMatchObject({ moreRunsNeeded: false, rows: { inserted: 0, updated: 0, deleted: 0 } });
      expect(table.load().planFiles().data).toHaveLength(2);
      expect(table.load().currentSnapshot()?.summary).toMatchObject({ operation: 'replace', 'total-data-files': '2', 'total-records': '12' });
      expect(await count()).toBe('12');
    });

    test('leaves alone partitions with fewer files than the threshold', async () => {
      await appendDays(4, 1);
      expect((await optimize(table.session)).snapshotId).toBeNull();
      setProperties({ optimize_rewrite_data_file_threshold: '4' });
      expect((await optimize(table.session)).snapshotId).not.toBeNull();
    });

    test('keeps to the partitions asked for', async () => {
      await appendDays(5, 2);
      await optimize(table.session, { predicates: [{ column: 'day', op: '=', values: [{ type: 'date', value: '2025-01-02' }] }] });
      expect(table.load().planFiles().data).toHaveLength(6);
    });

    test('does 100 partitions a run and says that more are left', async () => {
      setProperties({ optimize_rewrite_data_file_threshold: '2' });
      for (const start of [0, 60]) for (let i = 0; i < 2; i += 1) await append(table.session, { sql: `SELECT ${i}, DATE '2025-01-01' + CAST(d AS INTEGER) FROM range(${start}, ${start + 60}) AS r(d)` });
      expect(await optimize(table.session)).toMatchObject({ moreRunsNeeded: true });
      expect(await optimize(table.session)).toMatchObject({ moreRunsNeeded: false });
      expect(table.load().planFiles().data).toHaveLength(120);
      expect((await optimize(table.session)).snapshotId).toBeNull();
    });

    test('is committed on top of an append that came in between, and fails where its files are gone', async () => {
      await appendDays(5, 1);
      table.pointer.beforeSwap = interrupted(await movedBy(() => append(table.session, { sql: "SELECT 9, DATE '2025-01-01'" })));
      await optimize(table.session);
      expect(await count()).toBe('6');
      await appendDays(5, 1);
      table.pointer.beforeSwap = interrupted(await movedBy(() => updateRows(table.session, { alias: 't', where: null, set: [['id', '7']] })));
      await expect(optimize(table.session)).rejects.toMatchObject({ errorName: 'ICEBERG_COMMIT_ERROR' });
      expect(await table.select('SELECT DISTINCT id FROM {t}')).toEqual([{ id: 7 }]);
    });

    /** Where the pointer is after a statement, which is then undone. */
    const movedBy = async (statement: () => Promise<unknown>): Promise<string> => {
      const before = table.pointer.location;
      await statement();
      const after = table.pointer.location;
      table.pointer.location = before;
      return after;
    };
    const interrupted = (location: string) => (): void => {
      table.pointer.beforeSwap = () => undefined;
      table.pointer.location = location;
    };
  });

  describe('VACUUM', () => {
    test('expires snapshots older than the limit and deletes the files only they need', async () => {
      await appendDays(2, 1);
      await deleteRows(table.session, { alias: 't', where: 'id = 0' });
      const old = table.load().metadata.snapshots;
      expect(fixture.dataFiles('s3://lake/silver/t')).toHaveLength(2);
      fixture.clock.advance(6 * DAY);
      expect(vacuum(table.session)).toMatchObject({ expiredSnapshots: 2 });
      expect(fixture.dataFiles('s3://lake/silver/t')).toHaveLength(1);
      expect(table.load().metadata.snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([old[2]?.['snapshot-id']]);
      expect(table.load().metadata['snapshot-log']).toHaveLength(1);
      for (const snapshot of old.slice(0, 2)) expect(existsSync(fixture.warehouse.fileOf(snapshot['manifest-list']))).toBe(false);
      expect(await count()).toBe('1');
    });

    test('keeps the number of snapshots it is told to, and the young ones', async () => {
      setProperties({ vacuum_min_snapshots_to_keep: '3' });
      await appendDays(5, 1);
      expect(vacuum(table.session)).toMatchObject({ expiredSnapshots: 0, deletedFiles: 0 });
      fixture.clock.advance(6 * DAY);
      expect(vacuum(table.session).expiredSnapshots).toBe(2);
      expect(vacuum(table.session).expiredSnapshots).toBe(0);
      expect(await count()).toBe('5');
    });

    test('a snapshot that was rolled back can be returned to until it expires', async () => {
      await appendDays(1, 1);
      const first = table.load().currentSnapshot()?.['snapshot-id'] ?? 0n;
      await appendDays(1, 1);
      const second = table.load().currentSnapshot()?.['snapshot-id'] ?? 0n;
      rollbackTo(table.session, first);
      vacuum(table.session);
      rollbackTo(table.session, second);
      expect(await count()).toBe('2');
      rollbackTo(table.session, first);
      fixture.clock.advance(6 * DAY);
      vacuum(table.session);
      expect(() => rollbackTo(table.session, second)).toThrow('Iceberg snapshot ID does not exists');
      expect(await count()).toBe('1');
    });

    test('orphans go when they are old; the files of a statement under way stay', async () => {
      await appendDays(1, 1);
      const orphan = fixture.warehouse.fileOf('s3://lake/silver/t/data/day=2025-01-01/orphan.parquet');
      const young = fixture.warehouse.fileOf('s3://lake/silver/t/metadata/young-m0.avro');
      writeFileSync(orphan, 'left by a crash');
      writeFileSync(young, 'being written');
      const tenDaysAgo = new Date(fixture.clock.now.getTime() - 10 * DAY * 1000);
      utimesSync(orphan, tenDaysAgo, tenDaysAgo);
      expect(vacuum(table.session)).toMatchObject({ expiredSnapshots: 0, deletedFiles: 1 });
      expect([existsSync(orphan), existsSync(young)]).toEqual([false, true]);
    });

    test('only the newest metadata files stay beside the current one', async () => {
      setProperties({ vacuum_max_metadata_files_to_keep: '3' });
      await appendDays(8, 1);
      const first = table.load().metadata['metadata-log'][0]?.['metadata-file'] ?? '';
      vacuum(table.session);
      expect(existsSync(fixture.warehouse.fileOf(first))).toBe(false);
      const log = table.load().metadata['metadata-log'];
      expect(log).toHaveLength(3);
      for (const entry of log) expect(existsSync(fixture.warehouse.fileOf(entry['metadata-file']))).toBe(true);
      expect(await count()).toBe('8');
    });

    test('an empty table is vacuumed without fuss', () => {
      expect(vacuum(table.session)).toMatchObject({ expiredSnapshots: 0, deletedFiles: 0 });
    });
  });

  describe('metadata tables', () => {
    const rowsOf = (name: Parameters<ReturnType<TestTable['load']>['metadataTableSql']>[0], columns = '*'): Promise<Record<string, unknown>[]> =>
      fixture.query(`SELECT ${columns} FROM ${table.load().metadataTableSql(name)}`);

    test('are empty, with their columns, for an empty table', async () => {
      for (const name of ['snapshots', 'history', 'files', 'partitions', 'refs', 'manifests'] as const) expect(await rowsOf(name)).toEqual([]);
    });

    test('$snapshots, $history and $refs tell what happened', async () => {
      await appendDays(2, 1);
      const [first, second] = table.load().metadata.snapshots.map((snapshot) => String(snapshot['snapshot-id']));
      rollbackTo(table.session, BigInt(first ?? 0));
      expect(await rowsOf('snapshots', "snapshot_id, parent_id, operation, summary['total-records'] AS total")).toEqual([
        { snapshot_id: first, parent_id: null, operation: 'append', total: '1' },
        { snapshot_id: second, parent_id: first, operation: 'append', total: '2' },
      ]);
      expect(await rowsOf('history', 'snapshot_id, is_current_ancestor')).toEqual([
        { snapshot_id: first, is_current_ancestor: true },
        { snapshot_id: second, is_current_ancestor: false },
        { snapshot_id: first, is_current_ancestor: true },
      ]);
      expect(await rowsOf('refs', 'name, type, snapshot_id')).toEqual([{ name: 'main', type: 'BRANCH', snapshot_id: first }]);
    });

    test('$files, $partitions and $manifests tell what is there', async () => {
      await appendDays(2, 2);
      expect(await rowsOf('files', 'count(*) AS n, sum(record_count) AS rows, any_value(lower_bounds[1]) IS NOT NULL AS bounds, any_value(file_format) AS format')).toEqual([
        { n: '4', rows: '4', bounds: true, format: 'PARQUET' },
      ]);
      expect(await rowsOf('partitions', 'partition.day AS day, record_count, file_count')).toEqual([
        { day: '2025-01-01', record_count: '2', file_count: '2' },
        { day: '2025-01-02', record_count: '2', file_count: '2' },
      ]);
      expect(await rowsOf('manifests', 'added_data_files_count, partition_summaries[1].lower_bound AS lower, partition_summaries[1].upper_bound AS upper')).toEqual([
        { added_data_files_count: 2, lower: '2025-01-01', upper: '2025-01-02' },
        { added_data_files_count: 2, lower: '2025-01-01', upper: '2025-01-02' },
      ]);
    });
  });

  test('bytes scanned are the sizes of the columns wanted, of the files wanted', async () => {
    await appendDays(1, 3);
    const now = table.load();
    const [one] = now.planFiles().data;
    const plan = now.planFiles([{ column: 'day', op: '=', values: [{ type: 'date', value: '2025-01-01' }] }]);
    expect(now.bytesOf(plan, ['id'])).toBe(one?.file.columnSizes.get(1));
    expect(now.bytesOf(plan, [])).toBe(0n);
    expect(now.bytesOf(now.planFiles(), 'all')).toBeGreaterThan(now.bytesOf(plan, 'all'));
    expect((await merge(table.session, { targetAlias: 't', source: { sql: '(SELECT 77 AS id)', alias: 's' }, on: 't.id = s.id', clauses: [{ matched: true, condition: null, action: 'delete' }], targetColumns: ['id'] })).bytesScanned).toBe(
      now.bytesOf(now.planFiles(), ['id']),
    );
  });
});
