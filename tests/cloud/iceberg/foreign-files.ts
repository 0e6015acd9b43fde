import { statSync } from 'node:fs';
import type { IcebergTable } from '../../../localcloud/athena/iceberg/index.ts';
import { CONTENT, STATUS, writeManifest, writeManifestList } from '../../../localcloud/athena/iceberg/manifests.ts';
import type { DataFile, ManifestEntry } from '../../../localcloud/athena/iceberg/manifests.ts';
import { newSnapshotId, nextMetadata, writeMetadata } from '../../../localcloud/athena/iceberg/metadata.ts';
import type { Partition } from '../../../localcloud/athena/iceberg/partitions.ts';
import type { IcebergFixture, TestTable } from './support.ts';

const NO_METRICS = { columnSizes: new Map(), valueCounts: new Map(), nullValueCounts: new Map(), nanValueCounts: new Map(), lowerBounds: new Map(), upperBounds: new Map() };

/** Commits one more file, by hand, as another engine would. */
const commitFile = (fixture: IcebergFixture, table: TestTable, specId: number, file: DataFile): void => {
  const base: IcebergTable = table.load();
  const snapshotId = newSnapshotId(base.metadata.snapshots);
  const sequenceNumber = BigInt(base.metadata['last-sequence-number'] + 1);
  const added = { status: STATUS.added, snapshotId, sequenceNumber: null, fileSequenceNumber: null, specId, file };
  const manifest = writeManifest(fixture.warehouse, base.metadata, { snapshotId, sequenceNumber }, { specId, content: file.content === CONTENT.data ? 'data' : 'deletes', entries: [added] });
  const parent = base.currentSnapshot();
  const list = writeManifestList(fixture.warehouse, base.location, { snapshotId, parentId: parent?.['snapshot-id'], sequenceNumber }, [manifest, ...base.manifests(parent)]);
  const snapshot = { 'snapshot-id': snapshotId, 'sequence-number': Number(sequenceNumber), 'timestamp-ms': base.metadata['last-updated-ms'] + 1, 'manifest-list': list, 'schema-id': base.metadata['current-schema-id'], summary: { ...parent?.summary, operation: 'delete' } };
  const next = nextMetadata(base.metadata, base.metadataLocation, 0, { 'current-snapshot-id': snapshotId, 'last-sequence-number': Number(sequenceNumber), snapshots: [...base.metadata.snapshots, snapshot] });
  table.pointer.location = writeMetadata(fixture.warehouse, next, base.metadataLocation);
};

const describe = (fixture: IcebergFixture, path: string, rows: number, partition: Partition): DataFile => ({
  ...NO_METRICS,
  content: CONTENT.positionDeletes,
  path,
  format: 'PARQUET',
  partition,
  recordCount: BigInt(rows),
  sizeInBytes: BigInt(statSync(fixture.warehouse.fileOf(path)).size),
  splitOffsets: null,
  equalityIds: null,
  sortOrderId: null,
  referencedDataFile: null,
});

/** A position delete file for a whole partition, without bounds, as Spark may write it. */
export const deleteByPosition = async (fixture: IcebergFixture, table: TestTable, entry: ManifestEntry, positions: readonly number[]): Promise<void> => {
  const path = `${table.load().location}/data/deletes-${positions.join('-')}.parquet`;
  const rows = positions.map((position) => `('${entry.file.path}', CAST(${position} AS BIGINT))`).join(', ');
  await fixture.query(`COPY (SELECT * FROM (VALUES ${rows}) AS d(file_path, pos)) TO '${fixture.warehouse.fileOf(path)}' (FORMAT parquet, FIELD_IDS {file_path: 2147483546, pos: 2147483545})`);
  commitFile(fixture, table, entry.specId, describe(fixture, path, positions.length, entry.file.partition));
};

let equalityFiles = 0;

/** An equality delete file, as Flink writes it: rows are named by the values of some columns. `select` gives them under the names of `ids`. */
export const deleteByEquality = async (fixture: IcebergFixture, table: TestTable, options: { select: string; ids: Record<string, number>; specId?: number; partition?: Partition }): Promise<void> => {
  equalityFiles += 1;
  const path = `${table.load().location}/data/equality-${equalityFiles}.parquet`;
  const ids = Object.entries(options.ids).map(([name, id]) => `"${name}": ${id}`).join(', ');
  await fixture.query(`COPY (${options.select}) TO '${fixture.warehouse.fileOf(path)}' (FORMAT parquet${ids === '' ? '' : `, FIELD_IDS {${ids}}`})`);
  const file = describe(fixture, path, 1, options.partition ?? []);
  commitFile(fixture, table, options.specId ?? 0, { ...file, content: CONTENT.equalityDeletes, equalityIds: Object.values(options.ids) });
};

/** Makes a Parquet file that is there already part of a table, without statistics. */
export const addFile = (fixture: IcebergFixture, table: TestTable, uri: string, rows: number, partition: Partition): void =>
  commitFile(fixture, table, 0, { ...describe(fixture, uri, rows, partition), content: CONTENT.data });
