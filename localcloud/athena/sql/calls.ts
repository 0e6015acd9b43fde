import type { ParserRuleContext } from 'antlr4ng';
import { LambdaContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { FunctionCallContext, ListAggContext, SortItemContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { withScope } from './environment.ts';
import type { Environment } from './environment.ts';
import { printCondition, printExpression, required } from './expressions.ts';
import { functionNamed, isTrinoFunction } from './functions/index.ts';
import { InvalidArgument, RuleLimit } from './functions/rule.ts';
import type { AggregateCall, FunctionRule } from './functions/rule.ts';
import { instantiate, matches, parameterAt, takes } from './functions/signature.ts';
import type { Bindings, Signature } from './functions/signature.ts';
import { atTimeZone, compare, concatenate, unify } from './operators.ts';
import { printSortItem, printWindow } from './queries.ts';
import type { Typed } from './scope.ts';
import { errorAt, hasKeyword, identifierName, nameParts, notSupported, quoteIdentifier, quoteString, stringValue, unwrap } from './tree.ts';
import { isPlain } from './comparisons.ts';
import { VARCHAR, canCoerce, typeText } from './types.ts';
import type { TrinoType } from './types.ts';

type Argument = ParserRuleContext | Typed;

const isTyped = (argument: Argument): argument is Typed => 'sql' in argument;

/** What stands around the arguments of an aggregate. */
interface Extras {
  distinct: string;
  order: string;
  nulls: string;
  tail: string;
}

const NO_EXTRAS: Extras = { distinct: '', order: '', nulls: '', tail: '' };

const unknownFunction = (name: string, node: ParserRuleContext): Error =>
  isTrinoFunction(name) ? notSupported(node, `Function ${name}`) : errorAt(node, 'FUNCTION_NOT_FOUND', `Function '${name}' not registered`);

const printLambda = (node: LambdaContext, types: (TrinoType | undefined)[], environment: Environment): Typed => {
  const names = node.identifier().map(identifierName);
  const lambda = new Map(names.map((name, index) => [name, types[index]]));
  const body = printExpression(node.expression(), withScope(environment, { relations: [], parent: environment.scope, lambda }));
  return { sql: `lambda ${names.map(quoteIdentifier).join(', ')}: ${body.sql}`, type: body.type };
};

interface Match {
  args: Typed[];
  result: TrinoType | undefined;
}

/** The arguments printed for one signature, undefined where they do not fit it. Lambdas learn their types from the arguments before. */
const tryFit = (signature: Signature, args: readonly Argument[], environment: Environment | undefined): Match | undefined => {
  const bindings: Bindings = new Map();
  const printed: Typed[] = [];
  for (const [index, argument] of args.entries()) {
    const parameter = parameterAt(signature, index);
    if (!parameter) return undefined;
    const isLambda = !isTyped(argument);
    if (isLambda !== (parameter.is === 'function')) return undefined;
    const value = isTyped(argument) ? argument : lambdaArgument(argument, parameter.is === 'function' ? parameter.parameters.map((pattern) => instantiate(pattern, bindings)) : [], environment);
    if (!matches(parameter, value.type, bindings)) return undefined;
    printed.push(value);
  }
  return { args: printed, result: instantiate(signature.result, bindings) };
};

const lambdaArgument = (node: ParserRuleContext, types: (TrinoType | undefined)[], environment: Environment | undefined): Typed => {
  if (!environment || !(node instanceof LambdaContext)) throw new Error('only a lambda is printed late');
  return printLambda(node, types, environment);
};

const fit = (name: string, rule: FunctionRule, args: readonly Argument[], node: ParserRuleContext, environment: Environment | undefined): Match => {
  const candidates = rule.signatures.filter((signature) => takes(signature, args.length));
  const found = candidates.map((signature) => tryFit(signature, args, environment)).filter((match) => match !== undefined);
  const [first] = found;
  if (!first) {
    if (args.some((argument) => isTyped(argument) && argument.type?.kind === 'time')) throw notSupported(node, `${name} of a time`);
    const shown = args.map((argument) => (isTyped(argument) ? (argument.type ? typeText(argument.type) : '?') : 'function'));
    throw errorAt(node, 'FUNCTION_NOT_FOUND', `Unexpected parameters (${shown.join(', ')}) for function ${name}. Expected: ${rule.signatures.map((signature) => signature.text).join(', ')}`);
  }
  // Where an argument's type is unknown several signatures fit; the result is known only if they agree.
  const agree = found.every((match) => JSON.stringify(match.result) === JSON.stringify(first.result));
  return agree ? first : { ...first, result: undefined };
};

const integerOf = ({ literal }: Typed): number | undefined => (literal?.type === 'number' && /^-?\d{1,15}$/.test(literal.value) ? Number(literal.value) : undefined);

const callRule = (name: string, rule: FunctionRule, args: readonly Argument[], extras: Extras, node: ParserRuleContext, environment: Environment | undefined): Typed => {
  const match = fit(name, rule, args, node, environment);
  const types = match.args.map((argument) => argument.type);
  const shown = match.args.map((argument) => ({ sql: argument.sql, type: argument.type, text: argument.literal?.type === 'string' ? argument.literal.value : undefined, number: integerOf(argument), local: argument.local }));
  const call: AggregateCall = { ...extras, args: shown };
  try {
    const type = rule.returnsFor ? rule.returnsFor(shown) : rule.returns ? rule.returns(types) : match.result;
    return { sql: rule.print(call, type), type, ...(rule.local ? { local: rule.local(shown.map((argument) => argument.sql)) } : {}) };
  } catch (error) {
    if (error instanceof InvalidArgument) throw errorAt(node, 'INVALID_FUNCTION_ARGUMENT', error.message);
    if (error instanceof RuleLimit) throw notSupported(node, `${name}: ${error.message}`);
    throw error;
  }
};

/** A function of one row on printed arguments. */
export const callFunction = (name: string, args: readonly Typed[], node: ParserRuleContext): Typed => {
  const rule = functionNamed(name);
  if (!rule) throw unknownFunction(name, node);
  return callRule(name, rule, args, NO_EXTRAS, node, undefined);
};

const printExtras = (node: FunctionCallContext, environment: Environment): Extras => {
  const order = node.sortItem().map((item) => printSortItem(item, environment)).join(', ');
  const filter = node.filter();
  const over = node.over();
  const filterSql = filter ? ` FILTER (WHERE ${printCondition(filter.whereClause().booleanExpression(), environment, 'FILTER clause')
    .sql})` : '';
  const overSql = over ? ` OVER ${printWindow(over, environment)}` : '';
  return {
    distinct: node.setQuantifier()?.KW_DISTINCT() ? 'DISTINCT ' : '',
    order: order === '' ? '' : ` ORDER BY ${order}`,
    nulls: node.nullTreatment()?.KW_IGNORE() ? ' IGNORE NULLS' : '',
    tail: filterSql + overSql,
  };
};

/** Refuses an aggregate where there may be none; the environment of its arguments. */
const checkPlace = (name: string, node: FunctionCallContext, environment: Environment): Environment => {
  const kind = functionNamed(name)?.kind;
  if (kind === undefined || (kind === 'scalar' && !node.over())) return environment;
  if (environment.noAggregates !== undefined) throw errorAt(node, 'EXPRESSION_NOT_SCALAR', `${environment.noAggregates} cannot contain aggregations, window functions or grouping operations: [${node.getText()}]`);
  if (environment.aggregate !== undefined) throw errorAt(node, 'NESTED_AGGREGATION', `Cannot nest aggregations inside aggregation '${environment.aggregate}': [${node.getText()}]`);
  return kind === 'aggregate' && !node.over() ? { ...environment, aggregate: name } : environment;
};

/** `name(…)`. Throws FUNCTION_NOT_FOUND, NOT_SUPPORTED, TYPE_MISMATCH. */
export const printFunctionCall = (node: FunctionCallContext, environment: Environment): Typed => {
  const name = nameParts(node.functionName().qualifiedName()).join('.');
  if (node.processingMode() ?? node.identifier()) throw notSupported(node, 'Pattern recognition');
  const nodes = node.expression().map((argument) => unwrap(argument));
  const within = checkPlace(name, node, environment);
  const args = nodes.map((argument, index): Argument => (argument instanceof LambdaContext ? argument : printExpression(required(node.expression(index), node), within)));
  const special = SPECIAL[name];
  const extras = printExtras(node, environment);
  const hasExtras = extras.distinct + extras.order + extras.nulls + extras.tail !== '';
  if (special) {
    if (hasExtras) throw errorAt(node, 'FUNCTION_NOT_AGGREGATE', `'${name}' is not an aggregate function`);
    return special(args.map((argument) => (isTyped(argument) ? argument : lambdaArgument(argument, [], environment))), node, environment);
  }
  const rule = functionNamed(name);
  if (!rule) throw unknownFunction(name, node);
  if (rule.kind === 'scalar' && hasExtras) throw errorAt(node, 'FUNCTION_NOT_AGGREGATE', `'${name}' is not an aggregate function`);
  if (extras.distinct !== '' && node.over()) throw errorAt(node, 'NOT_SUPPORTED', `DISTINCT in window function parameters not yet supported: ${name}`);
  if (rule.kind === 'window' && !node.over()) throw errorAt(node, 'MISSING_OVER', `Window function ${name} requires an OVER clause`);
  if (name === 'count' && node.ASTERISK()) return { sql: `count(*)${extras.tail}`, type: { kind: 'bigint' } };
  return callRule(name, rule, args, extras, node, environment);
};

type SpecialForm = (args: Typed[], node: FunctionCallContext, environment: Environment) => Typed;

const arity = (name: string, args: Typed[], least: number, most: number, node: ParserRuleContext): void => {
  if (args.length < least || args.length > most) throw errorAt(node, 'INVALID_FUNCTION_ARGUMENT', `Invalid number of arguments for '${name}' function`);
};

/** NULL where one argument is NULL: DuckDB's greatest and least skip it. */
const extreme = (name: string): SpecialForm => (args, node) => {
  arity(name, args, 1, 127, node);
  const type = unify(args.map((argument) => argument.type), (left, right) => errorAt(node, 'FUNCTION_NOT_FOUND', `Unexpected parameters (${typeText(left)}, ${typeText(right)}) for function ${name}`));
  const nullable = args.filter((argument) => !argument.literal);
  const call = `${name}(${args.map((argument) => argument.sql).join(', ')})`;
  return { sql: nullable.length === 0 ? call : `(CASE WHEN ${nullable.map((argument) => `${argument.sql} IS NOT NULL`).join(' AND ')} THEN ${call} END)`, type };
};

export const coalesce = (args: Typed[], node: ParserRuleContext): Typed => {
  if (args.length < 2) throw errorAt(node, 'INVALID_FUNCTION_ARGUMENT', 'The coalesce function must have at least two arguments');
  const type = unify(args.map((argument) => argument.type), (left, right) => errorAt(node, 'TYPE_MISMATCH', `All COALESCE operands must be the same type or coercible to a common type. Cannot find common type between ${typeText(left)} and ${typeText(right)}`));
  return { sql: `coalesce(${args.map((argument) => argument.sql).join(', ')})`, type };
};

const SPECIAL: Record<string, SpecialForm> = {
  coalesce,
  greatest: extreme('greatest'),
  least: extreme('least'),
  if: (args, node) => {
    arity('if', args, 2, 3, node);
    const [condition, then, otherwise] = args;
    const type = unify([then?.type, ...(otherwise ? [otherwise.type] : [])], (left, right) => errorAt(node, 'TYPE_MISMATCH', `Result types for IF must be the same: ${typeText(left)} vs ${typeText(right)}`));
    return { sql: `(CASE WHEN ${condition?.sql ?? ''} THEN ${then?.sql ?? ''}${otherwise ? ` ELSE ${otherwise.sql}` : ''} END)`, type };
  },
  nullif: (args, node, environment) => {
    arity('nullif', args, 2, 2, node);
    const left = required(args[0], node);
    const same = compare(left, '=', required(args[1], node), { inJoin: environment.inJoin, node });
    const plain = left.type && isPlain(left.type);
    return { sql: plain ? `nullif(${left.sql}, ${args[1]?.sql ?? ''})` : `(CASE WHEN ${same.sql} THEN NULL ELSE ${left.sql} END)`, type: left.type };
  },
  try: (args, node) => {
    arity('try', args, 1, 1, node);
    return { sql: `TRY(${args[0]?.sql ?? ''})`, type: args[0]?.type };
  },
  concat: (args, node, environment) => {
    arity('concat', args, 2, 127, node);
    return args.reduce((left, right) => concatenate(left, right, node, environment.inJoin));
  },
  at_timezone: (args, node) => {
    arity('at_timezone', args, 2, 2, node);
    const zone = args[1]?.literal;
    if (zone?.type !== 'string') throw notSupported(node, 'at_timezone with a zone that is no literal');
    return atTimeZone(required(args[0], node), zone.value);
  },
  typeof: (args, node) => {
    arity('typeof', args, 1, 1, node);
    const type = args[0]?.type;
    if (!type) throw notSupported(node, 'typeof of a type that is not known beforehand');
    return { sql: quoteString(typeText(type)), type: VARCHAR };
  },
};

/** `listagg(x, ',') WITHIN GROUP (ORDER BY y)`. */
export const printListAgg = (node: ListAggContext, environment: Environment): Typed => {
  if (node.KW_OVERFLOW() && !hasKeyword(required(node.listAggOverflowBehavior(), node), 'ERROR')) throw notSupported(node, 'listagg … ON OVERFLOW TRUNCATE');
  const value = printExpression(node.expression(), environment);
  const separator = node.string();
  const order = node.sortItem().map((item: SortItemContext) => printSortItem(item, environment)).join(', ');
  const filter = node.filter();
  const filterSql = filter ? ` FILTER (WHERE ${printExpression(filter.whereClause().booleanExpression(), environment).sql})` : '';
  if (value.type && !canCoerce(value.type, VARCHAR)) throw errorAt(node, 'TYPE_MISMATCH', `Expected expression of varchar, but '${node.expression().getText()}' has ${typeText(value.type)} type`);
  const distinct = node.setQuantifier()?.KW_DISTINCT() ? 'DISTINCT ' : '';
  return { sql: `string_agg(${distinct}${value.sql}, ${quoteString(separator ? stringValue(separator) : '')}${order === '' ? '' : ` ORDER BY ${order}`})${filterSql}`, type: VARCHAR };
};
