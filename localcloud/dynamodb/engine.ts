import dynaliteDatabase from 'dynalite/db/index.js';
import type { DynaliteStore, DynaliteTable, LevelWrites } from 'dynalite/types';
import validations from 'dynalite/validations/index.js';
import { AwsError, notImplemented } from '../core/errors.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import { dynaliteActions } from './dynalite-actions.ts';

/** DynamoDB's data plane: dynalite on LevelDB in one folder. */
export class DynamoDbEngine {
  private readonly store: DynaliteStore;
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
    return this.act(action, input);
  }

  private async act(action: string, input: Record<string, unknown>): Promise<unknown> {
    const known = Object.hasOwn(dynaliteActions, action) ? dynaliteActions[action] : undefined;
    if (!known) throw notImplemented('DynamoDB', action);
    try {
      const checked = validations.checkTypes(input, known.rules.types);
      validations.checkValidations(checked, known.rules.types, known.rules.custom, this.store);
      return await new Promise((resolve, reject) => {
        known.run(this.store, checked, (error, output) => {
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
