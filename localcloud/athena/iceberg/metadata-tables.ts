import { FILE_PATH, POSITION } from './delete-files.ts';
import { STATUS } from './manifests.ts';
import type { DataFile, ManifestEntry } from './manifests.ts';
import { NO_SNAPSHOT } from './metadata.ts';
import { selectOf } from './metadata-rows.ts';
import type { Columns } from './metadata-rows.ts';
import { partitionsSql } from './partitions-table.ts';
import type { PartitionColumn } from './partitions.ts';
import { text } from './sql.ts';
import type { IcebergTable } from './table.ts';
import { partitionText, valueText } from './transforms.ts';
import { leavesOf } from './types.ts';
import { fromBinary } from './values.ts';

/** The metadata tables of Athena: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html */
export const METADATA_TABLES = ['snapshots', 'history', 'files', 'partitions', 'refs', 'manifests'] as const;
export type MetadataTable = (typeof METADATA_TABLES)[number];

const NULL = 'NULL';
const number = (value: bigint | number | null | undefined): string => (value === null || value === undefined ? NULL : String(value));
const optionalText = (value: string | null | undefined): string => (value === null || value === undefined ? NULL : text(value));
const time = (epochMs: number): string => `make_timestamptz(CAST(${epochMs} AS BIGINT) * 1000)`;
const list = (values: readonly unknown[] | null): string => (values === null ? NULL : `[${values.map(String).join(', ')}]`);
const map = (entries: Iterable<readonly [string, string]>): string => {
  const pairs = [...entries];
  return `MAP([${pairs.map(([key]) => key).join(', ')}], [${pairs.map(([, value]) => value).join(', ')}])`;
};

const liveEntries = (table: IcebergTable): ManifestEntry[] =>
  table.manifests(table.currentSnapshot()).flatMap((manifest) => table.entries(manifest).filter((entry) => entry.status !== STATUS.deleted));

const snapshots = (table: IcebergTable): string =>
  selectOf(
    {
      committed_at: ['TIMESTAMP WITH TIME ZONE', (snapshot) => time(snapshot['timestamp-ms'])],
      snapshot_id: ['BIGINT', (snapshot) => number(snapshot['snapshot-id'])],
      parent_id: ['BIGINT', (snapshot) => number(snapshot['parent-snapshot-id'])],
      operation: ['VARCHAR', (snapshot) => optionalText(snapshot.summary['operation'])],
      manifest_list: ['VARCHAR', (snapshot) => text(snapshot['manifest-list'])],
      summary: ['MAP(VARCHAR, VARCHAR)', (snapshot) => map(Object.entries(snapshot.summary).filter(([key]) => key !== 'operation').map(([key, value]) => [text(key), text(value)] as const))],
    },
    table.metadata.snapshots,
  );

/** Ids of the current snapshot and all it descends from. */
export const ancestorsOf = (table: IcebergTable): Set<bigint> => {
  const ancestors = new Set<bigint>();
  const byId = new Map(table.metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  for (let id: bigint | undefined = table.metadata['current-snapshot-id']; id !== undefined && id !== NO_SNAPSHOT; id = byId.get(id)?.['parent-snapshot-id']) ancestors.add(id);
  return ancestors;
};

const history = (table: IcebergTable): string => {
  const ancestors = ancestorsOf(table);
  const parents = new Map(table.metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot['parent-snapshot-id']]));
  return selectOf(
    {
      made_current_at: ['TIMESTAMP WITH TIME ZONE', (entry) => time(entry['timestamp-ms'])],
      snapshot_id: ['BIGINT', (entry) => number(entry['snapshot-id'])],
      parent_id: ['BIGINT', (entry) => number(parents.get(entry['snapshot-id']))],
      is_current_ancestor: ['BOOLEAN', (entry) => String(ancestors.has(entry['snapshot-id']))],
    },
    table.metadata['snapshot-log'],
  );
};

