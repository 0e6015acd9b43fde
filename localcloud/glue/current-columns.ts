import type { GlueColumn, GlueTable } from './glue-types.ts';

/**
 * The columns a table has now. Iceberg's Glue catalogs (its own and PyIceberg's) also list those of earlier schemas, marked so:
 * https://github.com/apache/iceberg/blob/main/aws/src/main/java/org/apache/iceberg/aws/glue/IcebergToGlueConverter.java
 */
export const currentColumns = (table: Pick<GlueTable, 'StorageDescriptor'>): GlueColumn[] =>
  (table.StorageDescriptor?.Columns ?? []).filter((column) => column.Parameters?.['iceberg.field.current'] !== 'false');
