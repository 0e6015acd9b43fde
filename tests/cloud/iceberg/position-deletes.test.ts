import { statSync } from 'node:fs';
import { append, merge, optimize } from '../../../localcloud/athena/iceberg/index.ts';
import type { IcebergTable } from '../../../localcloud/athena/iceberg/index.ts';
import { STATUS, writeManifest, writeManifestList } from '../../../localcloud/athena/iceberg/manifests.ts';
import type { DataFile, ManifestEntry } from '../../../localcloud/athena/iceberg/manifests.ts';
import { newSnapshotId, nextMetadata, writeMetadata } from '../../../localcloud/athena/iceberg/metadata.ts';
import { readWithIcebird } from './second-reader.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

/** What Athena itself writes on DELETE: the rows stay in their files, a delete file names their positions. */
const deleteByPosition = async (fixture: IcebergFixture, table: TestTable, entry: ManifestEntry, positions: readonly number[], content = 1): Promise<void> => {
  const base: IcebergTable = table.load();
  const path = `${base.location}/data/deletes-${positions.join('-')}.parquet`;
  const rows = positions.map((position) => `('${entry.file.path}', CAST(${position} AS BIGINT))`).join(', ');
  await fixture.query(`COPY (SELECT * FROM (VALUES ${rows}) AS d(file_path, pos)) TO '${fixture.warehouse.fileOf(path)}' (FORMAT parquet, FIELD_IDS {file_path: 2147483546, pos: 2147483545})`);
  const file: DataFile = { ...entry.file, content, path, recordCount: BigInt(positions.length), sizeInBytes: BigInt(statSync(fixture.warehouse.fileOf(path)).size), lowerBounds: new Map(), upperBounds: new Map(), sortOrderId: null };
  const snapshotId = newSnapshotId(base.metadata.snapshots);
  const sequenceNumber = BigInt(base.metadata['last-sequence-number'] + 1);
  const added = { status: STATUS.added, snapshotId, sequenceNumber: null, fileSequenceNumber: null, specId: entry.specId, file };
  const manifest = writeManifest(fixture.warehouse, base.metadata, { snapshotId, sequenceNumber }, { specId: entry.specId, content: 'deletes', entries: [added] });
  const parent = base.currentSnapshot();
  const list = writeManifestList(fixture.warehouse, base.location, { snapshotId, parentId: parent?.['snapshot-id'], sequenceNumber }, [manifest, ...base.manifests(parent)]);
  const snapshot = { 'snapshot-id': snapshotId, 'sequence-number': Number(sequenceNumber), 'timestamp-ms': base.metadata['last-updated-ms'] + 1, 'manifest-list': list, 'schema-id': 0, summary: { ...parent?.summary, operation: 'delete' } };
  const next = nextMetadata(base.metadata, base.metadataLocation, 0, { 'current-snapshot-id': snapshotId, 'last-sequence-number': Number(sequenceNumber), snapshots: [...base.metadata.snapshots, snapshot] });
  table.pointer.location = writeMetadata(fixture.warehouse, next, base.metadataLocation);
};

describe('tables with position deletes, as Athena writes them', () => {
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

  test('equality deletes are refused by name, never overlooked', async () => {
    const [first] = table.load().planFiles().data;
    await deleteByPosition(fixture, table, first!, [5], 2);
    await expect(ids()).rejects.toMatchObject({ errorName: 'NOT_SUPPORTED', message: 'Tables with equality delete files are not supported locally' });
  });
});
