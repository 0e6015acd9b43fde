export { startPostgres } from './start-postgres.ts';
export type { PostgresConnection, PostgresOptions, PostgresServer } from './types.ts';
