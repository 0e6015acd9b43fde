import { isObject } from '../core/json-input.ts';
import type { ChoiceRule, ChoiceState } from './definition.ts';
import { EvaluationFailure } from './failure.ts';
import { lookUp } from './json-path.ts';
import type { PathScope } from './json-path.ts';

/** RFC 3339 with a capital T, and a capital Z where there is no offset. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export const isTimestamp = (value: unknown): value is string => typeof value === 'string' && ISO_TIME.test(value) && !Number.isNaN(Date.parse(value));

type Comparable = string | number;

/** A value as its kind of comparison sees it; undefined where it is of another type: then no comparison holds. */
const KINDS: Readonly<Record<string, (value: unknown) => Comparable | undefined>> = {
  String: (value) => (typeof value === 'string' ? value : undefined),
  Numeric: (value) => (typeof value === 'number' ? value : undefined),
  Boolean: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  Timestamp: (value) => (isTimestamp(value) ? Date.parse(value) : undefined),
};

const RELATIONS: Readonly<Record<string, (value: Comparable, other: Comparable) => boolean>> = {
  Equals: (value, other) => value === other,
  LessThan: (value, other) => value < other,
  LessThanEquals: (value, other) => value <= other,
  GreaterThan: (value, other) => value > other,
  GreaterThanEquals: (value, other) => value >= other,
};

const TYPE_TESTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === 'string',
  IsNumeric: (value) => typeof value === 'number',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: isTimestamp,
};

const COMPARISON = /^(String|Numeric|Boolean|Timestamp)(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)(Path)?$/;

/** StringMatches: `*` stands for any text, `\*` for a star. */
const matchesPattern = (value: unknown, pattern: string): boolean => {
  if (typeof value !== 'string') return false;
  const source = pattern.replace(/\\([*\\])|(\*)|([.+?^${}()|[\]\\])/g, (_, escaped?: string, star?: string, special?: string) => {
    if (star !== undefined) return '[\\s\\S]*';
    return `\\${escaped ?? special ?? ''}`;
  });
  return new RegExp(`^${source}$`).test(value);
};

const compare = (operator: string, operand: unknown, value: unknown, scope: PathScope): boolean => {
  if (operator === 'StringMatches') return matchesPattern(value, String(operand));
  const typeTest = TYPE_TESTS[operator];
  if (typeTest) return typeTest(value) === operand;
  const [, kind = '', relation = '', byPath] = COMPARISON.exec(operator) ?? [];
  const normalise = KINDS[kind];
  const holds = RELATIONS[relation];
  if (!normalise || !holds) throw new EvaluationFailure('States.Runtime', `Choice: unknown comparison ${operator}`);
  const left = normalise(value);
  const right = normalise(byPath === undefined ? operand : readOperand(String(operand), scope));
  return left !== undefined && right !== undefined && holds(left, right);
};

const readOperand = (path: string, scope: PathScope): unknown => {
  const { found, value } = lookUp(path, scope);
  if (!found) throw new EvaluationFailure('States.Runtime', `Invalid path '${path}': The choice state's condition path references an invalid value.`);
  return value;
};

const evaluateRule = (rule: ChoiceRule, scope: PathScope): boolean => {
  if (Array.isArray(rule.And)) return (rule.And as ChoiceRule[]).every((inner) => evaluateRule(inner, scope));
  if (Array.isArray(rule.Or)) return (rule.Or as ChoiceRule[]).some((inner) => evaluateRule(inner, scope));
  if (isObject(rule.Not)) return !evaluateRule(rule.Not, scope);
  const variable = String(rule.Variable);
  if ('IsPresent' in rule) return lookUp(variable, scope).found === rule.IsPresent;
  const operator = Object.keys(rule).find((key) => !['Variable', 'Next', 'Comment', 'Assign', 'Output'].includes(key));
  if (operator === undefined) throw new EvaluationFailure('States.Runtime', 'Choice: a rule without comparison');
  return compare(operator, rule[operator], readOperand(variable, scope), scope);
};

/** The next state's name. Throws States.NoChoiceMatched where no rule holds and there is no default. */
export const choose = (state: ChoiceState, scope: PathScope): string => {
  const next = state.Choices.find((rule) => evaluateRule(rule, scope))?.Next ?? state.Default;
  if (next === undefined) throw new EvaluationFailure('States.NoChoiceMatched', 'No choice rule matched, and there is no default');
  return next;
};
