import { CliError, usageError } from '../cli-error.ts';
import { databaseIn, toObjects } from './lake-reader.ts';
import type { LakeReader } from './lake-reader.ts';

export interface SnapshotReport {
  snapshotId: string;
  parentId: string | undefined;
  committedAt: string;
  operation: string;
  /** As Athena prints the map: `{added-records=12, …}`. */
  summary: string;
  addedRecords: number | undefined;
  deletedRecords: number | undefined;
  totalRecords: number | undefined;
}

/**
 * The snapshots of an Iceberg table, oldest first.
 * @param table `database.table`, where the database may be given by its layer; or a table of gold.
 */
export const readSnapshots = async (lake: LakeReader, table: string): Promise<SnapshotReport[]> => {
  const match = /^(?:([a-z0-9_]+)\.)?([a-z0-9_]+)$/i.exec(table);
  if (match === null) throw usageError(`"${table}" is not a table's name; expected one like gold.user_session_analysis`);
  const [, database = 'gold', name = ''] = match;
  const statement = `SELECT snapshot_id, parent_id, committed_at, operation, summary FROM "${databaseIn(lake, database)}"."${name}$snapshots" ORDER BY committed_at, snapshot_id`;
  const result = await lake.ask(statement).catch((error: unknown) => {
    throw error instanceof CliError ? withoutPlace(error) : error;
  });
  return toObjects(result).map((row) => {
    const summary = row['summary'] ?? '';
    return {
      snapshotId: row['snapshot_id'] ?? '',
      parentId: row['parent_id'] ?? undefined,
      committedAt: row['committed_at'] ?? '',
      operation: row['operation'] ?? '',
      summary,
      addedRecords: figureOf(summary, 'added-records'),
      deletedRecords: figureOf(summary, 'added-position-deletes') ?? figureOf(summary, 'deleted-records'),
      totalRecords: totalOf(summary),
    };
  });
};

/** Where in the statement it arose says nothing to somebody who has not written it. */
const withoutPlace = (error: CliError): CliError => new CliError(error.message.replace(/^[A-Z_]+: line \d+:\d+: /, ''), { cause: error });

const figureOf = (summary: string, name: string): number | undefined => {
  const value = new RegExp(`[{ ]${name}=(\\d+)`).exec(summary)?.[1];
  return value === undefined ? undefined : Number(value);
};

/** Rows the table holds as of the snapshot: data files' records less those deleted by position. */
const totalOf = (summary: string): number | undefined => {
  const records = figureOf(summary, 'total-records');
  return records === undefined ? undefined : records - (figureOf(summary, 'total-position-deletes') ?? 0);
};
