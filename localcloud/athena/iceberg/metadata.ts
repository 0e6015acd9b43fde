import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { IcebergError } from './errors.ts';
import { parseLossless, stringifyLossless } from './lossless-json.ts';
import { Recent } from './recent.ts';
import { syncFolders, writeNewFile } from './new-file.ts';
import type { TableFiles } from './session.ts';
import { checkTransform, partitionFieldName } from './transforms.ts';
import { assignIds, isPrimitive } from './types.ts';
import type { ColumnDefinition, Field } from './types.ts';

/** Table metadata, format version 2, under the names of the format (https://iceberg.apache.org/spec/#table-metadata-fields). */
export interface TableMetadata {
  'format-version': number;
  'table-uuid': string;
  location: string;
  'last-sequence-number': number;
  'last-updated-ms': number;
  'last-column-id': number;
  'current-schema-id': number;
  schemas: Schema[];
  'default-spec-id': number;
  'partition-specs': PartitionSpec[];
  'last-partition-id': number;
  'default-sort-order-id': number;
  'sort-orders': { 'order-id': number; fields: unknown[] }[];
  properties: Record<string, string>;
  /** -1n where the table is empty. */
  'current-snapshot-id': bigint;
  refs: Record<string, SnapshotReference>;
  snapshots: Snapshot[];
  'snapshot-log': { 'timestamp-ms': number; 'snapshot-id': bigint }[];
  'metadata-log': { 'timestamp-ms': number; 'metadata-file': string }[];
  /** Other engines' statistics of snapshots, kept as they are. */
  statistics?: StatisticsFile[];
  'partition-statistics'?: StatisticsFile[];
}
/** What this package uses of an entry. */
export interface StatisticsFile {
  'snapshot-id': bigint;
  'statistics-path': string;
}
export interface Schema {
  type: 'struct';
  'schema-id': number;
  fields: Field[];
}
export interface PartitionSpec {
  'spec-id': number;
  fields: PartitionField[];
}
export interface PartitionField {
  'source-id': number;
  'field-id': number;
  name: string;
  transform: string;
}
export interface Snapshot {
  'snapshot-id': bigint;
  'parent-snapshot-id'?: bigint;
  'sequence-number': number;
  'timestamp-ms': number;
  'manifest-list': string;
  'schema-id'?: number;
  summary: Record<string, string>;
}
export interface SnapshotReference {
  'snapshot-id': bigint;
  type: 'branch' | 'tag';
  'min-snapshots-to-keep'?: number;
  'max-snapshot-age-ms'?: number;
  'max-ref-age-ms'?: number;
}

export const NO_SNAPSHOT = -1n;
const SNAPSHOT_ID_KEYS = new Set(['snapshot-id', 'parent-snapshot-id', 'current-snapshot-id']);

/** Ids below 2^53 parse as numbers: another engine may write such. In this package an id is always a bigint. */
const withBigIds = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withBigIds);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, SNAPSHOT_ID_KEYS.has(key) && typeof member === 'number' ? BigInt(member) : withBigIds(member)]),
  );
};

type Nullable<T> = { [K in keyof T]?: T[K] | null };

