import { AthenaFailure, notSupportedLocally } from './failure.ts';

/** Table properties Athena takes for Iceberg tables; others it refuses (https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html). */
const NUMBERS = new Set([
  'optimize_rewrite_data_file_threshold',
  'optimize_rewrite_delete_file_threshold',
  'vacuum_min_snapshots_to_keep',
  'vacuum_max_snapshot_age_seconds',
  'vacuum_max_metadata_files_to_keep',
  'write_target_data_file_size_bytes',
  'optimize_rewrite_min_data_file_size_bytes',
  'optimize_rewrite_max_data_file_size_bytes',
]);
const CODECS = new Set(['zstd', 'snappy', 'gzip', 'none', 'lz4']);

/** Properties of an Iceberg table's metadata for those of Athena's DDL. @throws AthenaFailure `Unsupported table property key: …` */
export const icebergProperties = (given: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).flatMap(([key, value]) => (key === 'table_type' ? [] : [icebergProperty(key, value)])));

const icebergProperty = (key: string, value: string): [string, string] => {
  const refuse = (text: string): AthenaFailure => new AthenaFailure('INVALID_TABLE_PROPERTY', text);
  if (key === 'format') {
    const format = value.toLowerCase();
    if (format === 'orc' || format === 'avro') throw notSupportedLocally(`An Iceberg table of format ${value}`);
    if (format !== 'parquet') throw refuse(`Invalid value of table property format: ${value}`);
    return ['write.format.default', 'parquet'];
  }
  if (key === 'write_compression') {
    if (!CODECS.has(value.toLowerCase())) throw refuse(`Unsupported compression codec: ${value}`);
    return ['write.parquet.compression-codec', value.toLowerCase()];
  }
  if (NUMBERS.has(key)) {
    if (!/^\d+$/.test(value)) throw refuse(`Invalid value of table property ${key}: ${value}`);
    return [key, value];
  }
  if (key === 'write_data_path_enabled') return [key, value.toLowerCase()];
  throw refuse(`Unsupported table property key: ${key}`);
};

/** The metadata's keys for those UNSET TBLPROPERTIES names. @throws AthenaFailure for those Athena does not know, in its own words */
export const unsettableKeys = (keys: readonly string[]): string[] => keys.map((key) => {
  if (key === 'format') return 'write.format.default';
  if (key === 'write_compression') return 'write.parquet.compression-codec';
  if (NUMBERS.has(key) || key === 'write_data_path_enabled') return key;
  throw new AthenaFailure('INVALID_TABLE_PROPERTY', `Table property ${key} is not supported by Athena`);
});
