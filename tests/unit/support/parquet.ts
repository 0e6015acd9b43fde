import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const withFiles = async <T>(objects: readonly Uint8Array[], use: (rows: (sql: string) => Promise<Record<string, unknown>[]>) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-parquet-'));
  const files = objects.map((bytes, index) => {
    const file = path.join(folder, `${index}.parquet`);
    writeFileSync(file, bytes);
    return `'${file}'`;
  });
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    return await use(async (sql) => (await connection.runAndReadAll(sql.replaceAll('$files', `read_parquet([${files.join()}])`))).getRowObjectsJson());
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** DuckDB's client drops a byte order mark at the beginning of a text; its bytes are what is in the file. */
const asBytes = (name: string, type: string): string => (type === 'VARCHAR' ? `encode("${name}") AS "${name}"` : `"${name}"`);
const asText = (value: unknown): unknown => (typeof value === 'string' ? Buffer.from(value.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8') : value);

/** The rows of Parquet objects of one table, in order, as DuckDB reads them, which is what reads bronze. */
export const parquetRows = (...objects: readonly Uint8Array[]): Promise<Record<string, unknown>[]> =>
  withFiles(objects, async (query) => {
    const columns = (await query('DESCRIBE SELECT * FROM $files')).map(({ column_name, column_type }) => [String(column_name), String(column_type)] as const);
    const texts = columns.filter(([, type]) => type === 'VARCHAR').map(([name]) => name);
    const rows = await query(`SELECT ${columns.map(([name, type]) => asBytes(name, type)).join(', ')} FROM $files`);
    return rows.map((row) => ({ ...row, ...Object.fromEntries(texts.map((name) => [name, asText(row[name])])) }));
  });

/** Its columns: name and DuckDB type, in order. */
export const parquetColumns = (bytes: Uint8Array): Promise<string[]> =>
  withFiles([bytes], async (query) => (await query('DESCRIBE SELECT * FROM $files')).map((row) => `${String(row['column_name'])} ${String(row['column_type'])}`));
