import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { openAthena } from '../../../localcloud/athena/index.ts';
import { IcebergTable, prepareConnection } from '../../../localcloud/athena/iceberg/index.ts';
import type { Snapshot } from '../../../localcloud/athena/iceberg/index.ts';
import type { GlueTable } from '../../../localcloud/glue/index.ts';
import { CatalogStore } from '../../../localcloud/glue/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';

export const DAY_MS = 86_400_000;

export interface CrashStatement {
  name: string;
  sql: string;
  /** The clock is this much later than when the lake was made. */
  laterMs?: number;
  /** What to run after a crash where the statement itself cannot be run again. */
  afterwards?: string;
}

const ICEBERG = "TBLPROPERTIES ('table_type'='ICEBERG')";

/** One of each kind that changes a table or the catalog, on the lake of {@link makeLake}. */
export const STATEMENTS: readonly CrashStatement[] = [
  { name: 'INSERT', sql: "INSERT INTO db.t VALUES (20, 1, DATE '2025-01-01'), (21, 1, DATE '2025-01-09')" },
  { name: 'DELETE', sql: 'DELETE FROM db.t WHERE id IN (2, 4)' },
  { name: 'DELETE of whole files', sql: "DELETE FROM db.t WHERE day = DATE '2025-01-02'" },
  { name: 'UPDATE', sql: "UPDATE db.t SET v = v + 1, day = DATE '2025-02-01' WHERE id < 4" },
  {
    name: 'MERGE',
    sql: `MERGE INTO db.t t USING (VALUES (1, 100), (2, -1), (30, 7)) AS s(id, v) ON t.id = s.id
      WHEN MATCHED AND s.v < 0 THEN DELETE WHEN MATCHED THEN UPDATE SET v = s.v
      WHEN NOT MATCHED THEN INSERT (id, v, day) VALUES (s.id, s.v, DATE '2025-01-03')`,
  },
  { name: 'OPTIMIZE', sql: 'OPTIMIZE db.t REWRITE DATA USING BIN_PACK' },
  { name: 'VACUUM', sql: 'VACUUM db.t', laterMs: 10 * DAY_MS },
  { name: 'ALTER ADD COLUMNS', sql: 'ALTER TABLE db.t ADD COLUMNS (note string)' },
  { name: 'ALTER CHANGE COLUMN', sql: 'ALTER TABLE db.t CHANGE COLUMN v w int' },
  { name: 'ALTER SET TBLPROPERTIES', sql: "ALTER TABLE db.t SET TBLPROPERTIES ('vacuum_min_snapshots_to_keep'='2')" },
  { name: 'CREATE TABLE', sql: `CREATE TABLE db.made (id int, at timestamp) PARTITIONED BY (day(at)) LOCATION 's3://lake/new/made' ${ICEBERG}` },
  {
    name: 'CREATE TABLE AS',
    sql: "CREATE TABLE db.made WITH (table_type='ICEBERG', is_external=false, location='s3://lake/new/made', partitioning=ARRAY['day', 'bucket(id, 4)']) AS SELECT id, v, day FROM db.t",
    // As in AWS, what a failed CTAS has left is in the way of the next at that place.
    afterwards: `CREATE TABLE db.made (id int) LOCATION 's3://lake/new/made' ${ICEBERG}`,
  },
  {
    name: 'CREATE TABLE AS of Parquet files',
    sql: "CREATE TABLE db.plain WITH (format='PARQUET', external_location='s3://lake/new/plain/', partitioned_by=ARRAY['day']) AS SELECT id, v, day FROM db.t",
    afterwards: "CREATE EXTERNAL TABLE db.plain (id int) STORED AS PARQUET LOCATION 's3://lake/new/plain/'",
  },
  { name: 'DROP TABLE', sql: 'DROP TABLE db.other', afterwards: `CREATE TABLE db.other (id int) LOCATION 's3://lake/other' ${ICEBERG}` },
  { name: 'CREATE VIEW', sql: 'CREATE OR REPLACE VIEW db.w AS SELECT id FROM db.t' },
  { name: 'DROP VIEW', sql: 'DROP VIEW db.view' },
  { name: 'CREATE DATABASE', sql: 'CREATE DATABASE fresh' },
  { name: 'DROP DATABASE', sql: 'DROP DATABASE old CASCADE' },
];

