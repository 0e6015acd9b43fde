import type { FileAccess } from '../iceberg/index.ts';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { makeFolder, syncFolder } from '../../core/files.ts';
import type { ObjectStore } from '../../core/ports.ts';
import { trinoFailure } from '../failure.ts';
import { duckText } from '../hive-types.ts';
import { syncFiles } from '../iceberg/new-file.ts';
import type { ExternalColumn } from './external-table.ts';
import { DEFAULT_PARTITION } from './partition-path.ts';
import { identifier, literal } from './sql-text.ts';
import type { DelimitedText } from './write-lines.ts';
import { delimitedLine, jsonLine } from './write-lines.ts';

export type Codec = 'gzip' | 'snappy' | 'zstd' | 'lz4' | 'none';

export type WriteFormat =
  | { kind: 'parquet'; codec: Codec; level: number | undefined }
  | { kind: 'json'; codec: 'gzip' | 'zstd' | 'none' }
  | { kind: 'delimited'; codec: 'gzip' | 'zstd' | 'none'; text: DelimitedText };

/** The rows to write: a DuckDB query whose columns are these by their places, the partition keys last. */
export interface RowsToWrite {
  sql: string;
  columns: readonly ExternalColumn[];
  partitionKeys: readonly ExternalColumn[];
}

export interface StagedFile {
  file: string;
  /** Values of the partition keys as the catalog holds them: null is `__HIVE_DEFAULT_PARTITION__`. */
  partition: string[];
}

export interface Staged {
  rows: number;
  files: StagedFile[];
}

/** https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html, with this text. */
const MAX_PARTITIONS = 100;

/**
 * Writes rows as files of Hive's formats into a folder of their own. Throws AthenaFailure HIVE_TOO_MANY_OPEN_PARTITIONS; DuckDB's
 * errors of the query pass through.
 */
export const stageFiles = async (connection: DuckDBConnection, rows: RowsToWrite, format: WriteFormat, stage: string): Promise<Staged> => {
  mkdirSync(stage, { recursive: true });
  const isPartitioned = rows.partitionKeys.length > 0;
  const target = isPartitioned ? stage : path.join(stage, 'rows');
  const reader = await connection.runAndReadAll(`COPY (${selectSql(rows, format)}) TO ${literal(target)} (${copyOptions(format, rows.partitionKeys.length)})`);
  const count = Number(reader.getRows()[0]?.[0] ?? 0);
  // Without rows there is no file: an empty one would be read as one.
  if (count === 0) return { rows: 0, files: [] };
  const files = filesBelow(stage, []);
  const partitions = new Set(files.map((file) => JSON.stringify(file.partition)));
  if (partitions.size > MAX_PARTITIONS) throw trinoFailure('HIVE_TOO_MANY_OPEN_PARTITIONS', `Exceeded limit of ${MAX_PARTITIONS} open writers for partitions/buckets`);
  await syncFiles(files.map((file) => file.file));
  return { rows: count, files };
};

const keyName = (index: number): string => `__key_${index}`;

const selectSql = (rows: RowsToWrite, format: WriteFormat): string => {
  const all = [...rows.columns, ...rows.partitionKeys];
  const given = all.map((_column, index) => identifier(`__given_${index}`));
  const cast = all.map((column, index) => {
    const value = `CAST(${given[index] ?? ''} AS ${duckText(column.type)})`;
    const key = index - rows.columns.length;
    // Hive has no empty partition value: it is the default partition, as null is.
    return key < 0 ? `${value} AS ${identifier(column.name)}` : `nullif(CAST(${value} AS VARCHAR), '') AS ${keyName(key)}`;
  });
  const source = `SELECT ${cast.join(', ')} FROM (${rows.sql}) AS given(${given.join(', ')})`;
  if (format.kind === 'parquet') return source;
  const line = format.kind === 'json' ? jsonLine(rows.columns) : delimitedLine(rows.columns, format.text);
  return `SELECT ${[`${line} AS line`, ...rows.partitionKeys.map((_key, index) => keyName(index))].join(', ')} FROM (${source})`;
};

const PARQUET_CODECS: Readonly<Record<Codec, string>> = { gzip: 'gzip', snappy: 'snappy', zstd: 'zstd', lz4: 'lz4_raw', none: 'uncompressed' };

