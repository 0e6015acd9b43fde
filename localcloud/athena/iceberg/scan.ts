import { IcebergError } from './errors.ts';
import { CONTENT } from './manifests.ts';
import type { ManifestEntry } from './manifests.ts';
import type { Schema, Snapshot } from './metadata.ts';
import { deleteApplies } from './pruning.ts';
import type { TableFiles } from './session.ts';
import { duckDbTypeOf, identifier, readSchemaOf, text } from './sql.ts';
import { leavesOf } from './types.ts';
import type { Field } from './types.ts';

/** The files a scan has to read, with the schema to read them by. */
export interface FilePlan {
  /** undefined where the table is empty. */
  readonly snapshot: Snapshot | undefined;
  readonly schema: Schema;
  readonly data: readonly ManifestEntry[];
  /** Delete files that concern at least one of `data`. */
  readonly deletes: readonly ManifestEntry[];
  /** Data files of the snapshot that the predicates leave out. */
  readonly skipped: number;
}

export interface ScanOptions {
  /** Names of the columns wanted; default all. */
  columns?: Iterable<string>;
  /** Adds `"$path"`, the row's file as `s3://` URI. */
  withPath?: boolean;
  /** Adds `"$pos"`, the row's position in its file. */
  withPosition?: boolean;
}

const wantedFields = (schema: Schema, columns: Iterable<string> | undefined): readonly Field[] => {
  if (columns === undefined) return schema.fields;
  const names = new Set(columns);
  return schema.fields.filter((field) => names.has(field.name));
};

/** DuckDB knows files by local path, Iceberg by URI; one is the other behind a fixed prefix. */
const localPrefix = (files: TableFiles, uri: string): string => {
  const file = files.fileOf(uri);
  const suffix = uri.replace(/^s3:\/\//, '');
  if (!file.endsWith(suffix)) throw new Error(`the local file of ${uri} does not end in bucket and key: ${file}`);
  return file.slice(0, file.length - suffix.length);
};

const uriSql = (prefix: string, column: string): string => `'s3://' || substr(${column}, ${Array.from(prefix).length + 1})`;

const fileList = (files: TableFiles, entries: readonly ManifestEntry[]): string => `[${entries.map((entry) => text(files.fileOf(entry.file.path))).join(', ')}]`;

const emptyScan = (fields: readonly Field[], options: ScanOptions): string => {
  const columns = fields.map((field) => `CAST(NULL AS ${duckDbTypeOf(field.type)}) AS ${identifier(field.name)}`);
  if (options.withPath) columns.push('CAST(NULL AS VARCHAR) AS "$path"');
  if (options.withPosition) columns.push('CAST(NULL AS BIGINT) AS "$pos"');
  return `(SELECT ${columns.join(', ') || 'NULL AS "$none"'} WHERE false)`;
};

/**
 * A parenthesised DuckDB sub-select of all live rows of a plan: columns by field id, position deletes applied.
 * Throws IcebergError NOT_SUPPORTED where the table has equality deletes, which Athena reads and never writes.
 */
export const scanSql = (files: TableFiles, plan: FilePlan, options: ScanOptions = {}): string => {
  const fields = wantedFields(plan.schema, options.columns);
  const [first] = plan.data;
  if (!first) return emptyScan(fields, options);
  if (plan.deletes.some((entry) => entry.file.content === CONTENT.equalityDeletes)) {
    throw new IcebergError('NOT_SUPPORTED', 'Tables with equality delete files are not supported locally');
  }
  const prefix = localPrefix(files, first.file.path);
  const columns = fields.map((field) => identifier(field.name));
  if (options.withPath) columns.push(`${uriSql(prefix, '"$file"')} AS "$path"`);
  if (options.withPosition) columns.push('file_row_number AS "$pos"');
  // A scan of no columns at all still has to give a row for every row: count(*).
  const select = `SELECT ${columns.join(', ') || 'NULL AS "$none"'} FROM `;
  // Always the whole schema: files older than a column lack it, and a file must not be read by names of its own time.
  const read = (entries: readonly ManifestEntry[]): string =>
    `read_parquet(${fileList(files, entries)}, schema = ${readSchemaOf(plan.schema.fields)}, hive_partitioning = false, filename = '$file', file_row_number = true)`;

  const isDirty = (entry: ManifestEntry): boolean => plan.deletes.some((deletes) => deleteApplies(deletes, entry));
  const dirty = plan.data.filter(isDirty);
  const clean = plan.data.filter((entry) => !dirty.includes(entry));
  const parts: string[] = [];
  if (clean.length > 0) parts.push(select + read(clean));
  if (dirty.length > 0) {
    const deletes = plan.deletes.filter((entry) => dirty.some((data) => deleteApplies(entry, data)));
    const deleted = `SELECT 1 FROM read_parquet(${fileList(files, deletes)}, hive_partitioning = false) AS d WHERE d.file_path = ${uriSql(prefix, 'x."$file"')} AND d.pos = x.file_row_number`;
    parts.push(`${select}${read(dirty)} AS x WHERE NOT EXISTS (${deleted})`);
  }
  return `(${parts.join(' UNION ALL ')})`;
};

/** Compressed bytes of columns in a plan's files: the column sizes of the manifests, and the delete files that must be read along. */
export const bytesOf = (plan: FilePlan, columns: Iterable<string> | 'all'): bigint => {
  const fields = wantedFields(plan.schema, columns === 'all' ? undefined : columns);
  const ids = [...leavesOf(fields).values()].map((leaf) => leaf.id);
  let bytes = 0n;
  for (const { file } of plan.data) for (const id of ids) bytes += file.columnSizes.get(id) ?? 0n;
  for (const { file } of plan.deletes) bytes += file.sizeInBytes;
  return bytes;
};
