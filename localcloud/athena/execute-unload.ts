import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { identifier, literal } from './external/sql-text.ts';
import { notSupportedLocally, trinoFailure } from './failure.ts';
import { resultColumn } from './results/columns.ts';
import type { PropertyValue, Statement } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import { scanTables, translateQuery } from './table-scan.ts';
import type { StatementResult } from './types.ts';
import { filesBelow } from './written-files.ts';

type Unload = Extract<Statement, { kind: 'unload' }>;

/** UNLOAD (query) TO 's3://…' WITH (format = …): Parquet or JSON lines, into a folder that is empty. */
export const executeUnload = async (run: StatementRun, statement: Unload): Promise<StatementResult> => {
  const folder = emptyFolder(run, statement.location);
  const options = copyOptions(statement.properties);
  const query = await translateQuery(run, statement.query);
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, query.tables);
    run.checkScanned(tables.bytes);
    const count = await writeWhole(run, folder, async (temporary) => {
      const target = options.partitioned ? temporary : path.join(temporary, `${randomUUID()}.${options.extension}`);
      const reader = await connection.runAndReadAll(`COPY (${tables.fill(query.sql)}) TO ${literal(target)} (${options.sql})`);
      return reader.getRows()[0]?.[0];
    });
    const columns = [resultColumn('rows', { base: 'bigint', numbers: [], parts: [] })];
    await run.sink.columns(columns);
    return statementResult('DML', 'UNLOAD', columns, { dataScannedBytes: tables.bytes, updateCount: Number(count ?? 0), files: filesBelow(run.parts.store, folder) });
  });
};

const emptyFolder = (run: StatementRun, location: string): string => {
  const bucket = /^s3:\/\/([^/]+)\//.exec(location)?.[1];
  if (bucket === undefined) throw trinoFailure('INVALID_PROPERTY', `Invalid location for UNLOAD: ${location}`);
  if (!run.parts.store.bucketExists(bucket)) throw trinoFailure('HIVE_FILESYSTEM_ERROR', `The specified bucket does not exist: ${bucket}`);
  const folder = path.resolve(run.parts.store.fileOf(location.endsWith('/') ? location : `${location}/`));
  if (hasFiles(folder)) throw trinoFailure('HIVE_PATH_ALREADY_EXISTS', `Target directory for table 'UNLOAD' already exists: ${location}`);
  return folder;
};

const hasFiles = (folder: string): boolean => {
  try {
    return readdirSync(folder).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
};

/** Writes into a folder of its own and then puts that in place: a statement that fails or is killed leaves nothing behind. */
const writeWhole = async <T>(run: StatementRun, folder: string, write: (temporary: string) => Promise<T>): Promise<T> => {
  const temporary = path.join(run.parts.temporaryFolder, `unload-${randomUUID()}`);
  mkdirSync(temporary, { recursive: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    const result = await write(temporary);
    renameSync(temporary, folder);
    return result;
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
};

const PARQUET_CODECS = new Set(['GZIP', 'SNAPPY', 'ZSTD', 'NONE', 'LZ4']);

const copyOptions = (properties: Readonly<Record<string, PropertyValue>>): { sql: string; extension: string; partitioned: boolean } => {
  const { format, compression = 'GZIP', partitioned_by: partitionedBy = [], ...others } = properties;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw notSupportedLocally(`UNLOAD's property ${unknown}`);
  if (typeof format !== 'string') throw trinoFailure('INVALID_PROPERTY', 'UNLOAD needs the property format');
  if (!Array.isArray(partitionedBy)) throw trinoFailure('INVALID_PROPERTY', 'partitioned_by must be an array of column names');
  const codec = String(compression).toUpperCase();
  const partitions = partitionedBy.length === 0 ? '' : `, PARTITION_BY (${partitionedBy.map(identifier).join(', ')})`;
  const partitioned = partitionedBy.length > 0;
  if (format.toUpperCase() === 'PARQUET' && PARQUET_CODECS.has(codec)) {
    return { sql: `FORMAT parquet, COMPRESSION ${codec === 'NONE' ? 'uncompressed' : codec.toLowerCase()}${partitions}`, extension: 'parquet', partitioned };
  }
  if (format.toUpperCase() === 'JSON' && ['GZIP', 'NONE'].includes(codec)) {
    return { sql: `FORMAT json, COMPRESSION ${codec.toLowerCase()}${partitions}`, extension: codec === 'GZIP' ? 'json.gz' : 'json', partitioned };
  }
  throw notSupportedLocally(`UNLOAD with format ${format} and compression ${codec}`);
};
