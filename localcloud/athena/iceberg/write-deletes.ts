import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { FILE_PATH, POSITION } from './delete-files.ts';
import { CONTENT } from './manifests.ts';
import type { DataFile, ManifestEntry } from './manifests.ts';
import { metricsOf } from './metrics.ts';
import type { Metrics, WrittenFile } from './metrics.ts';
import { syncFiles } from './new-file.ts';
import { fieldIdsOf, query, text } from './sql.ts';
import type { PlacedFile } from './summary.ts';
import type { IcebergTable } from './table.ts';
import { leavesOf } from './types.ts';
import { endWhenSettled, markUnderWay } from './under-way.ts';
import { toBinary } from './values.ts';
import { codecOf, discard } from './write-data.ts';

/** Of which rows to write delete files: a DuckDB table with `__file` (local path) and `__position`, each pair once. */
export interface DeletedRows {
  table: string;
  /** The data files of those rows that get a delete file. */
  entries: readonly ManifestEntry[];
}

const COLUMNS = [FILE_PATH, POSITION];
const LEAVES = leavesOf(COLUMNS);

/** Beside its data file, as Iceberg's writers do, if that is the table's own; the name says what it is to people only. */
const uriOf = (table: IcebergTable, dataFile: string): string => {
  const folder = dataFile.startsWith(`${table.location}/data/`) ? dataFile.slice(0, dataFile.lastIndexOf('/')) : `${table.location}/data`;
  return `${folder}/${randomUUID()}-deletes.parquet`;
};

const describe = (written: WrittenFile, metrics: Metrics, uri: string, entry: ManifestEntry): DataFile => {
  // Never cut: equal bounds tell a reader which data file it is about, before it opens anything.
  const bound = toBinary('string', entry.file.path);
  return {
    ...metrics,
    content: CONTENT.positionDeletes,
    path: uri,
    format: 'PARQUET',
    partition: entry.file.partition,
    recordCount: BigInt(written.count),
    sizeInBytes: BigInt(written.file_size_bytes),
    lowerBounds: new Map([...metrics.lowerBounds, [FILE_PATH.id, bound]]),
    upperBounds: new Map([...metrics.upperBounds, [FILE_PATH.id, bound]]),
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: null, // a position delete file is sorted by file and position, no sort order of the table (spec "Sorting")
    referencedDataFile: entry.file.path,
  };
};

const writeOne = async (connection: DuckDBConnection, table: IcebergTable, rows: string, entry: ManifestEntry, uri: string): Promise<DataFile> => {
  table.files.access?.write(uri);
  const target = table.files.fileOf(uri);
  mkdirSync(path.dirname(target), { recursive: true });
  const select = `SELECT ${text(entry.file.path)} AS ${FILE_PATH.name}, __position AS ${POSITION.name} FROM ${rows} WHERE __file = ${text(table.files.fileOf(entry.file.path))} ORDER BY __position`;
  const options = ['FORMAT parquet', `COMPRESSION ${codecOf(table)}`, 'RETURN_STATS', `FIELD_IDS ${fieldIdsOf(COLUMNS)}`, "KV_METADATA {'delete-type': 'position'}"];
  const [row] = await query(connection, `COPY (${select}) TO ${text(target)} (${options.join(', ')})`);
  const written = row as unknown as WrittenFile;
  return describe(written, await metricsOf(connection, written, target, LEAVES), uri, entry);
};

/**
 * Writes position delete files (https://iceberg.apache.org/spec/#position-delete-files), one for each data file, as Trino does:
 * whoever rewrites a data file can drop its deletes. Synced; no metadata names them yet: the caller commits them, or discards them.
 */
export const writeDeletes = async (connection: DuckDBConnection, table: IcebergTable, { table: rows, entries }: DeletedRows): Promise<PlacedFile[]> => {
  const endMark = markUnderWay(table.files, table.location);
  const placed: PlacedFile[] = [];
  const uris: string[] = [];
  try {
    for (const entry of entries) {
      const uri = uriOf(table, entry.file.path);
      uris.push(uri);
      placed.push({ specId: entry.specId, file: await writeOne(connection, table, rows, entry, uri) });
    }
    const localFiles = placed.map(({ file }) => table.files.fileOf(file.path));
    await syncFiles(localFiles);
    endWhenSettled(localFiles, endMark);
    return placed;
  } catch (error) {
    discard(table.files, uris); // the last one may be half-written
    endMark();
    throw error;
  }
};
