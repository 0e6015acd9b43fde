import type { ParserRuleContext } from 'antlr4ng';
import {
  BoundedFrameContext,
  CubeContext,
  CurrentRowBoundContext,
  InlineTableContext,
  MultipleGroupingSetsContext,
  QueryPrimaryDefaultContext,
  QueryStatementContext,
  QueryTermDefaultContext,
  RollupContext,
  RowConstructorContext,
  SetOperationContext,
  SingleGroupingSetContext,
  SubqueryContext,
  TableContext,
  UnboundedFrameContext,
} from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type {
  FrameBoundContext,
  GroupByContext,
  GroupingElementContext,
  GroupingSetContext,
  OverContext,
  QueryContext,
  QueryNoWithContext,
  QueryPrimaryContext,
  QueryTermContext,
  QuerySpecificationContext,
  RootQueryContext,
  RowCountContext,
  SortItemContext,
  WindowSpecificationContext,
} from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { withScope } from './environment.ts';
import type { Environment } from './environment.ts';
import { printCondition, printExpression, required } from './expressions.ts';
import { unify } from './operators.ts';
import { printFrom, printTable } from './relations.ts';
import { recordImplied, relation, resolve, scopeOf } from './scope.ts';
import type { Column, Scope, Typed } from './scope.ts';
import { printSelectList } from './select-list.ts';
import { errorAt, hasKeyword, identifierName, nameParts, notSupported, quoteIdentifier, unwrap } from './tree.ts';
import { typeText } from './types.ts';
import type { TrinoType } from './types.ts';

export interface PrintedQuery {
  sql: string;
  /** undefined where the columns of a `*` are not known. */
  output: Column[] | undefined;
}

/** A query term, with what its ORDER BY can see. */
interface PrintedTerm extends PrintedQuery {
  orderScope: Scope | undefined;
}

/** A whole query with its WITH. */
export const printQuery = (node: QueryContext, environment: Environment): PrintedQuery => {
  if (!(node instanceof QueryStatementContext)) throw notSupported(node, 'This query');
  const withNode = node.with();
  const body = node.queryNoWith();
  const inner = { ...environment, inJoin: false, noAggregates: undefined, aggregate: undefined };
  if (!withNode) return printQueryNoWith(body, inner);
  const ctes = new Map(environment.ctes);
  const recursive = withNode.KW_RECURSIVE() !== null;
  const namesHere = new Set<string>();
  const named = withNode.namedQuery().map((query) => {
    const name = identifierName(query.identifier());
    if (namesHere.has(name)) throw errorAt(query, 'DUPLICATE_NAMED_QUERY', `WITH query name '${name}' specified more than once`);
    namesHere.add(name);
    const aliases = query.columnAliases()?.identifier().map(identifierName);
    if (recursive) ctes.set(name, aliases?.map((alias) => ({ name: alias, type: undefined })));
    const printed = printQuery(query.query(), { ...inner, ctes: new Map(ctes) });
    ctes.set(name, renamed(printed.output, aliases, query));
    return `${quoteIdentifier(name)}${aliases ? `(${aliases.map(quoteIdentifier).join(', ')})` : ''} AS (${printed.sql})`;
  });
  const printed = printQueryNoWith(body, { ...inner, ctes });
  return { sql: `WITH ${recursive ? 'RECURSIVE ' : ''}${named.join(', ')} ${printed.sql}`, output: printed.output };
};

export const printRootQuery = (node: RootQueryContext, environment: Environment): PrintedQuery => {
  if (node.withFunction()) throw notSupported(node, 'WITH FUNCTION');
  return printQuery(node.query(), environment);
};

/** Columns under the names of an alias list. Throws MISMATCHED_COLUMN_ALIASES. */
export const renamed = (columns: Column[] | undefined, aliases: string[] | undefined, node: ParserRuleContext): Column[] | undefined => {
  if (!aliases) return columns;
  if (!columns) return aliases.map((name) => ({ name, type: undefined }));
  if (columns.length !== aliases.length) throw errorAt(node, 'MISMATCHED_COLUMN_ALIASES', `Column alias list has ${aliases.length} entries but relation has ${columns.length} columns`);
  return columns.map((column, index) => ({ name: aliases[index], type: column.type }));
};

const printQueryNoWith = (node: QueryNoWithContext, environment: Environment): PrintedQuery => {
  if (hasKeyword(node, 'TIES')) throw notSupported(node, 'FETCH FIRST … WITH TIES');
  const term = printTerm(node.queryTerm(), environment);
  const output = term.output;
  const orderScope = scopeOf([relation(undefined, output ?? [])], term.orderScope ?? { relations: [relation(undefined, output)], parent: undefined });
  const order = node.sortItem().map((item) => printSortItem(item, withScope(environment, orderScope)));
  let sql = order.length === 0 ? term.sql : `${term.sql} ORDER BY ${order.join(', ')}`;
  const count = (row: RowCountContext): string => (row.QUESTION_MARK() ? required(environment.translation.parameterAt(row.start?.start), row) : row.getText());
  const limit = node._limit?.rowCount() ?? node._fetchFirst;
  if (limit ?? node.KW_FETCH()) sql += ` LIMIT ${limit ? count(limit) : '1'}`;
  return { sql: node._offset ? `${sql} OFFSET ${count(node._offset)}` : sql, output };
};

