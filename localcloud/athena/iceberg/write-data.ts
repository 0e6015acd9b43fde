import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { IcebergError } from './errors.ts';
import { CONTENT } from './manifests.ts';
import type { DataFile } from './manifests.ts';
import { metricsOf } from './metrics.ts';
import type { WrittenFile } from './metrics.ts';
import { syncFiles } from './new-file.ts';
import type { Partition, PartitionColumn } from './partitions.ts';
import type { TableFiles } from './session.ts';
import { duckDbTypeOf, fieldIdsOf, identifier, query, text } from './sql.ts';
import type { IcebergTable } from './table.ts';
import { partitionText, transformSql } from './transforms.ts';
import { leavesOf } from './types.ts';
import type { Field, Leaf } from './types.ts';
import { endWhenSettled, markUnderWay, settled } from './under-way.ts';
import { parseValue } from './values.ts';

/** Athena's limit: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html; Trino's text. */
const MAX_OPEN_PARTITIONS = 100;

export interface WriteOptions {
  /** False for a rewrite of rows that are in the table already: no new partition comes of it. */
  limitPartitions: boolean;
}

const partitionAlias = (index: number): string => `__partition_${index}`;

/** Iceberg's names of Parquet codecs to DuckDB's; Athena's default for Iceberg tables is zstd. */
const CODECS: Readonly<Record<string, string>> = { zstd: 'zstd', snappy: 'snappy', gzip: 'gzip', lz4: 'lz4_raw', none: 'uncompressed', uncompressed: 'uncompressed' };

export const codecOf = (table: IcebergTable): string => {
  const name = table.properties['write.parquet.compression-codec'] ?? 'zstd';
  const codec = CODECS[name.toLowerCase()];
  if (codec === undefined) throw new IcebergError('NOT_SUPPORTED', `Parquet compression codec not supported locally: ${name}`);
  return codec;
};

const copySql = (table: IcebergTable, select: string, columns: readonly PartitionColumn[], target: string): string => {
  const { fields } = table.schema;
  const values = fields.map((field) => `CAST(${identifier(field.name)} AS ${duckDbTypeOf(field.type)}) AS ${identifier(field.name)}`);
  const partitions = columns.map((column, index) => `${transformSql(column.transform, identifier(column.sourceName), column.sourceType)} AS ${partitionAlias(index)}`);
  const options = ['FORMAT parquet', `COMPRESSION ${codecOf(table)}`, 'RETURN_STATS', `FIELD_IDS ${fieldIdsOf(fields)}`];
  options.push(`KV_METADATA {'iceberg.schema': ${text(JSON.stringify(table.schema))}}`);
  if (columns.length > 0) {
    const aliases = columns.map((_column, index) => partitionAlias(index)).join(', ');
    options.push(`PARTITION_BY (${aliases})`, 'HIVE_FILE_PATTERN false', "FILENAME_PATTERN '{uuid}'");
  }
  const cast = `SELECT ${values.join(', ')} FROM (${select})`;
  const projected = columns.length === 0 ? cast : `SELECT *, ${partitions.join(', ')} FROM (${cast})`;
  return `COPY (${projected}) TO ${text(target)} (${options.join(', ')})`;
};

const partitionOf = (written: WrittenFile, columns: readonly PartitionColumn[]): Partition => {
  const keys = new Map((written.partition_keys ?? []).map(({ key, value }) => [key, value]));
  return columns.map((column, index) => {
    const value = keys.get(partitionAlias(index)) ?? null;
    const parsed = value === null ? null : parseValue(column.type, value);
    if (parsed === undefined) throw new IcebergError('NOT_SUPPORTED', `Partitioning by a value of type ${column.type} is not supported locally: ${String(value)}`);
    return parsed;
  });
};

/** Folder names are at most 255 bytes long in file systems. */
const LONGEST_FOLDER = 200;

