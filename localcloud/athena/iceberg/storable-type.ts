import { DuckDBListType, DuckDBMapType, DuckDBStructType } from '@duckdb/node-api';
import type { DuckDBType } from '@duckdb/node-api';
import { identifier } from './sql.ts';

/**
 * DuckDB's text of a type with names for the rows that have none, by place: `field0`, `field1`, … A cast to it keeps places.
 * @returns undefined where a table can hold the type as it is
 */
export const storableType = (type: DuckDBType): string | undefined => (hasUnnamed(type) ? named(type) : undefined);

const hasUnnamed = (type: DuckDBType): boolean => {
  if (type instanceof DuckDBStructType) return type.entryNames.includes('') || type.entryTypes.some(hasUnnamed);
  if (type instanceof DuckDBMapType) return hasUnnamed(type.keyType) || hasUnnamed(type.valueType);
  return type instanceof DuckDBListType && hasUnnamed(type.valueType);
};

const named = (type: DuckDBType): string => {
  if (type instanceof DuckDBStructType) return `STRUCT(${type.entryTypes.map((entry, index) => `${identifier(type.entryNames[index] || `field${index}`)} ${named(entry)}`).join(', ')})`;
  if (type instanceof DuckDBMapType) return `MAP(${named(type.keyType)}, ${named(type.valueType)})`;
  if (type instanceof DuckDBListType) return `${named(type.valueType)}[]`;
  return type.alias ?? type.toString();
};
