/**
 * Trino's SQL, as Athena engine v3 takes it, printed as DuckDB's SQL. Pure: no table is opened here.
 * DML and queries only. Import lazily (`await import(…)`): loading the grammar takes about 0.1 s.
 */
export { SqlError } from './errors.ts';
export type { ErrorCategory, SqlErrorName } from './errors.ts';
export type * from './model.ts';
export { fillPlaceholders } from './placeholders.ts';
export { MACROS, prepareConnection } from './macros.ts';
export { translate } from './translate.ts';
export { translateError } from './runtime-errors.ts';
