import type { ParserRuleContext } from 'antlr4ng';
import {
  ExpressionSourceTableContext,
  JoinRelationContext,
  LateralContext,
  ParenthesizedRelationContext,
  RelationDefaultContext,
  SubqueryRelationContext,
  TableNameContext,
  UnnestContext,
} from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { AliasedRelationContext, JoinCriteriaContext, QueryPeriodContext, RelationContext, RelationPrimaryContext, SampledRelationContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { withScope } from './environment.ts';
import type { Environment } from './environment.ts';
import { printCondition, printExpression, required } from './expressions.ts';
import type { MetadataTable } from './model.ts';
import { compare } from './operators.ts';
import { printQuery, renamed } from './queries.ts';
import { recordImplied, relation, resolve, scopeOf } from './scope.ts';
import type { Column, Relation, Typed } from './scope.ts';
import { errorAt, identifierName, nameParts, notSupported, quoteIdentifier } from './tree.ts';
import { parseTypeText } from './type-text.ts';
import { isIntegral, typeText } from './types.ts';
import { printUnnest } from './unnest.ts';

/** A FROM item, and the relations its columns belong to. */
export interface PrintedRelation {
  sql: string;
  relations: Relation[];
  using?: Set<string>;
}

const METADATA_COLUMNS: Record<MetadataTable, string> = {
  snapshots: 'committed_at:timestamp(3) with time zone,snapshot_id:bigint,parent_id:bigint,operation:varchar,manifest_list:varchar,summary:map(varchar;varchar)',
  history: 'made_current_at:timestamp(3) with time zone,snapshot_id:bigint,parent_id:bigint,is_current_ancestor:boolean',
  files: '',
  partitions: '',
  refs: '',
  manifests: '',
};

const metadataColumns = (table: MetadataTable): Column[] | undefined => {
  const text = METADATA_COLUMNS[table];
  if (text === '') return undefined;
  return text.split(',').map((column) => {
    const [name = '', type = ''] = column.split(':');
    return { name, type: parseTypeText(type.replace(';', ',')) };
  });
};

const printPeriod = (node: QueryPeriodContext, environment: Environment): { kind: 'version' | 'timestamp'; sql: string } => {
  const value = printExpression(node.valueExpression(), withScope(environment, { relations: [], parent: undefined }));
  if (node.rangeType().KW_VERSION()) {
    if (value.type && !isIntegral(value.type)) throw errorAt(node, 'INVALID_ARGUMENTS', `Unsupported type for table version: ${typeText(value.type)}`);
    return { kind: 'version', sql: value.sql };
  }
  if (value.type && value.type.kind !== 'timestamp' && value.type.kind !== 'date') throw errorAt(node, 'INVALID_ARGUMENTS', `Unsupported type for temporal table version: ${typeText(value.type)}`);
  return { kind: 'timestamp', sql: `CAST(${value.sql} AS TIMESTAMPTZ)` };
};

/** A table, a metadata table (`"t$snapshots"`), or a common table expression. */
export const printTable = (parts: string[], period: QueryPeriodContext | undefined, node: ParserRuleContext, environment: Environment): PrintedRelation => {
  const [name = '', schema, catalog] = [...parts].reverse();
  if (parts.length === 1 && !period && environment.ctes.has(name)) {
    return { sql: quoteIdentifier(name), relations: [relation(name, environment.ctes.get(name))] };
  }
  const suffix = /^(.+)\$(snapshots|history|files|partitions|refs|manifests)$/.exec(name);
  const table = suffix?.[1] ?? name;
  const metadataTable = suffix?.[2] as MetadataTable | undefined;
  const use = environment.translation.addTable({ catalog, schema, table, metadataTable, line: node.start?.line ?? 1, column: (node.start?.column ?? 0) + 1 });
  if (period) use.reference.timeTravel = printPeriod(period, environment);
  const columns = metadataTable ? metadataColumns(metadataTable) : environment.translation.columnsOf({ catalog, schema, table });
  return { sql: `${use.reference.placeholder} AS ${quoteIdentifier(name)}`, relations: [relation(name, columns, use, schema)] };
};

const printPrimary = (node: RelationPrimaryContext, environment: Environment): PrintedRelation => {
  if (node instanceof TableNameContext) {
    const named = node.tableOrViewName();
    const identifiers = named.tableRef()?.identifier() ?? required(named.viewRef(), node).identifier();
    return printTable(identifiers.map(identifierName), node.queryPeriod() ?? undefined, node, environment);
  }
  if (node instanceof ParenthesizedRelationContext) {
    const inner = printRelation(node.relation(), environment);
    return { ...inner, sql: `(${inner.sql})` };
  }
  if (node instanceof ExpressionSourceTableContext) {
    const source = node.relationSourceTable();
    if (source instanceof SubqueryRelationContext || source instanceof LateralContext) {
      const query = printQuery(source.query(), source instanceof LateralContext ? environment : { ...environment, scope: outside(environment) });
      return { sql: `${source instanceof LateralContext ? 'LATERAL ' : ''}(${query.sql})`, relations: [relation(undefined, query.output)] };
    }
    if (source instanceof UnnestContext) return printUnnest(source, undefined, undefined, environment);
  }
  throw notSupported(node, node.getText().slice(0, 60));
};

/** A plain sub-query does not see its neighbours in FROM, only the queries around. */
const outside = (environment: Environment): Environment['scope'] => environment.scope.parent ?? { relations: [], parent: undefined };

const printAliased = (node: AliasedRelationContext, environment: Environment): PrintedRelation => {
  const primary = node.relationPrimary();
  const aliasNode = node.identifier();
  const alias = aliasNode ? identifierName(aliasNode) : undefined;
  const aliases = node.columnAliases()?.identifier().map(identifierName);
  if (primary instanceof ExpressionSourceTableContext) {
    const source = primary.relationSourceTable();
    if (source instanceof UnnestContext) return printUnnest(source, alias, aliases, environment);
  }
  const inner = printPrimary(primary, environment);
  if (alias === undefined) return inner;
  const [only] = inner.relations;
  if (!only || inner.relations.length > 1) throw notSupported(node, 'An alias for a join');
  const columns = renamed(only.columns, aliases, node);
  // Under other names the columns cannot be told apart from the table's: it is needed whole.
  if (aliases) only.table?.useAll();
  const sql = `${inner.sql.replace(/ AS "(?:[^"]|"")*"$/, '')} AS ${quoteIdentifier(alias)}${aliases ? `(${aliases.map(quoteIdentifier).join(', ')})` : ''}`;
  return { sql, relations: [relation(alias, columns, aliases ? undefined : only.table)] };
};

const printSampled = (node: SampledRelationContext, environment: Environment): PrintedRelation => {
  if (node.KW_TABLESAMPLE()) throw notSupported(node, 'TABLESAMPLE');
  const pattern = node.patternRecognition();
  if (pattern.KW_MATCH_RECOGNIZE()) throw notSupported(node, 'MATCH_RECOGNIZE');
  return printAliased(pattern.aliasedRelation(), environment);
};

/** Which side's rows a join's condition may leave out without changing the result. */
const prunable = (join: string, left: Relation[], right: Relation[]): Relation[] => {
  if (join === 'LEFT') return right;
  if (join === 'RIGHT') return left;
  return join === 'FULL' ? [] : [...left, ...right];
};

const printJoin = (node: JoinRelationContext, environment: Environment): PrintedRelation => {
  if (node.KW_NATURAL()) throw notSupported(node, 'NATURAL JOIN');
  const left = printRelation(required(node._left, node), environment);
  const besideLeft = withScope(environment, scopeOf([...environment.scope.relations, ...left.relations], environment.scope.parent));
  const rightNode = node._right ?? required(node._rightRelation, node);
  const right = rightNode instanceof JoinRelationContext || rightNode instanceof RelationDefaultContext ? printRelation(rightNode, besideLeft) : printSampled(rightNode as SampledRelationContext, besideLeft);
  const relations = [...left.relations, ...right.relations];
  const using = new Set([...(left.using ?? []), ...(right.using ?? [])]);
  if (node.KW_CROSS()) return { sql: `${left.sql} CROSS JOIN ${right.sql}`, relations, using };
  const kind = ['LEFT', 'RIGHT', 'FULL'].find((word) => node.joinType()?.getText().toUpperCase().startsWith(word)) ?? 'INNER';
  const criteria = required(node.joinCriteria(), node);
  if (criteria.KW_USING()) {
    const names = criteria.identifier().map(identifierName);
    for (const name of names) {
      using.add(name);
      for (const item of relations) {
        item.table?.useColumn(name);
        if (item.columns === undefined || item.columns.some((column) => column.name === name)) (item.merged ??= new Set()).add(name);
      }
    }
    return { sql: `${left.sql} ${kind} JOIN ${right.sql} USING (${names.map(quoteIdentifier).join(', ')})`, relations, using };
  }
  const condition = printJoinCondition(criteria, withScope(environment, scopeOf(relations, environment.scope.parent, using), true));
  recordImplied(condition.implied, prunable(kind, left.relations, right.relations));
  return { sql: `${left.sql} ${kind} JOIN ${right.sql} ON ${condition.sql}`, relations, using };
};

/** The grammar has a rule of its own for `a.x = b.y`. */
const printJoinCondition = (criteria: JoinCriteriaContext, environment: Environment): Typed => {
  const equality = criteria.joinColumnEquality();
  if (!equality) return printCondition(required(criteria.booleanExpression(), criteria), environment, 'JOIN ON clause');
  const [left, right] = equality.joinColumnReference().map((side) => {
    const name = required(side.columnName(), side).qualifiedName();
    return resolve(environment.scope, nameParts(name), side);
  });
  return compare(required(left, equality), '=', required(right, equality), { inJoin: true, node: equality });
};

/** A relation of FROM, in a scope that holds the relations to its left (for LATERAL and UNNEST). */
export const printRelation = (node: RelationContext, environment: Environment): PrintedRelation => {
  if (node instanceof JoinRelationContext) return printJoin(node, environment);
  if (node instanceof RelationDefaultContext) return printSampled(node.sampledRelation(), environment);
  throw notSupported(node, node.getText());
};

/** The whole FROM clause; commas are cross joins. An empty list prints as nothing. */
export const printFrom = (nodes: readonly RelationContext[], environment: Environment): PrintedRelation => {
  const relations: Relation[] = [];
  const using = new Set<string>();
  const parts = nodes.map((node) => {
    const printed = printRelation(node, withScope(environment, scopeOf([...relations], environment.scope)));
    relations.push(...printed.relations);
    for (const name of printed.using ?? []) using.add(name);
    return printed.sql;
  });
  return { sql: parts.join(' CROSS JOIN '), relations, using };
};
