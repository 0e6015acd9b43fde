import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { openAthena, type DirectAthena } from '../localcloud/athena/index.ts';
import { FileObjectStore } from '../localcloud/s3/index.ts';
import { median, seconds, timed, type Benchmark, type Figure } from './figures.ts';

/** FLOE_BENCH_ATHENA_ROWS: fewer rows, to try it out. */
const ROWS = Number(process.env['FLOE_BENCH_ATHENA_ROWS'] ?? 5_000_000);
const DAYS = 30;
const CHANGES = 10_000;
const ROUNDS = 5;
const FIRST_DAY = '2025-01-01';
const CHANGED_DAYS = [10, 11];

const dayOf = (index: number): string => new Date(Date.parse(FIRST_DAY) + index * 86_400_000).toISOString().slice(0, 10);

/** Eight columns: ids, texts of few and of many values, numbers, a time, a day. Rows of a day lie together, as they arrive. */
const rowsSql = (range: string, day: string): string => `SELECT
  'order-' || lpad(hash(number)::VARCHAR, 20, '0') AS order_id, 'user-' || hash(number * 7) % 200000 AS user_id,
  ['view', 'cart', 'purchase', 'refund'][1 + number % 4] AS kind, (hash(number * 3) % 100000)::BIGINT AS product_id,
  (hash(number * 5) % 100000 / 100)::DECIMAL(10, 2) AS price, (hash(number * 11) % 5)::INTEGER AS quantity,
  ${day}::TIMESTAMP + to_microseconds((hash(number * 13) % 86400000000)::BIGINT) AS ordered_at, ${day} AS day
  FROM (SELECT range AS number FROM range(${range}))`;

const LOADED = rowsSql(String(ROWS), `(DATE '${FIRST_DAY}' + (number * ${DAYS} // ${ROWS})::INTEGER)`);

/** Rows of two days: four fifths are there already and get another price, the others are new. */
const changesSql = (round: number): string => {
  const perDay = Math.floor(ROWS / DAYS);
  const parts = CHANGED_DAYS.map((day) => {
    const start = day * perDay + round * CHANGES + 1;
    const fresh = ROWS + round * CHANGES + day;
    const known = `(${rowsSql(`${start}, ${start + 0.4 * CHANGES}`, `DATE '${dayOf(day)}'`)})`;
    return `SELECT * REPLACE (price + 1 AS price) FROM ${known} UNION ALL ${rowsSql(`${fresh * 100}, ${fresh * 100 + 0.1 * CHANGES}`, `DATE '${dayOf(day)}'`)}`;
  });
  return parts.join(' UNION ALL ');
};

const COLUMNS = 'order_id, user_id, kind, product_id, price, quantity, ordered_at, day';
const DDL = 'order_id string, user_id string, kind string, product_id bigint, price decimal(10, 2), quantity int, ordered_at timestamp, day date';
const COUNT = 'SELECT count(*) FROM orders';
const GROUP_BY = "SELECT day, kind, count(*), count(DISTINCT product_id), sum(price * quantity), max(ordered_at) FROM orders WHERE quantity > 0 GROUP BY day, kind ORDER BY day, kind";
const merge = (source: string): string => `MERGE INTO orders AS t USING ${source} AS s
  ON t.order_id = s.order_id AND t.day = s.day AND t.day IN (${CHANGED_DAYS.map((day) => `DATE '${dayOf(day)}'`).join(', ')})
  WHEN MATCHED AND t.price <> s.price THEN UPDATE SET price = s.price, quantity = s.quantity
  WHEN NOT MATCHED THEN INSERT (${COLUMNS}) VALUES (${COLUMNS.split(', ').map((column) => `s.${column}`).join(', ')})`;

/** Seconds of each kind of work, round by round. */
type Times = Record<'load' | 'count' | 'groupBy' | 'merge', number[]>;
const noTimes = (): Times => ({ load: [], count: [], groupBy: [], merge: [] });

interface Side {
  load(): Promise<unknown>;
  query(sql: string): Promise<unknown>;
  merge(round: number): Promise<unknown>;
}

const createTables = async (athena: DirectAthena): Promise<void> => {
  const external = (name: string): string => `CREATE EXTERNAL TABLE ${name} (${DDL}) STORED AS PARQUET LOCATION 's3://lake/${name}/'`;
  await athena.execute('CREATE DATABASE bench');
  for (const name of ['raw', ...Array.from({ length: ROUNDS }, (_, round) => `changes${round}`)]) await athena.execute(external(name), { database: 'bench' });
  await athena.execute(`CREATE TABLE orders (${DDL}) PARTITIONED BY (day) LOCATION 's3://lake/orders/' TBLPROPERTIES ('table_type'='ICEBERG')`, { database: 'bench' });
};

