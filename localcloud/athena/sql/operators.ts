import type { ParserRuleContext } from 'antlr4ng';
import type { ColumnPredicate, Literal } from './model.ts';
import type { Implied, Typed } from './scope.ts';
import { errorAt, quoteString } from './tree.ts';
import { compareTyped, isOrderable } from './comparisons.ts';
import type { Comparison } from './comparisons.ts';
import { BOOLEAN, DATE, DOUBLE, VARCHAR, canCoerce, commonSuperType, decimal, decimalShape, duckType, isIntegral, isInterval, isNumeric, scalar, timestampIn, typeText } from './types.ts';
import type { TrinoType } from './types.ts';

/** Operators of two operands, by their types where these are known, else by macros that ask DuckDB's `typeof`. */

export type { Comparison } from './comparisons.ts';

const COMPARISON_MACROS: Record<Comparison, string> = { '=': 't_eq', '<>': 't_ne', '<': 't_lt', '<=': 't_le', '>': 't_gt', '>=': 't_ge' };
const MIRRORED: Record<Comparison, Comparison> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

export const mismatch = (node: ParserRuleContext, left: TrinoType, operator: string, right: TrinoType): Error =>
  errorAt(node, 'TYPE_MISMATCH', `Cannot apply operator: ${typeText(left)} ${operator} ${typeText(right)}`);

const impliedBy = (column: Typed, operator: Comparison, literal: Literal | undefined): Implied[] => {
  if (!column.column || !literal || operator === '<>') return [];
  return [{ relation: column.column.relation, column: column.column.name, op: operator, values: [literal] }];
};

/** Whether a literal may be compared with a column's values as they are stored: the types are the same class. */
const fits = (column: Typed, literal: Literal | undefined): boolean => {
  const { type } = column;
  if (!literal || !type) return literal !== undefined;
  if (literal.type === 'string') return type.kind === 'varchar';
  if (literal.type === 'number') return isNumeric(type);
  if (literal.type === 'boolean') return type.kind === 'boolean';
  return type.kind === 'date' || (type.kind === 'timestamp' && !type.zone);
};

/** `left op right`. `inJoin`: the condition of a join, where DuckDB wants to see the bare comparison. Throws TYPE_MISMATCH. */
export const compare = (left: Typed, operator: Comparison, right: Typed, options: { inJoin: boolean; node: ParserRuleContext }): Typed => {
  if (left.type && right.type && !commonSuperType(left.type, right.type)) throw mismatch(options.node, left.type, operator, right.type);
  const common = left.type && right.type ? commonSuperType(left.type, right.type) : undefined;
  if (common && operator !== '=' && operator !== '<>' && !isOrderable(common)) throw mismatch(options.node, left.type ?? common, operator, right.type ?? common);
  const sql = common ? compareTyped(left, operator, right, common, options.inJoin) : options.inJoin ? `(${left.sql} ${operator} ${right.sql})` : `${COMPARISON_MACROS[operator]}(${left.sql}, ${right.sql})`;
  const implied = fits(left, right.literal) ? impliedBy(left, operator, right.literal) : fits(right, left.literal) ? impliedBy(right, MIRRORED[operator], left.literal) : [];
  return { sql, type: BOOLEAN, implied };
};

/** What `column IN (literals)` implies; nothing where one of them is no literal. */
export const impliedByList = (value: Typed, items: readonly Typed[]): Implied[] => {
  const literals = items.flatMap((item) => (item.literal && fits(value, item.literal) ? [item.literal] : []));
  if (!value.column || literals.length !== items.length) return [];
  const predicate: ColumnPredicate = { column: value.column.name, op: 'in', values: literals };
  return [{ relation: value.column.relation, ...predicate }];
};

const dayTime = scalar('interval day to second');

/** An interval has milliseconds, and so has the sum. */
const addedTo = (type: TrinoType): TrinoType => (type.kind === 'timestamp' ? { ...type, precision: Math.max(3, type.precision) } : type);

