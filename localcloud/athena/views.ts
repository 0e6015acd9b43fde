import type { GlueTable, GlueTableInput } from '../glue/index.ts';
import { trinoFailure } from './failure.ts';
import type { HiveType, PrimitiveName } from './hive-types.ts';
import { hiveText } from './hive-types.ts';
import type { ColumnDescription } from './sql/index.ts';
import type { TrinoType } from './trino-types.ts';
import { parseTrinoType, trinoTypeText } from './trino-types.ts';

/** A view as Athena stores it in Glue: JSON, in base64, in a comment. */
export interface ViewDefinition {
  originalSql: string;
  catalog: string;
  /** Database of the unqualified names in it. */
  schema: string;
  columns: ColumnDescription[];
}

const MARKED = /^\/\* Presto View: ([A-Za-z0-9+/=]+) \*\/$/;

/** @throws AthenaFailure where the text is no view that Athena wrote. */
export const decodeView = (table: GlueTable): ViewDefinition => {
  const encoded = MARKED.exec(table.ViewOriginalText?.trim() ?? '')?.[1];
  const name = `${table.DatabaseName}.${table.Name}`;
  if (encoded === undefined) throw trinoFailure('INVALID_VIEW', `View '${name}' is not a Presto view`);
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as ViewDefinition;
  } catch (cause) {
    throw trinoFailure('INVALID_VIEW', `View '${name}' cannot be read`, { cause });
  }
};

export const viewTable = (name: string, definition: ViewDefinition): GlueTableInput => ({
  Name: name,
  TableType: 'VIRTUAL_VIEW',
  ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString('base64')} */`,
  ViewExpandedText: '/* Presto View */',
  Parameters: { presto_view: 'true', comment: 'Presto View' },
  PartitionKeys: [],
  StorageDescriptor: {
    Columns: definition.columns.map((column) => ({ Name: column.name, Type: hiveTextOfTrino(column.type) })),
    Location: '',
    SerdeInfo: {},
  },
});

const HIVE_NAMES: Readonly<Record<string, PrimitiveName>> = { integer: 'int', real: 'float', varchar: 'string', json: 'string', unknown: 'string', varbinary: 'binary' };
const SAME_NAMES: readonly PrimitiveName[] = ['boolean', 'tinyint', 'smallint', 'bigint', 'double', 'date', 'timestamp'];

/** The nearest type Glue knows; `string` for what it has none for. */
const hiveTextOfTrino = (text: string): string => {
  const type = parseTrinoType(text);
  return type ? hiveText(hiveTypeOfTrino(type)) : 'string';
};

const hiveTypeOfTrino = (type: TrinoType): HiveType => {
  const part = (index: number): HiveType => hiveTypeOfTrino(type.parts[index]?.type ?? { base: 'varchar', numbers: [], parts: [] });
  if (type.base === 'array') return { kind: 'array', element: part(0) };
  if (type.base === 'map') return { kind: 'map', key: part(0), value: part(1) };
  if (type.base === 'row') return { kind: 'struct', fields: type.parts.map((field, index) => ({ name: field.name ?? `field${index}`, type: part(index) })) };
  if (type.base === 'decimal') return { kind: 'decimal', precision: type.numbers[0] ?? 38, scale: type.numbers[1] ?? 0 };
  if (type.base.startsWith('timestamp')) return { kind: 'primitive', name: 'timestamp' };
  const same = SAME_NAMES.find((name) => name === type.base);
  return { kind: 'primitive', name: same ?? HIVE_NAMES[type.base] ?? 'string' };
};

export const trinoColumn = (name: string, type: TrinoType): ColumnDescription => ({ name, type: trinoTypeText(type) });
