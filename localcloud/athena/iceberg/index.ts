/**
 * Iceberg v2 tables on local files that stand for S3, computed by DuckDB. A table is where its metadata file says; which
 * metadata file is current is the business of a catalog, given as {@link MetadataPointer}.
 *
 * PUBLISHED SIGNATURES: the functions below are being filled in; their shapes are meant to stay.
 */
import type { ColumnPredicate } from './predicates.ts';
import type { CommitResult, IcebergSession, TableFiles } from './session.ts';
import type { ColumnDefinition, Field, IcebergType, TypeDefinition } from './types.ts';

export { CommitConflict, IcebergError } from './errors.ts';
export type { IcebergErrorName } from './errors.ts';
export type { ColumnPredicate, Literal } from './predicates.ts';
export type { CommitResult, IcebergSession, MetadataPointer, TableFiles } from './session.ts';
export type { ColumnDefinition, Field, IcebergType, ListType, MapType, PrimitiveType, StructType, TypeDefinition } from './types.ts';

/** `{ column: 'ts', transform: 'day' }`; transforms: identity, year, month, day, hour, bucket[N], truncate[W]. */
export interface PartitionDefinition {
  column: string;
  transform: string;
}
export interface TableDefinition {
  columns: ColumnDefinition[];
  partitioning?: PartitionDefinition[];
  properties?: Record<string, string>;
  clock: () => Date;
}
/** Writes `<location>/metadata/00000-<uuid>.metadata.json`; the caller's catalog then points at it. */
export declare function createTable(files: TableFiles, location: string, definition: TableDefinition): { metadataLocation: string };

/** Hive's DDL type text (`array<string>`, `decimal(10,2)`, `struct<a:int>`) to an Iceberg type and back; throws IcebergError NOT_SUPPORTED. */
export declare function parseHiveType(text: string): TypeDefinition;
export declare function hiveTypeOf(type: IcebergType): string;
/** DuckDB's and Trino's names of a type: `VARCHAR[]`, `array(varchar)`. */
export declare function duckDbTypeOf(type: IcebergType): string;
export declare function trinoTypeOf(type: IcebergType): string;
/** Type text as DuckDB's DESCRIBE prints it to an Iceberg type: for CREATE TABLE AS. */
export declare function typeOfDuckDb(text: string): TypeDefinition;

export interface Schema {
  'schema-id': number;
  fields: Field[];
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
/** The files a scan has to read, with the schema to read them by. Opaque but for the counts. */
export interface FilePlan {
  readonly snapshot: Snapshot | undefined;
  readonly schema: Schema;
  readonly data: readonly unknown[];
  readonly deletes: readonly unknown[];
  readonly skipped: number;
}
export type MetadataTable = 'snapshots' | 'history' | 'files' | 'partitions' | 'refs' | 'manifests';

/** One state of a table: its metadata file. Immutable; load it anew to see later commits. */
export declare class IcebergTable {
  static load(files: TableFiles, metadataLocation: string): IcebergTable;
  readonly metadataLocation: string;
  readonly location: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly schema: Schema;
  /** Partition fields of the default spec. */
  readonly partitionFields: readonly { name: string; column: string; transform: string }[];
  /** undefined where the table is empty. */
  currentSnapshot(): Snapshot | undefined;
  /** Throws IcebergError ICEBERG_INVALID_SNAPSHOT_ID. */
  snapshot(id: bigint): Snapshot;
  /** The snapshot that was current at a time (epoch ms). Throws IcebergError INVALID_ARGUMENTS before the first. */
  snapshotAsOf(epochMs: number): Snapshot;
  /** Files that may hold rows satisfying all predicates, in a snapshot (default: the current one). */
  planFiles(predicates?: readonly ColumnPredicate[], snapshot?: Snapshot): FilePlan;
  /** A parenthesised DuckDB sub-select; `columns` default all; `withPath` adds "$path" as s3:// uri, `withPosition` "$pos". */
  scanSql(plan: FilePlan, options?: { columns?: Iterable<string>; withPath?: boolean; withPosition?: boolean }): string;
  /** Compressed bytes of these columns in the plan's files, from the manifests. */
  bytesOf(plan: FilePlan, columns: Iterable<string> | 'all'): bigint;
  /** A parenthesised DuckDB sub-select with the rows of `"table$snapshots"` and its like, in Athena's columns. */
  metadataTableSql(name: MetadataTable): string;
}

/** Once per connection that statements run on: the functions that bucket partitions need. Cheap to repeat. */
export declare function prepareConnection(connection: IcebergSession['connection']): Promise<void>;

/** Rows of a SELECT, by position into `columns` (default: all of the table's, in order); the others become NULL. */
export declare function append(session: IcebergSession, select: { sql: string; columns?: readonly string[] }): Promise<CommitResult>;

export interface MergeClause {
  matched: boolean;
  /** DuckDB SQL over the two aliases; null = always. A condition that is NULL is not true. */
  condition: string | null;
  action: 'update' | 'delete' | 'insert';
  set?: readonly (readonly [column: string, sql: string])[];
  columns?: readonly string[] | null;
  values?: readonly string[];
}
export interface MergePlan {
  targetAlias: string;
  /** `sql`: a DuckDB FROM item, its alias given apart. */
  source: { sql: string; alias: string };
  on: string;
  clauses: readonly MergeClause[];
  targetPredicates?: readonly ColumnPredicate[];
  /** Columns of the target that ON, conditions and expressions use; default all. */
  targetColumns?: Iterable<string>;
}
export declare function merge(session: IcebergSession, plan: MergePlan): Promise<CommitResult>;
export interface DeletePlan {
  alias: string;
  where: string | null;
  targetPredicates?: readonly ColumnPredicate[];
}
export declare function deleteRows(session: IcebergSession, plan: DeletePlan): Promise<CommitResult>;
export declare function updateRows(session: IcebergSession, plan: DeletePlan & { set: readonly (readonly [column: string, sql: string])[] }): Promise<CommitResult>;

/** REWRITE DATA USING BIN_PACK; at most 100 partitions a call, `moreRunsNeeded` says that work remains. */
export declare function optimize(session: IcebergSession, options?: { predicates?: readonly ColumnPredicate[] }): Promise<CommitResult & { moreRunsNeeded: boolean }>;
/** Expires snapshots and removes metadata and orphan files, by the table's vacuum_* properties. */
export declare function vacuum(session: Pick<IcebergSession, 'files' | 'pointer' | 'clock'>): { expiredSnapshots: number; deletedFiles: number };
/** New metadata whose current snapshot is an old one; null: the empty table. */
export declare function rollbackTo(session: Pick<IcebergSession, 'files' | 'pointer' | 'clock'>, snapshotId: bigint | null): void;

export type SchemaChange =
  | { kind: 'add-columns'; columns: readonly ColumnDefinition[] }
  | { kind: 'drop-column'; column: string }
  | { kind: 'change-column'; column: string; name: string; type: TypeDefinition; doc?: string }
  | { kind: 'set-properties'; properties: Record<string, string> }
  | { kind: 'unset-properties'; keys: readonly string[] };
export declare function alterTable(session: Pick<IcebergSession, 'files' | 'pointer' | 'clock'>, change: SchemaChange): void;
