import { commitRewrite } from './commit.ts';
import type { SnapshotChange } from './commit.ts';
import { referencedFileOf } from './delete-files.ts';
import { CONTENT } from './manifests.ts';
import type { DataFile, ManifestEntry } from './manifests.ts';
import { restrictPlan } from './scan.ts';
import type { FilePlan } from './scan.ts';
import type { IcebergSession } from './session.ts';
import { query, textIn } from './sql.ts';
import type { PlacedFile } from './summary.ts';
import type { IcebergTable } from './table.ts';
import { settled } from './under-way.ts';
import { discard, writeData } from './write-data.ts';
import { writeDeletes } from './write-deletes.ts';
import type { DeletedRows } from './write-deletes.ts';

/** The rows that leave a table, and those that come. An UPDATE of a row is both. */
export interface RowDelta {
  /** What was read. */
  files: FilePlan;
  /** A DuckDB relation with a line for each row that leaves: `__file` (local path), `__position`. Each once. Undefined: none leaves. */
  deleted: string | undefined;
  /** DuckDB SELECTs of the rows that come, whose columns are the table's by name. */
  added: readonly string[];
}

/** Rows of each data file that a relation names. */
const countsByFile = async (session: IcebergSession, relation: string): Promise<Map<string, number>> => {
  const rows = await query(session.connection, `SELECT __file AS file, count(*) AS n FROM ${relation} GROUP BY 1`);
  return new Map(rows.map((row) => [textIn(row, 'file'), Number(row['n'])]));
};

const pathsOf = (entries: readonly ManifestEntry[]): Set<string> => new Set(entries.map((entry) => entry.file.path));

/** Whether the rows deleted earlier and those deleted now may be all of a file. Earlier deletes may name a row twice, or be by value. */
const mayBeAll = (plan: FilePlan, entry: ManifestEntry, now: number): boolean => {
  const earlier = plan.deleteIndex.of(entry);
  const byPosition = earlier.filter(({ file }) => file.content === CONTENT.positionDeletes).reduce((sum, { file }) => sum + Number(file.recordCount), now);
  return earlier.length > 0 && (byPosition >= Number(entry.file.recordCount) || earlier.some(({ file }) => file.content !== CONTENT.positionDeletes));
};

/** Of the touched files those of which no row is left: they go as a whole, as in Trino. */
const findWhole = async (session: IcebergSession, table: IcebergTable, touched: FilePlan, counts: ReadonlyMap<string, number>): Promise<Set<string>> => {
  const countOf = (entry: ManifestEntry): number => counts.get(session.files.fileOf(entry.file.path)) ?? 0;
  const whole = pathsOf(touched.data.filter((entry) => countOf(entry) === Number(entry.file.recordCount)));
  const doubtful = touched.data.filter((entry) => !whole.has(entry.file.path) && mayBeAll(touched, entry, countOf(entry)));
  if (doubtful.length === 0) return whole;
  const scan = table.scanSql(restrictPlan(touched, pathsOf(doubtful)), { columns: [], withFile: true });
  const live = await countsByFile(session, `(SELECT "$file" AS __file FROM ${scan})`);
  for (const entry of doubtful) if (countOf(entry) === live.get(session.files.fileOf(entry.file.path))) whole.add(entry.file.path);
  return whole;
};

/** The removed data files, and the delete files that are about one of them alone. */
const removalOf = (plan: FilePlan, whole: ReadonlySet<string>): Set<string> => {
  const removed = new Set(whole);
  for (const entry of plan.data) {
    if (!whole.has(entry.file.path)) continue;
    for (const deletes of plan.deleteIndex.of(entry)) if (referencedFileOf(deletes.file) === entry.file.path) removed.add(deletes.file.path);
  }
  return removed;
};

/** As Iceberg's RowDelta names it: a snapshot that only takes rows away is a delete. */
const operationOf = (added: readonly DataFile[], deletes: number, removed: number): SnapshotChange['operation'] => {
  if (added.length === 0) return 'delete';
  return deletes + removed === 0 ? 'append' : 'overwrite';
};

/** Where the deletes cannot be written, the data files written before them are deleted again. */
const writeDeletesAfter = async (session: IcebergSession, table: IcebergTable, added: readonly DataFile[], rows: DeletedRows): Promise<PlacedFile[]> => {
  try {
    return await writeDeletes(session.connection, table, rows);
  } catch (error) {
    const uris = added.map((file) => file.path);
    discard(session.files, uris);
    settled(uris.map((uri) => session.files.fileOf(uri)));
    throw error;
  }
};

/**
 * Commits a row delta by merge-on-read, the only way of Athena's: rows that leave are named by position delete files, one for
 * each data file, data files stay as they are; one of which no row is left goes. One snapshot, or null where nothing changes.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-updating-iceberg-table-data.html
 */
export const commitRowDelta = async (session: IcebergSession, table: IcebergTable, delta: RowDelta): Promise<bigint | null> => {
  const counts = delta.deleted === undefined ? new Map<string, number>() : await countsByFile(session, delta.deleted);
  const touched = restrictPlan(delta.files, pathsOf(delta.files.data.filter((entry) => counts.has(session.files.fileOf(entry.file.path)))));
  if (touched.data.length === 0 && delta.added.length === 0) return null;
  const whole = await findWhole(session, table, touched, counts);
  const added = delta.added.length === 0 ? [] : await writeData(session.connection, table, delta.added.join(' UNION ALL '), { limitPartitions: true });
  const entries = touched.data.filter((entry) => !whole.has(entry.file.path));
  const addedDeletes = delta.deleted === undefined ? [] : await writeDeletesAfter(session, table, added, { table: delta.deleted, entries });
  const removed = removalOf(touched, whole);
  return commitRewrite(session, table, { operation: operationOf(added, addedDeletes.length, removed.size), added, addedDeletes, removed });
};
