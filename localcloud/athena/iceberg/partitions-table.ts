import type { DataFile, ManifestEntry } from './manifests.ts';
import { selectOf } from './metadata-rows.ts';
import type { PartitionColumn } from './partitions.ts';
import { duckDbTypeOf, identifier, text } from './sql.ts';
import type { IcebergTable } from './table.ts';
import { valueText } from './transforms.ts';
import { isPrimitive } from './types.ts';
import type { PrimitiveType } from './types.ts';
import { compareValues, fromBinary } from './values.ts';
import type { Value } from './values.ts';

type Group = readonly DataFile[];
interface Column {
  id: number;
  name: string;
  type: PrimitiveType;
}

/** A value as a DuckDB expression of its type. */
const literal = (type: PrimitiveType, value: Value | null | undefined): string => {
  if (value === null || value === undefined) return 'NULL';
  const cast = Buffer.isBuffer(value) ? `from_hex(${text(value.toString('hex'))})` : text(valueText(type, value));
  return `CAST(${cast} AS ${duckDbTypeOf(type)})`;
};

const structOf = (members: readonly (readonly [name: string, sql: string])[]): string => `{${members.map(([name, sql]) => `${text(name)}: ${sql}`).join(', ')}}`;
const structType = (members: readonly (readonly [name: string, type: string])[]): string => `STRUCT(${members.map(([name, type]) => `${identifier(name)} ${type}`).join(', ')})`;

/** The partition fields of all specs: a file of another spec has NULL for those it was not partitioned by. */
const partitionFields = (table: IcebergTable): PartitionColumn[] => {
  const fields = new Map<number, PartitionColumn>();
  for (const spec of table.metadata['partition-specs']) {
    for (const column of table.partitionColumns(spec['spec-id'])) if (column.transform.kind !== 'void' && !fields.has(column.id)) fields.set(column.id, column);
  }
  return [...fields.values()];
};

const partitionOf = (table: IcebergTable, fields: readonly PartitionColumn[], entry: ManifestEntry): (Value | null)[] => {
  const own = table.partitionColumns(entry.specId);
  return fields.map((field) => entry.file.partition[own.findIndex((column) => column.id === field.id)] ?? null);
};

/** The least or greatest bound of a column; undefined where one file does not tell. */
const boundOf = (column: Column, group: Group, side: 'lowerBounds' | 'upperBounds'): Value | undefined => {
  const bounds = group.filter((file) => file.nullValueCounts.get(column.id) !== file.recordCount).map((file) => file[side].get(column.id));
  if (bounds.includes(undefined)) return undefined;
  const ordered = bounds.flatMap((bound) => (bound ? [fromBinary(column.type, bound)] : [])).sort(compareValues);
  return side === 'lowerBounds' ? ordered.at(0) : ordered.at(-1);
};

const countOf = (column: Column, group: Group, kind: 'nullValueCounts' | 'nanValueCounts'): string => {
  const counts = group.map((file) => file[kind].get(column.id));
  return counts.some((count) => count === undefined) ? 'NULL' : String(counts.reduce<bigint>((sum, count) => sum + (count ?? 0n), 0n));
};

/** What Trino's `data` holds of a column, by the statistics of the data files: texts are cut, deleted rows are counted. */
const statisticsOf = (column: Column, group: Group): string =>
  structOf([
    ['min', literal(column.type, boundOf(column, group, 'lowerBounds'))],
    ['max', literal(column.type, boundOf(column, group, 'upperBounds'))],
    ['null_count', countOf(column, group, 'nullValueCounts')],
    ['nan_count', countOf(column, group, 'nanValueCounts')],
  ]);

/** `"table$partitions"` as Trino has it: one row for each partition with data files, its position deletes not taken off. */
export const partitionsSql = (table: IcebergTable, entries: readonly ManifestEntry[]): string => {
  const fields = partitionFields(table);
  const identities = new Set(fields.filter((field) => field.transform.kind === 'identity').map((field) => field.sourceId));
  const columns = table.schema.fields.flatMap(({ id, name, type }): Column[] => (isPrimitive(type) && !identities.has(id) ? [{ id, name, type }] : []));
  const groups = new Map<string, { partition: (Value | null)[]; files: DataFile[] }>();
  for (const entry of entries.filter(({ file }) => file.content === 0)) {
    const partition = partitionOf(table, fields, entry);
    const key = JSON.stringify(partition.map((value) => (value === null ? null : Buffer.isBuffer(value) ? value.toString('hex') : String(value))));
    const group = groups.get(key) ?? { partition, files: [] };
    group.files.push(entry.file);
    groups.set(key, group);
  }
  const sum = (files: Group, of: (file: DataFile) => bigint): string => String(files.reduce((total, file) => total + of(file), 0n));
  const dataType = structType(columns.map(({ name, type }) => [name, structType([['min', duckDbTypeOf(type)], ['max', duckDbTypeOf(type)], ['null_count', 'BIGINT'], ['nan_count', 'BIGINT']])]));
  return selectOf<{ partition: (Value | null)[]; files: DataFile[] }>(
    {
      ...(fields.length === 0 ? {} : { partition: [structType(fields.map(({ name, type }) => [name, duckDbTypeOf(type)])), ({ partition }: { partition: (Value | null)[] }) => structOf(fields.map(({ name, type }, index) => [name, literal(type, partition[index])]))] as const }),
      record_count: ['BIGINT', ({ files }) => sum(files, (file) => file.recordCount)],
      file_count: ['BIGINT', ({ files }) => String(files.length)],
      total_size: ['BIGINT', ({ files }) => sum(files, (file) => file.sizeInBytes)],
      ...(columns.length === 0 ? {} : { data: [dataType, ({ files }: { files: DataFile[] }) => structOf(columns.map((column) => [column.name, statisticsOf(column, files)]))] as const }),
    },
    [...groups.values()],
  );
};
