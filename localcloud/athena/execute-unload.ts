import { readdirSync } from 'node:fs';
import path from 'node:path';
import { partitionPath } from './external/partition-path.ts';
import type { Staged, WriteFormat } from './external/write-files.ts';
import { publishFiles, publishFolder, stageFiles } from './external/write-files.ts';
import { trinoFailure } from './failure.ts';
import { columnNames, distinctColumns, hiveColumnOf, queryColumns, splitKeys, withStage, writeFormatOf } from './hive-write.ts';
import { resultColumn } from './results/columns.ts';
import type { PropertyValue, Statement } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import { scanTables, translateQuery } from './table-scan.ts';
import type { StatementResult } from './types.ts';

type Unload = Extract<Statement, { kind: 'unload' }>;

/**
 * UNLOAD (query) TO 's3://…' WITH (format = …): into a folder that is empty, all files at once; or into partitions below one,
 * file by file (https://docs.aws.amazon.com/athena/latest/ug/unload.html).
 */
export const executeUnload = async (run: StatementRun, statement: Unload): Promise<StatementResult> => {
  const options = optionsOf(statement.properties);
  const location = statement.location.replace(/\/*$/, '/');
  const folder = targetFolder(run, location, options.keys.length > 0);
  const query = await translateQuery(run, statement.query);
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, query.tables);
    run.checkScanned(tables.bytes);
    const sql = tables.fill(query.sql);
    const split = splitKeys(distinctColumns(await queryColumns(connection, sql, query.output)).map(hiveColumnOf), options.keys);
    const { rows, files } = await withStage(run, async (stage) => {
      const staged = await stageFiles(connection, { sql, ...split }, options.format, stage);
      return { rows: staged.rows, files: publish(run, { location, folder, stage, keys: options.keys }, staged, options.format) };
    });
    const columns = [resultColumn('rows', { base: 'bigint', numbers: [], parts: [] })];
    await run.sink.columns(columns);
    return statementResult('DML', 'UNLOAD', columns, { dataScannedBytes: tables.bytes, updateCount: rows, files });
  });
};

interface Target {
  location: string;
  folder: string;
  stage: string;
  keys: readonly string[];
}

const publish = (run: StatementRun, target: Target, staged: Staged, format: WriteFormat): string[] => {
  const now = run.parts.clock();
  const pathOf = (partition: readonly string[]): string => partitionPath(target.keys, partition);
  if (hasFiles(target.folder)) return publishFiles(run.parts.store, staged, format, now, (partition) => `${target.location}${pathOf(partition)}/`);
  return publishFolder(target.folder, target.stage, staged, format, now, pathOf).map((name) => target.location + name);
};

interface Options {
  format: WriteFormat;
  keys: string[];
}

const optionsOf = (properties: Readonly<Record<string, PropertyValue>>): Options => {
  const { format, compression, compression_level: level, field_delimiter: fieldDelimiter, partitioned_by: partitionedBy, ...others } = properties;
  const [unknown] = Object.keys(others);
  // Not confirmed: what Athena says of a property it does not know.
  if (unknown !== undefined) throw trinoFailure('INVALID_TABLE_PROPERTY', `Catalog 'awsdatacatalog' table property '${unknown}' does not exist`);
  if (format === undefined) throw trinoFailure('INVALID_PROPERTY', 'UNLOAD needs the property format');
  return { format: writeFormatOf('UNLOAD', { format, compression, level, fieldDelimiter }), keys: columnNames('partitioned_by', partitionedBy) };
};

const targetFolder = (run: StatementRun, location: string, isPartitioned: boolean): string => {
  const bucket = /^s3:\/\/([^/]+)\//.exec(location)?.[1];
  if (bucket === undefined) throw trinoFailure('INVALID_PROPERTY', `Invalid location for UNLOAD: ${location}`);
  if (!run.parts.store.bucketExists(bucket)) throw trinoFailure('HIVE_FILESYSTEM_ERROR', `The specified bucket does not exist: ${bucket}`);
  run.parts.store.access?.write(location);
  const folder = path.resolve(run.parts.store.fileOf(location));
  if (!isPartitioned && hasFiles(folder)) throw pathAlreadyExists('UNLOAD', location);
  return folder;
};

/** Athena's own text, with the sentence it adds to Trino's. */
export const pathAlreadyExists = (table: string, location: string): Error =>
  trinoFailure(
    'HIVE_PATH_ALREADY_EXISTS',
    `Target directory for table '${table}' already exists: ${location}. You may need to manually clean the data at location '${location}' before retrying. Athena will not delete data in your account.`,
  );

export const hasFiles = (folder: string): boolean => {
  try {
    return readdirSync(folder).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
};
