import type { ParserRuleContext } from 'antlr4ng';
import type { ColumnPredicate, Literal, MetadataTable, TableReference } from './model.ts';
import { errorAt, quoteIdentifier, quoteString } from './tree.ts';
import type { TrinoType } from './types.ts';

/** A predicate found in a condition: it holds for every row for which the condition is true. */
export interface Implied extends ColumnPredicate {
  relation: Relation;
}

/** A printed expression with what is known of it before it runs. */
export interface Typed {
  /** DuckDB's SQL, safe to stand inside any operator. */
  sql: string;
  /** undefined where only DuckDB will know. */
  type: TrinoType | undefined;
  literal?: Literal;
  /** The local time of a zoned timestamp whose zone each value brings along. */
  local?: string;
  /** A column of a relation in a FROM clause, itself and nothing else. */
  column?: { relation: Relation; name: string };
  /** What is true of the rows for which this expression is true. */
  implied?: Implied[];
}

/** A column of a relation; `name` undefined where nothing can refer to it. */
export interface Column {
  name: string | undefined;
  type: TrinoType | undefined;
}

/** What a statement was seen to use of a table. */
export class TableUse {
  readonly reference: Omit<TableReference, 'columns'> & { columns: Set<string> | 'all' };

  constructor(reference: {
    placeholder: string;
    catalog: string | undefined;
    schema: string | undefined;
    table: string;
    metadataTable: MetadataTable | undefined;
    line: number;
    column: number;
  }) {
    this.reference = { ...reference, timeTravel: undefined, usesPath: false, columns: new Set(), predicates: [] };
  }

  useColumn(name: string): void {
    if (name === PATH_COLUMN) this.reference.usesPath = true;
    else if (this.reference.columns !== 'all') this.reference.columns.add(name);
  }

  useAll(): void {
    this.reference.columns = 'all';
  }
}

/** Athena's hidden column: the file a row comes from. */
export const PATH_COLUMN = '$path';

/** A FROM item by its name. `columns` undefined: a table whose columns only its catalog knows. */
export interface Relation {
  alias: string | undefined;
  columns: Column[] | undefined;
  /** Set for a table itself: its use is recorded. */
  table: TableUse | undefined;
  /** The schema of a table without alias: `schema.table.column` is a name too. */
  schema: string | undefined;
  /** Columns that JOIN … USING has merged with another relation's: they have no name of this relation any more. */
  merged?: Set<string>;
}

export const relation = (alias: string | undefined, columns: Column[] | undefined, table?: TableUse, schema?: string): Relation => ({ alias, columns, table, schema });

/** The names an expression can see: its relations, then those around the query. */
export interface Scope {
  relations: Relation[];
  parent: Scope | undefined;
  /** Columns of JOIN … USING, which belong to both sides. */
  using?: Set<string>;
  /** Parameters of the lambda the expression stands in. */
  lambda?: Map<string, TrinoType | undefined>;
  /** Is told of each column that is found in these relations. */
  found?: (item: Relation, name: string) => void;
}

export const scopeOf = (relations: Relation[], parent: Scope | undefined, using?: Set<string>): Scope => ({ relations, parent, ...(using ? { using } : {}) });

const hasPath = (item: Relation, name: string): boolean => name === PATH_COLUMN && item.table !== undefined;

const columnsNamed = (item: Relation, name: string): Column[] => (hasPath(item, name) ? [{ name, type: { kind: 'varchar' } }] : (item.columns ?? []).filter((column) => column.name === name));

const columnOf = (item: Relation, name: string, type: TrinoType | undefined, qualified: boolean): Typed => {
  item.table?.useColumn(name);
  const sql = qualified && item.alias !== undefined ? `${quoteIdentifier(item.alias)}.${quoteIdentifier(name)}` : quoteIdentifier(name);
  return { sql, type, column: { relation: item, name } };
};

const withFields = (base: Typed, fields: string[], node: ParserRuleContext): Typed =>
  fields.reduce<Typed>((value, field) => dereference(value, field, node), base);

/** A field's SQL; behind anything but a name a dot would be read as a method call. */
export const fieldSql = (base: string, field: string): string => (/^("([^"]|"")*"\.?)+$/.test(base) ? `${base}.${quoteIdentifier(field)}` : `struct_extract(${base}, ${quoteString(field)})`);

/** A row's field by its place, from 0: `struct_extract` takes a number only where the row has no names, and a row without names gets some in a table. */
export const fieldAtSql = (base: string, index: number): string => `struct_extract_at(${base}, ${index + 1})`;