/** A date takes days only. */
const wholeDays = (interval: Typed, operator: '+' | '-'): string =>
  interval.type?.kind === 'interval year to month' ? interval.sql : `t_whole_days(${interval.sql}, '${operator === '+' ? 'Cannot add hour, minutes or seconds to a date' : 'Cannot subtract hour, minutes or seconds from a date'}')`;

/** Time plus or minus an interval, time minus time; undefined where neither side is a time or an interval. */
const timeArithmetic = (left: Typed, operator: '+' | '-', right: Typed, node: ParserRuleContext): Typed | undefined => {
  const { type: a } = left;
  const { type: b } = right;
  if (!a || !b) return undefined;
  const sql = `(${left.sql} ${operator} ${right.sql})`;
  const isTime = (type: TrinoType): boolean => type.kind === 'date' || type.kind === 'timestamp';
  if (isTime(a) && isInterval(b)) return a.kind === 'date' ? { sql: `CAST(${left.sql} ${operator} ${wholeDays(right, operator)} AS DATE)`, type: DATE } : { sql, type: addedTo(a) };
  if (isInterval(a) && isTime(b) && operator === '+') return b.kind === 'date' ? { sql: `CAST(${right.sql} + ${wholeDays(left, '+')} AS DATE)`, type: DATE } : { sql, type: addedTo(b) };
  if (isInterval(a) && a.kind === b.kind) return { sql, type: a };
  if (isTime(a) && isTime(b) && operator === '-') return { sql: a.kind === 'date' && b.kind === 'date' ? `to_days(CAST(${sql} AS INTEGER))` : sql, type: dayTime };
  if (isTime(a) || isTime(b) || isInterval(a) || isInterval(b)) throw mismatch(node, a, operator, b);
  return undefined;
};

const scaled = (value: Typed, scale: number, factor: number): string =>
  `CAST(CAST(${value.sql} AS DECIMAL(38,${scale})) * ${10n ** BigInt(scale)}::HUGEINT AS HUGEINT)${factor > 0 ? ` * ${10n ** BigInt(factor)}::HUGEINT` : ''}`;

/** An unscaled number as a decimal. */
const unscaled = (sql: string, type: TrinoType & { kind: 'decimal' }): string =>
  type.scale === 0 ? `CAST(${sql} AS ${duckType(type)})` : `CAST(CAST(${sql} AS DECIMAL(38,0)) * CAST('0.${'0'.repeat(type.scale - 1)}1' AS DECIMAL(${type.scale + 1},${type.scale})) AS ${duckType(type)})`;

/** https://trino.io/docs/current/functions/decimal.html: scale max(s1, s2), precision p1 + s2 + max(s2 - s1, 0). */
const divideDecimals = (left: Typed, right: Typed, a: { precision: number; scale: number }, b: { precision: number; scale: number }): Typed => {
  const scale = Math.max(a.scale, b.scale);
  const type = { kind: 'decimal', precision: Math.min(38, a.precision + b.scale + Math.max(b.scale - a.scale, 0)), scale } as const;
  const dividend = scaled(left, a.scale, scale + b.scale - a.scale);
  return { sql: unscaled(`t_round_div(${dividend}, ${scaled(right, b.scale, 0)})`, type), type };
};

/** sum(decimal) / count as avg(decimal) has it: the scale stays, the last digit is rounded. */
export const averageOfDecimals = (sum: string, count: string, type: TrinoType & { kind: 'decimal' }): string =>
  unscaled(`CASE WHEN ${count} > 0 THEN t_round_div(${scaled({ sql: sum, type }, type.scale, 0)}, CAST(${count} AS HUGEINT)) END`, type);

