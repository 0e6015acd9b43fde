import type { BronzeTable } from '../../../src/lib/bronze/index.ts';
import type { TableDefinition } from './trino-sql.ts';

/** A bronze object: rows that arrived together. */
export interface BronzeObject {
  table: BronzeTable;
  /** `s3://…/ingestion_date=…/….parquet`, what floe's statements call it. */
  uri: string;
  rows: readonly Readonly<Record<string, unknown>>[];
}

export interface Outcome {
  columns: string[];
  /** Values as text, null for NULL. */
  rows: (string | null)[][];
  /** Rows written by MERGE, UPDATE, INSERT; undefined for queries. */
  written: number | undefined;
}

/** One of the two that are compared: both get the same statements, as floe renders them for Athena. */
export interface Engine {
  name: string;
  createLake(): Promise<void>;
  deliver(object: BronzeObject): Promise<void>;
  execute(sql: string): Promise<Outcome>;
  /** Stages the engine cuts a statement into; undefined where it has none. */
  stagesOf(sql: string): Promise<number | undefined>;
  /** The table's snapshot id; null: it has never been written. */
  snapshotOf(table: TableDefinition): Promise<string | null>;
  close(): Promise<void>;
}

export const BUCKET = 'conformance';
export const DATABASES = ['bronze', 'silver', 'gold', 'state'];

/** `ingestion_date=2025-06-01` and the like, of an object's URI. */
export const partitionOf = (uri: string): Record<string, string> =>
  Object.fromEntries([...uri.matchAll(/(\w+)=([^/]+)\//g)].map(([, name = '', value = '']) => [name, value]));
