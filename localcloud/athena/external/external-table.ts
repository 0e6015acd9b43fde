import type { GlueTable } from '../../glue/index.ts';
import type { HiveType } from '../hive-types.ts';
import { parseHiveType, TypeTextError } from '../hive-types.ts';
import { notSupportedLocally, trinoFailure } from '../failure.ts';

export interface ExternalColumn {
  name: string;
  type: HiveType;
}

export type ExternalFormat = { kind: 'parquet' } | { kind: 'json' } | { kind: 'csv'; delimiter: string; quote: string | undefined; escape: string | undefined; skipLines: number };

/** A table over files that others write: the Glue table, read. */
export interface ExternalTable {
  database: string;
  name: string;
  /** `s3://bucket/folder/` */
  location: string;
  columns: ExternalColumn[];
  partitionKeys: ExternalColumn[];
  format: ExternalFormat;
  properties: Record<string, string>;
}

/** @throws AthenaFailure for formats that are not read here. */
export const externalTable = (table: GlueTable): ExternalTable => {
  const location = table.StorageDescriptor?.Location;
  if (location === undefined || location === '') throw trinoFailure('HIVE_INVALID_METADATA', `Table ${table.DatabaseName}.${table.Name} has no location`);
  const column = (definition: { Name: string; Type?: string }): ExternalColumn => ({ name: definition.Name.toLowerCase(), type: typeOf(table, definition.Type ?? 'string') });
  return {
    database: table.DatabaseName,
    name: table.Name,
    location: location.endsWith('/') ? location : `${location}/`,
    columns: (table.StorageDescriptor?.Columns ?? []).map(column),
    partitionKeys: (table.PartitionKeys ?? []).map(column),
    format: formatOf(table),
    properties: table.Parameters ?? {},
  };
};

const typeOf = (table: GlueTable, text: string): HiveType => {
  try {
    return parseHiveType(text);
  } catch (cause) {
    if (!(cause instanceof TypeTextError)) throw cause;
    throw trinoFailure('HIVE_INVALID_METADATA', `Glue table '${table.DatabaseName}.${table.Name}' column has an unsupported type: ${text}`, { cause });
  }
};

const formatOf = (table: GlueTable): ExternalFormat => {
  const serde = table.StorageDescriptor?.SerdeInfo?.SerializationLibrary ?? '';
  const given = table.StorageDescriptor?.SerdeInfo?.Parameters ?? {};
  const skipLines = Number(table.Parameters?.['skip.header.line.count'] ?? '0');
  if (/parquet/i.test(serde)) return { kind: 'parquet' };
  if (/JsonSerDe$/i.test(serde)) return { kind: 'json' };
  if (/OpenCSVSerde$/i.test(serde)) return { kind: 'csv', delimiter: given['separatorChar'] ?? ',', quote: given['quoteChar'] ?? '"', escape: given['escapeChar'] ?? '\\', skipLines };
  if (/LazySimpleSerDe$/i.test(serde)) return { kind: 'csv', delimiter: given['field.delim'] ?? '\u0001', quote: undefined, escape: given['escape.delim'], skipLines };
  throw notSupportedLocally(`SerDe ${serde}`);
};