const divide = (left: Typed, operator: '/' | '%', right: Typed): Typed => {
  const { type: a } = left;
  const { type: b } = right;
  const macro = operator === '/' ? 't_div' : 't_mod';
  if (!a || !b) return { sql: `${macro}(${left.sql}, ${right.sql})`, type: undefined };
  const common = commonSuperType(a, b) ?? DOUBLE;
  if (isIntegral(common)) {
    const sql = `${macro}_integral(${left.sql}, ${right.sql})`;
    return { sql: common.kind === 'bigint' ? sql : `CAST(${sql} AS ${duckType(common)})`, type: common };
  }
  const shapeA = decimalShape(a);
  const shapeB = decimalShape(b);
  if (!shapeA || !shapeB) return { sql: `(CAST(${left.sql} AS ${duckType(common)}) ${operator} CAST(${right.sql} AS ${duckType(common)}))`, type: common };
  if (operator === '/') return divideDecimals(left, right, shapeA, shapeB);
  const scale = Math.max(shapeA.scale, shapeB.scale);
  const type = decimal(Math.min(shapeA.precision - shapeA.scale, shapeB.precision - shapeB.scale) + scale, scale);
  return { sql: `CAST(CASE WHEN ${right.sql} = 0 THEN t_fail_bigint('DIVISION_BY_ZERO', 'Division by zero') ELSE ${left.sql} % ${right.sql} END AS ${duckType(type)})`, type };
};

const addedDecimals = (a: TrinoType, b: TrinoType, operator: string): TrinoType | undefined => {
  const x = decimalShape(a);
  const y = decimalShape(b);
  if (!x || !y) return undefined;
  if (operator === '*') return decimal(Math.min(38, x.precision + y.precision), x.scale + y.scale);
  const scale = Math.max(x.scale, y.scale);
  return decimal(Math.min(38, Math.max(x.precision - x.scale, y.precision - y.scale) + scale + 1), scale);
};

/** An interval times a number, or divided by one; undefined where it is neither. Months are whole. */
const intervalTimes = (left: Typed, operator: string, right: Typed): Typed | undefined => {
  const { type: a } = left;
  const { type: b } = right;
  if (!a || !b) return undefined;
  const [interval, number] = isInterval(a) && isNumeric(b) ? [left, right] : isInterval(b) && isNumeric(a) && operator === '*' ? [right, left] : [undefined, undefined];
  if (!interval?.type || (operator !== '*' && operator !== '/')) return undefined;
  const factor = `CAST(${number.sql} AS DOUBLE)`;
  const unit = interval.type.kind === 'interval year to month' ? `t_months(${interval.sql})` : `t_interval_ms(${interval.sql})`;
  const result = `CAST(trunc(${unit} ${operator} ${operator === '/' ? `CASE WHEN ${factor} = 0 THEN t_fail_bigint('DIVISION_BY_ZERO', 'Division by zero') ELSE ${factor} END` : factor}) AS BIGINT)`;
  return { sql: interval.type.kind === 'interval year to month' ? `to_months(CAST(${result} AS INTEGER))` : `t_interval('millisecond', ${result})`, type: interval.type };
};

/** `+ - * / %`. Throws TYPE_MISMATCH. */
export const arithmetic = (left: Typed, operator: '+' | '-' | '*' | '/' | '%', right: Typed, node: ParserRuleContext, inJoin: boolean): Typed => {
  const { type: a } = left;
  const { type: b } = right;
  if (operator === '+' || operator === '-') {
    const time = timeArithmetic(left, operator, right, node);
    if (time) return time;
  }
  const plain = `(${left.sql} ${operator} ${right.sql})`;
  if (a && b) {
    const scaledInterval = intervalTimes(left, operator, right);
    if (scaledInterval) return scaledInterval;
    const numbers = (isNumeric(a) || a.kind === 'unknown') && (isNumeric(b) || b.kind === 'unknown');
    const common = commonSuperType(a, b);
    if (!numbers || !common) throw mismatch(node, a, operator, b);
    if (operator === '/' || operator === '%') return divide(left, operator, right);
    return { sql: plain, type: common.kind === 'decimal' ? addedDecimals(a, b, operator) : common };
  }
  return unknownArithmetic(left, operator, right, inJoin);
};

const unknownArithmetic = (left: Typed, operator: '+' | '-' | '*' | '/' | '%', right: Typed, inJoin: boolean): Typed => {
  if (operator === '/' || operator === '%') return divide(left, operator, right);
  const plain = `(${left.sql} ${operator} ${right.sql})`;
  if (operator === '*') return { sql: plain, type: undefined };
  const interval = [left.type, right.type].some((type) => type !== undefined && isInterval(type));
  if (interval) return { sql: `${operator === '+' ? 't_plus' : 't_minus'}(${left.sql}, ${right.sql})`, type: undefined };
  return { sql: inJoin ? plain : `${operator === '+' ? 't_add' : 't_sub'}(${left.sql}, ${right.sql})`, type: undefined };
};

