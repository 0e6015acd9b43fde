import { trinoFailure } from '../failure.ts';
import type { HiveType } from '../hive-types.ts';
import { duckText, trinoText } from '../hive-types.ts';
import type { ExternalColumn, ExternalTable } from './external-table.ts';
import type { ExternalFile } from './list-files.ts';
import type { ParquetColumn, ParquetFamily, ParquetFooter, ParquetNode } from './parquet-footer.ts';
import { readFooter } from './parquet-footer.ts';
import { identifier, literal } from './sql-text.ts';

/** What one read of one or several files of the same shape gives. */
export interface FileGroup {
  files: ExternalFile[];
  /** The table's columns, as expressions over `from`. */
  columns: string[];
  from: string;
}

/** The files of a Parquet table, those of the same shape together, and the compressed bytes of the columns asked for. */
export const groupParquet = (table: ExternalTable, byIndex: boolean, files: readonly ExternalFile[], columns: ReadonlySet<string> | 'all'): { groups: FileGroup[]; bytes: number } => {
  let bytes = 0;
  const groups = new Map<string, { stored: (ParquetColumn | undefined)[]; files: ExternalFile[] }>();
  for (const file of files) {
    const stored = storedColumns(table, byIndex, footerOf(file));
    for (const [index, column] of table.columns.entries()) {
      const source = stored[index];
      if (!source) continue;
      checkType({ file, column, path: column.name }, column.type, source.node);
      if (columns === 'all' || columns.has(column.name)) bytes += source.compressedBytes;
    }
    const shape = JSON.stringify(stored.map((column) => column && [column.name, shapeOf(column.node)]));
    const group = groups.get(shape);
    if (group) group.files.push(file);
    else groups.set(shape, { stored, files: [file] });
  }
  return { groups: [...groups.values()].map((group) => fileGroup(table, group.files, group.stored)), bytes };
};

const footerOf = (file: ExternalFile): ParquetFooter => {
  try {
    return readFooter(file.file, file.size, file.modifiedMs);
  } catch (cause) {
    throw trinoFailure('HIVE_BAD_DATA', `Malformed Parquet file. ${file.uri}: ${(cause as Error).message}`, { cause });
  }
};

/** The file's column for each of the table's: by name, or by place (https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html). */
const storedColumns = (table: ExternalTable, byIndex: boolean, footer: ParquetFooter): (ParquetColumn | undefined)[] => {
  const inOrder = [...footer.values()];
  return table.columns.map((column, index) => (byIndex ? inOrder[index] : footer.get(column.name)));
};

const shapeOf = (node: ParquetNode): unknown => {
  switch (node.kind) {
    case 'value':
      return 0;
    case 'list':
      return [shapeOf(node.element)];
    case 'map':
      return [shapeOf(node.key), shapeOf(node.value)];
    case 'struct':
      return Object.fromEntries(node.fields.map((field) => [field.name, shapeOf(field.node)]));
  }
};

const fileGroup = (table: ExternalTable, files: ExternalFile[], stored: readonly (ParquetColumn | undefined)[]): FileGroup => {
  const columns = table.columns.map((column, index) => {
    const source = stored[index];
    return source ? readValue(identifier(source.name), column.type, source.node) : nullOf(column.type);
  });
  const list = files.map((file) => literal(file.file)).join(', ');
  return { files, columns, from: `read_parquet([${list}], hive_partitioning=false)` };
};

const nullOf = (type: HiveType): string => `CAST(NULL AS ${duckText(type)})`;

