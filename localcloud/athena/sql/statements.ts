import type { ParserRuleContext } from 'antlr4ng';
import { DeleteContext, InsertIntoContext, MergeContext, MergeDeleteContext, MergeInsertContext, MergeUpdateContext, StatementDefaultContext, UpdateContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { MergeCaseContext, StatementContext, TableRefContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { placedIn } from './casts.ts';
import type { Translation } from './context.ts';
import { withScope } from './environment.ts';
import type { Environment } from './environment.ts';
import { printCondition, printExpression, required } from './expressions.ts';
import type { ColumnPredicate, Delete, Insert, Merge, MergeClause, OutputColumn, Query, TranslatedStatement, Update } from './model.ts';
import { printRootQuery } from './queries.ts';
import type { PrintedQuery } from './queries.ts';
import { printRelation } from './relations.ts';
import { TableUse, relation, scopeOf } from './scope.ts';
import type { Column, Implied, Relation, Typed } from './scope.ts';
import { errorAt, identifierName, nameParts, notSupported, quoteIdentifier } from './tree.ts';
import { canCoerce, typeText } from './types.ts';
import type { TrinoType } from './types.ts';

/** The table a statement writes to; its use is recorded apart from the tables that are read. */
interface Target {
  parts: string[];
  item: Relation;
  use: TableUse;
}

const targetOf = (node: TableRefContext, alias: string | undefined, translation: Translation): Target => {
  const parts = node.identifier().map(identifierName);
  const [table = '', schema, catalog] = [...parts].reverse();
  const use = new TableUse({ placeholder: '', catalog, schema, table, metadataTable: undefined, line: node.start?.line ?? 1, column: (node.start?.column ?? 0) + 1 });
  if (table.includes('$')) throw errorAt(node, 'NOT_SUPPORTED', `Cannot write to ${table}`);
  return { parts, use, item: relation(alias ?? table, translation.columnsOf({ catalog, schema, table }), use, alias === undefined ? schema : undefined) };
};

const columnsUsed = (target: Target): ReadonlySet<string> => {
  const { columns } = target.use.reference;
  return columns === 'all' ? new Set((target.item.columns ?? []).flatMap((column) => column.name ?? [])) : columns;
};

const predicatesOn = (target: Target, implied: readonly Implied[] | undefined): ColumnPredicate[] =>
  (implied ?? []).filter((found) => found.relation === target.item).map(({ column, op, values }) => ({ column, op, values }));

const targetColumn = (target: Target, name: string, node: ParserRuleContext): Column | undefined => {
  if (!target.item.columns) return undefined;
  const found = target.item.columns.find((column) => column.name === name);
  if (!found) throw errorAt(node, 'COLUMN_NOT_FOUND', `Column '${name}' cannot be resolved`);
  return found;
};

const onlyOnce = (names: readonly string[], node: ParserRuleContext): void => {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw errorAt(node, 'SYNTAX_ERROR', `Column name specified more than once: ${twice}`);
};

const shown = (types: readonly (TrinoType | undefined)[]): string => types.map((type) => (type ? typeText(type) : '?')).join(', ');

/** Values fit columns only where no cast is needed: a bigint is not written to an integer column. */
const checkAssignment = (what: string, columns: readonly (TrinoType | undefined)[], values: readonly (TrinoType | undefined)[], node: ParserRuleContext): void => {
  const fits = columns.every((type, index) => {
    const value = values[index];
    return !type || !value || canCoerce(value, type);
  });
  if (!fits || columns.length !== values.length) throw errorAt(node, 'TYPE_MISMATCH', `${what}: Table: [${shown(columns)}], ${what.startsWith('Insert') ? 'Query' : 'Expressions'}: [${shown(values)}]`);
};

/** The value with the fields of its rows in the column's places. */
const written = (value: Typed, column: TrinoType | undefined, node: ParserRuleContext, { translation }: Environment): string => placedIn(value, column, { node, translation }) ?? value.sql;

/** A query with the fields of its rows in the columns' places, and under the columns' names for them. */
const placedQuery = (query: PrintedQuery, columns: readonly (Column | undefined)[] | undefined, node: ParserRuleContext, environment: Environment): string => {
  const names = (query.output ?? []).map((_, index) => quoteIdentifier(`c${index}`));
  const plain = (query.output ?? []).map((column, index): Typed => ({ sql: names[index] ?? '', type: column.type }));
  const values = plain.map((value, index) => written(value, columns?.[index]?.type, node, environment));
  if (values.every((value, index) => value === names[index])) return query.sql;
  const named = values.map((value, index) => `${value} AS ${quoteIdentifier(query.output?.[index]?.name ?? `_col${index}`)}`);
  return `SELECT ${named.join(', ')} FROM (${query.sql}) AS ${quoteIdentifier(environment.translation.freshName())}(${names.join(', ')})`;
};

const outputOf = (columns: readonly Column[] | undefined): OutputColumn[] | undefined => columns?.map((column, index) => ({ name: column.name ?? `_col${index}`, type: column.type && typeText(column.type) }));

const printInsert = (node: InsertIntoContext, environment: Environment): Insert => {
  const target = targetOf(node.tableRef(), undefined, environment.translation);
  const columns = node.columnList()?.columnRef().map((column) => {
    const parts = nameParts(required(column.qualifiedName(), column));
    if (parts.length !== 1) throw errorAt(column, 'SYNTAX_ERROR', `mismatched input '.'. Expecting: ')', ','`);
    return parts[0] ?? '';
  });
  onlyOnce(columns ?? [], node);
  const query = printRootQuery(node.rootQuery(), environment);
  const targets = columns ? columns.map((name) => targetColumn(target, name, node)) : target.item.columns;
  if (targets && query.output && (columns === undefined || target.item.columns)) {
    checkAssignment('Insert query has mismatched column types', targets.map((column) => column?.type), query.output.map((column) => column.type), node);
  } else if (columns && query.output && columns.length !== query.output.length) {
    throw errorAt(node, 'TYPE_MISMATCH', `Insert query has mismatched column types: ${query.output.length} values for ${columns.length} columns`);
  }
  return { kind: 'insert', target: target.parts, columns, sql: environment.translation.finish(placedQuery(query, targets, node, environment)), output: outputOf(query.output), tables: environment.translation.references() };
};

const printUpdate = (node: UpdateContext, environment: Environment): Update => {
  const target = targetOf(node.tableRef(), undefined, environment.translation);
  const inside = withScope(environment, scopeOf([target.item], undefined));
  const { finish } = finisher(environment);
  const set = node.updateAssignment().map((assignment): [string, string] => {
    const name = identifierName(assignment.identifier());
    const value = printExpression(assignment.expression(), inside);
    checkAssignment('UPDATE table column types don\'t match SET expressions', [targetColumn(target, name, assignment)?.type], [value.type], assignment);
    return [name, finish(written(value, targetColumn(target, name, assignment)?.type, assignment, environment))];
  });
  onlyOnce(set.map(([name]) => name), node);
  const where = node.whereClause();
  const condition = where ? printCondition(where.booleanExpression(), inside, 'WHERE clause') : undefined;
  return {
    kind: 'update', target: target.parts, alias: target.item.alias ?? '', where: condition && finish(condition.sql), set, tables: environment.translation.references(),
    targetColumns: columnsUsed(target), targetPredicates: predicatesOn(target, condition?.implied),
  };
};

const finisher = (environment: Environment): { finish: (sql: string) => string } => ({ finish: (sql) => environment.translation.finish(sql) });

const printDelete = (node: DeleteContext, environment: Environment): Delete => {
  const target = targetOf(node.tableRef(), undefined, environment.translation);
  const where = node.whereClause();
  const condition = where ? printCondition(where.booleanExpression(), withScope(environment, scopeOf([target.item], undefined)), 'WHERE clause') : undefined;
  return {
    kind: 'delete', target: target.parts, alias: target.item.alias ?? '', where: condition && environment.translation.finish(condition.sql), tables: environment.translation.references(),
    targetColumns: columnsUsed(target), targetPredicates: predicatesOn(target, condition?.implied),
  };
};

const printClause = (node: MergeCaseContext, target: Target, environment: Environment): MergeClause => {
  const { finish } = finisher(environment);
  const print = (part: ParserRuleContext): Typed => printExpression(part, environment);
  if (!(node instanceof MergeUpdateContext || node instanceof MergeDeleteContext || node instanceof MergeInsertContext)) throw notSupported(node, node.getText());
  const condition = node._condition ? finish(printCondition(node._condition, environment, 'WHEN clause predicate').sql) : undefined;
  if (node instanceof MergeDeleteContext) return { matched: true, action: 'delete', condition };
  const names = node._targets.map(identifierName);
  onlyOnce(names, node);
  const types = names.map((name) => targetColumn(target, name, node)?.type);
  const values = node._values.map(print);
  const columnTypes = names.length > 0 ? types : target.item.columns?.map((column) => column.type);
  const placed = values.map((value, index) => written(value, columnTypes?.[index], node, environment));
  if (node instanceof MergeUpdateContext) {
    checkAssignment("MERGE table column types don't match for MERGE case, SET expressions", types, values.map((value) => value.type), node);
    return { matched: true, action: 'update', condition, set: names.map((name, index) => [name, finish(placed[index] ?? '')]) };
  }
  if (columnTypes) checkAssignment("MERGE table column types don't match for MERGE case, SET expressions", columnTypes, values.map((value) => value.type), node);
  return { matched: false, action: 'insert', condition, columns: names.length > 0 ? names : undefined, values: placed.map(finish) };
};

const printMerge = (node: MergeContext, environment: Environment): Merge => {
  const aliasNode = node.identifier();
  const target = targetOf(node.tableRef(), aliasNode ? identifierName(aliasNode) : undefined, environment.translation);
  const source = printRelation(node.relation(), environment);
  const [sourceItem] = source.relations;
  if (!sourceItem || source.relations.length > 1) throw notSupported(node, 'MERGE with a join as its source: put it into a sub-query');
  const sourceAlias = sourceItem.alias ?? environment.translation.freshName();
  const sourceSql = sourceItem.alias === undefined ? `${source.sql} AS ${quoteIdentifier(sourceAlias)}` : source.sql;
  const joined = withScope(environment, scopeOf([target.item, { ...sourceItem, alias: sourceAlias }], undefined));
  const on = printCondition(node.expression(), { ...joined, inJoin: true }, 'MERGE search condition');
  const clauses = node.mergeCase().map((clause) => printClause(clause, target, joined));
  const { finish } = finisher(environment);
  return {
    kind: 'merge', target: target.parts, targetAlias: target.item.alias ?? '', source: { sql: finish(sourceSql), alias: sourceAlias }, on: finish(on.sql), clauses,
    tables: environment.translation.references(), targetColumns: columnsUsed(target), targetPredicates: predicatesOn(target, on.implied),
  };
};

/** A statement's tree as DuckDB's parts. Throws SqlError. */
export const printStatement = (node: StatementContext, environment: Environment): TranslatedStatement => {
  if (node instanceof StatementDefaultContext) {
    const query = printRootQuery(node.rootQuery(), environment);
    // A row without names gets Athena's in the result, `{field0=1, field1=a}`; DuckDB's bindings lose all but one of its values.
    const sql = placedQuery(query, query.output, node, environment);
    return { kind: 'query', sql: environment.translation.finish(sql), output: outputOf(query.output), tables: environment.translation.references() } satisfies Query;
  }
  if (node instanceof InsertIntoContext) return printInsert(node, environment);
  if (node instanceof UpdateContext) return printUpdate(node, environment);
  if (node instanceof DeleteContext) return printDelete(node, environment);
  if (node instanceof MergeContext) return printMerge(node, environment);
  throw errorAt(node, 'NOT_SUPPORTED', `Statement ${node.start?.text?.toUpperCase() ?? ''} is no query and changes no rows`);
};
