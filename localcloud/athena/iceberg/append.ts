import { commitError, commitSnapshot } from './commit.ts';
import type { CommitSession } from './commit.ts';
import { CommitConflict, CommitStateUnknown, IcebergError } from './errors.ts';
import type { DataFile } from './manifests.ts';
import type { CommitResult, IcebergSession } from './session.ts';
import { identifier } from './sql.ts';
import { IcebergTable } from './table.ts';
import { discard, writeData } from './write-data.ts';

export interface AppendPlan {
  /** A DuckDB SELECT. */
  sql: string;
  /** The table's columns its values go to, in order; default all. The other columns become NULL. */
  columns?: readonly string[];
}

const MAX_ATTEMPTS = 20;

const projection = (table: IcebergTable, plan: AppendPlan): string => {
  const names = table.schema.fields.map((field) => field.name);
  const targets = plan.columns ?? names;
  const unknown = targets.find((column) => !names.includes(column));
  if (unknown !== undefined) throw new IcebergError('COLUMN_NOT_FOUND', `Insert column name does not exist in target table: ${unknown}`);
  const values = names.map((name) => (targets.includes(name) ? identifier(`value_${targets.indexOf(name)}`) : 'NULL') + ` AS ${identifier(name)}`);
  const aliases = targets.map((_target, index) => identifier(`value_${index}`));
  return `SELECT ${values.join(', ')} FROM (${plan.sql}) AS appended(${aliases.join(', ')})`;
};

/** Files written for one state of the table fit another only where columns and partitioning are still the same. */
const isSameLayout = (a: IcebergTable, b: IcebergTable): boolean =>
  a.metadata['current-schema-id'] === b.metadata['current-schema-id'] && a.metadata['default-spec-id'] === b.metadata['default-spec-id'] && a.location === b.location;

/** An append does not depend on what others wrote: after a lost race it is tried again on the newer state. */
const commitAppend = (session: CommitSession, base: IcebergTable, added: readonly DataFile[]): bigint => {
  let table = base;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return commitSnapshot(session, table, { operation: 'append', added, removed: new Set() });
    } catch (error) {
      if (!(error instanceof CommitConflict)) throw error;
      table = IcebergTable.load(session.files, session.pointer.current());
      if (attempt === MAX_ATTEMPTS || !isSameLayout(base, table)) throw commitError(session, base, error);
    }
  }
};

/**
 * Appends the rows of a SELECT in one snapshot; none where it gives no rows.
 * Throws IcebergError; errors of the SELECT itself are DuckDB's.
 */
export const append = async (session: IcebergSession, plan: AppendPlan): Promise<CommitResult> => {
  const base = IcebergTable.load(session.files, session.pointer.current());
  const added = await writeData(session.connection, base, projection(base, plan), { limitPartitions: true });
  const inserted = added.reduce((sum, file) => sum + Number(file.recordCount), 0);
  const rows = { inserted, updated: 0, deleted: 0 };
  if (inserted === 0) return { snapshotId: null, rows, bytesScanned: 0n };
  try {
    return { snapshotId: commitAppend(session, base, added), rows, bytesScanned: 0n };
  } catch (error) {
    if (!(error instanceof CommitStateUnknown)) discard(session.files, added.map((file) => file.path));
    throw error;
  }
};
