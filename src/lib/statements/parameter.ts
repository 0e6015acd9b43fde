/** One value for a `${placeholder}` of a statement. Every kind is printed in its own way; nothing else can reach a statement. */
export type Parameter =
  /** A name in SQL: `bronze`, `events`. */
  | { kind: 'identifier'; value: string }
  /** A column that not every table has; null: the table at hand has none, and NULL stands for it. */
  | { kind: 'column'; value: string | null }
  /** UTC, `yyyy-MM-dd HH:mm:ss.SSSSSS`. */
  | { kind: 'timestamp'; value: string }
  /** `yyyy-MM-dd`. */
  | { kind: 'date'; value: string }
  | { kind: 'dates'; value: readonly string[] }
  /** Dates as text, for columns that hold them so (Hive partitions, prefixes of a text time). */
  | { kind: 'date-texts'; value: readonly string[] }
  /** `s3://bucket/key` of objects. */
  | { kind: 'paths'; value: readonly string[] }
  /** A condition on `"$path"`: a few objects by name, more of them by the span of their names, so that people can read it. */
  | { kind: 'path-filter'; value: readonly string[] }
  /** Whole number as text, so that 63-bit ids keep their digits. */
  | { kind: 'integer'; value: string }
  /** A run's id, as a string literal: letters, digits, `-`, `_`. */
  | { kind: 'id'; value: string }
  /** The same characters and `.`, `/`, without quotes: for use inside a literal, as a bucket's name. */
  | { kind: 'name'; value: string }
  /** A table as it was at a snapshot; null: as it was before its first, empty. */
  | { kind: 'table-version'; table: string; snapshotId: string | null }
  /** Rows of values for VALUES. */
  | { kind: 'rows'; value: readonly (readonly Cell[])[] };

export type Cell =
  | { kind: 'id'; value: string }
  | { kind: 'timestamp'; value: string }
  | { kind: 'integer'; value: string };

export type Parameters = Readonly<Record<string, Parameter>>;

/** A value that does not have the form of its kind. It never reaches SQL. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
}

const refuse = (kind: string, value: unknown): never => {
  throw new ParameterError(`not a ${kind}: ${JSON.stringify(value)}`);
};

const matching = (kind: string, pattern: RegExp, value: unknown): string => (typeof value === 'string' && pattern.test(value) ? value : refuse(kind, value));

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,127}$/;
const TABLE = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const PATH = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[\w=!.,@:+~/ %()&$;-]+$/;
const INTEGER = /^-?\d{1,19}$/;
const ID = /^[\w-]{1,255}$/;
const NAME = /^[\w./-]{1,255}$/;

/** A date that no row has, for IN lists that are empty: `IN ()` is not SQL. */
const NO_DATE = '0001-01-01';
/** Likewise for paths. */
const NO_PATH = 's3://none/none';

const list = <T>(values: readonly T[], none: T, print: (value: T) => string): string => (values.length === 0 ? [none] : values).map(print).join(', ');

/** The SQL text of a parameter. @throws ParameterError where its value does not have the form of its kind. */
export const printParameter = (parameter: Parameter): string => {
  switch (parameter.kind) {
    case 'identifier':
      return matching('identifier', IDENTIFIER, parameter.value);
    case 'column':
      return parameter.value === null ? 'NULL' : matching('identifier', IDENTIFIER, parameter.value);
    case 'date':
      return printDate(parameter.value);
    case 'dates':
      return list(parameter.value, NO_DATE, printDate);
    case 'date-texts':
      return list(parameter.value, NO_DATE, (value) => `'${matching('date', DATE, value)}'`);
    case 'paths':
      return list(parameter.value, NO_PATH, (value) => `'${matching('S3 path', PATH, value)}'`);
    case 'path-filter':
      return printPathFilter(parameter.value);
    case 'name':
      return matching('name', NAME, parameter.value);
    case 'table-version':
      return printTableVersion(parameter.table, parameter.snapshotId);
    case 'rows':
      return parameter.value.map((row) => `(${row.map(printCell).join(', ')})`).join(', ') || refuse('list of rows', parameter.value);
    case 'timestamp':
    case 'integer':
    case 'id':
      return printCell(parameter);
  }
};

const NAMED_PATHS = 5;

const printPathFilter = (paths: readonly string[]): string => {
  const printed = [...paths].sort().map((path) => `'${matching('S3 path', PATH, path)}'`);
  return printed.length <= NAMED_PATHS ? `"$path" IN (${printed.join(', ') || `'${NO_PATH}'`})` : `"$path" BETWEEN ${printed[0] ?? ''} AND ${printed.at(-1) ?? ''}`;
};

const printDate = (value: string): string => `DATE '${matching('date', DATE, value)}'`;

const printCell = (cell: Cell): string => {
  switch (cell.kind) {
    case 'timestamp':
      return `TIMESTAMP '${matching('timestamp', TIMESTAMP, cell.value)}'`;
    case 'integer':
      return matching('integer', INTEGER, cell.value);
    case 'id':
      return `'${matching('id', ID, cell.value)}'`;
  }
};

const printTableVersion = (table: string, snapshotId: string | null): string => {
  const name = matching('table', TABLE, table);
  // There is no snapshot of an empty table to travel to: https://iceberg.apache.org/spec/#table-metadata-fields, current-snapshot-id
  return snapshotId === null ? `(SELECT * FROM ${name} WHERE false)` : `${name} FOR VERSION AS OF ${matching('snapshot id', /^\d{1,19}$/, snapshotId)}`;
};
