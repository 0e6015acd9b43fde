export { lakeParameters, migrate } from './migrate.ts';
export type { LakeNames } from './migrate.ts';
export { createQueries, QueryFailedError } from './queries.ts';
export type { Queries, QueryColumn, QueryResult, ResultRow } from './queries.ts';
export { createTableSnapshots } from './table-snapshots.ts';
export type { TableSnapshots } from './table-snapshots.ts';
export { databaseNames, qualified, RUN_TABLES } from './tables.ts';
export type { RunTable, Snapshots, TableName } from './tables.ts';
