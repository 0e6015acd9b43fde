/** A bronze table a run takes its input from. One phase of a run per source; a source can hold several source systems. */
export interface SourceDefinition {
  name: SourceName;
  bronzeTable: string;
  /** Below the lake bucket; the partition `ingestion_date=` follows. */
  prefix: string;
  /** The column whose dates a MERGE is cut by, as text in bronze. */
  eventTimeColumn: string;
  mergeStatement: string;
  conservationStatement: string;
  /** The silver table's key and date partition; none for a table that is not partitioned. */
  silver: { table: string; keyColumn: string; dateColumn: string } | undefined;
}

export type SourceName = 'events' | 'transactions' | 'users';

export const SOURCES: Readonly<Record<SourceName, SourceDefinition>> = {
  events: {
    name: 'events',
    bronzeTable: 'events',
    prefix: 'bronze/events/',
    eventTimeColumn: 'event_timestamp',
    mergeStatement: 'silver/merge_events',
    conservationStatement: 'gates/conservation_events',
    silver: { table: 'events', keyColumn: 'event_id', dateColumn: 'event_date' },
  },
  transactions: {
    name: 'transactions',
    bronzeTable: 'transactions',
    prefix: 'bronze/transactions/',
    eventTimeColumn: 'transaction_timestamp',
    mergeStatement: 'silver/merge_transactions',
    conservationStatement: 'gates/conservation_transactions',
    silver: { table: 'transactions', keyColumn: 'transaction_id', dateColumn: 'transaction_date' },
  },
  users: {
    name: 'users',
    bronzeTable: 'users',
    prefix: 'bronze/users/',
    eventTimeColumn: 'arrival_timestamp', // not partitioned: only whether there are valid rows matters
    mergeStatement: 'silver/merge_users',
    conservationStatement: 'gates/conservation_users',
    silver: undefined,
  },
};

export const SOURCE_NAMES = Object.keys(SOURCES) as SourceName[];

export const isSourceName = (text: string): text is SourceName => Object.hasOwn(SOURCES, text);