/** A stored value as the table's type. Fields of structs are found by name whatever their case; those a file has not are null. */
const readValue = (source: string, type: HiveType, node: ParquetNode): string => {
  if (isPlain(type, node)) return readPlain(source, type);
  if (type.kind === 'array' && node.kind === 'list') return `list_transform(${source}, x -> ${readValue('x', type.element, node.element)})`;
  if (type.kind === 'map' && node.kind === 'map') {
    const entry = `{'k': ${readValue('x.key', type.key, node.key)}, 'v': ${readValue('x.value', type.value, node.value)}}`;
    return `CASE WHEN ${source} IS NULL THEN ${nullOf(type)} ELSE map_from_entries(list_transform(map_entries(${source}), x -> ${entry})) END`;
  }
  if (type.kind !== 'struct' || node.kind !== 'struct') return `CAST(${source} AS ${duckText(type)})`;
  const fields = type.fields.map((field) => {
    const stored = node.fields.find((candidate) => candidate.name.toLowerCase() === field.name);
    return `${literal(field.name)}: ${stored ? readValue(`struct_extract(${source}, ${literal(stored.name)})`, field.type, stored.node) : nullOf(field.type)}`;
  });
  return `CASE WHEN ${source} IS NULL THEN ${nullOf(type)} ELSE {${fields.join(', ')}} END`;
};

/** No struct inside and no timestamp below the top: a cast is all it takes. */
const isPlain = (type: HiveType, node: ParquetNode): boolean => {
  if (type.kind === 'array') return node.kind === 'list' && !isTimestamp(type.element) && isPlain(type.element, node.element);
  if (type.kind === 'map') return node.kind === 'map' && !isTimestamp(type.key) && !isTimestamp(type.value) && isPlain(type.key, node.key) && isPlain(type.value, node.value);
  return type.kind !== 'struct';
};

const isTimestamp = (type: HiveType): boolean => type.kind === 'primitive' && type.name === 'timestamp';

/** Athena reads timestamps of Hive tables at milliseconds. */
const readPlain = (source: string, type: HiveType): string => (isTimestamp(type) ? `date_trunc('milliseconds', CAST(${source} AS TIMESTAMP))` : `CAST(${source} AS ${duckText(type)})`);

/** Which stored values a column's type can read (https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html). */
const READABLE: Readonly<Record<string, readonly ParquetFamily[]>> = {
  string: ['text', 'binary'],
  binary: ['text', 'binary'],
  boolean: ['boolean'],
  tinyint: ['integer'],
  smallint: ['integer'],
  int: ['integer'],
  bigint: ['integer'],
  float: ['float'],
  double: ['double', 'float'],
  date: ['date'],
  timestamp: ['timestamp'],
};

const readableFamilies = (type: HiveType): readonly ParquetFamily[] => {
  if (type.kind === 'primitive') return READABLE[type.name] ?? [];
  if (type.kind === 'decimal') return ['decimal', 'integer'];
  return ['text', 'binary'];
};

interface Place {
  file: ExternalFile;
  column: ExternalColumn;
  /** `user.address.city` */
  path: string;
}

const checkType = (place: Place, type: HiveType, node: ParquetNode): void => {
  const within = (name: string): Place => ({ ...place, path: `${place.path}.${name}` });
  if (type.kind === 'array' && node.kind === 'list') checkType(within('element'), type.element, node.element);
  else if (type.kind === 'map' && node.kind === 'map') {
    checkType(within('key'), type.key, node.key);
    checkType(within('value'), type.value, node.value);
  } else if (type.kind === 'struct' && node.kind === 'struct') {
    for (const field of type.fields) {
      const stored = node.fields.find((candidate) => candidate.name.toLowerCase() === field.name);
      if (stored) checkType(within(field.name), field.type, stored.node);
    }
  } else if (node.kind !== 'value' || isNested(type) || !readableFamilies(type).includes(node.family)) throw incompatible(place, type, node);
};

const isNested = (type: HiveType): boolean => type.kind === 'array' || type.kind === 'map' || type.kind === 'struct';

/** The text is Athena's for flat columns; for fields inside others it names their path, which is not confirmed. */
const incompatible = ({ file, path }: Place, type: HiveType, node: ParquetNode): Error =>
  trinoFailure('HIVE_BAD_DATA', `Field ${path}'s type ${node.physicalType} in parquet file ${file.uri} is incompatible with type ${trinoText(type, 3)} defined in table schema`);
