import { createStateTable } from '../../src/lib/aws/index.ts';
import { createLakeItemStore, firstKeptDate, type Retained } from '../../src/lib/run/index.ts';
import type { Connection } from '../pipeline/connection.ts';
import { databaseIn, toCount } from './lake-reader.ts';

/** What retention would delete. */
export interface RetentionPlan {
  /** `yyyy-MM-dd`, UTC: the first date that would be kept. */
  floor: string;
  /** Where the floor stands now; null: retention has never run. */
  standing: string | null;
  /** By table: rows that would go. */
  rows: Record<string, number>;
}

/** @throws Error where less than 90 days would be kept */
export const readRetention = async ({ clients, names, lake }: Connection, retained: Retained, now: Date): Promise<RetentionPlan> => {
  const item = await createLakeItemStore(createStateTable(clients.dynamodb, names.lakeTable, 'item')).read();
  const standing = item?.committed.floor?.date ?? null;
  const asked = firstKeptDate(retained, now);
  const floor = standing !== null && standing > asked ? standing : asked;
  const rows: Record<string, number> = {};
  for (const [table, isBelow] of Object.entries(BELOW_FLOOR)) {
    const answer = await lake.ask(`SELECT count(*) FROM ${databaseIn(lake, 'silver')}.${table} WHERE ${isBelow} DATE '${floor}'`);
    rows[`silver.${table}`] = toCount(answer.rows[0]?.[0]);
  }
  return { floor, standing, rows };
};

/** As sql/retention/ has it. */
const BELOW_FLOOR: Readonly<Record<string, string>> = {
  events: 'event_date <',
  transactions: 'transaction_date <',
  users: 'valid_to <=',
  quarantine: 'last_seen_at <',
};
