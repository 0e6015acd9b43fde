import { commitRetrying } from './commit.ts';
import { IcebergError } from './errors.ts';
import type { CommitResult, IcebergSession } from './session.ts';
import { identifier } from './sql.ts';
import { IcebergTable } from './table.ts';
import { writeData } from './write-data.ts';

export interface AppendPlan {
  /** A DuckDB SELECT. */
  sql: string;
  /** The table's columns its values go to, in order; default all. The other columns become NULL. */
  columns?: readonly string[];
}

const projection = (table: IcebergTable, plan: AppendPlan): string => {
  const names = table.schema.fields.map((field) => field.name);
  const targets = plan.columns ?? names;
  const unknown = targets.find((column) => !names.includes(column));
  if (unknown !== undefined) throw new IcebergError('COLUMN_NOT_FOUND', `Insert column name does not exist in target table: ${unknown}`);
  const values = names.map((name) => (targets.includes(name) ? identifier(`value_${targets.indexOf(name)}`) : 'NULL') + ` AS ${identifier(name)}`);
  const aliases = targets.map((_target, index) => identifier(`value_${index}`));
  return `SELECT ${values.join(', ')} FROM (${plan.sql}) AS appended(${aliases.join(', ')})`;
};

/**
 * Appends the rows of a SELECT in one snapshot; none where it gives no rows.
 * Throws IcebergError; errors of the SELECT itself are DuckDB's.
 */
export const append = async (session: IcebergSession, plan: AppendPlan): Promise<CommitResult> => {
  const base = IcebergTable.loadCurrent(session.files, session.pointer);
  const added = await writeData(session.connection, base, projection(base, plan), { limitPartitions: true });
  const inserted = added.reduce((sum, file) => sum + Number(file.recordCount), 0);
  const rows = { inserted, updated: 0, deleted: 0 };
  if (inserted === 0) return { snapshotId: null, rows, bytesScanned: 0n };
  const snapshotId = commitRetrying(session, base, { operation: 'append', added, removed: new Set() });
  return { snapshotId, rows, bytesScanned: 0n };
};