const printTerm = (node: QueryTermContext, environment: Environment): PrintedTerm => {
  if (node instanceof QueryTermDefaultContext) return printQueryPrimary(node.queryPrimary(), environment);
  if (node instanceof SetOperationContext) return printSetOperation(node, environment);
  throw notSupported(node, node.getText());
};

const printSetOperation = (node: SetOperationContext, environment: Environment): PrintedTerm => {
  const operator = required(node._operator?.text, node).toUpperCase();
  const all = node.setQuantifier()?.KW_ALL() ? ' ALL' : '';
  const [leftNode, rightNode] = node.queryTerm();
  const left = printTerm(required(leftNode, node), environment);
  const right = printTerm(required(rightNode, node), environment);
  const sql = `(${left.sql}) ${operator}${all} (${right.sql})`;
  if (!left.output || !right.output) return { sql, output: undefined, orderScope: undefined };
  const rightOutput = right.output;
  if (left.output.length !== rightOutput.length) throw errorAt(node, 'TYPE_MISMATCH', `${operator} query has different number of fields: ${left.output.length}, ${rightOutput.length}`);
  const output = left.output.map((column, index) => ({ name: column.name, type: unifyColumns([column.type, rightOutput[index]?.type], `column ${index + 1} in ${operator} query has incompatible types`, node) }));
  return { sql, output, orderScope: undefined };
};

const unifyColumns = (types: (TrinoType | undefined)[], what: string, node: ParserRuleContext): TrinoType | undefined => unify(types, (a, b) => errorAt(node, 'TYPE_MISMATCH', `${what}: ${typeText(a)}, ${typeText(b)}`));

const printQueryPrimary = (node: QueryPrimaryContext, environment: Environment): PrintedTerm => {
  if (node instanceof QueryPrimaryDefaultContext) return printSpecification(node.querySpecification(), environment);
  if (node instanceof SubqueryContext) {
    const inner = printQueryNoWith(node.queryNoWith(), environment);
    return { sql: `(${inner.sql})`, output: inner.output, orderScope: undefined };
  }
  if (node instanceof InlineTableContext) return printValues(node, environment);
  if (node instanceof TableContext) {
    const item = printTable(node.tableRef().identifier().map(identifierName), undefined, node, environment);
    for (const found of item.relations) found.table?.useAll();
    return { sql: `SELECT * FROM ${item.sql}`, output: item.relations[0]?.columns, orderScope: undefined };
  }
  throw notSupported(node, node.getText());
};

const printValues = (node: InlineTableContext, environment: Environment): PrintedTerm => {
  const rows = node.expression().map((expression) => {
    const inner = unwrap(expression);
    const cells = inner instanceof RowConstructorContext ? inner.expression() : [expression];
    return cells.map((cell) => printExpression(cell, environment));
  });
  const width = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== width)) throw errorAt(node, 'TYPE_MISMATCH', 'Values rows have mismatched sizes');
  const output = Array.from({ length: width }, (_, index) => ({
    name: `_col${index}`,
    type: unifyColumns(rows.map((row) => row[index]?.type), 'Values rows have mismatched types', node),
  }));
  return { sql: `VALUES ${rows.map((row) => `(${row.map((cell) => cell.sql).join(', ')})`).join(', ')}`, output, orderScope: undefined };
};

const printSpecification = (node: QuerySpecificationContext, environment: Environment): PrintedTerm => {
  const from = printFrom(node.relation(), environment);
  const scope = scopeOf(from.relations, environment.scope, from.using);
  const inside = withScope(environment, scope);
  const clauses: string[] = [];
  const where = node.whereClause();
  if (where) {
    const condition = printCondition(where.booleanExpression(), { ...inside, noAggregates: 'WHERE clause' }, 'WHERE clause');
    recordImplied(condition.implied, from.relations);
    clauses.push(`WHERE ${condition.sql}`);
  }
  const selected = printSelectList(node, inside);
  const groupBy = node.groupBy();
  if (groupBy) clauses.push(`GROUP BY ${printGroupBy(groupBy, { ...inside, noAggregates: 'GROUP BY clause' })}`);
  const having = node.havingClause();
  if (having) clauses.push(`HAVING ${printCondition(having.booleanExpression(), inside, 'HAVING clause').sql}`);
  const windows = node.windowDefinition().map((window) => `${quoteIdentifier(identifierName(window.identifier()))} AS (${printWindowSpecification(window.windowSpecification(), inside)})`);
  if (windows.length > 0) clauses.push(`WINDOW ${windows.join(', ')}`);
  const fromSql = from.sql === '' ? '' : ` FROM ${from.sql}`;
  return { sql: `SELECT ${selected.sql}${fromSql}${clauses.map((clause) => ` ${clause}`).join('')}`, output: selected.columns, orderScope: scope };
};

