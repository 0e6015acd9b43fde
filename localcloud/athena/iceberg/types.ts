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
