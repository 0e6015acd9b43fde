import dynaliteDatabase from 'dynalite/db/index.js';
import type { DynaliteStore, DynaliteTable, LevelOperation, LevelWrites } from 'dynalite/types';
import validations from 'dynalite/validations/index.js';
import { AwsError, notImplemented } from '../core/errors.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import { dynaliteActions } from './dynalite-actions.ts';
import { collecting, joiningIndexes } from './held-writes.ts';
import { SharedLock } from '../core/shared-lock.ts';

const WRITES_ITEM = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** Actions whose writes are held back. */
export interface Writes {
  /** What they have written so far; more can be added. */
  operations: LevelOperation[];
  act(action: string, input: Record<string, unknown>): Promise<unknown>;
}

/** DynamoDB's data plane: dynalite on LevelDB in one folder. */
export class DynamoDbEngine {
  private readonly store: DynaliteStore;
  private readonly lock = new SharedLock();
  /** Settled before the first action. */
  private readonly ready: Promise<void>;

  constructor(folder: string, region: string) {
    this.store = dynaliteDatabase.create({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    this.store.tableDb.awsAccountId = ACCOUNT_ID;
    this.store.tableDb.awsRegion = region;
    makeWritesSynchronous(this.store.db);
    this.ready = this.settleTables();
    this.ready.catch(() => undefined); // told to the first action, which awaits it
  }

  /** Ends what a killed process left half done: dynalite keeps the state in between and would never leave it. */
  private async settleTables(): Promise<void> {
    const { TableNames } = (await this.act('ListTables', {})) as { TableNames: string[] };
    for (const TableName of TableNames) {
      const table = await this.table(TableName);
      if (!table || table.TableStatus === 'ACTIVE') continue;
      await new Promise<void>((resolve, reject) => {
        this.store.tableDb.put(TableName, { ...table, TableStatus: 'ACTIVE' }, (error) => {
          if (error) reject(error);
          else resolve();
        });
      });
      if (table.TableStatus === 'DELETING') await this.act('DeleteTable', { TableName });
    }
  }

  private async table(TableName: string): Promise<DynaliteTable | undefined> {
    try {
      return ((await this.act('DescribeTable', { TableName })) as { Table: DynaliteTable }).Table;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  /** Resolves when a table has a status; undefined: when it is gone. dynalite changes it in a timer of its own. */
  async awaitStatus(tableName: string, status: 'ACTIVE' | undefined): Promise<void> {
    while ((await this.table(tableName))?.TableStatus !== status) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Throws AwsError: dynalite's own refusals, and NotImplementedException for an action it does not have. */
  async run(action: string, input: Record<string, unknown>): Promise<unknown> {
    await this.ready;
    if (action === 'BatchWriteItem') return this.alone((writes) => writes.act(action, input));
    return WRITES_ITEM.has(action) ? this.lock.shared(() => this.act(action, input, joiningIndexes(this.store))) : this.act(action, input);
  }

  /**
   * Runs actions while nobody else writes. What they write is on disk, all of it or nothing, when it resolves; until then they do not
   * see it themselves. Where `work` throws, nothing is written.
   */
  async alone<T>(work: (writes: Writes) => Promise<T>): Promise<T> {
    await this.ready;
    return this.lock.exclusive(async () => {
      const operations: LevelOperation[] = [];
      const result = await work({ operations, act: (action, input) => this.act(action, input, collecting(this.store, operations)) });
      if (operations.length > 0) await this.write(operations);
      return result;
    });
  }

  private write(operations: readonly LevelOperation[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.store.db.batch(operations, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** A value of ours in the same database, so that it can be written with items as one; undefined where there is none. */
  async own(key: string): Promise<unknown> {
    for await (const [found, value] of this.store.db.iterator({ gte: key, lt: `${key}\0` })) if (found === key) return value;
    return undefined;
  }

  /** Keys and values of ours that begin with a prefix. */
  async *ownBelow(prefix: string): AsyncGenerator<[string, unknown]> {
    yield* this.store.db.iterator({ gte: prefix, lt: `${prefix}\xff` });
  }

  /** Of the item that a Key or an Item names. */
  async keyOf(tableName: string, item: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const table = await this.table(tableName);
    return Object.fromEntries((table?.KeySchema ?? []).map(({ AttributeName }) => [AttributeName, item[AttributeName]]));
  }

  private async act(action: string, input: Record<string, unknown>, store = this.store): Promise<unknown> {
    const known = Object.hasOwn(dynaliteActions, action) ? dynaliteActions[action] : undefined;
    if (!known) throw notImplemented('DynamoDB', action);
    // What dynalite does not know it would pass over. It may: every read is consistent here, so that Scan's ConsistentRead asks for nothing.
    const stray = Object.keys(input).find((name) => input[name] !== undefined && input[name] !== null && name !== 'ConsistentRead' && !Object.hasOwn(known.rules.types, name));
    if (stray !== undefined) throw new AwsError('ValidationException', `DynamoDB: the parameter ${stray} of ${action} is not supported locally`);
    try {
      const checked = validations.checkTypes({ ...input }, known.rules.types);
      validations.checkValidations(checked, known.rules.types, known.rules.custom, this.store);
      return await new Promise((resolve, reject) => {
        known.run(store, checked, (error, output) => {
          if (error) reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
          else resolve(output);
        });
      });
    } catch (error) {
      throw asAwsError(error);
    }
  }

  async close(): Promise<void> {
    await this.ready;
    return new Promise((resolve, reject) => {
      this.store.db.close((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
}

/** dynalite has no option for it, and LevelDB alone leaves a write to the operating system: a power cut would lose it. */
const makeWritesSynchronous = (db: LevelWrites): void => {
  for (const name of ['_put', '_del', '_batch'] as const) {
    const write = db[name].bind(db);
    db[name] = (...given) => write(...given.slice(0, -1), { ...(given.at(-1) as object), sync: true });
  }
};

interface DynaliteError {
  statusCode: number;
  body: { __type: string; message?: string; Message?: string } & Record<string, unknown>;
}

const isDynaliteError = (error: unknown): error is DynaliteError => typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error;

const asAwsError = (error: unknown): unknown => {
  if (!isDynaliteError(error)) return error;
  const { __type, message, Message, ...detail } = error.body;
  return new AwsError(__type.split('#').at(-1) ?? __type, message ?? Message ?? '', { status: error.statusCode, detail, cause: error });
};
