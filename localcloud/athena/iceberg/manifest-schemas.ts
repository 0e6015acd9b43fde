import type { AvroSchema } from './avro.ts';
import { decimalOf } from './types.ts';
import type { PrimitiveType } from './types.ts';

/* Avro schemas of manifests and manifest lists, field ids as the format names them (https://iceberg.apache.org/spec/#manifests). */

const required = (id: number, name: string, type: AvroSchema): AvroSchema => ({ name, type, 'field-id': id });
const optional = (id: number, name: string, type: AvroSchema): AvroSchema => ({ name, type: ['null', type], default: null, 'field-id': id });

/** A map with int keys: Avro has none, so an array of pairs, marked as a map. */
const intMap = (keyId: number, valueId: number, values: AvroSchema): AvroSchema => ({
  type: 'array',
  logicalType: 'map',
  items: { type: 'record', name: `k${keyId}_v${valueId}`, fields: [required(keyId, 'key', 'int'), required(valueId, 'value', values)] },
});

const AVRO_TYPES: Readonly<Record<string, AvroSchema>> = {
  date: { type: 'int', logicalType: 'date' },
  time: { type: 'long', logicalType: 'time-micros' },
  timestamp: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': false },
  timestamptz: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': true },
  uuid: { type: 'fixed', size: 16, logicalType: 'uuid', name: 'uuid_fixed' },
  binary: 'bytes',
};

/** Bytes a decimal of this precision takes as an Avro fixed. */
export const decimalLength = (precision: number): number => {
  let length = 1;
  while (1n << BigInt(8 * length - 1) < 10n ** BigInt(precision)) length += 1;
  return length;
};

const avroTypeOf = (type: PrimitiveType): AvroSchema => {
  const decimal = decimalOf(type);
  if (!decimal) return AVRO_TYPES[type] ?? type;
  const { precision, scale } = decimal;
  return { type: 'fixed', name: `decimal_${precision}_${scale}`, size: decimalLength(precision), logicalType: 'decimal', precision, scale };
};

/** A name Avro allows, as Iceberg makes it: `a.b` becomes `a_x2Eb`. */
export const avroName = (name: string): string =>
  name.replace(/^\d/, '_$&').replace(/[^A-Za-z0-9_]/g, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase()}`);

const dataFileFields = (partition: readonly { id: number; name: string; type: PrimitiveType }[]): AvroSchema[] => [
  required(134, 'content', 'int'),
  required(100, 'file_path', 'string'),
  required(101, 'file_format', 'string'),
  required(102, 'partition', { type: 'record', name: 'r102', fields: partition.map((field) => optional(field.id, avroName(field.name), avroTypeOf(field.type))) }),
  required(103, 'record_count', 'long'),
  required(104, 'file_size_in_bytes', 'long'),
  optional(108, 'column_sizes', intMap(117, 118, 'long')),
  optional(109, 'value_counts', intMap(119, 120, 'long')),
  optional(110, 'null_value_counts', intMap(121, 122, 'long')),
  optional(137, 'nan_value_counts', intMap(138, 139, 'long')),
  optional(125, 'lower_bounds', intMap(126, 127, 'bytes')),
  optional(128, 'upper_bounds', intMap(129, 130, 'bytes')),
  optional(131, 'key_metadata', 'bytes'),
  optional(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }),
  optional(135, 'equality_ids', { type: 'array', items: 'int', 'element-id': 136 }),
  optional(140, 'sort_order_id', 'int'),
  optional(143, 'referenced_data_file', 'string'),
];

export const manifestEntrySchema = (partition: readonly { id: number; name: string; type: PrimitiveType }[]): AvroSchema => ({
  type: 'record',
  name: 'manifest_entry',
  fields: [
    required(0, 'status', 'int'),
    optional(1, 'snapshot_id', 'long'),
    optional(3, 'sequence_number', 'long'),
    optional(4, 'file_sequence_number', 'long'),
    required(2, 'data_file', { type: 'record', name: 'r2', fields: dataFileFields(partition) }),
  ],
});

const FIELD_SUMMARY: AvroSchema = {
  type: 'record',
  name: 'r508',
  fields: [required(509, 'contains_null', 'boolean'), optional(518, 'contains_nan', 'boolean'), optional(510, 'lower_bound', 'bytes'), optional(511, 'upper_bound', 'bytes')],
};

export const MANIFEST_FILE_SCHEMA: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    required(500, 'manifest_path', 'string'),
    required(501, 'manifest_length', 'long'),
    required(502, 'partition_spec_id', 'int'),
    required(517, 'content', 'int'),
    required(515, 'sequence_number', 'long'),
    required(516, 'min_sequence_number', 'long'),
    required(503, 'added_snapshot_id', 'long'),
    required(504, 'added_files_count', 'int'),
    required(505, 'existing_files_count', 'int'),
    required(506, 'deleted_files_count', 'int'),
    required(512, 'added_rows_count', 'long'),
    required(513, 'existing_rows_count', 'long'),
    required(514, 'deleted_rows_count', 'long'),
    optional(507, 'partitions', { type: 'array', items: FIELD_SUMMARY, 'element-id': 508 }),
    optional(519, 'key_metadata', 'bytes'),
  ],
};