const files = (table: IcebergTable): string => {
  const types = new Map([...table.metadata.schemas.map((schema) => schema.fields), [FILE_PATH, POSITION]].flatMap((fields) => [...leavesOf(fields).values()]).map((leaf) => [leaf.id, leaf.type]));
  const counts = (values: ReadonlyMap<number, bigint>): string => map([...values].map(([id, value]) => [String(id), String(value)] as const));
  const bounds = (values: ReadonlyMap<number, Buffer>): string =>
    map([...values].map(([id, bytes]) => [String(id), text(valueText(types.get(id) ?? 'binary', fromBinary(types.get(id) ?? 'binary', bytes)))] as const));
  const columns: Columns<DataFile> = {
    content: ['INTEGER', (file) => number(file.content)],
    file_path: ['VARCHAR', (file) => text(file.path)],
    file_format: ['VARCHAR', (file) => text(file.format)],
    record_count: ['BIGINT', (file) => number(file.recordCount)],
    file_size_in_bytes: ['BIGINT', (file) => number(file.sizeInBytes)],
    column_sizes: ['MAP(INTEGER, BIGINT)', (file) => counts(file.columnSizes)],
    value_counts: ['MAP(INTEGER, BIGINT)', (file) => counts(file.valueCounts)],
    null_value_counts: ['MAP(INTEGER, BIGINT)', (file) => counts(file.nullValueCounts)],
    nan_value_counts: ['MAP(INTEGER, BIGINT)', (file) => counts(file.nanValueCounts)],
    lower_bounds: ['MAP(INTEGER, VARCHAR)', (file) => bounds(file.lowerBounds)],
    upper_bounds: ['MAP(INTEGER, VARCHAR)', (file) => bounds(file.upperBounds)],
    key_metadata: ['BLOB', () => NULL],
    split_offsets: ['BIGINT[]', (file) => list(file.splitOffsets)],
    equality_ids: ['INTEGER[]', (file) => list(file.equalityIds)],
  };
  return selectOf(columns, liveEntries(table).map((entry) => entry.file));
};

const partitions = (table: IcebergTable): string => partitionsSql(table, liveEntries(table));

const refs = (table: IcebergTable): string =>
  selectOf(
    {
      name: ['VARCHAR', ([name]) => text(name)],
      type: ['VARCHAR', ([, ref]) => text(ref.type.toUpperCase())],
      snapshot_id: ['BIGINT', ([, ref]) => number(ref['snapshot-id'])],
      max_reference_age_in_ms: ['BIGINT', ([, ref]) => number(ref['max-ref-age-ms'])],
      min_snapshots_to_keep: ['INTEGER', ([, ref]) => number(ref['min-snapshots-to-keep'])],
      max_snapshot_age_in_ms: ['BIGINT', ([, ref]) => number(ref['max-snapshot-age-ms'])],
    },
    Object.entries(table.metadata.refs),
  );

const summaryText = (column: PartitionColumn, bound: Buffer | null): string => (bound === null ? NULL : text(partitionText(column.transform, column.type, fromBinary(column.type, bound))));

const manifests = (table: IcebergTable): string =>
  selectOf(
    {
      path: ['VARCHAR', (manifest) => text(manifest.manifest_path)],
      length: ['BIGINT', (manifest) => number(manifest.manifest_length)],
      partition_spec_id: ['INTEGER', (manifest) => number(manifest.partition_spec_id)],
      added_snapshot_id: ['BIGINT', (manifest) => number(manifest.added_snapshot_id)],
      added_data_files_count: ['INTEGER', (manifest) => number(manifest.added_files_count)],
      added_rows_count: ['BIGINT', (manifest) => number(manifest.added_rows_count)],
      existing_data_files_count: ['INTEGER', (manifest) => number(manifest.existing_files_count)],
      existing_rows_count: ['BIGINT', (manifest) => number(manifest.existing_rows_count)],
      deleted_data_files_count: ['INTEGER', (manifest) => number(manifest.deleted_files_count)],
      deleted_rows_count: ['BIGINT', (manifest) => number(manifest.deleted_rows_count)],
      partition_summaries: [
        'STRUCT(contains_null BOOLEAN, contains_nan BOOLEAN, lower_bound VARCHAR, upper_bound VARCHAR)[]',
        (manifest) => {
          const columns = table.partitionColumns(manifest.partition_spec_id);
          const summaries = (manifest.partitions ?? []).map((summary, index) => {
            const column = columns[index];
            const bound = (bytes: Buffer | null): string => (column ? summaryText(column, bytes) : NULL);
            return `{contains_null: ${summary.contains_null}, contains_nan: ${String(summary.contains_nan)}, lower_bound: ${bound(summary.lower_bound)}, upper_bound: ${bound(summary.upper_bound)}}`;
          });
          return list(summaries);
        },
      ],
    },
    table.manifests(table.currentSnapshot()),
  );

const TABLES: Readonly<Record<MetadataTable, (table: IcebergTable) => string>> = { snapshots, history, files, partitions, refs, manifests };

/** A parenthesised DuckDB sub-select with the rows of `"table$snapshots"` and its like, in Athena's columns and types. */
export const metadataTableSql = (table: IcebergTable, name: MetadataTable): string => TABLES[name](table);