/** `row.field`. */
export const dereference = (base: Typed, field: string, node: ParserRuleContext): Typed => {
  const sql = fieldSql(base.sql, field);
  if (!base.type || base.type.kind === 'unknown') return { sql, type: undefined };
  if (base.type.kind !== 'row') throw errorAt(node, 'TYPE_MISMATCH', `Expression ${node.getText()} is not of type ROW`);
  const found = base.type.fields.find((candidate) => candidate.name === field);
  if (!found) throw errorAt(node, 'COLUMN_NOT_FOUND', `Column '${node.getText()}' cannot be resolved`);
  return { sql, type: found.type };
};

const unqualified = (scope: Scope, parts: string[], node: ParserRuleContext): Typed | undefined => {
  const [name = '', ...fields] = parts;
  const isUsing = scope.using?.has(name) === true;
  const closed = scope.relations.flatMap((item) => columnsNamed(item, name).map((column) => ({ item, column })));
  const open = scope.relations.filter((item) => item.columns === undefined && !hasPath(item, name));
  if (closed.length > 1 && !isUsing) throw errorAt(node, 'AMBIGUOUS_NAME', `Column '${name}' is ambiguous`);
  for (const item of open) item.table?.useColumn(name);
  for (const { item } of closed) item.table?.useColumn(name);
  const [first] = closed;
  const item = first?.item ?? open[0];
  if (item) scope.found?.(item, name);
  if (first) return withFields(columnOf(first.item, name, first.column.type, !isUsing), fields, node);
  const [onlyOpen] = open;
  if (!onlyOpen) return undefined;
  if (open.length === 1 && scope.parent === undefined) return withFields(columnOf(onlyOpen, name, undefined, !isUsing && scope.relations.length > 1), fields, node);
  if (scope.parent) useWherever(scope.parent, parts);
  return withFields({ sql: quoteIdentifier(name), type: undefined }, fields, node);
};

/** The name may belong to a query around this one: record it there too. */
const useWherever = (scope: Scope, parts: string[]): void => {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    for (const item of at.relations) if (item.columns === undefined || columnsNamed(item, parts[0] ?? '').length > 0) item.table?.useColumn(parts[0] ?? '');
  }
};

const qualified = (scope: Scope, parts: string[], node: ParserRuleContext): Typed | undefined => {
  const bySchema = (item: Relation): boolean => parts.length >= 3 && item.alias === parts[1] && item.schema !== undefined && item.schema === parts[0];
  const item = scope.relations.find((candidate) => candidate.alias === parts[0]) ?? scope.relations.find(bySchema);
  if (!item) return undefined;
  const [name = '', ...fields] = parts.slice(item.alias === parts[0] ? 1 : 2);
  const found = item.merged?.has(name) === true ? [] : columnsNamed(item, name);
  if (found.length === 0 && item.merged?.has(name) === true) throw errorAt(node, 'COLUMN_NOT_FOUND', `Column '${parts.join('.')}' cannot be resolved`);
  if (found.length > 1) throw errorAt(node, 'AMBIGUOUS_NAME', `Column '${parts.join('.')}' is ambiguous`);
  if (found.length === 0 && item.columns !== undefined) throw errorAt(node, 'COLUMN_NOT_FOUND', `Column '${parts.join('.')}' cannot be resolved`);
  scope.found?.(item, name);
  return withFields(columnOf(item, name, found[0]?.type, true), fields, node);
};

const nearest = (scope: Scope, find: (at: Scope) => Typed | undefined): Typed | undefined => {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const found = find(at);
    if (found) return found;
  }
  return undefined;
};

/** A lambda's parameter. */
const parameterOf = (scope: Scope, parts: string[], node: ParserRuleContext): Typed | undefined => {
  const [first = '', ...fields] = parts;
  return scope.lambda?.has(first) ? withFields({ sql: quoteIdentifier(first), type: scope.lambda.get(first) }, fields, node) : undefined;
};

/** The column a name stands for, in the nearest scope that knows it. Throws COLUMN_NOT_FOUND, AMBIGUOUS_NAME. */
export const resolve = (scope: Scope, parts: string[], node: ParserRuleContext): Typed => {
  const found = nearest(scope, (at) => parameterOf(at, parts, node) ?? (parts.length > 1 ? qualified(at, parts, node) : undefined)) ?? nearest(scope, (at) => unqualified(at, parts, node));
  if (found) return found;
  throw errorAt(node, 'COLUMN_NOT_FOUND', `Column '${parts.join('.')}' cannot be resolved`);
};

/** Whether a name is a relation's in this scope or around it: `t` of `t.*`. */
export const relationNamed = (scope: Scope, name: string): Relation | undefined => {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const found = at.relations.find((item) => item.alias === name);
    if (found) return found;
  }
  return undefined;
};

/** Records what a condition implies for the tables of its own FROM clause. */
export const recordImplied = (implied: readonly Implied[] | undefined, relations: readonly Relation[]): void => {
  for (const { relation: item, column, op, values } of implied ?? []) {
    if (item.table && relations.includes(item)) item.table.reference.predicates.push({ column, op, values });
  }
};
