import { IcebergError } from './errors.ts';
import type { ManifestEntry } from './manifests.ts';
import type { TableFiles } from './session.ts';
import { readSchemaOf, text } from './sql.ts';
import type { Field } from './types.ts';

/** DuckDB knows files by local path, Iceberg by URI; one is the other behind a fixed prefix. */
const localPrefix = (files: TableFiles, uri: string): string => {
  const file = files.fileOf(uri);
  const suffix = uri.replace(/^s3:\/\//, '');
  if (!file.endsWith(suffix)) throw new Error(`the local file of ${uri} does not end in bucket and key: ${file}`);
  return file.slice(0, file.length - suffix.length);
};

/** The URI of a local file, as a DuckDB expression; `example` is the URI of any file of the table. */
export const uriSql = (files: TableFiles, example: string, localFile: string): string => `'s3://' || substr(${localFile}, ${Array.from(localPrefix(files, example)).length + 1})`;

/** The inverse of {@link uriSql}. */
export const localFileSql = (files: TableFiles, example: string, uri: string): string => `${text(localPrefix(files, example))} || substr(${uri}, ${'s3://'.length + 1})`;

/**
 * `read_parquet` of files, columns by field id, with `"$file"` and `file_row_number`. The number of rows is told, for DuckDB
 * takes files read by field id for small ones, and would choose the wrong sides of joins.
 * Throws IcebergError NOT_SUPPORTED where a file is not Parquet.
 */
export const parquetSql = (files: TableFiles, entries: readonly ManifestEntry[], fields: readonly Field[]): string => {
  const other = entries.find(({ file }) => file.format.toUpperCase() !== 'PARQUET');
  if (other) throw new IcebergError('NOT_SUPPORTED', `Data files of format ${other.file.format} are not supported locally: ${other.file.path}`);
  for (const { file } of entries) files.access?.read(file.path);
  const list = entries.map((entry) => text(files.fileOf(entry.file.path))).join(', ');
  const rows = entries.reduce((sum, entry) => sum + entry.file.recordCount, 0n);
  return `read_parquet([${list}], schema = ${readSchemaOf(fields)}, hive_partitioning = false, filename = '$file', file_row_number = true, explicit_cardinality = ${rows})`;
};
