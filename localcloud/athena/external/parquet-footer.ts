import { closeSync, openSync, readSync } from 'node:fs';
import type { SchemaElement } from 'hyparquet';
import { parquetMetadata } from 'hyparquet';

/** What a value in a Parquet file is, as far as a table's type must agree with it. */
export type ParquetFamily = 'text' | 'binary' | 'boolean' | 'integer' | 'float' | 'double' | 'decimal' | 'date' | 'timestamp' | 'time' | 'nested';

export interface ParquetColumn {
  /** As in the file. */
  name: string;
  family: ParquetFamily;
  /** Parquet's own name of the type, for messages: `INT64`. */
  physicalType: string;
  compressedBytes: number;
}

/** A file's columns by lower-case name. */
export type ParquetFooter = ReadonlyMap<string, ParquetColumn>;

const TAIL_BYTES = 64 << 10;
const CACHED_FOOTERS = 20_000;
const cache = new Map<string, ParquetFooter>();

/** Reads a file's footer, once per state of the file. Throws where it is not Parquet. */
export const readFooter = (file: string, size: number, modifiedMs: number): ParquetFooter => {
  const key = `${size}/${modifiedMs}/${file}`;
  const known = cache.get(key);
  if (known) return known;
  const metadata = parquetMetadata(readTail(file, size));
  const footer = columnsOf(metadata.schema);
  for (const group of metadata.row_groups) {
    for (const chunk of group.columns) {
      const column = footer.get((chunk.meta_data?.path_in_schema[0] ?? '').toLowerCase());
      if (column) column.compressedBytes += Number(chunk.meta_data?.total_compressed_size ?? 0);
    }
  }
  if (cache.size >= CACHED_FOOTERS) cache.clear();
  cache.set(key, footer);
  return footer;
};

/** The end of a file that holds its whole footer (https://parquet.apache.org/docs/file-format/). */
const readTail = (file: string, size: number): Uint8Array => {
  const fd = openSync(file, 'r');
  try {
    const tail = readEnd(fd, size, Math.min(size, TAIL_BYTES));
    const length = tail.length < 8 ? 0 : tail.readUInt32LE(tail.length - 8) + 8;
    return length <= tail.length || length > size ? tail : readEnd(fd, size, length);
  } finally {
    closeSync(fd);
  }
};

const readEnd = (fd: number, size: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let read = 0; read < length; ) {
    const count = readSync(fd, bytes, read, length - read, size - length + read);
    if (count === 0) throw new Error('the file became shorter while it was read');
    read += count;
  }
  return bytes;
};

/** Top-level columns: the schema is a tree written depth first. */
const columnsOf = (schema: readonly SchemaElement[]): Map<string, ParquetColumn> => {
  const columns = new Map<string, ParquetColumn>();
  for (let at = 1; at < schema.length; at = endOf(schema, at)) {
    const element = schema[at];
    if (element) columns.set(element.name.toLowerCase(), { name: element.name, family: familyOf(element), physicalType: element.type ?? 'GROUP', compressedBytes: 0 });
  }
  return columns;
};

const endOf = (schema: readonly SchemaElement[], at: number): number => {
  let next = at + 1;
  for (let child = 0; child < (schema[at]?.num_children ?? 0); child += 1) next = endOf(schema, next);
  return next;
};

const familyOf = (element: SchemaElement): ParquetFamily => {
  if (element.type === undefined) return 'nested';
  const annotation = element.logical_type?.type ?? element.converted_type;
  if (annotation === 'DECIMAL') return 'decimal';
  if (annotation === 'DATE') return 'date';
  if (annotation?.startsWith('TIMESTAMP') || element.type === 'INT96') return 'timestamp';
  if (annotation?.startsWith('TIME')) return 'time';
  if (element.type === 'BYTE_ARRAY' || element.type === 'FIXED_LEN_BYTE_ARRAY') return annotation === undefined || annotation === 'BSON' ? 'binary' : 'text';
  return element.type === 'BOOLEAN' ? 'boolean' : element.type === 'FLOAT' ? 'float' : element.type === 'DOUBLE' ? 'double' : 'integer';
};
