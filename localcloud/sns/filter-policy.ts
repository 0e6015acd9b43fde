import { isObject } from '../core/json-input.ts';
import type { PublishedMessage, Subscription } from './types.ts';

type Pattern = (value: unknown) => boolean;

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): value is string => typeof value === 'string';

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

const numericPattern = (operand: unknown): Pattern => {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) throw new RangeError('numeric takes pairs of an operator and a number');
  const tests = Array.from({ length: operand.length / 2 }, (_, index) => {
    const [operator, limit] = [operand[2 * index] as unknown, operand[2 * index + 1] as unknown];
    const compare = isText(operator) ? COMPARISONS[operator] : undefined;
    if (!compare || !isNumber(limit)) throw new RangeError(`Unrecognized numeric range operator: ${String(operator)}`);
    return (value: number) => compare(value, limit);
  });
  return (value) => isNumber(value) && tests.every((test) => test(value));
};

const affixPattern = (kind: 'startsWith' | 'endsWith', operand: unknown): Pattern => {
  if (!isText(operand)) throw new RangeError('prefix and suffix take a string');
  return (value) => isText(value) && value[kind](operand);
};

const anythingBut = (operand: unknown): Pattern => {
  const excluded = (Array.isArray(operand) ? operand : [operand]).map(patternOf);
  return (value) => value !== undefined && !excluded.some((matches) => matches(value));
};

/** The operators of string, numeric and key matching (https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html). */
const OPERATORS: Readonly<Record<string, (operand: unknown) => Pattern>> = {
  prefix: (operand) => affixPattern('startsWith', operand),
  suffix: (operand) => affixPattern('endsWith', operand),
  'equals-ignore-case': (operand) => (value) => isText(value) && isText(operand) && value.toLowerCase() === operand.toLowerCase(),
  numeric: numericPattern,
  'anything-but': anythingBut,
  exists: (operand) => (value) => (value !== undefined) === operand,
};

const patternOf = (pattern: unknown): Pattern => {
  if (!isObject(pattern)) return (value) => value === pattern;
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(pattern);
  const make = OPERATORS[operator];
  if (!make || more.length > 0) throw new RangeError(`Unrecognized match type ${operator}${operator === 'cidr' ? ' (not supported locally)' : ''}`);
  return make(operand);
};

type Matcher = (scope: unknown) => boolean;

/** A policy or a part of it: every key must match, by one of its patterns. */
const matcherOf = (policy: unknown): Matcher => {
  if (!isObject(policy)) throw new RangeError('A filter policy must be an object');
  const keys = Object.entries(policy).map(([key, patterns]): Matcher => {
    if (key === '$or' && Array.isArray(patterns)) {
      const choices = patterns.map(matcherOf);
      return (scope) => choices.some((matches) => matches(scope));
    }
    const read = (scope: unknown): unknown => (isObject(scope) ? scope[key] : undefined);
    if (!Array.isArray(patterns)) {
      const inner = matcherOf(patterns);
      return (scope) => inner(read(scope));
    }
    if (patterns.length === 0) throw new RangeError('Empty arrays are not allowed');
    const tests = patterns.map(patternOf);
    return (scope) => valuesOf(read(scope)).some((value) => tests.some((test) => test(value)));
  });
  return (scope) => keys.every((matches) => matches(scope));
};

const valuesOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** Throws RangeError or SyntaxError with what is wrong. */
export const checkFilterPolicy = (text: string): void => void matcherOf(JSON.parse(text));

/** Whether a subscription takes a message. A body that is no JSON object never matches a policy on the body. */
export const takes = ({ attributes }: Subscription, message: PublishedMessage): boolean => {
  const { FilterPolicy = '', FilterPolicyScope } = attributes;
  if (FilterPolicy === '') return true;
  const matches = matcherOf(JSON.parse(FilterPolicy));
  return FilterPolicyScope === 'MessageBody' ? isObject(bodyOf(message)) && matches(bodyOf(message)) : matches(attributesOf(message));
};

const bodyOf = ({ message }: PublishedMessage): unknown => {
  try {
    return JSON.parse(message);
  } catch {
    return undefined; // a text, which no policy on the body matches
  }
};

/** Message attributes as values to compare: numbers of Number, the elements of String.Array. */
const attributesOf = ({ attributes = {} }: PublishedMessage): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { Type, Value }]) => [name, Type === 'Number' ? Number(Value) : Type === 'String.Array' ? (JSON.parse(Value) as unknown) : Value]),
  );
