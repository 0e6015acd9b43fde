// dynalite has no types. These are the inner modules that its HTTP server is made of (4.0.0, pinned): used directly, so that
// writes can be made synchronous, errors answered instead of thrown, and region and account be ours.

/** Types alone: there is no such file. */
declare module 'dynalite/types' {
  /** The parts of dynalite's store that are used here. */
  export interface DynaliteStore {
    db: LevelWrites & LevelDatabase;
    getItemDb(table: string): PrefixedDatabase;
    getIndexDb(indexType: string, table: string, index: string): PrefixedDatabase;
    tableDb: { awsAccountId: string; awsRegion: string; put(name: string, table: DynaliteTable, callback: (error?: Error | null) => void): void };
  }
  export interface DynaliteTable {
    TableName: string;
    TableStatus: string;
    KeySchema: { AttributeName: string }[];
    LocalSecondaryIndexes?: unknown[];
    GlobalSecondaryIndexes?: unknown[];
  }
  type Done = (error?: Error | null) => void;
  export interface LevelDatabase {
    batch(operations: readonly LevelOperation[], callback: Done): void;
    get(key: string, callback: (error: Error | null, value?: unknown) => void): void;
    iterator(range: { gte: string; lt: string }): AsyncIterable<[string, unknown]>;
    close(callback: Done): void;
  }
  export type LevelOperation = { type: 'put'; key: string; value: unknown } | { type: 'del'; key: string };
  /** The part of the database that holds one table's or one index's items. */
  export interface PrefixedDatabase {
    put(key: string, value: unknown, callback: Done): void;
    del(key: string, callback: Done): void;
  }
  export type LevelWrite = (...argumentsWithOptionsLast: unknown[]) => Promise<void>;
  export interface LevelWrites {
    _put: LevelWrite;
    _del: LevelWrite;
    _batch: LevelWrite;
  }
  export type DynaliteAction = (store: DynaliteStore, input: Record<string, unknown>, callback: (error: unknown, output?: unknown) => void) => void;
  export interface DynaliteRules {
    /** By parameter. */
    types: Readonly<Record<string, unknown>>;
    custom?: unknown;
  }
}

declare module 'dynalite/db/index.js' {
  import type { DynaliteStore } from 'dynalite/types';
  const database: {
    create(options: { path: string; createTableMs: number; deleteTableMs: number; updateTableMs: number }): DynaliteStore;
    /** In bytes, as DynamoDB counts an item. */
    itemSize(item: unknown): number;
  };
  export default database;
}

declare module 'dynalite/validations/index.js' {
  const validations: {
    checkTypes(data: unknown, types: unknown): Record<string, unknown>;
    checkValidations(data: unknown, types: unknown, custom: unknown, store: unknown): void;
  };
  export default validations;
}

declare module 'dynalite/actions/*' {
  import type { DynaliteAction } from 'dynalite/types';
  const action: DynaliteAction;
  export default action;
}

declare module 'dynalite/validations/*' {
  import type { DynaliteRules } from 'dynalite/types';
  const rules: DynaliteRules;
  export default rules;
}
