export { isStaleClaim } from './claim.ts';
export { bronzeTables, commonColumns } from './columns.ts';
export type { BronzeTable, Column, ColumnType, CommonRow } from './columns.ts';
export { createBronzeWriter } from './parquet.ts';
export type { BronzeWriter } from './parquet.ts';
