export { CatalogStore } from './catalog-store.ts';
export { GlueService } from './glue-service.ts';
export type { GlueOptions } from './glue-service.ts';
export type { GlueColumn, GlueDatabase, GluePartition, GlueStorageDescriptor, GlueTable, GlueTableInput } from './glue-types.ts';
