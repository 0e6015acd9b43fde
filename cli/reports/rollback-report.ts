import { createObjects, createStateTable, type Objects } from '../../src/lib/aws/index.ts';
import { readDecision } from '../../src/lib/quarantine/index.ts';
import { createLakeItemStore, decisionsSince, findCommittedRun, NoSuchRunError } from '../../src/lib/run/index.ts';
import { CliError } from '../cli-error.ts';
import type { Connection } from '../pipeline/connection.ts';
import { databaseIn } from './lake-reader.ts';
import type { LakeReader } from './lake-reader.ts';

/** What going back to a committed run would change. */
export interface RollbackReport {
  /** The run gone back to, and when it was committed. */
  runId: string;
  committedAt: string;
  tables: TableChange[];
  /** Decisions about quarantined records committed since then: they are kept, whatever the counts of silver.quarantine say. */
  decisions: KeptDecision[];
}

export interface KeptDecision {
  id: string;
  action: string;
  decidedAt: string;
  records: number;
  note: string | null;
}

export interface TableChange {
  table: string;
  /** Rows as they stand now that would go, and rows as they stood then that would come back; a changed row is one of each. */
  rowsThatGo: number;
  rowsThatComeBack: number;
}

/**
 * @param to a run's id, or a time
 * @throws CliError where no committed run is meant
 */
export const readRollback = async ({ clients, names, lake }: Connection, to: string): Promise<RollbackReport> => {
  const item = await createLakeItemStore(createStateTable(clients.dynamodb, names.lakeTable, 'item')).read();
  const objects = createObjects(clients.s3, names.lakeBucket);
  const target = await findCommittedRun(objects, item?.committed.runId ?? null, to).catch((error: unknown) => {
    throw error instanceof NoSuchRunError ? new CliError(error.message, { cause: error }) : error;
  });
  const changes = await Promise.all(Object.entries(target.tables).map(([table, snapshot]) => changeOf(lake, table, snapshot, item?.committed.tables[table] ?? null)));
  const decisions = await decisionsSince(objects, item?.committed.runId ?? null, target.runId);
  return { runId: target.runId, committedAt: target.committedAt, tables: changes.filter((change) => change !== undefined), decisions: await Promise.all(decisions.map((key) => readKept(objects, key))) };
};

const readKept = async (objects: Objects, key: string): Promise<KeptDecision> => {
  const decision = await readDecision(objects, key);
  if (decision === undefined) throw new Error(`the decision ${key} of a committed run is missing`);
  const { id, action, decidedAt, rows, note } = decision;
  return { id, action, decidedAt, records: rows.length, note };
};

/** undefined: it is as it was. */
const changeOf = async (lake: LakeReader, table: string, then: string | null, now: string | null): Promise<TableChange | undefined> => {
  if (then === now) return undefined;
  const name = nameIn(lake, table);
  const [before, after] = [versionOf(name, then), versionOf(name, now)];
  const [rowsThatGo, rowsThatComeBack] = await Promise.all([countWithout(lake, after, before), countWithout(lake, before, after)]);
  return { table, rowsThatGo, rowsThatComeBack };
};

/** `silver.events` with the database's own name. */
const nameIn = (lake: LakeReader, table: string): string => {
  const [layer = '', name = ''] = table.split('.');
  return `${databaseIn(lake, layer)}.${name}`;
};

const versionOf = (table: string, snapshot: string | null): string => (snapshot === null ? `(SELECT * FROM ${table} WHERE false)` : `${table} FOR VERSION AS OF ${snapshot}`);

const countWithout = async (lake: LakeReader, all: string, without: string): Promise<number> => {
  const { rows } = await lake.ask(`SELECT count(*) FROM (SELECT * FROM ${all} EXCEPT SELECT * FROM ${without})`);
  return Number(rows[0]?.[0]);
};
