import type { HiveType } from '../hive-types.ts';

/** Name parts as written, lower case: `[catalog,] [database,] table`. */
export type NameParts = string[];

export interface ColumnDefinition {
  name: string;
  type: HiveType;
  comment: string | undefined;
}

/** `day(ts)`, `bucket(16, id)`, a plain column. */
export interface PartitionTransform {
  column: string;
  transform: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'bucket' | 'truncate';
  /** Of bucket and truncate. */
  argument: number | undefined;
}

export interface RowFormat {
  serde: string | undefined;
  properties: Record<string, string>;
}

export type AlterAction =
  | { kind: 'addColumns'; columns: ColumnDefinition[] }
  | { kind: 'replaceColumns'; columns: ColumnDefinition[] }
  | { kind: 'dropColumn'; column: string }
  | { kind: 'changeColumn'; column: string; to: ColumnDefinition; position: 'first' | { after: string } | undefined }
  | { kind: 'setProperties'; properties: Record<string, string> }
  | { kind: 'unsetProperties'; keys: string[] }
  | { kind: 'addPartitions'; ifNotExists: boolean; partitions: { values: Record<string, string>; location: string | undefined }[] }
  | { kind: 'dropPartitions'; ifExists: boolean; partitions: Record<string, string>[] }
  | { kind: 'renamePartition'; from: Record<string, string>; to: Record<string, string> }
  | { kind: 'renameTable'; to: NameParts }
  | { kind: 'setLocation'; location: string };

/** A query inside another statement: its text, at its place in the whole statement (what stands before is blank), so that errors name the right line. */
export type QueryText = string;

/** A CTAS or UNLOAD property: `format = 'PARQUET'`, `partitioning = ARRAY['day(ts)']`, `is_external = false`. */
export type PropertyValue = string | number | boolean | string[];

export type ExplainFormat = 'text' | 'json' | 'graphviz';
export type ExplainType = 'logical' | 'distributed' | 'validate' | 'io';

/** What Athena takes beside DML. */
export type Statement =
  | { kind: 'dml'; sql: string; verb: 'SELECT' | 'INSERT' | 'MERGE' | 'UPDATE' | 'DELETE' }
  | CreateTable
  | { kind: 'createTableAs'; name: NameParts; ifNotExists: boolean; properties: Record<string, PropertyValue>; query: QueryText; withData: boolean }
  | { kind: 'createView'; name: NameParts; orReplace: boolean; query: QueryText }
  | { kind: 'createDatabase'; name: string; ifNotExists: boolean; comment: string | undefined; location: string | undefined; properties: Record<string, string> }
  | { kind: 'dropDatabase'; name: string; ifExists: boolean; cascade: boolean }
  | { kind: 'dropTable'; name: NameParts; ifExists: boolean }
  | { kind: 'dropView'; name: NameParts; ifExists: boolean }
  | { kind: 'alterTable'; name: NameParts; action: AlterAction }
  | { kind: 'alterDatabase'; name: string; properties: Record<string, string> }
  /** Athena has it, this cloud has not. */
  | { kind: 'notHere'; what: string }
  | { kind: 'optimize'; name: NameParts; where: string | undefined }
  | { kind: 'vacuum'; name: NameParts }
  | { kind: 'unload'; query: QueryText; location: string; properties: Record<string, PropertyValue> }
  | { kind: 'prepare'; name: string; sql: string }
  | { kind: 'execute'; name: string; parameters: string[] }
  | { kind: 'deallocate'; name: string }
  | { kind: 'explain'; query: QueryText; analyze: boolean; format: ExplainFormat; type: ExplainType }
  | { kind: 'showDatabases'; like: string | undefined }
  | { kind: 'showTables'; database: string | undefined; like: string | undefined }
  | { kind: 'showViews'; database: string | undefined; like: string | undefined }
  | { kind: 'showColumns'; name: NameParts }
  | { kind: 'showCreateTable'; name: NameParts }
  | { kind: 'showCreateView'; name: NameParts }
  | { kind: 'showPartitions'; name: NameParts }
  | { kind: 'showProperties'; name: NameParts; key: string | undefined }
  /** `column`: a column and the way into it: a field's name, `$elem$`, `$key$`, `$value$`. */
  | { kind: 'describe'; name: NameParts; form: 'plain' | 'extended' | 'formatted'; column: string[] }
  | { kind: 'repairTable'; name: NameParts };

export interface CreateTable {
  kind: 'createTable';
  name: NameParts;
  external: boolean;
  ifNotExists: boolean;
  columns: ColumnDefinition[];
  comment: string | undefined;
  /** External tables give columns with types, Iceberg tables columns or transforms of them. */
  partitionedBy: { definitions: ColumnDefinition[] } | { transforms: PartitionTransform[] } | undefined;
  rowFormat: RowFormat | undefined;
  /** `PARQUET`, or the two class names after INPUTFORMAT and OUTPUTFORMAT. */
  storedAs: string | undefined;
  bucketed: boolean;
  location: string | undefined;
  properties: Record<string, string>;
}
