export { CatalogStore } from './catalog-store.ts';
export { currentColumns } from './current-columns.ts';
export { GlueService } from './glue-service.ts';
export type { GlueOptions } from './glue-service.ts';
export type { GlueColumn, GlueDatabase, GluePartition, GlueStorageDescriptor, GlueTable, GlueTableInput } from './glue-types.ts';
