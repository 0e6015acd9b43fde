import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const withFile = async <T>(bytes: Uint8Array, use: (rows: (sql: string) => Promise<Record<string, unknown>[]>) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-parquet-'));
  const file = path.join(folder, 'a.parquet');
  writeFileSync(file, bytes);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    return await use(async (sql) => (await connection.runAndReadAll(sql.replaceAll('$file', `'${file}'`))).getRowObjectsJson());
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A Parquet object's rows as DuckDB reads them, which is what reads bronze. */
export const parquetRows = (bytes: Uint8Array): Promise<Record<string, unknown>[]> => withFile(bytes, (query) => query('SELECT * FROM $file'));

/** Its columns: name and DuckDB type, in order. */
export const parquetColumns = (bytes: Uint8Array): Promise<string[]> =>
  withFile(bytes, async (query) => (await query('DESCRIBE SELECT * FROM $file')).map((row) => `${String(row['column_name'])} ${String(row['column_type'])}`));
