import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeAvro, encodeAvro, fieldNames } from './avro.ts';
import { IcebergError } from './errors.ts';
import { MANIFEST_FILE_SCHEMA, avroName, manifestEntrySchema } from './manifest-schemas.ts';
import type { TableMetadata } from './metadata.ts';
import { writeNewFile } from './new-file.ts';
import { partitionColumnsOf, partitionFromAvro, partitionToAvro } from './partitions.ts';
import type { Partition, PartitionColumn } from './partitions.ts';
import { Recent } from './recent.ts';
import type { TableFiles } from './session.ts';
import { compareValues, toBinary } from './values.ts';
import type { Value } from './values.ts';

export const CONTENT = { data: 0, positionDeletes: 1, equalityDeletes: 2 } as const;
export const STATUS = { existing: 0, added: 1, deleted: 2 } as const;

/** A data or delete file as a manifest describes it; the maps are by field id. */
export interface DataFile {
  content: number;
  path: string;
  format: string;
  partition: Partition;
  recordCount: bigint;
  sizeInBytes: bigint;
  columnSizes: ReadonlyMap<number, bigint>;
  valueCounts: ReadonlyMap<number, bigint>;
  nullValueCounts: ReadonlyMap<number, bigint>;
  nanValueCounts: ReadonlyMap<number, bigint>;
  lowerBounds: ReadonlyMap<number, Buffer>;
  upperBounds: ReadonlyMap<number, Buffer>;
  splitOffsets: readonly bigint[] | null;
  equalityIds: readonly number[] | null;
  sortOrderId: number | null;
  referencedDataFile: string | null;
}

/** An entry of a manifest, what it inherits filled in. */
export interface ManifestEntry {
  status: number;
  snapshotId: bigint;
  sequenceNumber: bigint;
  fileSequenceNumber: bigint;
  specId: number;
  file: DataFile;
}

/** A new entry: its sequence numbers are those of the commit it will be part of. */
export type NewEntry = Omit<ManifestEntry, 'sequenceNumber' | 'fileSequenceNumber'> & { sequenceNumber: bigint | null; fileSequenceNumber: bigint | null };

export interface FieldSummary {
  contains_null: boolean;
  contains_nan: boolean | null;
  lower_bound: Buffer | null;
  upper_bound: Buffer | null;
}

/** A line of a manifest list, under the names of the format. */
export interface ManifestFile {
  manifest_path: string;
  manifest_length: bigint;
  partition_spec_id: number;
  content: number;
  sequence_number: bigint;
  min_sequence_number: bigint;
  added_snapshot_id: bigint;
  added_files_count: number;
  existing_files_count: number;
  deleted_files_count: number;
  added_rows_count: bigint;
  existing_rows_count: bigint;
  deleted_rows_count: bigint;
  partitions: FieldSummary[] | null;
  key_metadata: Buffer | null;
}

interface AvroEntry {
  status: number;
  snapshot_id: bigint | null;
  sequence_number: bigint | null;
  file_sequence_number: bigint | null;
  data_file: AvroDataFile;
}
type Pairs<T> = { key: number | bigint; value: T }[] | null | undefined;
interface AvroDataFile {
  content?: number;
  file_path: string;
  file_format: string;
  partition: Record<string, unknown>;
  record_count: bigint;
  file_size_in_bytes: bigint;
  column_sizes: Pairs<bigint>;
  value_counts: Pairs<bigint>;
  null_value_counts: Pairs<bigint>;
  nan_value_counts?: Pairs<bigint>;
  lower_bounds: Pairs<Buffer>;
  upper_bounds: Pairs<Buffer>;
  split_offsets: bigint[] | null;
  equality_ids?: number[] | null;
  sort_order_id?: number | null;
  referenced_data_file?: string | null;
}

const toMap = <T>(pairs: Pairs<T>, read: (value: T) => T): Map<number, T> => new Map((pairs ?? []).map(({ key, value }) => [Number(key), read(value)]));
const toPairs = <T>(map: ReadonlyMap<number, T>): Pairs<T> => (map.size === 0 ? null : [...map].map(([key, value]) => ({ key, value })));

// Lists and manifests never change once written: what was decoded stays right.
const recentLists = new Recent<ManifestFile[]>(256);
const recentManifests = new Recent<ManifestEntry[]>(1024);

const NAMES = new Map([...fieldNames(MANIFEST_FILE_SCHEMA), ...fieldNames(manifestEntrySchema([]))]);

const readAvro = (files: TableFiles, uri: string): ReturnType<typeof decodeAvro> => {
  try {
    return decodeAvro(readFileSync(files.fileOf(uri)), NAMES);
  } catch (cause) {
    throw new IcebergError('ICEBERG_INVALID_METADATA', `Failed to open input file: ${uri}`, { cause });
  }
};

type Whole = bigint | number | null | undefined;
const toLong = (value: Whole): bigint => BigInt(value ?? 0);
const toInt = (value: Whole): number => Number(value ?? 0);

