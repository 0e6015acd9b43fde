/** Amazon Athena: its SQL on Iceberg and external tables, computed by DuckDB, and its API. */
export { AthenaEngine, MAX_QUERY_BYTES } from './engine.ts';
export { AthenaFailure, QueryCancelled } from './failure.ts';
export { icebergByGlue } from './iceberg-by-glue.ts';
export { openAthena } from './open-athena.ts';
export type { DirectAthena, DirectResult, OpenAthenaOptions } from './open-athena.ts';
export { AthenaService } from './service/athena-service.ts';
export type { AthenaServiceOptions } from './service/athena-service.ts';
export type * from './types.ts';
