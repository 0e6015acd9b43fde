import type { DuckDBConnection } from '@duckdb/node-api';
import type { CatalogEntry } from './catalog.ts';
import type { ExternalColumn, ExternalTable } from './external/external-table.ts';
import { escaped } from './external/partition-path.ts';
import type { Codec, WriteFormat } from './external/write-files.ts';
import { publishFiles, stageFiles } from './external/write-files.ts';
import { templateOf } from './external/list-files.ts';
import { notSupportedLocally, trinoFailure } from './failure.ts';
import { trinoText } from './hive-types.ts';
import { queryColumns, withStage } from './hive-write.ts';
import { identifier } from './external/sql-text.ts';
import { defaultLocation, registerPartitions } from './partitions.ts';
import { checkTypes } from './insert-types.ts';
import { resultColumn } from './results/columns.ts';
import type { Insert } from './sql/index.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import { scanTables } from './table-scan.ts';
import { parseTrinoType } from './trino-types.ts';
import type { StatementResult } from './types.ts';

/** INSERT INTO an external table: new files in its folder, partitions of their own registered (https://docs.aws.amazon.com/athena/latest/ug/insert-into.html). */
export const insertIntoHive = async (run: StatementRun, statement: Insert, entry: CatalogEntry & { kind: 'external' }): Promise<StatementResult> => {
  const table = run.parts.catalog.external(entry);
  const format = writeFormat(table, entry);
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, statement.tables);
    run.checkScanned(tables.bytes);
    const sql = await rowsSql(connection, statement, tables.fill(statement.sql), table);
    const written = await withStage(run, async (stage) => {
      const staged = await stageFiles(connection, { sql, columns: table.columns, partitionKeys: table.partitionKeys }, format, stage);
      const files = publishFiles(run.parts.store, staged, format, run.parts.clock(), (partition) => folderOf(table, entry, partition));
      return { rows: staged.rows, files, partitions: staged.files.map((file) => file.partition) };
    });
    // Projected partitions are not in the catalog.
    if (!isProjected(table)) registerPartitions(run, entry.glue, written.partitions);
    const columns = [resultColumn('rows', { base: 'bigint', numbers: [], parts: [] })];
    await run.sink.columns(columns);
    return statementResult('DML', 'INSERT', columns, { dataScannedBytes: tables.bytes, updateCount: written.rows, files: written.files });
  });
};

const isProjected = (table: ExternalTable): boolean => table.partitionKeys.length > 0 && table.properties['projection.enabled']?.toLowerCase() === 'true';

const folderOf = (table: ExternalTable, { glue }: CatalogEntry, partition: readonly string[]): string => {
  if (partition.length === 0) return table.location;
  return isProjected(table) ? projectedFolder(table, partition) : defaultLocation(glue, partition);
};

/** By the table's template, as its projection will look for it. That Athena does the same is not confirmed. */
const projectedFolder = (table: ExternalTable, partition: readonly string[]): string => {
  const values = new Map(table.partitionKeys.map((key, index) => [key.name, partition[index] ?? '']));
  return templateOf(table).replaceAll(/\$\{(\w+)\}/g, (_match, key: string) => escaped(values.get(key) ?? '')).replace(/\/*$/, '/');
};

/** The rows with the table's columns in their order; those not named are null. @throws AthenaFailure TYPE_MISMATCH and the like */
const rowsSql = async (connection: DuckDBConnection, statement: Insert, sql: string, table: ExternalTable): Promise<string> => {
  const all = [...table.columns, ...table.partitionKeys];
  const names = statement.columns ?? all.map((column) => column.name);
  const targets = names.map((name) => columnNamed(all, name));
  const given = await queryColumns(connection, sql, statement.output);
  checkTypes(targets.map((column) => parseTrinoType(trinoText(column.type, 3))), given.map((column) => column.type));
  const places = all.map((column) => {
    const place = names.indexOf(column.name);
    return place < 0 ? 'NULL' : identifier(`__value_${place}`);
  });
  return `SELECT ${places.join(', ')} FROM (${sql}) AS inserted(${names.map((_name, index) => identifier(`__value_${index}`)).join(', ')})`;
};

const columnNamed = (columns: readonly ExternalColumn[], name: string): ExternalColumn => {
  const column = columns.find((candidate) => candidate.name === name);
  if (!column) throw trinoFailure('COLUMN_NOT_FOUND', `Insert column name does not exist in target table: ${name}`);
  return column;
};

/** What INSERT writes, by the table's SerDe; the others are for reading only. @throws AthenaFailure */
const writeFormat = (table: ExternalTable, entry: CatalogEntry): WriteFormat => {
  const { format } = table;
  if ('skipLines' in format && format.skipLines > 1) {
    throw trinoFailure('NOT_SUPPORTED', 'Inserting into Hive table with value of skip.header.line.count property greater than 1 is not supported');
  }
  if ('skipLines' in format && format.skipLines > 0) throw notSupportedLocally('INSERT into a table with header lines');
  switch (format.kind) {
    case 'parquet':
      return { kind: 'parquet', codec: parquetCodec(table.properties), level: undefined };
    case 'json':
      if (format.serde === 'hive') return { kind: 'json', codec: textCodec(table.properties) };
      break;
    case 'delimited':
      return { kind: 'delimited', codec: textCodec(table.properties), text: format };
  }
  throw cannotInsert(entry);
};

/** Athena's list of SerDes that INSERT takes has these not; its text is not confirmed. */
const cannotInsert = ({ glue, name }: CatalogEntry): Error =>
  trinoFailure('NOT_SUPPORTED', `INSERT into the table ${name.database}.${name.table} with SerDe ${glue.StorageDescriptor?.SerdeInfo?.SerializationLibrary ?? ''} is not supported`);

const CODECS: Readonly<Record<string, Codec>> = { gzip: 'gzip', snappy: 'snappy', zstd: 'zstd', lz4: 'lz4', none: 'none', uncompressed: 'none' };

/** https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html: gzip where the table does not say. */
const codecOf = (properties: Readonly<Record<string, string>>, keys: readonly string[]): Codec => {
  const given = keys.map((key) => properties[key]).find((value) => value !== undefined) ?? 'gzip';
  const codec = CODECS[given.toLowerCase()];
  if (!codec) throw notSupportedLocally(`INSERT with compression ${given}`);
  return codec;
};

const parquetCodec = (properties: Readonly<Record<string, string>>): Codec => codecOf(properties, ['parquet.compression', 'parquet.compress', 'write.compression', 'write_compression']);

const textCodec = (properties: Readonly<Record<string, string>>): 'gzip' | 'zstd' | 'none' => {
  const codec = codecOf(properties, ['write.compression', 'write_compression']);
  if (codec === 'gzip' || codec === 'zstd' || codec === 'none') return codec;
  throw notSupportedLocally(`INSERT of text with compression ${codec}`);
};
