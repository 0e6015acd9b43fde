import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../core/service.ts';

/** Files of the warehouse: `s3://bucket/key` to local paths and back. The local path must end in `bucket/key`. */
export interface TableFiles {
  fileOf(uri: string): string;
  uriOf(file: string): string;
  /** What may be done with them; absent: everything. */
  readonly access?: FileAccess;
}

/** Whether files may be touched. All but `mayDelete` throw where they may not. */
export interface FileAccess {
  read(uri: string): void;
  write(uri: string): void;
  list(uri: string): void;
  mayDelete(uri: string): boolean;
}

/** Compare-and-set of a table's metadata pointer: Glue in this cloud. */
export interface MetadataPointer {
  /** `s3://…/metadata/00003-<uuid>.metadata.json` */
  current(): string;
  /** Durable when it returns. Throws CommitConflict where `expected` is no longer current, CommitRefused where the caller may not. */
  swap(expected: string, next: string): void;
}

/**
 * What one statement on one table works with. The connection belongs to the statement alone while it runs: temporary tables
 * are made on it and dropped again. It must have TimeZone UTC.
 */
export interface IcebergSession {
  files: TableFiles;
  pointer: MetadataPointer;
  connection: DuckDBConnection;
  clock: Clock;
  /**
   * The metadata file that the statement was planned on; default the pointer's current one. MERGE, UPDATE and DELETE change what
   * it says, and end with ICEBERG_COMMIT_ERROR where the pointer has moved on. Give it where a statement reads its own target.
   */
  baseLocation?: string;
  /** `database.table`, for error texts; the location where it is not given. */
  tableName?: string;
}

export interface CommitResult {
  /** The snapshot committed; null where the statement changed nothing and committed none. */
  snapshotId: bigint | null;
  rows: { inserted: number; updated: number; deleted: number };
  /** Compressed bytes of the table's own columns that were read, by the sizes in the manifests. */
  bytesScanned: bigint;
}
