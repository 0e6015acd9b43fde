/** A table's two names: `{ database: 'silver', name: 'events' }`; the database without the stage's prefix. */
export interface TableName {
  database: 'silver' | 'gold';
  name: string;
}

/** The tables a run changes as one transaction. gold.run_audit is not among them: a failed run leaves its row too. */
export const RUN_TABLES = [
  { database: 'silver', name: 'events' },
  { database: 'silver', name: 'transactions' },
  { database: 'silver', name: 'users' },
  { database: 'silver', name: 'quarantine' },
  { database: 'gold', name: 'user_session_analysis' },
] as const satisfies readonly TableName[];

/** `silver.events` */
export type RunTable = `${(typeof RUN_TABLES)[number]['database']}.${(typeof RUN_TABLES)[number]['name']}`;

export const qualified = (table: TableName): RunTable => `${table.database}.${table.name}` as RunTable;

/** Snapshot ids have 63 bits and stay text; null: the table is empty. */
export type Snapshots = Readonly<Record<string, string | null>>;

/** Glue databases of one stage: their names carry its prefix, which may be empty. */
export const databaseNames = (prefix: string): { bronze: string; silver: string; gold: string; state: string } => ({
  bronze: `${prefix}bronze`,
  silver: `${prefix}silver`,
  gold: `${prefix}gold`,
  state: `${prefix}state`,
});
