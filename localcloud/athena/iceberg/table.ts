import { DeleteIndex } from './delete-files.ts';
import { IcebergError } from './errors.ts';
import { STATUS, readManifest, readManifestList } from './manifests.ts';
import type { ManifestEntry, ManifestFile } from './manifests.ts';
import { metadataTableSql } from './metadata-tables.ts';
import type { MetadataTable } from './metadata-tables.ts';
import { NO_SNAPSHOT, readMetadata } from './metadata.ts';
import type { Schema, Snapshot, TableMetadata } from './metadata.ts';
import { parseNameMapping } from './name-mapping.ts';
import { partitionColumnsOf } from './partitions.ts';
import type { PartitionColumn } from './partitions.ts';
import { bindPredicate } from './predicates.ts';
import type { ColumnPredicate } from './predicates.ts';
import { fileMayMatch, manifestMayMatch } from './pruning.ts';
import { bytesOf, planOf, scanSql } from './scan.ts';
import type { FilePlan, ScanOptions } from './scan.ts';
import type { IcebergSession, MetadataPointer, TableFiles } from './session.ts';
import { valueText } from './transforms.ts';

/** One state of a table: what its metadata file says. It never changes; load anew to see later commits. */
export class IcebergTable {
  readonly files: TableFiles;
  readonly metadataLocation: string;
  readonly metadata: TableMetadata;

  constructor(files: TableFiles, metadataLocation: string, metadata: TableMetadata) {
    this.files = files;
    this.metadataLocation = metadataLocation;
    this.metadata = metadata;
  }

  /** Throws IcebergError ICEBERG_INVALID_METADATA where the file is missing or not of format version 2. */
  static load(files: TableFiles, metadataLocation: string): IcebergTable {
    return new IcebergTable(files, metadataLocation, readMetadata(files, metadataLocation));
  }

  /**
   * The table as it is now. Between the look at the pointer and the opening of its file other processes may have moved on, and VACUUM
   * may have removed the file: then it is looked at again. Throws as {@link load}.
   */
  static loadCurrent(files: TableFiles, pointer: MetadataPointer): IcebergTable {
    for (let location = pointer.current(); ; ) {
      try {
        return IcebergTable.load(files, location);
      } catch (error) {
        const now = pointer.current();
        if (now === location) throw error;
        location = now;
      }
    }
  }

  /** The table a rewrite works on: as it was when the statement was planned, where that is known, else as it is now. */
  static loadBase({ files, pointer, baseLocation }: Pick<IcebergSession, 'files' | 'pointer' | 'baseLocation'>): IcebergTable {
    return baseLocation === undefined ? IcebergTable.loadCurrent(files, pointer) : IcebergTable.load(files, baseLocation);
  }

  get location(): string {
    return this.metadata.location;
  }

  get properties(): Readonly<Record<string, string>> {
    return this.metadata.properties;
  }

  /** The current schema. */
  get schema(): Schema {
    return this.schemaById(this.metadata['current-schema-id']);
  }

  /** Partition fields of the default spec, with their source columns. */
  get partitionFields(): { name: string; column: string; transform: string }[] {
    const specId = this.metadata['default-spec-id'];
    const fields = this.metadata['partition-specs'].find((spec) => spec['spec-id'] === specId)?.fields ?? [];
    return this.partitionColumns(specId).map((column, index) => ({ name: column.name, column: column.sourceName, transform: fields[index]?.transform ?? '' }));
  }

  partitionColumns(specId: number): PartitionColumn[] {
    return partitionColumnsOf(this.metadata, specId);
  }

  schemaById(id: number): Schema {
    const schema = this.metadata.schemas.find((candidate) => candidate['schema-id'] === id);
    if (!schema) throw new IcebergError('ICEBERG_INVALID_METADATA', `Cannot find schema with ID ${id}`);
    return schema;
  }

  /** undefined where the table is empty. */
  currentSnapshot(): Snapshot | undefined {
    const id = this.metadata['current-snapshot-id'];
    return id === NO_SNAPSHOT ? undefined : this.snapshot(id);
  }