const athenaSide = (athena: DirectAthena): Side => ({
  load: () => athena.execute(`INSERT INTO orders SELECT ${COLUMNS.replace('ordered_at', 'CAST(ordered_at AS timestamp(6))')} FROM raw`, { database: 'bench' }),
  query: (sql) => athena.execute(sql, { database: 'bench' }),
  merge: (round) => athena.execute(merge(`(SELECT ${COLUMNS.replace('ordered_at', 'CAST(ordered_at AS timestamp(6)) AS ordered_at')} FROM changes${round})`), { database: 'bench' }),
});

const duckDbSide = (connection: DuckDBConnection, lake: string): Side => ({
  load: () => connection.run(`CREATE TABLE orders AS SELECT * FROM read_parquet('${lake}/raw/*.parquet')`),
  query: (sql) => connection.runAndReadAll(sql),
  merge: (round) => connection.run(merge(`(FROM read_parquet('${lake}/changes${round}/*.parquet'))`)),
});

const measure = async (side: Side, times: Times, round: number): Promise<void> => {
  const record = async (kind: keyof Times, work: () => Promise<unknown>): Promise<void> => void times[kind].push((await timed(work)).seconds);
  if (round === 0) await record('load', () => side.load());
  await record('count', () => side.query(COUNT));
  await record('groupBy', () => side.query(GROUP_BY));
  await record('merge', () => side.merge(round));
};

const figuresOf = (athena: Times, native: Times, parquet: number[]): Figure[] => {
  const times = (ours: readonly number[], theirs: readonly number[]): string => `${(median(ours) / median(theirs)).toFixed(2)} times`;
  const line = (kind: keyof Times, what: string, note: string): Figure => ({ what, value: seconds(median(athena[kind])), note: `DuckDB: ${seconds(median(native[kind]))} in its own table${note}` });
  const rows = `${(ROWS / 1e6).toFixed(ROWS < 1e6 ? 2 : 0)} million rows, ${DAYS} days`;
  return [
    line('load', `Athena: load ${rows}`, '; the table is Iceberg: zstd Parquet, a file per day, synced'),
    line('count', 'Athena: count(*)', ''),
    line('groupBy', 'Athena: group by', `, ${seconds(median(parquet))} on Parquet files of the same columns: ${times(athena.groupBy, parquet)} that, aim: at most 1.5`),
    line('merge', `Athena: MERGE of ${CHANGES.toLocaleString('en')} rows into 2 days`, `; aim: under 1 s. Rounds: ${athena.merge.map((one) => seconds(one)).join(', ')}`),
  ];
};

/** Five million rows in Athena's Iceberg table, beside DuckDB alone on the same rows in the same rounds: what the table format, the commits and the SQL cost. */
export const run: Benchmark = async ({ directory }) => {
  const dataDir = path.join(directory, 'cloud');
  const store = new FileObjectStore({ dataDir });
  store.createBucket('lake');
  const lake = path.join(dataDir, 's3', 'lake');
  const native = await DuckDBInstance.create(path.join(directory, 'native.duckdb'));
  const connection = await native.connect();
  const athena = openAthena({ dataDir, store });
  try {
    const writes: [string, string][] = [['raw', LOADED], ...Array.from({ length: ROUNDS }, (_, round): [string, string] => [`changes${round}`, changesSql(round)])];
    for (const [name, sql] of writes) {
      mkdirSync(path.join(lake, name), { recursive: true });
      await connection.run(`COPY (${sql}) TO '${path.join(lake, name, 'rows.parquet')}' (FORMAT parquet)`);
    }
    const perDay = path.join(directory, 'per-day');
    await connection.run(`COPY (FROM read_parquet('${lake}/raw/*.parquet')) TO '${perDay}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day), WRITE_PARTITION_COLUMNS true)`);
    await createTables(athena);
    const [ours, theirs, parquet] = [noTimes(), noTimes(), [] as number[]];
    for (let round = 0; round < ROUNDS; round++) {
      await measure(duckDbSide(connection, lake), theirs, round);
      parquet.push((await timed(() => connection.runAndReadAll(GROUP_BY.replace('FROM orders', `FROM read_parquet('${perDay}/*/*.parquet', hive_partitioning = false)`)))).seconds);
      await measure(athenaSide(athena), ours, round);
    }
    return figuresOf(ours, theirs, parquet);
  } finally {
    await athena.close();
    connection.closeSync();
    native.closeSync();
  }
};
