import type { ParserRuleContext } from 'antlr4ng';
import {
  AndContext,
  ArithmeticBinaryContext,
  ArithmeticUnaryContext,
  AtTimeZoneContext,
  BetweenContext,
  ComparisonContext,
  ConcatenationContext,
  DistinctFromContext,
  ExpressionContext,
  InListContext,
  InSubqueryContext,
  LikeContext,
  LogicalNotContext,
  NullPredicateContext,
  OrContext,
  PredicatedContext,
  PrimaryExpressionContext,
  QuantifiedComparisonContext,
  TimeZoneStringContext,
  ValueExpressionDefaultContext,
} from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { PredicateContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { isPlain } from './comparisons.ts';
import type { Environment } from './environment.ts';
import { arithmetic, atTimeZone, compare, concatenate, impliedByList, mismatch } from './operators.ts';
import type { Comparison } from './operators.ts';
import { printPrimary } from './primary.ts';
import { printQuery } from './queries.ts';
import type { Typed } from './scope.ts';
import { errorAt, notSupported, quoteString, stringValue } from './tree.ts';
import { BOOLEAN, canCoerce, commonSuperType, isInterval, isNumeric, typeText } from './types.ts';

/** A child the grammar promises. */
export const required = <T>(value: T | null | undefined, node: ParserRuleContext): T => {
  if (value === null || value === undefined) throw errorAt(node, 'SYNTAX_ERROR', `incomplete: ${node.getText()}`);
  return value;
};

/** Any node of the expression grammar, printed. */
export const printExpression = (node: ParserRuleContext, environment: Environment): Typed => {
  if (node instanceof ExpressionContext) return printExpression(node.booleanExpression(), environment);
  if (node instanceof PredicatedContext) return printPredicated(node, environment);
  if (node instanceof ValueExpressionDefaultContext) return printPrimary(node.primaryExpression(), environment);
  if (node instanceof PrimaryExpressionContext) return printPrimary(node, environment);
  if (node instanceof AndContext || node instanceof OrContext) return printLogical(node, environment);
  if (node instanceof LogicalNotContext) {
    const inner = printCondition(node.booleanExpression(), environment, 'Value of logical NOT expression');
    return { sql: `(NOT ${inner.sql})`, type: BOOLEAN };
  }
  return printValue(node, environment);
};

const printValue = (node: ParserRuleContext, environment: Environment): Typed => {
  if (node instanceof ArithmeticBinaryContext) {
    const [left, right] = node.valueExpression();
    const operator = required(node._operator?.text, node);
    return arithmetic(printExpression(required(left, node), environment), operator as '+', printExpression(required(right, node), environment), node, environment.inJoin);
  }
  if (node instanceof ArithmeticUnaryContext) {
    const inner = printExpression(node.valueExpression(), environment);
    if (inner.type && !isNumeric(inner.type) && !isInterval(inner.type)) throw errorAt(node, 'TYPE_MISMATCH', `Cannot negate ${typeText(inner.type)}`);
    const literal = node.MINUS() && inner.literal?.type === 'number' ? { literal: { type: 'number' as const, value: `-${inner.literal.value}`.replace('--', '') } } : {};
    return { sql: node.MINUS() ? `(- ${inner.sql})` : inner.sql, type: inner.type, ...literal };
  }
  if (node instanceof ConcatenationContext) {
    const [left, right] = node.valueExpression();
    return concatenate(printExpression(required(left, node), environment), printExpression(required(right, node), environment), node, environment.inJoin);
  }
  if (node instanceof AtTimeZoneContext) return printAtTimeZone(node, environment);
  throw notSupported(node, node.getText());
};

/** An expression that must be a condition. */
export const printCondition = (node: ParserRuleContext, environment: Environment, what: string): Typed => {
  const condition = printExpression(node, environment);
  if (condition.type && !canCoerce(condition.type, BOOLEAN)) throw errorAt(node, 'TYPE_MISMATCH', `${what} must evaluate to a boolean: actual type ${typeText(condition.type)}`);
  return condition;
};

/** The terms of a chain of ANDs (or ORs), which the grammar nests to the left: a long chain must not be a deep recursion. */
const terms = (node: AndContext | OrContext): ParserRuleContext[] => {
  const found: ParserRuleContext[] = [];
  const isAnd = node instanceof AndContext;
  let at: ParserRuleContext = node;
  while ((isAnd && at instanceof AndContext) || (!isAnd && at instanceof OrContext)) {
    const [left, right] = at.booleanExpression();
    found.push(required(right, node));
    at = required(left, node);
  }
  return [...found, at].reverse();
};

const printLogical = (node: AndContext | OrContext, environment: Environment): Typed => {
  const parts = terms(node).map((term) => printCondition(term, environment, 'Logical expression term'));
  const isAnd = node instanceof AndContext;
  const sql = `(${parts.map((part) => part.sql).join(isAnd ? ' AND ' : ' OR ')})`;
  return { sql, type: BOOLEAN, implied: isAnd ? parts.flatMap((part) => part.implied ?? []) : [] };
};

const printAtTimeZone = (node: AtTimeZoneContext, environment: Environment): Typed => {
  const value = printExpression(node.valueExpression(), environment);
  const zone = node.timeZoneSpecifier();
  if (!(zone instanceof TimeZoneStringContext)) throw notSupported(node, 'AT TIME ZONE with an interval');
  return atTimeZone(value, stringValue(zone.string()));
};

const printPredicated = (node: PredicatedContext, environment: Environment): Typed => {
  const value = printExpression(node.valueExpression(), environment);
  const predicate = node.predicate();
  return predicate ? printPredicate(value, predicate, environment) : value;
};

const printPredicate = (value: Typed, node: PredicateContext, environment: Environment): Typed => {
  if (node instanceof ComparisonContext) {
    const right = printExpression(node.valueExpression(), environment);
    return compare(value, comparison(node.comparisonOperator().getText()), right, { inJoin: environment.inJoin, node });
  }
  if (node instanceof BetweenContext) return printBetween(value, node, environment);
  if (node instanceof InListContext) return printInList(value, node, environment);
  if (node instanceof NullPredicateContext) return { sql: `(${value.sql} IS ${node.KW_NOT() ? 'NOT ' : ''}NULL)`, type: BOOLEAN };
  if (node instanceof DistinctFromContext) {
    const right = printExpression(node.valueExpression(), environment);
    if (value.type && right.type && !commonSuperType(value.type, right.type)) throw mismatch(node, value.type, 'IS DISTINCT FROM', right.type);
    return { sql: `(${value.sql} IS ${node.KW_NOT() ? 'NOT ' : ''}DISTINCT FROM ${right.sql})`, type: BOOLEAN };
  }
  if (node instanceof LikeContext) return printLike(value, node, environment);
  if (node instanceof InSubqueryContext || node instanceof QuantifiedComparisonContext) return printSubqueryPredicate(value, node, environment);
  throw notSupported(node, node.getText());
};

const comparison = (text: string): Comparison => (text === '!=' ? '<>' : (text as Comparison));

const printBetween = (value: Typed, node: BetweenContext, environment: Environment): Typed => {
  const [lower, upper] = node.valueExpression().map((bound) => printExpression(bound, environment));
  const options = { inJoin: environment.inJoin, node };
  const low = compare(value, '>=', required(lower, node), options);
  const high = compare(value, '<=', required(upper, node), options);
  if (node.KW_NOT()) return { sql: `(NOT (${low.sql} AND ${high.sql}))`, type: BOOLEAN };
  return { sql: `(${low.sql} AND ${high.sql})`, type: BOOLEAN, implied: [...(low.implied ?? []), ...(high.implied ?? [])] };
};

const printInList = (value: Typed, node: InListContext, environment: Environment): Typed => {
  const items = node.expression().map((item) => printExpression(item, environment));
  for (const item of items) {
    if (value.type && item.type && !commonSuperType(value.type, item.type)) throw errorAt(node, 'TYPE_MISMATCH', `IN value and list items must be the same type: ${typeText(value.type)} vs ${typeText(item.type)}`);
  }
  // Where DuckDB alone knows the value's type, the first item is compared by the macro that checks it.
  const [first] = items;
  const unchecked = first && !environment.inJoin && (!value.type || !first.type) ? ` AND coalesce(${compare(value, '=', first, { inJoin: false, node }).sql}, true) IS NOT NULL` : '';
  const negated = node.KW_NOT() !== null;
  if (value.type && !isPlain(value.type) && !environment.inJoin && !items.every((item) => item.literal)) {
    const equalities = items.map((item) => compare(value, '=', item, { inJoin: false, node }).sql).join(' OR ');
    return { sql: negated ? `(NOT (${equalities}))` : `(${equalities})`, type: BOOLEAN };
  }
  const sql = `(${value.sql} ${negated ? 'NOT ' : ''}IN (${items.map((item) => item.sql).join(', ')})${unchecked})`;
  return { sql, type: BOOLEAN, implied: negated ? [] : impliedByList(value, items) };
};

/** Trino takes one character, and that before `%`, `_` and itself only. */
const checkEscape = (pattern: string | undefined, escape: string | undefined, node: LikeContext): void => {
  if (escape === undefined) return;
  if (Array.from(escape).length !== 1) throw errorAt(node, 'INVALID_FUNCTION_ARGUMENT', 'Escape string must be a single character');
  const letters = Array.from(pattern ?? '');
  for (let index = 0; index < letters.length; index += 1) {
    if (letters[index] !== escape) continue;
    index += 1;
    if (![escape, '%', '_'].includes(letters[index] ?? '')) throw errorAt(node, 'INVALID_FUNCTION_ARGUMENT', `Escape character must be followed by '%', '_' or the escape character itself`);
  }
};

const printLike = (value: Typed, node: LikeContext, environment: Environment): Typed => {
  const [pattern, escape] = node.valueExpression().map((part) => printExpression(part, environment));
  if (value.type && value.type.kind !== 'varchar' && value.type.kind !== 'unknown') throw errorAt(node, 'TYPE_MISMATCH', `Left side of LIKE expression must evaluate to a varchar (actual: ${typeText(value.type)})`);
  checkEscape(pattern?.literal?.value, escape?.literal?.value, node);
  // DuckDB wants the escape character as a bare literal.
  const escaped = escape ? ` ESCAPE ${escape.literal ? quoteString(escape.literal.value) : escape.sql}` : '';
  return { sql: `(${value.sql} ${node.KW_NOT() ? 'NOT ' : ''}LIKE ${required(pattern, node).sql}${escaped})`, type: BOOLEAN };
};

const printSubqueryPredicate = (value: Typed, node: InSubqueryContext | QuantifiedComparisonContext, environment: Environment): Typed => {
  const query = printQuery(node.query(), environment);
  const type = query.output?.length === 1 ? query.output[0]?.type : undefined;
  if (value.type && type && value.type.kind !== 'row' && !commonSuperType(value.type, type)) throw mismatch(node, value.type, 'IN', type);
  if (node instanceof InSubqueryContext) return { sql: `(${value.sql} ${node.KW_NOT() ? 'NOT ' : ''}IN (${query.sql}))`, type: BOOLEAN };
  const quantifier = node.comparisonQuantifier().getText().toUpperCase();
  return { sql: `(${value.sql} ${comparison(node.comparisonOperator().getText())} ${quantifier === 'ALL' ? 'ALL' : 'ANY'} (${query.sql}))`, type: BOOLEAN };
};

