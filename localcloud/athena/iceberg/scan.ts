import type { DeleteIndex } from './delete-files.ts';
import { withoutDeleted } from './delete-sql.ts';
import type { ManifestEntry } from './manifests.ts';
import type { Schema, Snapshot } from './metadata.ts';
import { dataSql } from './name-mapping.ts';
import type { NameMapping } from './name-mapping.ts';
import type { PartitionColumn } from './partitions.ts';
import type { TableFiles } from './session.ts';
import { duckDbTypeOf, identifier } from './sql.ts';
import { uriSql } from './parquet-sql.ts';
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
  /** The delete files of each data file. */
  readonly deleteIndex: DeleteIndex;
  /** Columns of all schemas, the current one's first: an equality delete may be by a column dropped since. */
  readonly knownFields: readonly Field[];
  /** For data files without field ids; undefined where the table has none such. */
  readonly nameMapping: NameMapping | undefined;
  partitionColumns(specId: number): PartitionColumn[];
}

/** A plan whose `deletes` are those of its data files. */
export const planOf = (parts: Omit<FilePlan, 'deletes'>): FilePlan => ({ ...parts, deletes: [...new Set(parts.data.flatMap((entry) => parts.deleteIndex.of(entry)))] });

/** The part of a plan whose files are named. */
export const restrictPlan = (plan: FilePlan, paths: ReadonlySet<string>): FilePlan => planOf({ ...plan, data: plan.data.filter((entry) => paths.has(entry.file.path)) });

export interface ScanOptions {
  /** Names of the columns wanted; default all. */
  columns?: Iterable<string>;
  /** Adds `"$path"`, the row's file as `s3://` URI. */
  withPath?: boolean;
  /** Adds `"$file"`, the row's file by its local path: cheaper than `"$path"`, which is made of it row by row. */
  withFile?: boolean;
  /** Adds `"$pos"`, the row's position in its file. */
  withPosition?: boolean;
}

const wantedFields = (schema: Schema, columns: Iterable<string> | undefined): readonly Field[] => {
  if (columns === undefined) return schema.fields;
  const names = new Set(columns);
  return schema.fields.filter((field) => names.has(field.name));
};

const emptyScan = (fields: readonly Field[], options: ScanOptions): string => {
  const columns = fields.map((field) => `CAST(NULL AS ${duckDbTypeOf(field.type)}) AS ${identifier(field.name)}`);
  if (options.withPath) columns.push('CAST(NULL AS VARCHAR) AS "$path"');
  if (options.withFile) columns.push('CAST(NULL AS VARCHAR) AS "$file"');
  if (options.withPosition) columns.push('CAST(NULL AS BIGINT) AS "$pos"');
  return `(SELECT ${columns.join(', ') || 'NULL AS "$none"'} WHERE false)`;
};

/** A scan of no columns at all still has to give a row for every row, for count(*): their number is known without opening a file. */
const rowsOf = (entries: readonly ManifestEntry[]): string => `range(${entries.reduce((sum, { file }) => sum + file.recordCount, 0n)}) AS x`;

/**
 * A parenthesised DuckDB sub-select of all live rows of a plan: columns by field id, deletes applied.
 * Throws IcebergError NOT_SUPPORTED where a file is not Parquet.
 */
export const scanSql = (files: TableFiles, plan: FilePlan, options: ScanOptions = {}): string => {
  const fields = wantedFields(plan.schema, options.columns);
  const [first] = plan.data;
  if (!first) return emptyScan(fields, options);
  const columns = fields.map((field) => `x.${identifier(field.name)}`);
  if (options.withPath) columns.push(`${uriSql(files, first.file.path, 'x."$file"')} AS "$path"`);
  if (options.withFile) columns.push('x."$file"');
  if (options.withPosition) columns.push('x.file_row_number AS "$pos"');
  const select = `SELECT ${columns.join(', ') || 'NULL AS "$none"'} FROM `;
  const clean = plan.data.filter((entry) => plan.deleteIndex.of(entry).length === 0);
  // Always the whole schema: files older than a column lack it, and a file must not be read by names of its own time.
  const parts = clean.length > 0 ? [columns.length === 0 ? rowsOf(clean) : `${dataSql(files, plan, clean, plan.schema.fields)} AS x`] : [];
  parts.push(...withoutDeleted(files, plan));
  return `(${parts.map((part) => select + part).join(' UNION ALL ')})`;
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
