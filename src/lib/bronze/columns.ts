/** Hive type names, as the Glue tables of bronze write them. */
export type ColumnType = 'string' | 'int' | 'bigint' | 'array<string>';

export interface Column {
  name: string;
  type: ColumnType;
}

const column = (name: string, type: ColumnType = 'string'): Column => ({ name, type });

/** Every bronze table begins with these: the record as it came, its judgement, and where it came from (DATA.md, section 2). */
export const commonColumns: readonly Column[] = [
  column('payload'),
  column('payload_encoding'),
  column('payload_location'),
  column('record_hash'),
  column('validation_errors', 'array<string>'),
  column('unknown_fields', 'array<string>'),
  column('source_system'),
  column('contract_version', 'int'),
  column('origin'),
  column('arrival_timestamp'),
  column('ingestion_timestamp'),
];

/** The one list of bronze columns in code, in their tables' order; `resources/catalog.yml` holds the same as Glue tables. */
export const bronzeTables = {
  events: {
    columns: [
      ...commonColumns,
      ...['event_id', 'session_id', 'user_id', 'event_type', 'event_timestamp', 'product_id', 'category_id', 'category_code', 'brand', 'price', 'event_details'].map((name) => column(name)),
      column('shard_id'),
      column('sequence_number'),
    ],
    partitions: ['ingestion_date', 'ingestion_hour'],
  },
  transactions: {
    columns: [
      ...commonColumns,
      ...['transaction_id', 'session_id', 'user_id', 'amount', 'currency', 'transaction_timestamp'].map((name) => column(name)),
      column('source_file'),
      column('row_number', 'bigint'),
      column('header'),
    ],
    partitions: ['ingestion_date'],
  },
  users: {
    columns: [...commonColumns, ...['user_id', 'signup_date', 'device_type', 'country', 'updated_at', 'changed_at'].map((name) => column(name))],
    partitions: ['ingestion_date'],
  },
} as const satisfies Record<string, { columns: readonly Column[]; partitions: readonly string[] }>;

export type BronzeTable = keyof typeof bronzeTables;

// An alias and not an interface: only an alias is assignable to what the Parquet writer takes, any record.
/** The members every bronze row has. Times are text `yyyy-MM-dd HH:mm:ss.SSSSSS` in UTC, numbers are text. */
export type CommonRow = {
  payload: string | null;
  payload_encoding: 'utf8' | 'base64';
  /** `s3://…` where the payload is too large to stand in the row. */
  payload_location: string | null;
  record_hash: string;
  /** `field: rule`, in the contract's order; empty where the record is valid. */
  validation_errors: readonly string[];
  unknown_fields: readonly string[];
  source_system: string;
  contract_version: number;
  /** Unique name of this delivery of the record. */
  origin: string;
  arrival_timestamp: string;
  ingestion_timestamp: string;
};
