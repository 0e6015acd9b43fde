import type { DynaliteStore, LevelOperation, PrefixedDatabase } from 'dynalite/types';

type Hold = (operation: LevelOperation, done: (error?: Error | null) => void) => void;

/** dynalite's own names of the parts of its database (dynalite/db/index.js). */
const itemPrefix = (table: string): string => `item-${table}~`;
const indexPrefix = (indexType: string, table: string, index: string): string => `index-${indexType.toLowerCase()}~${table}~${index}~`;

/** A part of the database whose writes go to `hold`; the rest, such as its lock, is its own. */
const holding = (database: PrefixedDatabase, prefix: string, hold: Hold): PrefixedDatabase => ({
  ...database,
  put: (key, value, done) => hold({ type: 'put', key: prefix + key, value }, done),
  del: (key, done) => hold({ type: 'del', key: prefix + key }, done),
});

/** The store with all writes of items and indexes added to `operations` instead. */
export const collecting = (store: DynaliteStore, operations: LevelOperation[]): DynaliteStore => {
  const hold: Hold = (operation, done) => {
    operations.push(operation);
    setImmediate(done, null);
  };
  return {
    ...store,
    getItemDb: (table) => holding(store.getItemDb(table), itemPrefix(table), hold),
    getIndexDb: (type, table, index) => holding(store.getIndexDb(type, table, index), indexPrefix(type, table, index), hold),
  };
};

/**
 * The store for one action on one item: what dynalite writes to indexes, before the item, waits for the item and goes to disk with
 * it as one. Otherwise a crash between them would leave an index that does not fit its table.
 */
export const joiningIndexes = (store: DynaliteStore): DynaliteStore => {
  const waiting: LevelOperation[] = [];
  const wait: Hold = (operation, done) => {
    waiting.push(operation);
    setImmediate(done, null);
  };
  const writeAll: Hold = (operation, done) => store.db.batch([...waiting, operation], done);
  return {
    ...store,
    getItemDb: (table) => holding(store.getItemDb(table), itemPrefix(table), writeAll),
    getIndexDb: (type, table, index) => holding(store.getIndexDb(type, table, index), indexPrefix(type, table, index), wait),
  };
};
