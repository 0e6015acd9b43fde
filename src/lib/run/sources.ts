/** A partitioned silver table. */
export interface SilverTable {
  table: string;
  keyColumn: string;
  dateColumn: string;
  /** The time that decides between versions of a key. */
  timeColumn: string;
}

/** A bronze table a run takes its input from. One phase of a run per source; a source can hold several source systems. */
export interface SourceDefinition {
  name: SourceName;
  bronzeTable: string;
  /** Below the lake bucket; the partition `ingestion_date=` follows. */
  prefix: string;
  /** The column that holds the header of a row's file; null where the source has no files. */
  headerColumn: string | null;
  /** The column whose dates a MERGE is cut by, as text in bronze. */
  eventTimeColumn: string;
  mergeStatement: string;
  /** Gives rows that are not what their record says, or were written by another version of the logic, that record's content. */
  repairStatement: string;
  conservationStatement: string;
  /** The silver table's key and date partition; none for a table that is not partitioned. */
  silver: SilverTable | undefined;
}

export type SourceName = 'events' | 'transactions' | 'users';

const EVENTS: SilverTable = { table: 'events', keyColumn: 'event_id', dateColumn: 'event_date', timeColumn: 'event_timestamp' };
const TRANSACTIONS: SilverTable = { table: 'transactions', keyColumn: 'transaction_id', dateColumn: 'transaction_date', timeColumn: 'transaction_timestamp' };

export const SOURCES: Readonly<Record<SourceName, SourceDefinition>> = {
  events: {
    name: 'events',
    bronzeTable: 'events',
    prefix: 'bronze/events/',
    headerColumn: null,
    eventTimeColumn: 'event_timestamp',
    mergeStatement: 'silver/merge_events',
    repairStatement: 'backfill/repair_events',
    conservationStatement: 'gates/conservation_events',
    silver: EVENTS,
  },
  transactions: {
    name: 'transactions',
    bronzeTable: 'transactions',
    prefix: 'bronze/transactions/',
    headerColumn: 'header',
    eventTimeColumn: 'transaction_timestamp',
    mergeStatement: 'silver/merge_transactions',
    repairStatement: 'backfill/repair_transactions',
    conservationStatement: 'gates/conservation_transactions',
    silver: TRANSACTIONS,
  },
  users: {
    name: 'users',
    bronzeTable: 'users',
    prefix: 'bronze/users/',
    headerColumn: null,
    eventTimeColumn: 'arrival_timestamp', // not partitioned: only whether there are valid rows matters
    mergeStatement: 'silver/merge_users',
    repairStatement: 'backfill/repair_users',
    conservationStatement: 'gates/conservation_users',
    silver: undefined,
  },
};

export const SOURCE_NAMES = Object.keys(SOURCES) as SourceName[];

export const isSourceName = (text: string): text is SourceName => Object.hasOwn(SOURCES, text);

/** Tables whose keys a load looks for within the horizon only, by the phase of the sweep that looks everywhere. */
export const SWEPT_SOURCES = { 'sweep-events': EVENTS, 'sweep-transactions': TRANSACTIONS } as const satisfies Record<string, SilverTable>;

export type SweptSource = keyof typeof SWEPT_SOURCES;

export const SWEEP_PHASES = Object.keys(SWEPT_SOURCES) as SweptSource[];
