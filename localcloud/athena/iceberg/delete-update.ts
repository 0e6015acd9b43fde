import type { ColumnPredicate } from './predicates.ts';
import { TemporaryTables, castTo, checkColumns } from './row-changes.ts';
import { commitRowDelta } from './row-delta.ts';
import { restrictPlan } from './scan.ts';
import type { FilePlan } from './scan.ts';
import type { CommitResult, IcebergSession } from './session.ts';
import { identifier, query, textIn } from './sql.ts';
import { IcebergTable } from './table.ts';

/** The rows a DELETE or an UPDATE is about. */
export interface RowSelection {
  alias: string;
  /** DuckDB SQL over the alias; null = all rows. Rows where it is NULL are left alone. */
  where: string | null;
  targetPredicates?: readonly ColumnPredicate[];
  /** Columns the condition uses, for the count of bytes scanned; default all. */
  targetColumns?: Iterable<string>;
}
export interface UpdatePlan extends RowSelection {
  set: readonly (readonly [column: string, sql: string])[];
}

const SELECTED_NAME = '__selected_rows';
const SELECTED = `temp.${SELECTED_NAME}`;

/** Makes the table of the selected rows. @returns how many there are */
const selectRows = async (table: IcebergTable, files: FilePlan, selection: RowSelection, temporary: TemporaryTables): Promise<number> => {
  const alias = identifier(selection.alias);
  const scan = table.scanSql(files, { withFile: true, withPosition: true });
  return temporary.create(SELECTED_NAME, `SELECT ${alias}."$file" AS __file, ${alias}."$pos" AS __position FROM ${scan} AS ${alias} WHERE ${selection.where ?? 'true'}`);
};

/** DELETE by merge-on-read; a file all of whose rows go is taken out. No snapshot where no row is selected. */
export const deleteRows = async (session: IcebergSession, selection: RowSelection): Promise<CommitResult> => {
  const table = IcebergTable.loadBase(session);
  const files = table.planFiles(selection.targetPredicates);
  const temporary = new TemporaryTables(session.connection);
  try {
    const deleted = await selectRows(table, files, selection, temporary);
    const snapshotId = await commitRowDelta(session, table, { files, deleted: deleted > 0 ? SELECTED : undefined, added: [] });
    return { snapshotId, rows: { inserted: 0, updated: 0, deleted }, bytesScanned: table.bytesOf(files, selection.targetColumns ?? 'all') };
  } finally {
    await temporary.drop();
  }
};

/** The files of a plan that hold a row of a relation with `__file`. */
export const filesWith = async (session: IcebergSession, files: FilePlan, relation: string): Promise<FilePlan> => {
  const named = new Set((await query(session.connection, `SELECT DISTINCT __file AS file FROM ${relation}`)).map((row) => textIn(row, 'file')));
  return restrictPlan(files, new Set(files.data.map((entry) => entry.file.path).filter((path) => named.has(session.files.fileOf(path)))));
};

/** The selected rows with their new values. */
const updatedSql = (table: IcebergTable, touched: FilePlan, plan: UpdatePlan): string => {
  const alias = identifier(plan.alias);
  const values = table.schema.fields.map((field) => {
    const assigned = plan.set.find(([name]) => name === field.name);
    return `${assigned ? castTo(field, assigned[1]) : `${alias}.${identifier(field.name)}`} AS ${identifier(field.name)}`;
  });
  const scan = table.scanSql(touched, { withFile: true, withPosition: true });
  return `SELECT ${values.join(', ')} FROM ${scan} AS ${alias} JOIN ${SELECTED} AS __selected ON __selected.__file = ${alias}."$file" AND __selected.__position = ${alias}."$pos"`;
};

/** UPDATE by merge-on-read: rows leave by their positions and come anew. No snapshot where no row is selected. */
export const updateRows = async (session: IcebergSession, plan: UpdatePlan): Promise<CommitResult> => {
  const table = IcebergTable.loadBase(session);
  checkColumns(table, plan.set.map(([column]) => column), (column) => `The UPDATE SET target column ${column} doesn't exist`);
  const files = table.planFiles(plan.targetPredicates);
  const temporary = new TemporaryTables(session.connection);
  try {
    const updated = await selectRows(table, files, plan, temporary);
    const touched = updated > 0 ? await filesWith(session, files, SELECTED) : restrictPlan(files, new Set());
    const delta = updated > 0 ? { files, deleted: SELECTED, added: [updatedSql(table, touched, plan)] } : { files, deleted: undefined, added: [] };
    const bytesScanned = table.bytesOf(files, plan.targetColumns ?? 'all') + table.bytesOf(touched, 'all');
    return { snapshotId: await commitRowDelta(session, table, delta), rows: { inserted: 0, updated, deleted: 0 }, bytesScanned };
  } finally {
    await temporary.drop();
  }
};