/** Runs statements on a data directory that no cloud uses; the first failure ends it. */
export const runSql = async (dataDir: string, sql: readonly string[], laterMs = 0): Promise<void> => {
  const store = new FileObjectStore({ dataDir });
  const athena = openAthena({ dataDir, store, clock: () => new Date(Date.now() + laterMs), limits: { threads: 1, memoryLimit: '512MB' } });
  try {
    for (const text of sql) await athena.execute(text);
  } finally {
    await athena.close();
  }
};

export const temporaryFolder = (): string => mkdtempSync(path.join(tmpdir(), 'crash-'));

/** A table with appends, deletes and an update behind it, and what a DROP of each kind needs. */
export const makeLake = async (): Promise<string> => {
  const dataDir = temporaryFolder();
  new FileObjectStore({ dataDir }).createBucket('lake');
  await runSql(dataDir, [
    'CREATE DATABASE db',
    'CREATE DATABASE old',
    "CREATE TABLE db.t (id int, v int, day date) PARTITIONED BY (day) LOCATION 's3://lake/t' TBLPROPERTIES ('table_type'='ICEBERG', 'optimize_rewrite_data_file_threshold'='2', 'optimize_rewrite_delete_file_threshold'='1')",
    "INSERT INTO db.t VALUES (1, 1, DATE '2025-01-01'), (2, 2, DATE '2025-01-02'), (3, 3, DATE '2025-01-03'), (4, 4, DATE '2025-01-01')",
    "INSERT INTO db.t VALUES (5, 5, DATE '2025-01-01'), (6, 6, DATE '2025-01-02')",
    'DELETE FROM db.t WHERE id = 5',
    'UPDATE db.t SET v = 60 WHERE id = 6',
    `CREATE TABLE db.other (id int) LOCATION 's3://lake/other' ${ICEBERG}`,
    'INSERT INTO db.other VALUES 1, 2',
    'CREATE VIEW db.view AS SELECT 1 AS one',
    `CREATE TABLE old.gone (id int) LOCATION 's3://lake/gone' ${ICEBERG}`,
  ]);
  return dataDir;
};

/** A number no process has: marks of the process that is played dead get it. */
const NO_PROCESS = 4_194_999;

/** The directory as the next process finds it: under another path, so that nothing remembered in memory is taken for it. */
export const afterDeath = (dataDir: string): string => {
  const found = temporaryFolder();
  cpSync(dataDir, found, { recursive: true, preserveTimestamps: true });
  for (const name of readdirSync(found, { recursive: true, encoding: 'utf8' })) {
    if (path.basename(name).startsWith('.under-way-')) renameSync(path.join(found, name), path.join(found, name.replace(`-${process.pid}-`, `-${NO_PROCESS}-`)));
  }
  return found;
};

export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => path.join(folder, name))
        .filter((file) => statSync(file).isFile())
        .sort()
    : [];