const printGroupBy = (node: GroupByContext, environment: Environment): string => {
  if (node.setQuantifier()?.KW_DISTINCT()) throw notSupported(node, 'GROUP BY DISTINCT');
  return node.groupingElement().map((element) => printGroupingElement(element, environment)).join(', ');
};

const printGroupingElement = (node: GroupingElementContext, environment: Environment): string => {
  if (node instanceof MultipleGroupingSetsContext) return `GROUPING SETS (${node.groupingSet().map((set) => printGroupingSet(set, environment, true)).join(', ')})`;
  if (node instanceof CubeContext) return `CUBE (${node.groupingSet().map((set) => printGroupingSet(set, environment, false)).join(', ')})`;
  if (node instanceof SingleGroupingSetContext) return printGroupingSet(node.groupingSet(), environment, false);
  if (node instanceof RollupContext) return `ROLLUP (${node.groupingSet().map((set) => printGroupingSet(set, environment, false)).join(', ')})`;
  throw notSupported(node, node.getText());
};

const printGroupingSet = (node: GroupingSetContext, environment: Environment, brackets: boolean): string => {
  const terms = node.groupingTerm().map((term) => {
    const name = term.columnRef()?.qualifiedName();
    if (name) return resolve(environment.scope, nameParts(name), term).sql;
    return printExpression(required(term.expression(), term), environment).sql;
  });
  return brackets || terms.length !== 1 ? `(${terms.join(', ')})` : (terms[0] ?? '()');
};

/** `expr DESC NULLS LAST`; a number is a position. NULLs are last both ways, in Trino as in DuckDB. */
export const printSortItem = (node: SortItemContext, environment: Environment): string => {
  const name = node.columnRef()?.qualifiedName();
  const expression = name ? resolve(environment.scope, nameParts(name), node).sql : printSortExpression(node, environment).sql;
  const direction = node.KW_DESC() ? ' DESC' : '';
  const nulls = node.KW_NULLS() ? ` NULLS ${node.KW_FIRST() ? 'FIRST' : 'LAST'}` : '';
  return expression + direction + nulls;
};

const printSortExpression = (node: SortItemContext, environment: Environment): Typed => printExpression(required(node.expression(), node), environment);

/** What follows OVER. */
export const printWindow = (node: OverContext, environment: Environment): string => {
  const name = node.identifier();
  if (name) return quoteIdentifier(identifierName(name));
  return `(${printWindowSpecification(required(node.windowSpecification(), node), environment)})`;
};

const printWindowSpecification = (node: WindowSpecificationContext, environment: Environment): string => {
  const parts: string[] = [];
  const base = node.identifier();
  if (base) parts.push(quoteIdentifier(identifierName(base)));
  const partition = node.partitionBy();
  if (partition) parts.push(`PARTITION BY ${partition.expression().map((expression) => printExpression(expression, environment).sql).join(', ')}`);
  const order = node.sortItem().map((item) => printSortItem(item, environment));
  if (order.length > 0) parts.push(`ORDER BY ${order.join(', ')}`);
  const frame = node.windowFrame();
  if (frame) {
    const extent = frame.frameExtent();
    if (frame.getChildCount() > 1) throw notSupported(frame, 'Pattern recognition in a window');
    const bounds = extent.frameBound().map((bound) => printFrameBound(bound, environment));
    const kind = extent.KW_ROWS() ? 'ROWS' : extent.KW_GROUPS() ? 'GROUPS' : 'RANGE';
    parts.push(bounds.length === 2 ? `${kind} BETWEEN ${bounds.join(' AND ')}` : `${kind} ${bounds[0] ?? ''}`);
  }
  return parts.join(' ');
};

const printFrameBound = (node: FrameBoundContext, environment: Environment): string => {
  if (node instanceof CurrentRowBoundContext) return 'CURRENT ROW';
  if (node instanceof UnboundedFrameContext) return `UNBOUNDED ${node.KW_PRECEDING() ? 'PRECEDING' : 'FOLLOWING'}`;
  if (node instanceof BoundedFrameContext) return `${printExpression(node.expression(), environment).sql} ${node.KW_PRECEDING() ? 'PRECEDING' : 'FOLLOWING'}`;
  throw notSupported(node, node.getText());
};
