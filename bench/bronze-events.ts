import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { bronzeTables, type ColumnType } from '../src/lib/bronze/index.ts';

/** Events of one day that are already in bronze, as capture and Firehose would have written them. */
export interface EventsOfDay {
  /** `yyyy-MM-dd`; every event happens within it. */
  day: string;
  sessions: number;
  eventsPerSession: number;
  /** Sessions before this number are those of the day's first events, so that they get more events; the others are new ones. */
  knownSessions?: number;
  /** Tells these events and new sessions from others of the day. */
  part: string;
}

const DUCKDB_TYPES: Readonly<Record<ColumnType, string>> = { string: 'VARCHAR', int: 'INTEGER', bigint: 'BIGINT', 'array<string>': 'VARCHAR[]' };
const USERS = 5_000;

/** What of a row is not null: SQL over `number`, the event's place in the day, and `session`, its session's. */
const expressions = ({ day, sessions, eventsPerSession, knownSessions = 0, part }: EventsOfDay, ingested: string): Record<string, string> => {
  const eventTime = `TIMESTAMP '${day} 00:00:00' + to_microseconds(((session * 86000.0 / ${sessions} + number % ${eventsPerSession} * 60.0 + ${part.length}) * 1000000)::BIGINT)`;
  const text = (time: string): string => `strftime(${time}, '%Y-%m-%d %H:%M:%S.%f')`;
  const id = `'${day}-${part}-' || number`;
  return {
    payload: `'{"event_id":"' || ${id} || '"}'`,
    payload_encoding: `'utf8'`,
    record_hash: `sha256(${id})`,
    validation_errors: '[]',
    unknown_fields: '[]',
    source_system: `'app'`,
    contract_version: '1',
    origin: `'bench/shardId-000000000000/' || ${id}`,
    arrival_timestamp: text(`${eventTime} + INTERVAL 2 SECOND`),
    ingestion_timestamp: `'${ingested}'`,
    event_id: id,
    session_id: `'${day}-' || CASE WHEN session < ${knownSessions} THEN 'first' ELSE '${part}' END || '-' || session`,
    user_id: `'USER_' || session % ${USERS}`,
    event_type: `['page_view', 'click', 'search', 'add_to_cart'][1 + number % 4]`,
    event_timestamp: text(eventTime),
    event_details: `'{"page":"/p/' || number % 1000 || '"}'`,
    shard_id: `'shardId-000000000000'`,
    sequence_number: `printf('%056d', number)`,
  };
};

const select = (events: EventsOfDay, ingested: string): string => {
  const known = expressions(events, ingested);
  const columns = bronzeTables.events.columns.map(({ name, type }) => `(${known[name] ?? 'NULL'})::${DUCKDB_TYPES[type]} AS ${name}`);
  return `SELECT ${columns.join(', ')} FROM (SELECT range AS number, range // ${events.eventsPerSession} AS session FROM range(${events.sessions * events.eventsPerSession}))`;
};

/** Writes one Parquet object per day into bronze's folder of the bucket, in the partition of the given hour. */
export const writeBronzeEvents = async (bucketFolder: string, batches: readonly EventsOfDay[], now: Date): Promise<void> => {
  const ingested = now.toISOString().replace('T', ' ').replace('Z', '000');
  const folder = path.join(bucketFolder, 'bronze', 'events', `ingestion_date=${ingested.slice(0, 10)}`, `ingestion_hour=${ingested.slice(11, 13)}`);
  mkdirSync(folder, { recursive: true });
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    for (const events of batches) {
      await connection.run(`COPY (${select(events, ingested)}) TO '${path.join(folder, `${events.day}-${events.part}.parquet`)}' (FORMAT parquet, COMPRESSION snappy)`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};
