import { ColumnReferenceContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { ParseTree } from 'antlr4ng';
import type { QuerySpecificationContext, SelectItemContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { Environment } from './environment.ts';
import { printExpression, required } from './expressions.ts';
import { fieldAtSql, relationNamed, resolve } from './scope.ts';
import type { Column, Relation, Typed } from './scope.ts';
import { errorAt, identifierName, nameParts, notSupported, quoteIdentifier } from './tree.ts';

interface PrintedItem {
  sql: string;
  columns: Column[] | undefined;
}

const starOf = (relations: Relation[], text: string, environment: Environment): PrintedItem => {
  for (const item of relations) item.table?.useAll();
  const columns = relations.flatMap((item) => item.columns ?? []);
  return { sql: environment.translation.addStar(text, relations), columns: relations.every((item) => item.columns !== undefined) ? columns : undefined };
};

/** `*`: columns of JOIN … USING come once, and first. */
const printStar = (node: SelectItemContext, environment: Environment): PrintedItem => {
  const { relations, using } = environment.scope;
  if (relations.length === 0) throw errorAt(node, 'COLUMN_NOT_FOUND', 'SELECT * not allowed in queries without FROM clause');
  const item = starOf(relations, '*', environment);
  return using && using.size > 0 ? { ...item, columns: undefined } : item;
};

const printQualifiedStar = (node: SelectItemContext, environment: Environment): PrintedItem => {
  const all = required(node.tableAllColumns(), node);
  if (node.columnAliases()) throw notSupported(node, 'Aliases of .*');
  const parts = all.primaryExpression().getText().toLowerCase().replaceAll('"', '').split('.');
  const found = relationNamed(environment.scope, parts.at(-1) ?? '');
  if (!found || parts.length > 2) return printRowStar(node, environment);
  const merged = [...(found.merged ?? [])];
  if (merged.length === 0) return starOf([found], `${quoteIdentifier(found.alias ?? '')}.*`, environment);
  if (!found.columns) throw notSupported(node, '.* of a table of unknown columns joined with USING');
  found.table?.useAll();
  const columns = found.columns.filter((column) => column.name !== undefined && !merged.includes(column.name));
  return { sql: columns.map((column) => `${quoteIdentifier(found.alias ?? '')}.${quoteIdentifier(column.name ?? '')}`).join(', '), columns };
};

/** `row.*`: the fields of a row. */
const printRowStar = (node: SelectItemContext, environment: Environment): PrintedItem => {
  const base = required(node.tableAllColumns(), node).primaryExpression();
  if (base instanceof ColumnReferenceContext) throw errorAt(node, 'TABLE_NOT_FOUND', `Unable to resolve reference ${base.getText()}`);
  const value = printExpression(base, environment);
  if (!value.type) throw notSupported(node, '.* of a row whose type is not known beforehand');
  if (value.type.kind !== 'row') throw errorAt(node, 'TYPE_MISMATCH', `${base.getText()} is not of type ROW`);
  const columns = value.type.fields.map((field, index): Column => ({ name: field.name ?? `_col${index}`, type: field.type }));
  return { sql: columns.map((column, index) => `${fieldAtSql(value.sql, index)} AS ${quoteIdentifier(column.name ?? '')}`).join(', '), columns };
};

const printItem = (node: SelectItemContext, position: number, environment: Environment): PrintedItem => {
  if (node.selectAllWithoutTable()) return printStar(node, environment);
  if (node.tableAllColumns()) return printQualifiedStar(node, environment);
  const columnName = node.selectLiteralColumnName()?.columnRef().qualifiedName();
  const value: Typed = columnName
    ? resolve(environment.scope, nameParts(columnName), node)
    : printExpression(required(node.selectExpressionColumnName(), node).expression(), environment);
  const alias = node.identifier();
  const name = alias ? identifierName(alias) : (value.column?.name ?? fieldNameOf(node) ?? `_col${position}`);
  return { sql: `${value.sql} AS ${quoteIdentifier(name)}`, columns: [{ name, type: value.type }] };
};

const leaves = (node: ParseTree): string[] =>
  node.getChildCount() === 0 ? [node.getText()] : Array.from({ length: node.getChildCount() }, (_, index) => node.getChild(index)).flatMap((child) => (child === null ? [] : leaves(child)));

/** The name of `row.field`: the field's. */
const fieldNameOf = (node: SelectItemContext): string | undefined => {
  const text = leaves(node).join(' ').replaceAll(' . ', '.'); // words keep apart: NOT a, a IS NULL and CASE have no name
  return /^("[^"]+"|\w+)(\.("[^"]+"|\w+))*$/.test(text) && !/^\d|^(null|true|false|current_\w+|localtimestamp)$/i.test(text) ? text.toLowerCase().replaceAll('"', '').split('.').at(-1) : undefined;
};

/** SELECT's list with Trino's names: an expression without alias is `_col` and its position. */
export const printSelectList = (node: QuerySpecificationContext, environment: Environment): PrintedItem => {
  const quantifier = node.setQuantifier()?.KW_DISTINCT() ? 'DISTINCT ' : '';
  let position = 0;
  const items = node.selectList().selectItem().map((item) => {
    const printed = printItem(item, position, environment);
    position += printed.columns?.length ?? 1;
    return printed;
  });
  const known = items.every((item) => item.columns !== undefined);
  return { sql: quantifier + items.map((item) => item.sql).join(', '), columns: known ? items.flatMap((item) => item.columns ?? []) : undefined };
};

