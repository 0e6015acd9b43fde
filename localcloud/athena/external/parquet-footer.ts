import { closeSync, openSync, readSync } from 'node:fs';
import type { SchemaElement, SchemaTree } from 'hyparquet';
import { parquetMetadata, parquetSchema } from 'hyparquet';

/** What a value in a Parquet file is, as far as a table's type must agree with it. */
export type ParquetFamily = 'text' | 'binary' | 'boolean' | 'integer' | 'float' | 'double' | 'decimal' | 'date' | 'timestamp' | 'time';

/** A value as the file stores it. `physicalType`: Parquet's own name of the type, for messages. */
export type ParquetNode =
  | { kind: 'value'; family: ParquetFamily; physicalType: string }
  | { kind: 'list'; physicalType: 'GROUP'; element: ParquetNode }
  | { kind: 'map'; physicalType: 'GROUP'; key: ParquetNode; value: ParquetNode }
  | { kind: 'struct'; physicalType: 'GROUP'; fields: { name: string; node: ParquetNode }[] };

export interface ParquetColumn {
  /** As in the file. */
  name: string;
  node: ParquetNode;
  compressedBytes: number;
}

/** A file's columns by lower-case name, in the file's order. */
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
  const footer = columnsOf(parquetSchema(metadata));
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

const columnsOf = (root: SchemaTree): Map<string, ParquetColumn> =>
  new Map(root.children.map((child) => [child.element.name.toLowerCase(), { name: child.element.name, node: nodeOf(child), compressedBytes: 0 }]));

const nodeOf = (tree: SchemaTree): ParquetNode => {
  const { element, children } = tree;
  // A repeated field outside of a LIST is a list of itself.
  if (element.repetition_type === 'REPEATED') return { kind: 'list', physicalType: 'GROUP', element: plainNode(tree) };
  const [only] = children;
  const annotation = annotationOf(element);
  if (only && annotation === 'LIST') return { kind: 'list', physicalType: 'GROUP', element: elementOf(only) };
  const [key, value] = only?.children ?? [];
  if (key && value && (annotation === 'MAP' || annotation === 'MAP_KEY_VALUE')) return { kind: 'map', physicalType: 'GROUP', key: nodeOf(key), value: nodeOf(value) };
  return plainNode(tree);
};

const annotationOf = (element: SchemaElement): string | undefined => element.logical_type?.type ?? element.converted_type;

const plainNode = ({ element, children }: SchemaTree): ParquetNode =>
  element.type === undefined
    ? { kind: 'struct', physicalType: 'GROUP', fields: children.map((child) => ({ name: child.element.name, node: nodeOf(child) })) }
    : { kind: 'value', family: familyOf(element), physicalType: element.type };

/** What a LIST's repeated field holds: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists, with its older forms. */
const elementOf = (repeated: SchemaTree): ParquetNode => {
  const [only, ...others] = repeated.children;
  const isElement = !only || others.length > 0 || repeated.element.name === 'array' || repeated.element.name.endsWith('_tuple');
  return isElement ? plainNode(repeated) : nodeOf(only);
};

const familyOf = (element: SchemaElement): ParquetFamily => {
  const annotation = annotationOf(element);
  if (annotation === 'DECIMAL') return 'decimal';
  if (annotation === 'DATE') return 'date';
  if (annotation?.startsWith('TIMESTAMP') || element.type === 'INT96') return 'timestamp';
  if (annotation?.startsWith('TIME')) return 'time';
  if (element.type === 'BYTE_ARRAY' || element.type === 'FIXED_LEN_BYTE_ARRAY') return annotation === undefined || annotation === 'BSON' ? 'binary' : 'text';
  return element.type === 'BOOLEAN' ? 'boolean' : element.type === 'FLOAT' ? 'float' : element.type === 'DOUBLE' ? 'double' : 'integer';
};
