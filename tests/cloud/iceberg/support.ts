import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { CommitConflict, IcebergTable, createTable, prepareConnection } from '../../../localcloud/athena/iceberg/index.ts';
import type { FilePlan, IcebergSession, MetadataPointer, ScanOptions, TableDefinition, TableFiles } from '../../../localcloud/athena/iceberg/index.ts';

/** A folder that stands for S3: `s3://bucket/key` is `<root>/bucket/key`. */
export class Warehouse implements TableFiles {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'iceberg-'));

  fileOf(uri: string): string {
    return path.join(this.root, uri.replace(/^s3:\/\//, ''));
  }

  uriOf(file: string): string {
    return `s3://${path.relative(this.root, file).split(path.sep).join('/')}`;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A catalog of one table, in memory. */
export class Pointer implements MetadataPointer {
  location: string;
  /** Runs just before a swap: where another writer comes in between. */
  beforeSwap: () => void = () => undefined;

  constructor(location: string) {
    this.location = location;
  }

  current(): string {
    return this.location;
  }

  swap(expected: string, next: string): void {
    this.beforeSwap();
    if (this.location !== expected) throw new CommitConflict(`${expected} is not current`);
    this.location = next;
  }
}

/** A clock that stands still until it is moved. */
export class TestClock {
  now = new Date('2025-06-01T00:00:00.000Z');
  readonly read = (): Date => this.now;

  advance(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
  }
}

export interface TestTable {
  session: IcebergSession;
  pointer: Pointer;
  /** The table as it is now. */
  load(): IcebergTable;
  /** Rows of a SELECT in which `{t}` stands for the scan of a plan (default: the whole current table). */
  select(sql: string, plan?: FilePlan, options?: ScanOptions): Promise<Record<string, Json>[]>;
}

/** One DuckDB connection, one folder, one clock; tables are made on it. */
export class IcebergFixture {
  readonly warehouse = new Warehouse();
  readonly clock = new TestClock();
  private readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance;
    this.connection = connection;
  }

  static async open(): Promise<IcebergFixture> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    prepareConnection(connection);
    return new IcebergFixture(instance, connection);
  }

  /** A further connection; the caller closes it. */
  async connect(): Promise<DuckDBConnection> {
    const connection = await this.instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
    this.warehouse.remove();
  }

  /** Data files below a table's folder, referenced or not. */
  dataFiles(location: string): string[] {
    const folder = this.warehouse.fileOf(`${location}/data`);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet')).sort();
  }

  async query(sql: string): Promise<Record<string, Json>[]> {
    return (await this.connection.runAndReadAll(sql)).getRowObjectsJson();
  }

  table(location: string, definition: Omit<TableDefinition, 'clock'>): TestTable {
    const { metadataLocation } = createTable(this.warehouse, location, { ...definition, clock: this.clock.read });
    const pointer = new Pointer(metadataLocation);
    const session: IcebergSession = { files: this.warehouse, pointer, connection: this.connection, clock: this.clock.read, tableName: 'silver.t' };
    const load = (): IcebergTable => IcebergTable.load(this.warehouse, pointer.current());
    const select: TestTable['select'] = (sql, plan, options) => {
      const table = load();
      return this.query(sql.replaceAll('{t}', () => table.scanSql(plan ?? table.planFiles(), options)));
    };
    return { session, pointer, load, select };
  }
}