/** What writers may leave out, or write as int for long or the other way round, is put right. */
const manifestFileFromAvro = (raw: Partial<Record<keyof ManifestFile, unknown>>): ManifestFile => {
  const long = (key: keyof ManifestFile): bigint => toLong(raw[key] as Whole);
  const int = (key: keyof ManifestFile): number => toInt(raw[key] as Whole);
  return {
    manifest_path: raw.manifest_path as string,
    manifest_length: long('manifest_length'),
    partition_spec_id: int('partition_spec_id'),
    content: int('content'),
    sequence_number: long('sequence_number'),
    min_sequence_number: long('min_sequence_number'),
    added_snapshot_id: long('added_snapshot_id'),
    added_files_count: toInt((raw.added_files_count as Whole) ?? 1), // unknown (format 1): not to be taken for an empty one
    existing_files_count: int('existing_files_count'),
    deleted_files_count: int('deleted_files_count'),
    added_rows_count: long('added_rows_count'),
    existing_rows_count: long('existing_rows_count'),
    deleted_rows_count: long('deleted_rows_count'),
    partitions: (raw.partitions as Partial<FieldSummary>[] | null | undefined)?.map((summary) => ({ contains_null: summary.contains_null ?? true, contains_nan: summary.contains_nan ?? null, lower_bound: summary.lower_bound ?? null, upper_bound: summary.upper_bound ?? null })) ?? null,
    key_metadata: (raw.key_metadata as Buffer | null | undefined) ?? null,
  };
};

/** The manifests of a snapshot. */
export const readManifestList = (files: TableFiles, uri: string): readonly ManifestFile[] => {
  files.access?.read(uri);
  return recentLists.get(files.fileOf(uri), () => readAvro(files, uri).records.map((record) => manifestFileFromAvro(record as Partial<ManifestFile>)));
};

const dataFileFromAvro = (raw: AvroDataFile, columns: readonly PartitionColumn[], names: ReadonlyMap<number, string>): DataFile => ({
  content: toInt(raw.content),
  path: raw.file_path,
  format: raw.file_format,
  partition: columns.map((column) => partitionFromAvro(column.type, raw.partition[names.get(column.id) ?? avroName(column.name)])),
  recordCount: toLong(raw.record_count),
  sizeInBytes: toLong(raw.file_size_in_bytes),
  columnSizes: toMap(raw.column_sizes, toLong),
  valueCounts: toMap(raw.value_counts, toLong),
  nullValueCounts: toMap(raw.null_value_counts, toLong),
  nanValueCounts: toMap(raw.nan_value_counts, toLong),
  lowerBounds: toMap(raw.lower_bounds, (bound) => bound),
  upperBounds: toMap(raw.upper_bounds, (bound) => bound),
  splitOffsets: raw.split_offsets?.map(toLong) ?? null,
  equalityIds: raw.equality_ids?.map(toInt) ?? null,
  sortOrderId: raw.sort_order_id == null ? null : toInt(raw.sort_order_id),
  referencedDataFile: raw.referenced_data_file ?? null,
});

/** All entries of a manifest, deleted ones too, with inherited snapshot id and sequence numbers (spec "Sequence Number Inheritance"). */
export const readManifest = (files: TableFiles, metadata: TableMetadata, manifest: ManifestFile): readonly ManifestEntry[] => {
  files.access?.read(manifest.manifest_path);
  return recentManifests.get(files.fileOf(manifest.manifest_path), () => {
    const { schema, records } = readAvro(files, manifest.manifest_path);
    const columns = partitionColumnsOf(metadata, manifest.partition_spec_id);
    const names = fieldNames(schema); // partition fields may have been renamed since
    return (records as AvroEntry[]).map((entry) => ({
      status: toInt(entry.status),
      snapshotId: toLong(entry.snapshot_id ?? manifest.added_snapshot_id),
      sequenceNumber: toLong(entry.sequence_number ?? manifest.sequence_number),
      fileSequenceNumber: toLong(entry.file_sequence_number ?? manifest.sequence_number),
      specId: manifest.partition_spec_id,
      file: dataFileFromAvro(entry.data_file, columns, names),
    }));
  });
};

const dataFileToAvro = (file: DataFile, columns: readonly PartitionColumn[]): Record<string, unknown> => ({
  content: file.content,
  file_path: file.path,
  file_format: file.format,
  partition: Object.fromEntries(columns.map((column, index) => [avroName(column.name), partitionToAvro(column.type, file.partition[index] ?? null)])),
  record_count: file.recordCount,
  file_size_in_bytes: file.sizeInBytes,
  column_sizes: toPairs(file.columnSizes),
  value_counts: toPairs(file.valueCounts),
  null_value_counts: toPairs(file.nullValueCounts),
  nan_value_counts: toPairs(file.nanValueCounts),
  lower_bounds: toPairs(file.lowerBounds),
  upper_bounds: toPairs(file.upperBounds),
  key_metadata: null,
  split_offsets: file.splitOffsets,
  equality_ids: file.equalityIds,
  sort_order_id: file.sortOrderId,
  referenced_data_file: file.referencedDataFile,
});