  /** Throws IcebergError ICEBERG_INVALID_SNAPSHOT_ID in Trino's words. */
  snapshot(id: bigint): Snapshot {
    const snapshot = this.metadata.snapshots.find((candidate) => candidate['snapshot-id'] === id);
    if (!snapshot) throw new IcebergError('ICEBERG_INVALID_SNAPSHOT_ID', `Iceberg snapshot ID does not exists: ${id}`);
    return snapshot;
  }

  /** The snapshot that was current at a time (epoch ms). Throws IcebergError INVALID_ARGUMENTS before the first one. */
  snapshotAsOf(epochMs: number): Snapshot {
    const entry = this.metadata['snapshot-log'].findLast((candidate) => candidate['timestamp-ms'] <= epochMs);
    if (!entry) {
      const time = valueText('timestamptz', BigInt(epochMs) * 1000n).replace(/000\+00:00$/, 'Z');
      throw new IcebergError('INVALID_ARGUMENTS', `No version history table at or before ${time}`);
    }
    return this.snapshot(entry['snapshot-id']);
  }

  /** A snapshot is read by the schema of its time; the current one by the current schema. */
  schemaOf(snapshot: Snapshot | undefined): Schema {
    const isCurrent = snapshot === undefined || snapshot['snapshot-id'] === this.metadata['current-snapshot-id'];
    return isCurrent || snapshot['schema-id'] === undefined ? this.schema : this.schemaById(snapshot['schema-id']);
  }

  manifests(snapshot: Snapshot | undefined): readonly ManifestFile[] {
    return snapshot ? readManifestList(this.files, snapshot['manifest-list']) : [];
  }

  /** All entries of a manifest, deleted ones too. */
  entries(manifest: ManifestFile): readonly ManifestEntry[] {
    return readManifest(this.files, this.metadata, manifest);
  }

  /** Files that may hold rows satisfying all predicates. */
  planFiles(predicates: readonly ColumnPredicate[] = [], snapshot: Snapshot | undefined = this.currentSnapshot()): FilePlan {
    const schema = this.schemaOf(snapshot);
    const bound = predicates.map((predicate) => bindPredicate(schema.fields, predicate)).filter((predicate) => predicate !== undefined);
    const paths = predicates.filter((predicate) => predicate.column === '$path' && (predicate.op === '=' || predicate.op === 'in'));
    const data: ManifestEntry[] = [];
    const deletes: ManifestEntry[] = [];
    let total = 0;
    for (const manifest of this.manifests(snapshot)) {
      const columns = this.partitionColumns(manifest.partition_spec_id);
      if (manifest.content === 0) total += manifest.added_files_count + manifest.existing_files_count;
      if (!manifestMayMatch(bound, columns, manifest.partitions)) continue;
      const live = this.entries(manifest).filter((entry) => entry.status !== STATUS.deleted);
      const inPaths = (path: string): boolean => paths.every((predicate) => predicate.values.some((literal) => literal.value === path));
      if (manifest.content === 0) data.push(...live.filter(({ file }) => inPaths(file.path) && fileMayMatch(bound, columns, file)));
      else deletes.push(...live);
    }
    const isUnpartitioned = (specId: number): boolean => this.partitionColumns(specId).every((column) => column.transform.kind === 'void');
    const knownFields = [...schema.fields, ...this.metadata.schemas.toReversed().flatMap((older) => older.fields)];
    return planOf({ snapshot, schema, data, deleteIndex: new DeleteIndex(deletes, isUnpartitioned), knownFields, nameMapping: parseNameMapping(this.properties['schema.name-mapping.default']), partitionColumns: (specId) => this.partitionColumns(specId), skipped: total - data.length });
  }

  scanSql(plan: FilePlan, options: ScanOptions = {}): string {
    return scanSql(this.files, plan, options);
  }

  bytesOf(plan: FilePlan, columns: Iterable<string> | 'all'): bigint {
    return bytesOf(plan, columns);
  }

  /** A parenthesised DuckDB sub-select with the rows of `"table$snapshots"` and its like, in Athena's columns. */
  metadataTableSql(name: MetadataTable): string {
    return metadataTableSql(this, name);
  }
}
