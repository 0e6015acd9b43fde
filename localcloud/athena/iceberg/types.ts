/** `boolean`, `int`, `long`, `float`, `double`, `date`, `time`, `timestamp`, `timestamptz`, `string`, `uuid`, `binary`, `decimal(P, S)`. */
export type PrimitiveType = string;

export interface Field {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
}
export interface ListType {
  type: 'list';
  'element-id': number;
  'element-required': boolean;
  element: IcebergType;
}
export interface MapType {
  type: 'map';
  'key-id': number;
  key: IcebergType;
  'value-id': number;
  'value-required': boolean;
  value: IcebergType;
}
export interface StructType {
  type: 'struct';
  fields: Field[];
}
/** A type as table metadata holds it (https://iceberg.apache.org/spec/#schemas). */
export type IcebergType = PrimitiveType | ListType | MapType | StructType;

/** A type before field ids are given to it. */
export type TypeDefinition =
  | PrimitiveType
  | { type: 'list'; element: TypeDefinition }
  | { type: 'map'; key: TypeDefinition; value: TypeDefinition }
  | { type: 'struct'; fields: ColumnDefinition[] };

export interface ColumnDefinition {
  name: string;
  type: TypeDefinition;
  required?: boolean;
  doc?: string;
}

export const isPrimitive = (type: IcebergType): type is PrimitiveType => typeof type === 'string';

/** Precision and scale of `decimal(P, S)`; undefined for every other type. */
export const decimalOf = (type: PrimitiveType): { precision: number; scale: number } | undefined => {
  const match = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
};

/** Gives field ids to column definitions the way Iceberg does: a level first, then what lies below it. */
export const assignIds = (columns: readonly ColumnDefinition[], nextId: () => number): Field[] => {
  const withIds = columns.map((column) => ({ column, id: nextId() }));
  return withIds.map(({ column, id }) => ({
    id,
    name: column.name,
    required: column.required ?? false,
    type: assignTypeIds(column.type, nextId),
    ...(column.doc === undefined ? {} : { doc: column.doc }),
  }));
};

const assignTypeIds = (type: TypeDefinition, nextId: () => number): IcebergType => {
  if (typeof type === 'string') return type;
  if (type.type === 'struct') return { type: 'struct', fields: assignIds(type.fields, nextId) };
  if (type.type === 'list') {
    const elementId = nextId();
    return { type: 'list', 'element-id': elementId, 'element-required': false, element: assignTypeIds(type.element, nextId) };
  }
  const keyId = nextId();
  const valueId = nextId();
  return { type: 'map', 'key-id': keyId, key: assignTypeIds(type.key, nextId), 'value-id': valueId, 'value-required': false, value: assignTypeIds(type.value, nextId) };
};

/** A column's primitive parts, by the path DuckDB names them in Parquet statistics (`"items"."element"`). */
export interface Leaf {
  id: number;
  type: PrimitiveType;
  /** Below a list or a map: its values have a size, but no bounds. */
  repeated: boolean;
  /** Id of the top-level column it belongs to. */
  columnId: number;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const leavesOf = (fields: readonly Field[]): Map<string, Leaf> => {
  const leaves = new Map<string, Leaf>();
  const visit = (id: number, type: IcebergType, path: string, repeated: boolean, columnId: number): void => {
    if (isPrimitive(type)) leaves.set(path, { id, type, repeated, columnId });
    else if (type.type === 'list') visit(type['element-id'], type.element, `${path}."element"`, true, columnId);
    else if (type.type === 'map') {
      visit(type['key-id'], type.key, `${path}."key"`, true, columnId);
      visit(type['value-id'], type.value, `${path}."value"`, true, columnId);
    } else for (const field of type.fields) visit(field.id, field.type, `${path}.${quoted(field.name)}`, repeated, columnId);
  };
  for (const field of fields) visit(field.id, field.type, quoted(field.name), false, field.id);
  return leaves;
};
