import path from 'node:path';
import { openAthena } from '../../../localcloud/athena/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { bronzeTables, createBronzeWriter, type BronzeTable } from '../../../src/lib/bronze/index.ts';
import { BUCKET, DATABASES, type Engine } from './engine.ts';

const BRONZE = Object.keys(bronzeTables) as BronzeTable[];

const externalTable = (name: string, columns: string, partitions: readonly string[], location: string, projections: readonly string[]): string =>
  `CREATE EXTERNAL TABLE ${name} (${columns}) PARTITIONED BY (${partitions.map((partition) => `${partition} string`).join(', ')}) STORED AS PARQUET ` +
  `LOCATION 's3://${BUCKET}/${location}/' TBLPROPERTIES ('projection.enabled' = 'true', ${projections.join(', ')})`;

const PROJECTIONS: Readonly<Record<string, string>> = {
  ingestion_date: "'projection.ingestion_date.type' = 'date', 'projection.ingestion_date.format' = 'yyyy-MM-dd', 'projection.ingestion_date.range' = '2025-01-01,NOW'",
  ingestion_hour: "'projection.ingestion_hour.type' = 'integer', 'projection.ingestion_hour.range' = '0,23', 'projection.ingestion_hour.digits' = '2'",
  run_id: "'projection.run_id.type' = 'injected'",
};

const bronzeTable = (name: BronzeTable): string => {
  const { columns, partitions } = bronzeTables[name];
  return externalTable(`bronze.${name}`, columns.map((column) => `${column.name} ${column.type}`).join(', '), partitions, `bronze/${name}`, partitions.map((partition) => PROJECTIONS[partition] ?? ''));
};

/** floe's own Athena, on a directory. */
export const openLocalEngine = (folder: string): Engine => {
  const dataDir = path.join(folder, 'local');
  const store = new FileObjectStore({ dataDir });
  const athena = openAthena({ dataDir, store });
  const run = async (sql: string): ReturnType<typeof athena.execute> => athena.execute(sql);
  return {
    name: 'floe',
    async createLake() {
      store.createBucket(BUCKET);
      for (const database of DATABASES) await run(`CREATE DATABASE ${database}`);
      for (const table of BRONZE) await run(bronzeTable(table));
      await run(externalTable('state.touched_sessions', 'session_id string, user_id string, cause string, touched_date string', ['run_id'], 'state/touched', [PROJECTIONS['run_id'] ?? '']));
    },
    async deliver({ table, uri, rows }) {
      const writer = createBronzeWriter(table);
      for (const row of rows) writer.append(row);
      await store.put(BUCKET, uri.slice(`s3://${BUCKET}/`.length), writer.finish());
    },
    async execute(sql) {
      const { columns, rows, statistics } = await run(sql);
      return { columns: columns.map(({ name }) => name), rows, written: statistics.updateCount };
    },
    stagesOf: () => Promise.resolve(undefined),
    async snapshotOf({ name }) {
      const [database = '', table = ''] = name.split('.');
      const { rows } = await run(`SELECT CAST(snapshot_id AS varchar) FROM ${database}."${table}$history" ORDER BY made_current_at DESC LIMIT 1`);
      return rows[0]?.[0] ?? null;
    },
    close: () => athena.close(),
  };
};
