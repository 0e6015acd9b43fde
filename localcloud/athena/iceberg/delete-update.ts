import { commitRewrite } from './commit.ts';
import type { ColumnPredicate } from './predicates.ts';
import { TemporaryTables, castTo, checkColumns } from './row-changes.ts';
import { restrictPlan } from './scan.ts';
import type { FilePlan } from './scan.ts';
import type { CommitResult, IcebergSession } from './session.ts';
import { identifier, query, textIn } from './sql.ts';
import { IcebergTable } from './table.ts';
import { writeData } from './write-data.ts';

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

const SELECTED = '__selected_rows';

interface Selected {
  count: number;
  /** Files that hold a selected row. */
  touched: FilePlan;
  /** Those of them in which every row is selected. */
  whole: ReadonlySet<string>;
}

const selectRows = async (session: IcebergSession, table: IcebergTable, files: FilePlan, selection: RowSelection, temporary: TemporaryTables): Promise<Selected> => {
  const alias = identifier(selection.alias);
  const scan = table.scanSql(files, { withPath: true, withPosition: true });
  await temporary.create(SELECTED, `SELECT ${alias}."$path" AS __path, ${alias}."$pos" AS __position FROM ${scan} AS ${alias} WHERE ${selection.where ?? 'true'}`);
  const counts = await query(session.connection, `SELECT __path AS path, count(*) AS n FROM temp.${SELECTED} GROUP BY 1`);
  const byPath = new Map(counts.map((row) => [textIn(row, 'path'), Number(row['n'])]));
  const touched = restrictPlan(files, new Set(byPath.keys()));
  const whole = touched.data.filter(({ file }) => byPath.get(file.path) === Number(file.recordCount)).map(({ file }) => file.path);
  return { count: [...byPath.values()].reduce((sum, n) => sum + n, 0), touched, whole: new Set(whole) };
};

const pathsOf = (plan: FilePlan): Set<string> => new Set(plan.data.map((entry) => entry.file.path));

/** Bytes read: the condition's columns of all planned files, everything of those written anew. */
const scanned = (table: IcebergTable, selection: RowSelection, files: FilePlan, rewritten: FilePlan): bigint =>
  table.bytesOf(files, selection.targetColumns ?? 'all') + table.bytesOf(rewritten, 'all');

/** DELETE by copy-on-write; a file all of whose rows go is only taken out. No snapshot where no row is selected. */
export const deleteRows = async (session: IcebergSession, selection: RowSelection): Promise<CommitResult> => {
  const table = IcebergTable.load(session.files, session.baseLocation ?? session.pointer.current());
  const files = table.planFiles(selection.targetPredicates);
  const temporary = new TemporaryTables(session.connection);
  try {
    const { count, touched, whole } = await selectRows(session, table, files, selection, temporary);
    const partly = restrictPlan(touched, new Set([...pathsOf(touched)].filter((path) => !whole.has(path))));
    const rows = { inserted: 0, updated: 0, deleted: count };
    const bytesScanned = scanned(table, selection, files, partly);
    if (count === 0) return { snapshotId: null, rows, bytesScanned };
    const columns = table.schema.fields.map((field) => `kept.${identifier(field.name)}`).join(', ');
    const scan = table.scanSql(partly, { withPath: true, withPosition: true });
    const kept = `SELECT ${columns} FROM ${scan} AS kept ANTI JOIN temp.${SELECTED} AS gone ON gone.__path = kept."$path" AND gone.__position = kept."$pos"`;
    const added = partly.data.length === 0 ? [] : await writeData(session.connection, table, kept, { limitPartitions: false });
    const operation = added.length === 0 ? 'delete' : 'overwrite';
    return { snapshotId: commitRewrite(session, table, { operation, added, removed: pathsOf(touched) }), rows, bytesScanned };
  } finally {
    await temporary.drop();
  }
};

/** UPDATE by copy-on-write. No snapshot where no row is selected. */
export const updateRows = async (session: IcebergSession, plan: UpdatePlan): Promise<CommitResult> => {
  const table = IcebergTable.load(session.files, session.baseLocation ?? session.pointer.current());
  checkColumns(table, plan.set.map(([column]) => column), (column) => `The UPDATE SET target column ${column} doesn't exist`);
  const files = table.planFiles(plan.targetPredicates);
  const temporary = new TemporaryTables(session.connection);
  try {
    const { count, touched } = await selectRows(session, table, files, plan, temporary);
    const rows = { inserted: 0, updated: count, deleted: 0 };
    const bytesScanned = scanned(table, plan, files, touched);
    if (count === 0) return { snapshotId: null, rows, bytesScanned };
    const alias = identifier(plan.alias);
    const values = table.schema.fields.map((field) => {
      const column = `${alias}.${identifier(field.name)}`;
      const assigned = plan.set.find(([name]) => name === field.name);
      return `${assigned ? `CASE WHEN __selected.__path IS NULL THEN ${column} ELSE ${castTo(field, assigned[1])} END` : column} AS ${identifier(field.name)}`;
    });
    const scan = table.scanSql(touched, { withPath: true, withPosition: true });
    const select = `SELECT ${values.join(', ')} FROM ${scan} AS ${alias} LEFT JOIN temp.${SELECTED} AS __selected ON __selected.__path = ${alias}."$path" AND __selected.__position = ${alias}."$pos"`;
    const added = await writeData(session.connection, table, select, { limitPartitions: true });
    return { snapshotId: commitRewrite(session, table, { operation: 'overwrite', added, removed: pathsOf(touched) }), rows, bytesScanned };
  } finally {
    await temporary.drop();
  }
};
