import { SqlError } from './errors.ts';

/** What DuckDB threw while it ran a translated statement, in Trino's words. */
export const translateError = (error: unknown): SqlError =>
  error instanceof SqlError ? error : new SqlError('GENERIC_INTERNAL_ERROR', error instanceof Error ? error.message : String(error), { cause: error });
