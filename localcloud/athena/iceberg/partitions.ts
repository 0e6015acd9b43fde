import { IcebergError } from './errors.ts';
import { decimalLength } from './manifest-schemas.ts';
import type { TableMetadata } from './metadata.ts';
import { parseTransform, resultTypeOf } from './transforms.ts';
import type { Transform } from './transforms.ts';
import { decimalOf, isPrimitive } from './types.ts';
import type { PrimitiveType } from './types.ts';
import { fromBinary, toBinary } from './values.ts';
import type { Value } from './values.ts';

/** Partition values of a file, in the order of its spec's fields. */
export type Partition = readonly (Value | null)[];

/** A partition field together with its source column. */
export interface PartitionColumn {
  id: number;
  name: string;
  transform: Transform;
  sourceId: number;
  sourceName: string;
  sourceType: PrimitiveType;
  /** Type of the partition value. */
  type: PrimitiveType;
}

/** The fields of a partition spec. The source column is looked for in older schemas too: it may have been dropped since. */
export const partitionColumnsOf = (metadata: TableMetadata, specId: number): PartitionColumn[] => {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === specId);
  if (!spec) throw new IcebergError('ICEBERG_INVALID_METADATA', `Cannot find partition spec ${specId}`);
  const current = metadata.schemas.filter((schema) => schema['schema-id'] === metadata['current-schema-id']);
  const columns = [...current, ...metadata.schemas].flatMap((schema) => schema.fields);
  return spec.fields.map((field) => {
    const source = columns.find((column) => column.id === field['source-id']);
    if (!source || !isPrimitive(source.type)) throw new IcebergError('ICEBERG_INVALID_METADATA', `Cannot find source column of partition field ${field.name}`);
    const transform = parseTransform(field.transform);
    return {
      id: field['field-id'],
      name: field.name,
      transform,
      sourceId: source.id,
      sourceName: source.name,
      sourceType: source.type,
      type: resultTypeOf(transform, source.type),
    };
  });
};

/** A partition value as Avro holds it in a manifest. */
export const partitionToAvro = (type: PrimitiveType, value: Value | null): unknown => {
  if (value === null) return null;
  if (type === 'uuid') return toBinary(type, value);
  const decimal = decimalOf(type);
  if (!decimal || typeof value !== 'bigint') return value;
  const shortest = toBinary(type, value);
  const fixed = Buffer.alloc(decimalLength(decimal.precision), value < 0n ? 0xff : 0);
  shortest.copy(fixed, fixed.length - shortest.length);
  return fixed;
};

/** The inverse; a value written before its column was widened, or as another whole number, comes out in its type. */
export const partitionFromAvro = (type: PrimitiveType, value: unknown): Value | null => {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return fromBinary(type, value);
  if (type === 'long' || type === 'time' || type.startsWith('timestamp')) return BigInt(value as bigint | number);
  return typeof value === 'bigint' ? Number(value) : (value as Value);
};

/** One text for one partition: equal for equal values only. */
export const partitionKey = (specId: number, partition: Partition): string =>
  JSON.stringify([specId, ...partition.map((value) => (value === null ? null : Buffer.isBuffer(value) ? value.toString('hex') : String(value)))]);
