import type { Parameter, Parameters } from '../../../src/lib/statements/index.ts';

const date = (value: string): Parameter => ({ kind: 'date', value });
const dates: Parameter = { kind: 'dates', value: ['2025-11-07', '2025-11-08'] };
const identifier = (value: string): Parameter => ({ kind: 'identifier', value });
const before = (table: string): Parameter => ({ kind: 'table-version', table, snapshotId: null });

const SILVER = {
  events: { key: 'event_id', date: 'event_date', time: 'event_timestamp' },
  transactions: { key: 'transaction_id', date: 'transaction_date', time: 'transaction_timestamp' },
  users: { key: 'user_id', date: 'signup_date', time: 'updated_at' },
} as const;

export type SampleSource = keyof typeof SILVER;

/** Something of the right kind for every placeholder of sql/, about one source. */
export const sampleParameters = (source: SampleSource, bucket: string): Parameters => {
  const { key, date: dateColumn, time } = SILVER[source];
  const objects = [`s3://${bucket}/bronze/${source}/ingestion_date=2025-11-07/${source === 'events' ? 'ingestion_hour=10/' : ''}none.parquet`];
  return {
    bronze: identifier('bronze'), silver: identifier('silver'), gold: identifier('gold'), state: identifier('state'), lake_bucket: { kind: 'name', value: bucket },
    run_id: { kind: 'id', value: 'run-1' }, run_folder: { kind: 'name', value: 'run-1' }, attempt: { kind: 'integer', value: '0' },
    processing_timestamp: { kind: 'timestamp', value: '2025-11-07 11:25:00.000000' }, written_since: { kind: 'timestamp', value: '2025-11-07 11:25:00.000000' },
    users_written_since: { kind: 'timestamp', value: '2025-11-07 11:25:00.000000' },
    data_version: { kind: 'integer', value: '1' }, lateness_seconds: { kind: 'integer', value: '3600' }, horizon_days: { kind: 'integer', value: '30' },
    bronze_table: identifier(source), silver_table: identifier(source), table: identifier(source), database: identifier('silver'),
    event_time_column: identifier(source === 'users' ? 'arrival_timestamp' : time), header_column: { kind: 'column', value: source === 'transactions' ? 'header' : null },
    key_column: identifier(key), date_column: identifier(dateColumn), time_column: identifier(time),
    floor: date('2024-11-07'), floor_text: { kind: 'date-texts', value: ['2024-11-07'] }, passed_over_below: { kind: 'date-texts', value: ['0001-01-01'] },
    frozen_before: date('2024-12-07'), frozen_since: { kind: 'timestamp', value: '2025-11-07 04:55:00.000000' },
    paths: { kind: 'paths', value: objects }, of_objects: { kind: 'path-filter', value: objects }, ingestion_dates: { kind: 'date-texts', value: ['2025-11-07'] },
    dates, date_texts: { kind: 'date-texts', value: ['2025-11-07'] }, event_dates: dates, transaction_dates: dates, session_dates: dates, gold_dates: dates,
    first_date: date('2025-10-08'), last_date: date('2025-12-08'),
    first_event_date: date('2025-10-08'), last_event_date: date('2025-12-08'), first_transaction_date: date('2025-10-08'), last_transaction_date: date('2025-12-08'),
    first_user_date: date('2025-10-08'), last_user_date: date('2025-12-08'),
    table_base: before(`silver.${source}`), silver_version: before(`silver.${source}`), events_base: before('silver.events'), transactions_base: before('silver.transactions'),
    users_base: before('silver.users'), quarantine_base: before('silver.quarantine'), quarantine_version: before('silver.quarantine'),
    gold_base: before('gold.user_session_analysis'), gold_version: before('gold.user_session_analysis'),
    figures: { kind: 'rows', value: [] }, status: { kind: 'id', value: 'discarded' }, decision_id: { kind: 'id', value: 'decision-1' }, decided_rows: { kind: 'rows', value: [] },
  };
};
