import { isPrimitive, decimalOf } from './types.ts';
import { keepsOrder, transformValue } from './transforms.ts';
import type { Transform } from './transforms.ts';
import type { Field, PrimitiveType } from './types.ts';
import { MICROS_PER_DAY, compareValues, floorDivide, microsOf, unscaledOf } from './values.ts';
import type { Value } from './values.ts';

/** A literal as a SQL statement holds it, in text form: `2025-01-01`, `2025-01-01 10:00:00.5`, `-12.50`, `true`. */
export interface Literal {
  type: 'date' | 'timestamp' | 'number' | 'string' | 'boolean';
  value: string;
}

/**
 * A conjunct that every row of interest satisfies. Used only to leave files out, so losing one is never wrong.
 * `column` is a column's name in lower case, or `$path`. All operators but `in` have exactly one value.
 */
export interface ColumnPredicate {
  column: string;
  op: '=' | '<' | '<=' | '>' | '>=' | 'in';
  values: Literal[];
}

/** A literal made comparable with a column's values. */
export interface BoundLiteral {
  /** In the domain that `lift` leads to, where the comparison is exact. */
  comparable: Value;
  /** The greatest value of the column's type not above the literal: what a partition transform is applied to. */
  columnValue: Value;
  /** A value of the column in the domain of the comparison. */
  lift: (value: Value) => Value;
}

export interface BoundPredicate {
  fieldId: number;
  type: PrimitiveType;
  op: ColumnPredicate['op'];
  literals: readonly BoundLiteral[];
}

const same = (value: Value): BoundLiteral => ({ comparable: value, columnValue: value, lift: (column) => column });
const dayMicros = (days: Value): bigint => BigInt(Number(days)) * MICROS_PER_DAY;

const bindTime = (type: PrimitiveType, literal: Literal): BoundLiteral | undefined => {
  const micros = microsOf(literal.value);
  if (micros === undefined) return undefined;
  if (type !== 'date') return same(micros);
  return { comparable: micros, columnValue: Number(floorDivide(micros, MICROS_PER_DAY)), lift: dayMicros };
};

/** Whole numbers and decimals are compared exactly, at the greater of both scales. */
const bindExact = (columnScale: number, isInt: boolean, literal: Literal): BoundLiteral | undefined => {
  const fraction = /^[+-]?\d*(?:\.(\d*))?$/.exec(literal.value)?.[1] ?? '';
  const scale = Math.max(columnScale, fraction.length);
  const comparable = unscaledOf(literal.value, scale);
  if (comparable === undefined) return undefined;
  const factor = 10n ** BigInt(scale - columnScale);
  const floored = floorDivide(comparable, factor);
  return { comparable, columnValue: isInt ? Number(floored) : floored, lift: (value) => BigInt(value as bigint | number) * factor };
};

/** A real column may be compared in single precision: there the literal is another number. */
const bindFloat = (type: 'float' | 'double', value: number): BoundLiteral | undefined => (Number.isFinite(value) ? same(type === 'float' ? Math.fround(value) : value) : undefined);

const bindLiteral = (type: PrimitiveType, literal: Literal): BoundLiteral | undefined => {
  const decimal = decimalOf(type);
  if (literal.type === 'number') {
    if (decimal) return bindExact(decimal.scale, false, literal);
    if (type === 'int' || type === 'long') return bindExact(0, type === 'int', literal);
    return type === 'double' || type === 'float' ? bindFloat(type, Number(literal.value)) : undefined;
  }
  if (literal.type === 'date' || literal.type === 'timestamp') return ['date', 'timestamp', 'timestamptz'].includes(type) ? bindTime(type, literal) : undefined;
  if (literal.type === 'boolean') return type === 'boolean' ? same(literal.value === 'true') : undefined;
  return type === 'string' ? same(literal.value) : undefined;
};

const orEqual = (op: ColumnPredicate['op']): ColumnPredicate['op'] => (op === '<' ? '<=' : op === '>' ? '>=' : op);

/** A predicate in terms of a schema; undefined where it cannot be used to leave files out. */
export const bindPredicate = (fields: readonly Field[], predicate: ColumnPredicate): BoundPredicate | undefined => {
  const field = fields.find((candidate) => candidate.name === predicate.column);
  if (!field || !isPrimitive(field.type)) return undefined;
  const { type } = field;
  const literals = predicate.values.map((literal) => bindLiteral(type, literal)).filter((literal) => literal !== undefined);
  // a < b in double precision only gives a <= b in single.
  const op = type === 'float' ? orEqual(predicate.op) : predicate.op;
  return literals.length === predicate.values.length ? { fieldId: field.id, type, op, literals } : undefined;
};

/** NaN as a bound tells nothing (old writers put it there), nor does it as a partition's value: engines order it differently. */
const isUnknown = (bound: Value | undefined): bound is undefined => bound === undefined || Number.isNaN(bound);

/** Whether a value in [lower, upper] can satisfy `value op literal`; an unknown bound is open. */
const rangeMayMatch = (op: ColumnPredicate['op'], literal: Value, lower: Value | undefined, upper: Value | undefined): boolean => {
  const least = isUnknown(lower) ? -1 : compareValues(lower, literal);
  const greatest = isUnknown(upper) ? 1 : compareValues(upper, literal);
  if (op === '<') return least < 0;
  if (op === '<=') return least <= 0;
  if (op === '>') return greatest > 0;
  if (op === '>=') return greatest >= 0;
  return least <= 0 && greatest >= 0;
};

/** Whether a column whose values lie in [lower, upper] can satisfy a predicate. */
export const columnMayMatch = (predicate: BoundPredicate, lower: Value | undefined, upper: Value | undefined): boolean => {
  const lifted = (bound: Value | undefined, literal: BoundLiteral): Value | undefined => (bound === undefined ? undefined : literal.lift(bound));
  return predicate.literals.some((literal) => rangeMayMatch(predicate.op, literal.comparable, lifted(lower, literal), lifted(upper, literal)));
};

/** Whether a partition whose values lie in [lower, upper] can hold rows that satisfy a predicate on its source column. */
export const partitionMayMatch = (predicate: BoundPredicate, transform: Transform, lower: Value | undefined, upper: Value | undefined): boolean => {
  if (transform.kind === 'identity') return columnMayMatch(predicate, lower, upper);
  const isEquality = predicate.op === '=' || predicate.op === 'in';
  if (!keepsOrder(transform) && !(isEquality && transform.kind === 'bucket')) return true;
  // a < b only gives transform(a) <= transform(b)
  const op = orEqual(predicate.op);
  return predicate.literals.some(({ columnValue }) => {
    const transformed = transformValue(transform, predicate.type, columnValue);
    return transformed === undefined || rangeMayMatch(op, transformed, lower, upper);
  });
};