/** Lines are written as CSV with one column, nothing quoted. */
const copyOptions = (format: WriteFormat, keys: number): string => {
  const partitions = keys === 0 ? [] : [`PARTITION_BY (${Array.from({ length: keys }, (_unused, index) => keyName(index)).join(', ')})`];
  if (format.kind === 'parquet') {
    const level = format.level === undefined ? [] : [`COMPRESSION_LEVEL ${format.level}`];
    return ['FORMAT parquet', `COMPRESSION ${PARQUET_CODECS[format.codec]}`, ...level, ...partitions].join(', ');
  }
  return ['FORMAT csv', 'HEADER false', "QUOTE ''", "ESCAPE ''", `DELIMITER '\u0001'`, "NULLSTR ''", `COMPRESSION ${format.codec}`, ...partitions].join(', ');
};

/** DuckDB's folders are `__key_0=value`, percent-encoded. */
const filesBelow = (folder: string, partition: readonly string[]): StagedFile[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry): StagedFile[] => {
    const inside = path.join(folder, entry.name);
    if (!entry.isDirectory()) return [{ file: inside, partition: [...partition] }];
    const value = entry.name.slice(entry.name.indexOf('=') + 1);
    return filesBelow(inside, [...partition, value === DEFAULT_PARTITION ? value : decodeURIComponent(value)]);
  });

/** Text has its codec in the name, as readers find it there; Parquet has it inside (Trino's HiveWriterFactory). */
const extensionOf = (format: WriteFormat): string => (format.kind === 'parquet' || format.codec === 'none' ? '' : format.codec === 'gzip' ? '.gz' : '.zst');

/** `20250101_120000_00000_abcde_<uuid>`, as Athena names the files of a query. */
const fileNames = (now: Date, format: WriteFormat): (() => string) => {
  const time = now.toISOString().replace(/\..*$/, '').replaceAll(/[-:]/g, '').replace('T', '_');
  const query = `${time}_00000_${randomBytes(5).toString('hex').slice(0, 5)}`;
  return () => `${query}_${randomUUID()}${extensionOf(format)}`;
};

/**
 * Puts staged files into their folders, each whole; answers their URIs. Where one fails those before it are taken back. What a
 * crash in between leaves are orphans, as in Athena.
 */
export const publishFiles = (store: Pick<ObjectStore, 'fileOf'> & { access?: FileAccess }, staged: Staged, format: WriteFormat, now: Date, folderOf: (partition: readonly string[]) => string): string[] => {
  const nameOf = fileNames(now, format);
  const published: { uri: string; file: string }[] = [];
  try {
    for (const { file, partition } of staged.files) {
      const uri = folderOf(partition) + nameOf();
      store.access?.write(uri);
      const target = store.fileOf(uri);
      makeFolder(path.dirname(target));
      renameSync(file, target);
      published.push({ uri, file: target });
    }
    for (const folder of new Set(published.map(({ file }) => path.dirname(file)))) syncFolder(folder);
  } catch (error) {
    for (const { file } of published) rmSync(file, { force: true });
    throw error;
  }
  return published.map(({ uri }) => uri);
};

/**
 * Puts staged files into a folder that is not there yet, or is empty, all at once: a statement that fails or is killed leaves
 * nothing behind. `pathOf`: a partition's path within it. Answers the files' paths within the folder.
 */
export const publishFolder = (folder: string, stage: string, staged: Staged, format: WriteFormat, now: Date, pathOf: (partition: readonly string[]) => string): string[] => {
  const nameOf = fileNames(now, format);
  const whole = `${stage}-whole`;
  mkdirSync(whole, { recursive: true });
  try {
    const names = staged.files.map(({ file, partition }) => {
      const name = path.posix.join(pathOf(partition), nameOf());
      makeFolder(path.dirname(path.join(whole, name)));
      renameSync(file, path.join(whole, name));
      return name;
    });
    for (const inner of new Set([whole, ...names.map((name) => path.dirname(path.join(whole, name)))])) syncFolder(inner);
    makeFolder(path.dirname(folder));
    renameSync(whole, folder);
    syncFolder(path.dirname(folder));
    return names;
  } catch (error) {
    rmSync(whole, { recursive: true, force: true });
    throw error;
  }
};
