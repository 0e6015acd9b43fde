import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parquetMetadata } from 'hyparquet';
import { IcebergError } from './errors.ts';
import type { ManifestEntry } from './manifests.ts';
import { parquetSql } from './parquet-sql.ts';
import type { PartitionColumn } from './partitions.ts';
import { Recent } from './recent.ts';
import type { FilePlan } from './scan.ts';
import type { TableFiles } from './session.ts';
import { duckDbTypeOf, identifier, text } from './sql.ts';
import { valueText } from './transforms.ts';
import { isPrimitive } from './types.ts';
import type { Field, IcebergType } from './types.ts';

/*
 * Data files without field ids: those of a Hive table that was made an Iceberg table (`add_files`, `migrate`). Their columns are
 * found by the names that the table's property `schema.name-mapping.default` gives for each id
 * (https://iceberg.apache.org/spec/#name-mapping-serialization).
 */

/** Names a column may have in a file without ids, by field id. */
export type NameMapping = ReadonlyMap<number, readonly string[]>;

interface MappedField {
  'field-id'?: number;
  names?: string[];
  fields?: MappedField[];
}

/** Reads the property; undefined where the table has none. Throws IcebergError ICEBERG_INVALID_METADATA where it is no mapping. */
export const parseNameMapping = (json: string | undefined): NameMapping | undefined => {
  if (json === undefined) return undefined;
  const names = new Map<number, readonly string[]>();
  const visit = (fields: readonly MappedField[]): void => {
    for (const field of fields) {
      if (field['field-id'] !== undefined) names.set(field['field-id'], field.names ?? []);
      visit(field.fields ?? []);
    }
  };
  try {
    visit(JSON.parse(json) as MappedField[]);
  } catch (cause) {
    throw new IcebergError('ICEBERG_INVALID_METADATA', 'Cannot read the table property schema.name-mapping.default', { cause });
  }
  return names;
};

const readAt = (fd: number, position: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  if (readSync(fd, bytes, 0, length, position) !== length) throw new Error('a Parquet file is cut off');
  return bytes;
};

/** Names of a Parquet file's columns where it has no field ids; null where it has. */
const readNamesWithoutIds = (file: string): readonly string[] | null => {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const length = readAt(fd, size - 8, 4).readUInt32LE() + 8;
    const footer = readAt(fd, size - length, length);
    const { schema } = parquetMetadata(new Uint8Array(footer).buffer);
    if (schema.some((element) => element.field_id !== undefined)) return null;
    const names: string[] = [];
    let index = 1;
    const skip = (): void => {
      const children = schema[index]?.num_children ?? 0;
      index += 1;
      for (let child = 0; child < children; child += 1) skip();
    };
    for (let column = 0; column < (schema[0]?.num_children ?? 0); column += 1) {
      names.push(schema[index]?.name ?? '');
      skip();
    }
    return names;
  } finally {
    closeSync(fd);
  }
};

const recentNames = new Recent<{ names: readonly string[] | null }>(20_000);
const namesWithoutIds = (file: string): readonly string[] | null => recentNames.get(file, () => ({ names: readNamesWithoutIds(file) })).names;

/** DuckDB casts structs by the names of today, so these must be the file's own. */
const checkNested = (mapping: NameMapping, type: IcebergType): void => {
  if (isPrimitive(type)) return;
  const fields: readonly { id: number; name: string; type: IcebergType }[] =
    type.type === 'struct' ? type.fields : type.type === 'list' ? [{ id: type['element-id'], name: '', type: type.element }] : [{ id: type['key-id'], name: '', type: type.key }, { id: type['value-id'], name: '', type: type.value }];
  for (const field of fields) {
    if (field.name !== '' && !mapping.get(field.id)?.includes(field.name)) throw new IcebergError('NOT_SUPPORTED', `Files without field ids, in which the nested field ${field.name} has another name, are not supported locally`);
    checkNested(mapping, field.type);
  }
};

/** A column of a file without ids: by name, else from the partition it lies in, else NULL (spec "Column Projection"). */
const columnSql = (mapping: NameMapping, names: readonly string[], field: Field, entry: ManifestEntry, partitions: readonly PartitionColumn[]): string => {
  const name = names.find((candidate) => mapping.get(field.id)?.includes(candidate));
  if (name !== undefined) {
    checkNested(mapping, field.type);
    return identifier(name);
  }
  const at = partitions.findIndex((column) => column.sourceId === field.id && column.transform.kind === 'identity');
  const value = entry.file.partition[at] ?? null;
  const type = partitions[at]?.type;
  return value === null || type === undefined ? 'NULL' : text(valueText(type, value));
};

const namedSql = (files: TableFiles, plan: FilePlan, mapping: NameMapping, entry: ManifestEntry, fields: readonly Field[]): string => {
  files.access?.read(entry.file.path);
  const file = files.fileOf(entry.file.path);
  const names = namesWithoutIds(file) ?? [];
  const columns = fields.map((field) => `CAST(${columnSql(mapping, names, field, entry, plan.partitionColumns(entry.specId))} AS ${duckDbTypeOf(field.type)}) AS ${identifier(field.name)}`);
  return `SELECT ${columns.join(', ')}, "$file", file_row_number FROM read_parquet(${text(file)}, hive_partitioning = false, filename = '$file', file_row_number = true)`;
};

/** A FROM item with columns of data files, `"$file"` and `file_row_number`, whether the files have field ids or not. */
export const dataSql = (files: TableFiles, plan: FilePlan, entries: readonly ManifestEntry[], fields: readonly Field[]): string => {
  const mapping = plan.nameMapping;
  // Without a mapping every engine writes ids; to open each file for certainty would cost too much.
  if (!mapping) return parquetSql(files, entries, fields);
  const withIds = entries.filter((entry) => namesWithoutIds(files.fileOf(entry.file.path)) === null);
  const named = entries.filter((entry) => !withIds.includes(entry)).map((entry) => namedSql(files, plan, mapping, entry, fields));
  if (named.length === 0) return parquetSql(files, entries, fields);
  const columns = fields.map((field) => identifier(field.name));
  const selects = [...(withIds.length > 0 ? [`SELECT ${[...columns, '"$file"', 'file_row_number'].join(', ')} FROM ${parquetSql(files, withIds, fields)}`] : []), ...named];
  return `(${selects.join(' UNION ALL ')})`;
};
