/**
 * Iceberg v2 tables on local files that stand for S3, computed by DuckDB. A table is where its metadata file says; which
 * metadata file is current is the business of a catalog, given as {@link MetadataPointer}.
 */
export { append } from './append.ts';
export type { AppendPlan } from './append.ts';
export { deleteRows, updateRows } from './delete-update.ts';
export type { RowSelection, UpdatePlan } from './delete-update.ts';
export { prepareConnection } from './duckdb-functions.ts';
export { CommitConflict, CommitRefused, CommitStateUnknown, IcebergError } from './errors.ts';
export type { IcebergErrorName } from './errors.ts';
export { merge } from './merge.ts';
export type { MergeClause, MergePlan } from './merge.ts';
export { createTable } from './metadata.ts';
export type { PartitionDefinition, Schema, Snapshot, TableDefinition, TableMetadata } from './metadata.ts';
export type { ColumnPredicate, Literal } from './predicates.ts';
export type { FilePlan, ScanOptions } from './scan.ts';
export type { CommitResult, FileAccess, IcebergSession, MetadataPointer, TableFiles } from './session.ts';
export { duckDbTypeOf } from './sql.ts';
export { IcebergTable } from './table.ts';
export type { ColumnDefinition, Field, IcebergType, ListType, MapType, PrimitiveType, StructType, TypeDefinition } from './types.ts';
export { hiveTypeOf, parseHiveType, trinoTypeOf, typeOfDuckDb } from './type-text.ts';
export { METADATA_TABLES } from './metadata-tables.ts';
export type { MetadataTable } from './metadata-tables.ts';
export { alterTable, rollbackTo } from './alter.ts';
export type { SchemaChange } from './alter.ts';
export { optimize } from './optimize.ts';
export { vacuum } from './vacuum.ts';
