export { ingestUsers, usersDefaults } from './ingest-users.ts';
export type { UsersConfig, UsersOutcome, UsersPorts } from './ingest-users.ts';
export { DEFAULT_RELATION, connectPostgres, databaseLoginOf } from './postgres-user-source.ts';
export type { DatabaseLogin } from './postgres-user-source.ts';
export { UserSourceError } from './user-source.ts';
export type { Key, UserRecord, UserSource } from './user-source.ts';
export { userRow } from './user-row.ts';
export { createWatermark } from './watermark.ts';
export type { Watermark } from './watermark.ts';