const summaryOf = (column: PartitionColumn, values: readonly (Value | null)[]): FieldSummary => {
  const isNan = (value: Value | null): boolean => typeof value === 'number' && Number.isNaN(value);
  const ordered = values.filter((value): value is Value => value !== null && !isNan(value)).sort(compareValues);
  const [least, greatest] = [ordered.at(0), ordered.at(-1)];
  return {
    contains_null: values.includes(null),
    contains_nan: values.some(isNan),
    lower_bound: least === undefined ? null : toBinary(column.type, least),
    upper_bound: greatest === undefined ? null : toBinary(column.type, greatest),
  };
};

export interface ManifestContent {
  specId: number;
  content: 'data' | 'deletes';
  entries: readonly NewEntry[];
}

/** Writes one manifest of a commit; `snapshotId` and `sequenceNumber` are the commit's. */
export const writeManifest = (files: TableFiles, metadata: TableMetadata, commit: { snapshotId: bigint; sequenceNumber: bigint }, manifest: ManifestContent): ManifestFile => {
  const { specId, entries } = manifest;
  const columns = partitionColumnsOf(metadata, specId);
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === metadata['current-schema-id']);
  const records = entries.map((entry) => ({
    status: entry.status,
    snapshot_id: entry.snapshotId,
    sequence_number: entry.sequenceNumber,
    file_sequence_number: entry.fileSequenceNumber,
    data_file: dataFileToAvro(entry.file, columns),
  }));
  const bytes = encodeAvro(manifestEntrySchema(columns), records, {
    schema: JSON.stringify(schema),
    'schema-id': String(metadata['current-schema-id']),
    'partition-spec': JSON.stringify(metadata['partition-specs'].find((spec) => spec['spec-id'] === specId)?.fields),
    'partition-spec-id': String(specId),
    'format-version': '2',
    content: manifest.content,
  });
  const path = `${metadata.location}/metadata/${randomUUID()}-m0.avro`;
  files.access?.write(path);
  writeNewFile(files.fileOf(path), bytes);
  return { manifest_path: path, manifest_length: BigInt(bytes.length), ...describe(manifest, columns, commit) };
};

const describe = (
  { specId, content, entries }: ManifestContent,
  columns: readonly PartitionColumn[],
  { snapshotId, sequenceNumber }: { snapshotId: bigint; sequenceNumber: bigint },
): Omit<ManifestFile, 'manifest_path' | 'manifest_length'> => {
  const of = (status: number): readonly NewEntry[] => entries.filter((entry) => entry.status === status);
  const rows = (list: readonly NewEntry[]): bigint => list.reduce((sum, entry) => sum + entry.file.recordCount, 0n);
  const [added, existing, deleted] = [of(STATUS.added), of(STATUS.existing), of(STATUS.deleted)];
  const oldest = [...added, ...existing].map((entry) => entry.sequenceNumber ?? sequenceNumber);
  return {
    partition_spec_id: specId,
    content: content === 'data' ? 0 : 1,
    sequence_number: sequenceNumber,
    min_sequence_number: oldest.reduce((least, number) => (number < least ? number : least), sequenceNumber),
    added_snapshot_id: snapshotId,
    added_files_count: added.length,
    existing_files_count: existing.length,
    deleted_files_count: deleted.length,
    added_rows_count: rows(added),
    existing_rows_count: rows(existing),
    deleted_rows_count: rows(deleted),
    partitions: columns.length === 0 ? null : columns.map((column, index) => summaryOf(column, entries.map((entry) => entry.file.partition[index] ?? null))),
    key_metadata: null,
  };
};

/** Writes a snapshot's manifest list and returns its location. */
export const writeManifestList = (
  files: TableFiles,
  location: string,
  snapshot: { snapshotId: bigint; parentId: bigint | undefined; sequenceNumber: bigint },
  manifests: readonly ManifestFile[],
): string => {
  const path = `${location}/metadata/snap-${snapshot.snapshotId}-1-${randomUUID()}.avro`;
  const bytes = encodeAvro(MANIFEST_FILE_SCHEMA, manifests, {
    'snapshot-id': String(snapshot.snapshotId),
    'parent-snapshot-id': snapshot.parentId === undefined ? 'null' : String(snapshot.parentId),
    'sequence-number': String(snapshot.sequenceNumber),
    'format-version': '2',
  });
  files.access?.write(path);
  writeNewFile(files.fileOf(path), bytes);
  return path;
};

/** Forgets what was decoded of files that are deleted. */
export const forgetManifests = (localFiles: readonly string[]): void => {
  for (const file of localFiles) {
    recentLists.forget(file);
    recentManifests.forget(file);
  }
};