/** `||`: of texts, of arrays, or of an array and an element. */
export const concatenate = (left: Typed, right: Typed, node: ParserRuleContext, inJoin: boolean): Typed => {
  const { type: a } = left;
  const { type: b } = right;
  const plain = `(${left.sql} || ${right.sql})`;
  if (a?.kind === 'array' || b?.kind === 'array') return concatenateArrays(left, right, node);
  if (a && b) {
    const texts = (a.kind === 'varchar' || a.kind === 'unknown') && (b.kind === 'varchar' || b.kind === 'unknown');
    if (!texts && !(a.kind === 'varbinary' && b.kind === 'varbinary')) throw cannotConcatenate(node, a, b);
    return { sql: plain, type: a.kind === 'varbinary' ? a : VARCHAR };
  }
  return { sql: inJoin ? plain : `t_cat(${left.sql}, ${right.sql})`, type: undefined };
};

const concatenateArrays = (left: Typed, right: Typed, node: ParserRuleContext): Typed => {
  const { type: a } = left;
  const { type: b } = right;
  // array || NULL is NULL, and so is list_concat's answer only with an explicit check.
  const both = `CASE WHEN ${left.sql} IS NOT NULL AND ${right.sql} IS NOT NULL THEN list_concat(${left.sql}, ${right.sql}) END`;
  if (!a || !b) return { sql: both, type: undefined };
  const common = commonSuperType(a, b);
  if (common) return { sql: both, type: common };
  if (a.kind === 'array' && canCoerce(b, a.element)) return { sql: `CASE WHEN ${right.sql} IS NOT NULL THEN list_append(${left.sql}, ${right.sql}) END`, type: a };
  if (b.kind === 'array' && canCoerce(a, b.element)) return { sql: `CASE WHEN ${left.sql} IS NOT NULL THEN list_prepend(${left.sql}, ${right.sql}) END`, type: b };
  throw cannotConcatenate(node, a, b);
};

/** `||` is the function concat to Trino. */
const cannotConcatenate = (node: ParserRuleContext, a: TrinoType, b: TrinoType): Error =>
  errorAt(node, 'FUNCTION_NOT_FOUND', `Unexpected parameters (${typeText(a)}, ${typeText(b)}) for function concat`);

/** A time shown in another zone: the same point in time, and a type that tells the zone. */
export const atTimeZone = (value: Typed, zone: string): Typed => {
  const precision = value.type?.kind === 'timestamp' ? value.type.precision : 3;
  const offset = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone);
  const named = offset ? `${offset[1] ?? ''}${(offset[2] ?? '').padStart(2, '0')}:${offset[3] ?? '00'}` : /^(?:utc|gmt|z|ut)$/i.test(zone) ? 'UTC' : zone;
  const point = value.type?.kind === 'timestamp' && value.type.zone ? value.sql : `CAST(${value.sql} AS TIMESTAMPTZ)`;
  // DuckDB tells whether the zone is one only when it is used.
  const checked = named === 'UTC' || offset ? point : `t_in_zone(${point}, ${quoteString(named)})`;
  return { sql: checked, type: timestampIn(precision, named === '+00:00' ? 'UTC' : named) };
};

/** The type several expressions meet in: CASE, COALESCE, IN, VALUES, UNION; undefined where one of them is unknown. Throws TYPE_MISMATCH. */
export const unify = (types: readonly (TrinoType | undefined)[], fail: (left: TrinoType, right: TrinoType) => Error): TrinoType | undefined => {
  let common: TrinoType | undefined = scalar('unknown');
  for (const type of types) {
    if (!type) return undefined;
    const next = commonSuperType(common, type);
    if (!next) throw fail(common, type);
    common = next;
  }
  return common;
};

