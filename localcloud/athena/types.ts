import type { Caller } from '../core/caller.ts';
import type { Clock } from '../core/service.ts';
import type { ObjectStore } from '../core/ports.ts';
import type { CatalogStore } from '../glue/index.ts';

/** What the engine works on. */
export interface AthenaDependencies {
  store: ObjectStore;
  catalog: CatalogStore;
  clock?: Clock;
  /** Of the ARNs that policies are asked for. */
  region?: string;
}

/** How much of the machine queries may use. */
export interface AthenaLimits {
  /** DuckDB's memory_limit, e.g. `2GB`; what exceeds it spills to the temporary folder. */
  memoryLimit?: string;
  threads?: number;
}

export interface AthenaFolders {
  /** Query executions, workgroups, named queries: `<dataDir>/athena`. */
  stateFolder: string;
  /** Where large queries spill: `<dataDir>/tmp`. */
  temporaryFolder: string;
}

/** In which a statement's names and parameters are read. */
export interface StatementContext {
  /** Database of unqualified names; `default` where not given. */
  database?: string;
  /** Athena ExecutionParameters: SQL literals for `?`. */
  parameters?: readonly string[];
  /** Whose rights on the catalog and on objects count; absent: the administrator's. */
  caller?: Caller;
  /** Prepared statements belong to a workgroup. */
  workGroup?: string;
  /** Where results go: a table made of a query lies there if it names no place of its own. */
  output?: { folder: string; queryId: string; enforced: boolean };
  /** BytesScannedCutoffPerQuery. */
  bytesScannedLimit?: number;
  /** Aborting it interrupts the statement. */
  signal?: AbortSignal;
}

/** A result column, in Athena's names: `varchar`, `integer`, `bigint`, `decimal` … */
export interface ResultColumn {
  name: string;
  type: string;
  precision: number;
  scale: number;
}

export interface StatementStatistics {
  /** Compressed bytes of the columns read in the files opened. */
  dataScannedBytes: bigint;
  /** Rows written by INSERT, MERGE, UPDATE, DELETE, CTAS. */
  updateCount: number | undefined;
  /** Iceberg snapshot the statement committed; undefined where it changed nothing. */
  snapshotId: string | undefined;
  /** URIs of the data files written, for the data manifest; undefined for a statement of a kind that writes none. */
  files: readonly string[] | undefined;
}

export type StatementKind = 'DDL' | 'DML' | 'UTILITY';

/** What one statement answers. Values are printed as Athena prints them, null for NULL. */
export interface StatementResult {
  kind: StatementKind;
  /** GetQueryExecution's SubstatementType: `SELECT`, `MERGE`, `CREATE_TABLE` … */
  substatement: string;
  columns: ResultColumn[];
  statistics: StatementStatistics;
}

/** Takes a statement's rows as they come. */
export interface RowSink {
  columns(columns: readonly ResultColumn[]): void | Promise<void>;
  rows(rows: readonly (readonly (string | null)[])[]): void | Promise<void>;
}