/** Reads lakes with the Iceberg library alone, on one connection. */
export class LakeReader {
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance;
    this.connection = connection;
  }

  static async open(): Promise<LakeReader> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    prepareConnection(connection);
    return new LakeReader(instance, connection);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  /** All there is: databases, tables with columns, properties and the rows of every snapshot, the current one again at the end. */
  async state(dataDir: string): Promise<string> {
    const [catalog, files] = [catalogOf(dataDir), new FileObjectStore({ dataDir })];
    const found: Record<string, unknown> = {};
    for (const database of catalog.databases()) {
      found[database.Name] = 'database';
      for (const glue of catalog.tables(database.Name)) {
        const location = glue.Parameters?.['metadata_location'];
        const columns = (glue.StorageDescriptor?.Columns ?? []).map((column) => `${column.Name} ${column.Type ?? ''}`);
        if (location === undefined) found[`${database.Name}.${glue.Name}`] = { type: glue.TableType, files: filesOf(files, glue), partitions: catalog.partitions(database.Name, glue.Name).map(({ Values }) => Values) };
        else found[`${database.Name}.${glue.Name}`] = { columns, ...(await this.tableState(IcebergTable.load(files, location))) };
      }
    }
    return JSON.stringify(found, null, 1);
  }

  async rows(dataDir: string, name = 't'): Promise<string[]> {
    const table = loadTable(dataDir, name);
    return this.rowsOf(table, table.currentSnapshot());
  }

  private async tableState(table: IcebergTable): Promise<Record<string, unknown>> {
    const snapshots = [];
    for (const snapshot of table.metadata.snapshots) snapshots.push(await this.rowsOf(table, snapshot));
    const schema = table.schema.fields.map((field) => `${field.id} ${field.name} ${JSON.stringify(field.type)}`);
    return { schema, properties: table.properties, snapshots, current: await this.rowsOf(table, table.currentSnapshot()) };
  }

  /** Rows of one snapshot. */
  async rowsAt(table: IcebergTable, id: bigint): Promise<Record<string, Json>[]> {
    return this.read(table, table.snapshot(id));
  }

  private async rowsOf(table: IcebergTable, snapshot: Snapshot | undefined): Promise<string[]> {
    return (await this.read(table, snapshot)).map((row) => JSON.stringify(row)).sort();
  }

  private async read(table: IcebergTable, snapshot: Snapshot | undefined): Promise<Record<string, Json>[]> {
    const scan = table.scanSql(table.planFiles([], snapshot));
    return (await this.connection.runAndReadAll(`SELECT * FROM ${scan}`)).getRowObjectsJson();
  }
}

/** Kinds and sizes of an external table's files: names are chosen anew each time. */
const filesOf = (files: FileObjectStore, { StorageDescriptor }: GlueTable): string[] =>
  (StorageDescriptor?.Location ? filesBelow(files.fileOf(StorageDescriptor.Location)) : []) // a view has none
    .map((file) => `${path.basename(path.dirname(file))} ${statSync(file).size}`)
    .sort();

const catalogOf = (dataDir: string): CatalogStore => new CatalogStore(path.join(dataDir, 'glue'), () => new Date());

export const loadTable = (dataDir: string, name = 't'): IcebergTable => {
  const location = catalogOf(dataDir).requireTable('db', name).Parameters?.['metadata_location'] ?? '';
  return IcebergTable.load(new FileObjectStore({ dataDir }), location);
};

/** Files below a table's folder that no metadata names, and those of its catalog entry that are no version. */
export const leftovers = (dataDir: string, name = 't'): string[] => {
  const table = loadTable(dataDir, name);
  const named = new Set([table.metadataLocation, ...table.metadata['metadata-log'].map((entry) => entry['metadata-file'])]);
  for (const snapshot of table.metadata.snapshots) {
    named.add(snapshot['manifest-list']);
    for (const manifest of table.manifests(snapshot)) {
      named.add(manifest.manifest_path);
      for (const entry of table.entries(manifest)) if (entry.status !== 2) named.add(entry.file.path);
    }
  }
  const local = new Set([...named].map((uri) => table.files.fileOf(uri)));
  const data = filesBelow(table.files.fileOf(table.location)).filter((file) => !local.has(file));
  const missing = [...local].filter((file) => !existsSync(file)).map((file) => `MISSING ${file}`);
  const catalog = filesBelow(path.join(dataDir, 'glue', 'db', name)).filter((file) => !/^\d+\.json$/.test(path.basename(file)));
  return [...data, ...missing, ...catalog].map((file) => path.relative(dataDir, file));
};
