import { BlockList, isIP } from 'node:net';
import { malformed } from './malformed.ts';
import { arnMatcher, equalMatcher, textMatcher } from './patterns.ts';
import type { Matcher } from './patterns.ts';
import type { Keys } from './request.ts';

/** Whether the conditions of a statement hold for a request. */
export type Condition = (keys: Keys) => boolean;

/** What a value of the policy means for an operator. `variables`: policy variables count. */
type Operator = (expected: string, variables: boolean) => Matcher;

const numeric =
  (compare: (actual: number, expected: number) => boolean): Operator =>
  (expected) =>
  (actual) =>
    compare(Number(actual), Number(expected));

/** ISO 8601, or seconds since 1970: https://www.w3.org/TR/NOTE-datetime */
const instant = (text: string): number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const date =
  (compare: (actual: number, expected: number) => boolean): Operator =>
  (expected) =>
  (actual) =>
    compare(instant(actual), instant(expected));

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const ipAddress: Operator = (expected) => {
  const [address = '', bits] = expected.split('/');
  if (isIP(address) === 0) throw malformed(`Not an IP address: ${expected}`);
  const range = new BlockList();
  range.addSubnet(address, Number(bits ?? (family(address) === 'ipv6' ? 128 : 32)), family(address));
  return (actual) => isIP(actual) !== 0 && range.check(actual, family(actual));
};

const sameNumber = (actual: number, expected: number): boolean => actual === expected;

/** Those that ask for a match; a name with Not is the same, the other way round. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (expected, variables) => equalMatcher(expected, variables),
  StringEqualsIgnoreCase: (expected, variables) => equalMatcher(expected, variables, true),
  StringLike: textMatcher,
  ArnEquals: arnMatcher,
  ArnLike: arnMatcher,
  NumericEquals: numeric(sameNumber),
  NumericLessThan: numeric((actual, expected) => actual < expected),
  NumericLessThanEquals: numeric((actual, expected) => actual <= expected),
  NumericGreaterThan: numeric((actual, expected) => actual > expected),
  NumericGreaterThanEquals: numeric((actual, expected) => actual >= expected),
  DateEquals: date(sameNumber),
  DateLessThan: date((actual, expected) => actual < expected),
  DateLessThanEquals: date((actual, expected) => actual <= expected),
  DateGreaterThan: date((actual, expected) => actual > expected),
  DateGreaterThanEquals: date((actual, expected) => actual >= expected),
  Bool: (expected) => (actual) => actual.toLowerCase() === expected.toLowerCase(),
  BinaryEquals: (expected) => (actual) => actual === expected,
  IpAddress: ipAddress,
};

const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
};

const NAME = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

/**
 * The Condition of a statement: all operators and all their keys must hold, for each key one of its values (of a negated operator: none).
 * A key that the request has not fails, unless the operator is negated or ends with IfExists; of the set operators ForAllValues holds for
 * no value, ForAnyValue does not.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 * @throws AwsError MalformedPolicyDocument for an operator that IAM does not have
 */
export const compileCondition = (block: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>, variables: boolean): Condition => {
  const all = Object.entries(block).flatMap(([operator, tests]) => Object.entries(tests).map(([key, values]) => test(operator, key.toLowerCase(), values, variables)));
  return (keys) => all.every((holds) => holds(keys));
};

const test = (name: string, key: string, values: readonly string[], variables: boolean): Condition => {
  const [, set, operatorName = '', ifExists] = NAME.exec(name) ?? [];
  if (operatorName === 'Null') return (keys) => values.includes(String(!keys.has(key)));
  const positive = NEGATED[operatorName];
  const operator = OPERATORS[positive ?? operatorName];
  if (!operator) throw malformed(`Unknown condition operator: ${name}`);
  const matchers = values.map((value) => operator(value, variables));
  const isNegated = positive !== undefined;
  const holds = (actual: string, keys: Keys): boolean => matchers.some((matches) => matches(actual, keys)) !== isNegated;
  return (keys) => {
    const actual = keys.get(key) ?? [];
    if (set === 'ForAllValues') return actual.every((value) => holds(value, keys));
    if (set === 'ForAnyValue') return actual.some((value) => holds(value, keys));
    if (actual.length === 0) return isNegated || ifExists !== undefined;
    return isNegated ? actual.every((value) => holds(value, keys)) : actual.some((value) => holds(value, keys));
  };
};
