import { commitRetrying } from './commit.ts';
import type { ManifestEntry } from './manifests.ts';
import { partitionKey } from './partitions.ts';
import type { ColumnPredicate } from './predicates.ts';
import { restrictPlan } from './scan.ts';
import type { FilePlan } from './scan.ts';
import type { CommitResult, IcebergSession } from './session.ts';
import { IcebergTable } from './table.ts';
import { writeData } from './write-data.ts';

/** Athena compacts this many partitions in one run: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-data-optimization.html */
const PARTITIONS_PER_RUN = 100;

const numberProperty = (table: IcebergTable, key: string, fallback: number): number => Number(table.properties[key] ?? fallback);

/** When a file is worth rewriting, by Athena's table properties and their defaults. */
const thresholds = (table: IcebergTable) => {
  const target = numberProperty(table, 'write_target_data_file_size_bytes', 536_870_912);
  return {
    files: numberProperty(table, 'optimize_rewrite_data_file_threshold', 5),
    deletes: numberProperty(table, 'optimize_rewrite_delete_file_threshold', 2),
    leastBytes: numberProperty(table, 'optimize_rewrite_min_data_file_size_bytes', Math.round(0.75 * target)),
    mostBytes: numberProperty(table, 'optimize_rewrite_max_data_file_size_bytes', Math.round(1.8 * target)),
  };
};

/** The files to rewrite, by partition: those with many delete files, and those of the wrong size where there are enough of them. */
const candidates = (table: IcebergTable, plan: FilePlan): ManifestEntry[][] => {
  const limits = thresholds(table);
  const groups = new Map<string, ManifestEntry[]>();
  for (const entry of plan.data) {
    const key = partitionKey(entry.specId, entry.file.partition);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const hasDeletes = (entry: ManifestEntry): boolean => plan.deleteIndex.of(entry).length >= limits.deletes;
  const hasWrongSize = (entry: ManifestEntry): boolean => Number(entry.file.sizeInBytes) < limits.leastBytes || Number(entry.file.sizeInBytes) > limits.mostBytes;
  return [...groups.values()].flatMap((group) => {
    const sized = group.filter(hasWrongSize);
    const chosen = sized.length >= Math.max(limits.files, 2) ? group.filter((entry) => hasWrongSize(entry) || hasDeletes(entry)) : group.filter(hasDeletes);
    return chosen.length > 0 ? [chosen] : [];
  });
};

/** Delete files of the table that concern no data file any more once `removed` is gone. */
const danglingDeletes = (table: IcebergTable, removed: ReadonlySet<string>): string[] => {
  const { data, deleteIndex } = table.planFiles();
  const needed = new Set(data.filter((entry) => !removed.has(entry.file.path)).flatMap((entry) => deleteIndex.of(entry)));
  return deleteIndex.all.filter((entry) => !needed.has(entry)).map((entry) => entry.file.path);
};

/**
 * OPTIMIZE … REWRITE DATA USING BIN_PACK: the small files of a partition become one, position deletes are applied. At most 100
 * partitions a call; `moreRunsNeeded` says that work remains. No snapshot where there is nothing to do.
 */
export const optimize = async (session: IcebergSession, options: { predicates?: readonly ColumnPredicate[] } = {}): Promise<CommitResult & { moreRunsNeeded: boolean }> => {
  const table = IcebergTable.loadCurrent(session.files, session.pointer);
  const plan = table.planFiles(options.predicates);
  const groups = candidates(table, plan);
  const chosen = restrictPlan(plan, new Set(groups.slice(0, PARTITIONS_PER_RUN).flatMap((group) => group.map((entry) => entry.file.path))));
  const result = { rows: { inserted: 0, updated: 0, deleted: 0 }, bytesScanned: table.bytesOf(chosen, 'all'), moreRunsNeeded: groups.length > PARTITIONS_PER_RUN };
  if (chosen.data.length === 0) return { ...result, bytesScanned: 0n, snapshotId: null };
  const added = await writeData(session.connection, table, `SELECT * FROM ${table.scanSql(chosen)}`, { limitPartitions: false });
  const data = new Set(chosen.data.map((entry) => entry.file.path));
  const removed = new Set([...data, ...danglingDeletes(table, data)]);
  return { ...result, snapshotId: commitRetrying(session, table, { operation: 'replace', added, removed }) };
};
