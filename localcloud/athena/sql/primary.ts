import type { Token } from 'antlr4ng';
import {
  ArrayConstructorContext,
  BinaryLiteralContext,
  BooleanLiteralContext,
  CastContext,
  CoalesceContext,
  ColumnReferenceContext,
  CurrentDateContext,
  CurrentTimestampContext,
  DereferenceContext,
  ExistsContext,
  ExtractContext,
  FunctionCallContext,
  GroupingOperationContext,
  IntervalLiteralContext,
  ListAggContext,
  NormalizeContext,
  LocalTimestampContext,
  NullLiteralContext,
  NumericLiteralContext,
  ParameterContext,
  ParenthesizedExpressionContext,
  PositionContext,
  RowConstructorContext,
  SearchedCaseContext,
  SimpleCaseContext,
  StringLiteralContext,
  SubqueryExpressionContext,
  SubscriptContext,
  SubstringContext,
  TrimContext,
  TypeConstructorContext,
} from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { PrimaryExpressionContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { callFunction, coalesce, printFunctionCall, printListAgg } from './calls.ts';
import { castSql, typeOf } from './casts.ts';
import type { Environment } from './environment.ts';
import { printExpression, required } from './expressions.ts';
import { dateLiteral, intervalLiteral, numberLiteral, stringLiteral, timestampLiteral, typedLiteral } from './literals.ts';
import { compare, unify } from './operators.ts';
import { parseExpression } from './parse.ts';
import { printQuery } from './queries.ts';
import { dereference, fieldAtSql, resolve } from './scope.ts';
import type { Typed } from './scope.ts';
import { errorAt, hasKeyword, identifierName, nameParts, notSupported, quoteString, stringValue } from './tree.ts';
import { BOOLEAN, INTEGER, DATE, UNKNOWN, array, isIntegral, scalar, timestamp, typeText } from './types.ts';
import type { TrinoType } from './types.ts';
import { printCondition } from './expressions.ts';

/** A primary expression: a literal, a name, a call, and whatever has brackets of its own. */
export const printPrimary = (node: PrimaryExpressionContext, environment: Environment): Typed => printLiteral(node) ?? printName(node, environment) ?? printConditional(node, environment) ?? printNested(node, environment);

const printLiteral = (node: PrimaryExpressionContext): Typed | undefined => {
  if (node instanceof NullLiteralContext) return { sql: 'NULL', type: UNKNOWN };
  if (node instanceof NumericLiteralContext) return numberLiteral(node.number());
  if (node instanceof StringLiteralContext) return stringLiteral(stringValue(node.string()));
  if (node instanceof BooleanLiteralContext) return { sql: node.getText().toLowerCase(), type: BOOLEAN, literal: { type: 'boolean', value: node.getText().toLowerCase() } };
  if (node instanceof TypeConstructorContext) return typedLiteral(node);
  if (node instanceof IntervalLiteralContext) return intervalLiteral(node.interval());
  if (node instanceof BinaryLiteralContext) return { sql: `unhex(${quoteString(node.getText().slice(2, -1).replaceAll(/\s/g, ''))})`, type: scalar('varbinary') };
  return undefined;
};

const precisionOf = (token: Token | null | undefined): number => Math.min(6, Number(token?.text ?? 3));

const printName = (node: PrimaryExpressionContext, environment: Environment): Typed | undefined => {
  if (node instanceof ColumnReferenceContext) return resolve(environment.scope, nameParts(node.columnName().qualifiedName()), node);
  if (node instanceof DereferenceContext) return dereference(printPrimary(node.primaryExpression(), environment), identifierName(node.identifier()), node);
  if (node instanceof ParameterContext) return printParameter(node, environment);
  if (node instanceof CurrentDateContext) return { sql: 'current_date', type: DATE };
  if (node instanceof CurrentTimestampContext) {
    const precision = precisionOf(node._precision);
    return { sql: precision === 6 ? 'now()' : `date_trunc('millisecond', now())`, type: timestamp(precision, true) };
  }
  if (node instanceof LocalTimestampContext) return { sql: `CAST(date_trunc('millisecond', now()) AS TIMESTAMP)`, type: timestamp(precisionOf(node._precision)) };
  return undefined;
};

/** A `?`: Athena puts the literal's text in its place. */
const printParameter = (node: ParameterContext, environment: Environment): Typed => {
  const text = environment.translation.parameterAt(node.start?.start);
  if (text === undefined) throw errorAt(node, 'INVALID_PARAMETER_USAGE', 'Incorrect number of parameters: fewer values than ? in the statement');
  return printExpression(parseExpression(text), { ...environment, scope: { relations: [], parent: undefined } });
};

const caseType = (types: (TrinoType | undefined)[], node: PrimaryExpressionContext): TrinoType | undefined =>
  unify(types, (left, right) => errorAt(node, 'TYPE_MISMATCH', `All CASE results must be the same type or coercible to a common type. Cannot find common type between ${typeText(left)} and ${typeText(right)}`));

const printConditional = (node: PrimaryExpressionContext, environment: Environment): Typed | undefined => {
  const print = (part: Parameters<typeof printExpression>[0]): Typed => printExpression(part, environment);
  if (node instanceof CoalesceContext) return coalesce(node.expression().map(print), node);
  if (!(node instanceof SearchedCaseContext) && !(node instanceof SimpleCaseContext)) return undefined;
  const operand = node instanceof SimpleCaseContext ? print(required(node._operand, node)) : undefined;
  const results: (TrinoType | undefined)[] = [];
  const whens = node.whenClause().map((when) => {
    const [conditionNode, resultNode] = when.expression();
    const condition = operand
      ? compare(operand, '=', print(required(conditionNode, when)), { inJoin: environment.inJoin, node: when })
      : printCondition(required(conditionNode, when), environment, 'CASE WHEN clause');
    const result = print(required(resultNode, when));
    results.push(result.type);
    return `WHEN ${condition.sql} THEN ${result.sql}`;
  });
  const otherwise = node._elseExpression ? print(node._elseExpression) : undefined;
  if (otherwise) results.push(otherwise.type);
  return { sql: `(CASE ${whens.join(' ')}${otherwise ? ` ELSE ${otherwise.sql}` : ''} END)`, type: caseType(results, node) };
};

const printNested = (node: PrimaryExpressionContext, environment: Environment): Typed => {
  const print = (part: Parameters<typeof printExpression>[0]): Typed => printExpression(part, environment);
  if (node instanceof ParenthesizedExpressionContext) return print(node.expression());
  if (node instanceof FunctionCallContext) return printFunctionCall(node, environment);
  if (node instanceof CastContext) return printCast(node, environment);
  if (node instanceof SubscriptContext) return printSubscript(node, environment);
  if (node instanceof ArrayConstructorContext) {
    const items = node.expression().map(print);
    const element = unify(items.map((item) => item.type), (left, right) => errorAt(node, 'TYPE_MISMATCH', `All ARRAY elements must be the same type: ${typeText(left)} vs ${typeText(right)}`));
    return { sql: `[${items.map((item) => item.sql).join(', ')}]`, type: element && array(element) };
  }
  if (node instanceof RowConstructorContext) {
    const items = node.expression().map(print);
    const types = items.map((item) => item.type);
    return { sql: `row(${items.map((item) => item.sql).join(', ')})`, type: types.every((type) => type !== undefined) ? { kind: 'row', fields: types.map((type) => ({ name: undefined, type })) } : undefined };
  }
  return printSpecialCall(node, environment) ?? printSubquery(node, environment);
};

const EXTRACT_FIELDS: Record<string, string> = { dow: 'day_of_week', day_of_week: 'day_of_week', doy: 'day_of_year', day_of_year: 'day_of_year', week: 'week', yow: 'year_of_week', year_of_week: 'year_of_week', day_of_month: 'day', timezone_hour: 'timezone_hour', timezone_minute: 'timezone_minute' };

/** Functions with a syntax of their own. */
const printSpecialCall = (node: PrimaryExpressionContext, environment: Environment): Typed | undefined => {
  const print = (part: Parameters<typeof printExpression>[0]): Typed => printExpression(part, environment);
  if (node instanceof ListAggContext) return printListAgg(node, environment);
  if (node instanceof SubstringContext) return callFunction('substring', node.valueExpression().map(print), node);
  if (node instanceof PositionContext) {
    const [needle, text] = node.valueExpression().map(print);
    return callFunction('strpos', [required(text, node), required(needle, node)], node);
  }
  if (node instanceof TrimContext) {
    const [only, more] = node.valueExpression();
    const side = node.trimsSpecification()?.getText().toUpperCase() ?? 'BOTH';
    const name = side === 'LEADING' ? 'ltrim' : side === 'TRAILING' ? 'rtrim' : 'trim';
    if (!more) return callFunction(name, [print(required(only, node))], node);
    // `trim(x FROM text)`, and trim(text, x), which the grammar reads in the same way.
    const [characters, text] = hasKeyword(node, 'FROM') ? [only, more] : [more, only];
    return callFunction(name, [print(required(text, node)), print(required(characters, node))], node);
  }
  if (node instanceof NormalizeContext) {
    const form = node.normalForm()?.getText().toUpperCase() ?? 'NFC';
    const normalized = callFunction('normalize', [print(node.valueExpression())], node);
    return form === 'NFC' ? normalized : { sql: `t_js_normalize(${print(node.valueExpression()).sql}, '${form}')`, type: normalized.type };
  }
  if (node instanceof ExtractContext) {
    const field = identifierName(node.identifier());
    const name = EXTRACT_FIELDS[field] ?? (/^(year|quarter|month|day|hour|minute|second)$/.test(field) ? field : undefined);
    if (name === undefined) throw errorAt(node, 'SYNTAX_ERROR', `Invalid EXTRACT field: ${field}`);
    return callFunction(name, [print(node.valueExpression())], node);
  }
  if (node instanceof GroupingOperationContext) {
    const columns = node.qualifiedName().map((name) => resolve(environment.scope, nameParts(name), node).sql);
    return { sql: `CAST(grouping(${columns.join(', ')}) AS INTEGER)`, type: INTEGER };
  }
  return undefined;
};

const printSubquery = (node: PrimaryExpressionContext, environment: Environment): Typed => {
  if (node instanceof ExistsContext) return { sql: `EXISTS (${printQuery(node.query(), environment).sql})`, type: BOOLEAN };
  if (node instanceof SubqueryExpressionContext) {
    const query = printQuery(node.query(), environment);
    if (query.output && query.output.length !== 1) throw errorAt(node, 'NOT_SUPPORTED', 'Multiple columns returned by subquery are not yet supported');
    return { sql: `(${query.sql})`, type: query.output?.[0]?.type };
  }
  throw notSupported(node, node.getText().slice(0, 80));
};

const printCast = (node: CastContext, environment: Environment): Typed => {
  const value = printExpression(node.expression(), environment);
  const type = typeOf(node.type());
  const text = value.literal?.type === 'string' ? value.literal.value : undefined;
  const folded = text === undefined ? undefined : type.kind === 'date' ? dateLiteral(text) : type.kind === 'timestamp' && !type.zone ? timestampLiteral(text) : undefined;
  const sql = castSql(value, type, { lenient: node.KW_TRY_CAST() !== null, node, translation: environment.translation });
  const sameDigits = folded?.type?.kind !== 'timestamp' || (type.kind === 'timestamp' && folded.type.precision <= type.precision);
  return { sql, type, ...(folded?.literal && sameDigits ? { literal: folded.literal } : {}) };
};

const printSubscript = (node: SubscriptContext, environment: Environment): Typed => {
  const value = printPrimary(node.primaryExpression(), environment);
  const index = printExpression(node.valueExpression(), environment);
  const { type } = value;
  if (type?.kind === 'map') return { sql: `t_map_subscript(${value.sql}, ${index.sql})`, type: type.value };
  if (type?.kind === 'row') {
    const position = Number(index.literal?.value);
    const field = type.fields[position - 1];
    if (!field) throw errorAt(node, 'INVALID_FUNCTION_ARGUMENT', `ROW index out of bounds: ${index.sql}`);
    return { sql: field.name === undefined ? fieldAtSql(value.sql, position - 1) : dereference(value, field.name, node).sql, type: field.type };
  }
  if (type && type.kind !== 'array') throw errorAt(node, 'TYPE_MISMATCH', `Cannot apply operator: ${typeText(type)}[${index.type ? typeText(index.type) : '?'}]`);
  if (!type && index.type?.kind === 'varchar') return { sql: `t_map_subscript(${value.sql}, ${index.sql})`, type: undefined };
  if (index.type && !isIntegral(index.type)) throw errorAt(node, 'TYPE_MISMATCH', `Cannot apply operator: array[${typeText(index.type)}]`);
  return { sql: `t_subscript(${value.sql}, ${index.sql})`, type: type?.element };
};