const objectOf = (json: string): object => {
  let parsed: unknown;
  try {
    parsed = withBigIds(parseLossless(json));
  } catch (cause) {
    throw new IcebergError('ICEBERG_INVALID_METADATA', `Cannot parse metadata: ${(cause as Error).message}`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null) throw new IcebergError('ICEBERG_INVALID_METADATA', 'Cannot parse metadata: it is no JSON object');
  return parsed;
};

const LISTS = ['schemas', 'partition-specs', 'sort-orders'] as const;

/**
 * What a reader would stumble over, and what would make VACUUM take files for orphans: a current snapshot that is not in the list.
 * Required members: https://iceberg.apache.org/spec/#table-metadata-fields
 */
const checkMembers = (parsed: Nullable<TableMetadata>): void => {
  const missing = LISTS.find((name) => !Array.isArray(parsed[name])) ?? (typeof parsed.location === 'string' ? undefined : 'location');
  if (missing !== undefined) throw new IcebergError('ICEBERG_INVALID_METADATA', `Cannot parse missing or broken field: ${missing}`);
  const current = parsed['current-snapshot-id'] ?? NO_SNAPSHOT;
  if (current !== NO_SNAPSHOT && !parsed.snapshots?.some((snapshot) => snapshot['snapshot-id'] === current)) {
    throw new IcebergError('ICEBERG_INVALID_METADATA', `The current snapshot ${current} is not among the table's snapshots`);
  }
};

/** Reads metadata from its JSON text. Throws IcebergError ICEBERG_INVALID_METADATA where it is none, or of another format version. */
export const parseMetadata = (json: string): TableMetadata => {
  // What the format leaves optional may be missing, or null.
  const parsed = objectOf(json) as Nullable<TableMetadata>;
  const version = parsed['format-version'];
  if (version !== 2) throw new IcebergError('ICEBERG_INVALID_METADATA', `Unsupported Iceberg format version: ${String(version)}`);
  checkMembers(parsed);
  const { statistics, 'partition-statistics': partitionStatistics, ...others } = parsed;
  return {
    ...(others as TableMetadata),
    ...(statistics == null ? {} : { statistics }),
    ...(partitionStatistics == null ? {} : { 'partition-statistics': partitionStatistics }),
    'current-snapshot-id': parsed['current-snapshot-id'] ?? NO_SNAPSHOT,
    refs: parsed.refs ?? {},
    snapshots: parsed.snapshots ?? [],
    'snapshot-log': parsed['snapshot-log'] ?? [],
    'metadata-log': parsed['metadata-log'] ?? [],
    properties: parsed.properties ?? {},
  };
};

/** Metadata files never change once written, and their names are unique: what was read is still right. */
const recentMetadata = new Recent<TableMetadata>(64);

export const readMetadata = (files: TableFiles, location: string): TableMetadata => {
  files.access?.read(location);
  const file = files.fileOf(location);
  return recentMetadata.get(file, () => {
    let json: string;
    try {
      const bytes = readFileSync(file);
      // Other writers may compress it (`write.metadata.compression-codec`): `….gz.metadata.json`, or as before `….metadata.json.gz`.
      json = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
    } catch (cause) {
      throw new IcebergError('ICEBERG_INVALID_METADATA', `Error processing metadata for table: cannot read ${location}`, { cause });
    }
    return parseMetadata(json);
  });
};

/** Version number in `00003-<uuid>.metadata.json`; -1 where a file is named otherwise. */
export const metadataVersion = (location: string): number => Number(/\/(\d{5,})-[^/]*\.metadata\.json$/.exec(location)?.[1] ?? -1);

/**
 * Writes the metadata file that follows `previous`, under the name Iceberg's Glue catalog gives it
 * (`<version>-<uuid>.metadata.json`), and returns its location. Nothing points at it yet.
 */
export const writeMetadata = (files: TableFiles, metadata: TableMetadata, previous: string | undefined): string => {
  const version = String(previous === undefined ? 0 : metadataVersion(previous) + 1).padStart(5, '0');
  const location = `${metadata.location}/metadata/${version}-${randomUUID()}.metadata.json`;
  files.access?.write(location);
  const file = files.fileOf(location);
  writeNewFile(file, stringifyLossless(metadata));
  recentMetadata.put(file, metadata);
  return location;
};

const METADATA_LOG_LENGTH = 100; // write.metadata.previous-versions-max

/** Metadata that follows a base: its time moved on, its predecessor in the log. The base stays untouched. */
export const nextMetadata = (base: TableMetadata, baseLocation: string, nowMs: number, change: Partial<TableMetadata>): TableMetadata => ({
  ...base,
  ...change,
  // Strictly later than the base, so that a time names one state only, even where the clock stands still.
  'last-updated-ms': Math.max(nowMs, base['last-updated-ms'] + 1),
  'metadata-log': [...base['metadata-log'], { 'timestamp-ms': base['last-updated-ms'], 'metadata-file': baseLocation }].slice(-METADATA_LOG_LENGTH),
});

/** A snapshot id as Iceberg makes it: random, positive, 63 bits. */
export const newSnapshotId = (taken: readonly Snapshot[]): bigint => {
  for (;;) {
    const id = randomBytes(8).readBigUInt64BE() >> 1n;
    if (id > 0n && !taken.some((snapshot) => snapshot['snapshot-id'] === id)) return id;
  }
};

export interface PartitionDefinition {
  column: string;
  /** identity, year, month, day, hour, bucket[N], truncate[W]. */
  transform: string;
}
export interface TableDefinition {
  columns: readonly ColumnDefinition[];
  partitioning?: readonly PartitionDefinition[];
  properties?: Record<string, string>;
  clock: () => Date;
}

const partitionFields = (fields: readonly Field[], partitioning: readonly PartitionDefinition[]): PartitionField[] =>
  partitioning.map(({ column, transform }, index) => {
    const source = fields.find((field) => field.name === column);
    if (!source) throw new IcebergError('COLUMN_NOT_FOUND', `Cannot find source column: ${column}`);
    if (!isPrimitive(source.type)) throw new IcebergError('NOT_SUPPORTED', `Cannot partition by non-primitive source field: ${column}`);
    checkTransform(transform, source.type);
    return { 'source-id': source.id, 'field-id': 1000 + index, name: partitionFieldName(column, transform), transform };
  });

/** First metadata of a new, empty table. Throws IcebergError where columns or partitioning are not possible. */
export const initialMetadata = (location: string, definition: TableDefinition): TableMetadata => {
  let lastColumnId = 0;
  const fields = assignIds(definition.columns, () => (lastColumnId += 1));
  const duplicate = fields.find((field, index) => fields.findIndex((other) => other.name === field.name) !== index);
  if (duplicate) throw new IcebergError('COLUMN_ALREADY_EXISTS', `Column name '${duplicate.name}' specified more than once`);
  const specFields = partitionFields(fields, definition.partitioning ?? []);
  return {
    'format-version': 2,
    'table-uuid': randomUUID(),
    location: location.replace(/\/+$/, ''),
    'last-sequence-number': 0,
    'last-updated-ms': definition.clock().getTime(),
    'last-column-id': lastColumnId,
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: specFields }],
    'last-partition-id': 999 + specFields.length,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: { ...definition.properties },
    'current-snapshot-id': NO_SNAPSHOT,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
};

/** Writes `<location>/metadata/00000-<uuid>.metadata.json`, durably; the caller's catalog then points at it. */
export const createTable = (files: TableFiles, location: string, definition: TableDefinition): { metadataLocation: string } => {
  const metadata = initialMetadata(location, definition);
  const metadataLocation = writeMetadata(files, metadata, undefined);
  syncFolders([files.fileOf(metadataLocation)], files.fileOf(metadata.location));
  return { metadataLocation };
};