/** `event_date=2025-01-01/` as Iceberg's writers name partition folders; the names carry no meaning for readers. */
const partitionFolder = (columns: readonly PartitionColumn[], partition: Partition): string =>
  columns
    .map((column, index) => `${encodeURIComponent(column.name)}=${encodeURIComponent(partitionText(column.transform, column.type, partition[index] ?? null))}`.slice(0, LONGEST_FOLDER))
    .join('/');

const checkRequired = (fields: readonly Field[], written: readonly DataFile[]): void => {
  for (const field of fields) {
    const hasNull = field.required && written.some((file) => (file.nullValueCounts.get(field.id) ?? 0n) > 0n);
    if (hasNull) throw new IcebergError('CONSTRAINT_VIOLATION', `NULL value not allowed for NOT NULL column: ${field.name}`);
  }
};

const place = async (connection: DuckDBConnection, table: IcebergTable, written: WrittenFile, columns: readonly PartitionColumn[], leaves: ReadonlyMap<string, Leaf>): Promise<DataFile> => {
  const partition = partitionOf(written, columns);
  const folder = ['data', partitionFolder(columns, partition)].filter(Boolean).join('/');
  const uri = `${table.location}/${folder}/${randomUUID()}.parquet`;
  table.files.access?.write(uri);
  const file = table.files.fileOf(uri);
  const metrics = await metricsOf(connection, written, written.filename, leaves);
  mkdirSync(path.dirname(file), { recursive: true });
  renameSync(written.filename, file);
  return {
    content: CONTENT.data,
    path: uri,
    format: 'PARQUET',
    partition,
    recordCount: BigInt(written.count),
    sizeInBytes: BigInt(written.file_size_bytes),
    ...metrics,
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: 0,
    referencedDataFile: null,
  };
};

/**
 * Runs a SELECT, whose columns are the table's by name, and writes its rows as Parquet files below `<location>/data`, one or
 * more for each partition, synced. No metadata names them yet: the caller commits them, or discards them.
 *
 * Throws IcebergError ICEBERG_TOO_MANY_OPEN_PARTITIONS, CONSTRAINT_VIOLATION; DuckDB's errors of the SELECT pass through.
 */
export const writeData = async (connection: DuckDBConnection, table: IcebergTable, select: string, options: WriteOptions): Promise<DataFile[]> => {
  const { fields } = table.schema;
  const columns = table.partitionColumns(table.metadata['default-spec-id']);
  const endMark = markUnderWay(table.files, table.location);
  const stage = table.files.fileOf(`${table.location}/data/.stage-${randomUUID()}`);
  mkdirSync(stage, { recursive: true });
  const files: DataFile[] = [];
  try {
    const target = columns.length > 0 ? stage : path.join(stage, 'part.parquet');
    const rows = await query(connection, copySql(table, select, columns, target));
    const written = (rows as unknown as WrittenFile[]).filter((row) => row.count !== '0');
    const partitions = new Set(written.map((row) => JSON.stringify(row.partition_keys)));
    if (options.limitPartitions && partitions.size > MAX_OPEN_PARTITIONS) {
      throw new IcebergError('ICEBERG_TOO_MANY_OPEN_PARTITIONS', `Exceeded limit of ${MAX_OPEN_PARTITIONS} open writers for partitions`);
    }
    const leaves = leavesOf(fields);
    for (const row of written) files.push(await place(connection, table, row, columns, leaves));
    checkRequired(fields, files);
    const localFiles = files.map((file) => table.files.fileOf(file.path));
    await syncFiles(localFiles);
    endWhenSettled(localFiles, endMark);
    return files;
  } catch (error) {
    discard(table.files, files.map((file) => file.path));
    endMark();
    throw error;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
};

/** Deletes files that no metadata names: those of a commit that did not come about. */
export const discard = (files: TableFiles, uris: readonly string[]): void => {
  const localFiles = uris.map((uri) => files.fileOf(uri));
  for (const file of localFiles) rmSync(file, { force: true });
  settled(localFiles);
};
