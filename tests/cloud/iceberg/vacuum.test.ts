import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { alterTable, append, deleteRows, vacuum } from '../../../localcloud/athena/iceberg/index.ts';
import { markUnderWay } from '../../../localcloud/athena/iceberg/under-way.ts';
import { writeData } from '../../../localcloud/athena/iceberg/write-data.ts';
import type { SnapshotReference, TableMetadata } from '../../../localcloud/athena/iceberg/metadata.ts';
import { writeMetadata } from '../../../localcloud/athena/iceberg/metadata.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

const HOUR = 3600;

describe('VACUUM', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    fixture.clock.now = new Date();
    table = fixture.table('s3://lake/t', { columns: [{ name: 'id', type: 'int' }] });
    for (let id = 0; id < 4; id += 1) {
      await append(table.session, { sql: `SELECT ${id}` });
      fixture.clock.advance(HOUR);
    }
  });
  afterEach(() => fixture.close());

  const ids = async (): Promise<unknown[]> => (await table.select('SELECT id FROM {t} ORDER BY id')).map((row) => row['id']);
  const snapshotIds = (): bigint[] => table.load().metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
  const local = (name: string): string => fixture.warehouse.fileOf(`s3://lake/t/${name}`);
  /** Metadata as another engine may leave it. */
  const rewrite = (change: Partial<TableMetadata>): void => {
    const now = table.load();
    table.pointer.location = writeMetadata(fixture.warehouse, { ...now.metadata, ...change }, now.metadataLocation);
  };
  const setReference = (name: string, reference: Partial<SnapshotReference> & Pick<SnapshotReference, 'snapshot-id' | 'type'>): void => rewrite({ refs: { ...table.load().metadata.refs, [name]: reference } });
  const secondsAgo = (file: string, seconds: number): void => {
    const time = new Date(Date.now() - seconds * 1000);
    utimesSync(file, time, time);
  };

  test('keeps the snapshots of a branch by the branch’s own rules, and those of a tag', () => {
    const [first = 0n, second = 0n, third = 0n, fourth = 0n] = snapshotIds();
    setReference('audit', { 'snapshot-id': second, type: 'branch', 'min-snapshots-to-keep': 2 });
    fixture.clock.advance(10 * 24 * HOUR);
    expect(vacuum(table.session).expiredSnapshots).toBe(1);
    expect(snapshotIds()).toEqual([first, second, fourth]);
    setReference('audit', { 'snapshot-id': second, type: 'tag' });
    vacuum(table.session);
    expect(snapshotIds()).toEqual([second, fourth]);
    expect(snapshotIds()).not.toContain(third);
  });

  test('drops a reference that has outlived its age, but never main', () => {
    const [first = 0n, , , fourth = 0n] = snapshotIds();
    setReference('old', { 'snapshot-id': first, type: 'tag', 'max-ref-age-ms': 1000 });
    setReference('main', { 'snapshot-id': fourth, type: 'branch', 'max-ref-age-ms': 1 });
    fixture.clock.advance(10 * 24 * HOUR);
    vacuum(table.session);
    expect(Object.keys(table.load().metadata.refs)).toEqual(['main']);
    expect(snapshotIds()).toEqual([fourth]);
  });

  test('keeps other engines’ statistics of snapshots that stay, and lets go those of expired ones', () => {
    const [first = 0n, , , fourth = 0n] = snapshotIds();
    for (const name of ['old.stats', 'new.stats']) {
      writeFileSync(local(`metadata/${name}`), 'puffin');
      secondsAgo(local(`metadata/${name}`), 100);
    }
    rewrite({ statistics: [{ 'snapshot-id': first, 'statistics-path': 's3://lake/t/metadata/old.stats' }, { 'snapshot-id': fourth, 'statistics-path': 's3://lake/t/metadata/new.stats' }] });
    fixture.clock.advance(10 * 24 * HOUR);
    vacuum(table.session);
    expect([existsSync(local('metadata/old.stats')), existsSync(local('metadata/new.stats'))]).toEqual([false, true]);
    expect(table.load().metadata.statistics?.map((entry) => entry['snapshot-id'])).toEqual([fourth]);
  });

  test('removes the metadata of a commit that failed, when it is as old as orphans must be', () => {
    const lost = writeMetadata(fixture.warehouse, table.load().metadata, table.load().metadataLocation);
    vacuum(table.session);
    expect(existsSync(fixture.warehouse.fileOf(lost))).toBe(true);
    fixture.clock.advance(10 * 24 * HOUR);
    secondsAgo(fixture.warehouse.fileOf(lost), 1);
    vacuum(table.session);
    expect(existsSync(fixture.warehouse.fileOf(lost))).toBe(false);
  });

  test('leaves the files of a statement under way alone, however old its clock calls them', async () => {
    const base = table.load();
    alterTable(table.session, { kind: 'set-properties', properties: { vacuum_max_snapshot_age_seconds: '1' } });
    const [written] = await writeData(fixture.connection, base, 'SELECT 9 AS id', { limitPartitions: true });
    const file = fixture.warehouse.fileOf(written?.path ?? '');
    fixture.clock.advance(10 * 24 * HOUR);
    vacuum(table.session);
    expect(existsSync(file)).toBe(true);
  });

  test('takes the mark and the files of a process that died', () => {
    const mark = local('metadata/.under-way-4194999--dead');
    const orphan = local('data/orphan.parquet');
    for (const file of [mark, orphan]) writeFileSync(file, '');
    for (const file of [mark, orphan]) secondsAgo(file, 60);
    fixture.clock.advance(10 * 24 * HOUR);
    vacuum(table.session);
    expect([existsSync(mark), existsSync(orphan)]).toEqual([false, false]);
  });

  test('leaves what is younger than the oldest mark of a living process, and takes what is older', () => {
    const end = markUnderWay(fixture.warehouse, 's3://lake/t');
    const [young, old] = [local('data/young.parquet'), local('data/old.parquet')];
    for (const file of [young, old]) writeFileSync(file, '');
    secondsAgo(old, 60);
    fixture.clock.advance(10 * 24 * HOUR);
    vacuum(table.session);
    expect([existsSync(young), existsSync(old)]).toEqual([true, false]);
    end();
    secondsAgo(young, 60);
    vacuum(table.session);
    expect(existsSync(young)).toBe(false);
  });

  test('that loses a race is done on the newer state', async () => {
    fixture.clock.advance(10 * 24 * HOUR);
    const before = table.pointer.location;
    await append(table.session, { sql: 'SELECT 77' });
    const theirs = table.pointer.location;
    table.pointer.location = before;
    table.pointer.beforeSwap = () => {
      table.pointer.beforeSwap = () => undefined;
      table.pointer.location = theirs;
    };
    expect(vacuum(table.session).expiredSnapshots).toBe(4);
    expect(await ids()).toEqual([0, 1, 2, 3, 77]);
  });

  test('keeps as many old metadata files as it is told, none at all too', async () => {
    for (const keep of [2, 0]) {
      alterTable(table.session, { kind: 'set-properties', properties: { vacuum_max_metadata_files_to_keep: String(keep) } });
      vacuum(table.session);
      const log = table.load().metadata['metadata-log'].map((entry) => fixture.warehouse.fileOf(entry['metadata-file']));
      expect(log).toHaveLength(keep);
      expect(log.every((file) => existsSync(file))).toBe(true);
      expect(existsSync(fixture.warehouse.fileOf(table.pointer.current()))).toBe(true);
    }
    expect(await ids()).toEqual([0, 1, 2, 3]);
  });

  test('a file that was deleted goes with the last snapshot that had it', async () => {
    await deleteRows(table.session, { alias: 't', where: 'id = 1' });
    const [, second] = table.load().metadata.snapshots;
    const gone = table.load().planFiles([], second).data.map(({ file }) => fixture.warehouse.fileOf(file.path)).filter((file) => !table.load().planFiles().data.some((entry) => fixture.warehouse.fileOf(entry.file.path) === file));
    vacuum(table.session);
    expect(gone.every((file) => existsSync(file))).toBe(true);
    fixture.clock.advance(10 * 24 * HOUR);
    vacuum(table.session);
    expect(gone.map((file) => path.basename(file)).filter((name) => existsSync(local(`data/${name}`)))).toEqual([]);
    expect(await ids()).toEqual([0, 2, 3]);
  });
});
