import { readFileSync } from 'node:fs';
import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';
import { isIntrinsic } from './schemas.ts';
import { plainText } from './resources.ts';
import { sampleText } from './sample-values.ts';

/** What a resource type's schema says of a value beyond its type; made by scripts/cloudformation/aws_facts.py. */
export interface Constraint {
  enum?: readonly TemplateValue[];
  const?: TemplateValue;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  /** Properties whose values together may be in a list once. */
  uniqueKeys?: readonly string[];
  required?: readonly string[];
  /** Exactly one of them. */
  requiredXor?: readonly string[];
  /** At least one of them. */
  requiredOr?: readonly string[];
  dependentRequired?: Readonly<Record<string, readonly string[]>>;
  dependentExcluded?: Readonly<Record<string, readonly string[]>>;
  properties?: Readonly<Record<string, Constraint>>;
  /** Patterns of the keys a map may have. */
  names?: readonly string[];
  items?: Constraint;
  allOf?: readonly Constraint[];
  if?: Constraint;
  then?: Constraint;
  never?: boolean;
}

const constraints = JSON.parse(readFileSync('tests/deploy/checks/facts/constraints.json', 'utf8')) as Readonly<Record<string, Constraint>>;

export const constraintOf = (type: string): Constraint | undefined => constraints[type];

/**
 * Every resource against the ranges, patterns and combinations that AWS's schema of its type names. A type that facts/ does not have yet is
 * told: nothing but its schema has been looked at.
 */
export const checkConstraints = (template: Template): string[] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const constraint = constraintOf(Type);
    if (!constraint) return Type.startsWith('Custom::') ? [] : [`${id}: no facts for ${Type}: run scripts/cloudformation/aws_facts.py`];
    return problems(textsFilled(template, Properties), constraint, id);
  });

/** With the texts AWS will see; what only CloudFormation knows stays. */
const textsFilled = (template: Template, value: TemplateValue): TemplateValue => {
  if (Array.isArray(value)) return value.map((item) => textsFilled(template, item));
  if (!isObject(value)) return value;
  if (isIntrinsic(value)) return sampleText(template, value) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, textsFilled(template, item)]));
};

const problems = (value: TemplateValue, constraint: Constraint, at: string): string[] => {
  if (isIntrinsic(value)) return [];
  const own = [...scalarProblems(value, constraint), ...(Array.isArray(value) ? listProblems(value, constraint) : []), ...(isObject(value) ? objectProblems(value, constraint) : [])];
  return [...own.map((problem) => `${at}: ${problem}`), ...inner(value, constraint, at), ...conditional(value, constraint, at)];
};

const inner = (value: TemplateValue, { properties = {}, items }: Constraint, at: string): string[] => {
  if (Array.isArray(value)) return items ? value.flatMap((item, index) => problems(item, items, `${at}[${index}]`)) : [];
  if (!isObject(value)) return [];
  return Object.entries(properties).flatMap(([name, one]) => (value[name] === undefined ? [] : problems(value[name], one, `${at}.${name}`)));
};

const conditional = (value: TemplateValue, { allOf = [], if: condition, then }: Constraint, at: string): string[] => [
  ...allOf.flatMap((one) => problems(value, one, at)),
  ...(condition && then && problems(value, condition, at).length === 0 ? problems(value, then, at) : []),
];

const isIn = (value: TemplateValue, list: readonly TemplateValue[]): boolean => list.some((one) => plainText(one) === plainText(value));
/** In characters, as Java counts them by its regular expressions: one outside the basic plane is one. */
const lengthOf = (text: string): number => Array.from(text).length;

/** Characters outside ASCII that Java's \u escapes name are the same in JavaScript. */
const matches = (text: string, pattern: string): boolean => new RegExp(pattern, 's').test(text);

const scalarProblems = (value: TemplateValue, { never, enum: values, const: only, ...limits }: Constraint): string[] => {
  if (never) return ['may not be given here'];
  if (typeof value === 'object') return [];
  const number = Number(value);
  const text = typeof value === 'string' ? value : undefined;
  return [
    ...(values && !isIn(value, values) ? [`${String(value)} is none of ${values.map(plainText).join(', ')}`] : []),
    ...(only !== undefined && !isIn(value, [only]) ? [`${String(value)} is not ${JSON.stringify(only)}`] : []),
    ...(limits.minimum !== undefined && !(number >= limits.minimum) ? [`${String(value)} is below ${limits.minimum}`] : []),
    ...(limits.maximum !== undefined && !(number <= limits.maximum) ? [`${String(value)} is above ${limits.maximum}`] : []),
    ...(text !== undefined && limits.minLength !== undefined && lengthOf(text) < limits.minLength ? [`is shorter than ${limits.minLength}`] : []),
    ...(text !== undefined && limits.maxLength !== undefined && lengthOf(text) > limits.maxLength ? [`is longer than ${limits.maxLength}`] : []),
    ...(text !== undefined && limits.pattern !== undefined && !matches(text, limits.pattern) ? [`${text.slice(0, 100)} does not match ${limits.pattern}`] : []),
  ];
};

const listProblems = (list: readonly TemplateValue[], { minItems = 0, maxItems = Infinity, uniqueItems = false, uniqueKeys }: Constraint): string[] => {
  const keys = list.map((item) => JSON.stringify(uniqueKeys && isObject(item) ? uniqueKeys.map((key) => item[key]) : item));
  return [
    ...(list.length < minItems ? [`has fewer than ${minItems} items`] : []),
    ...(list.length > maxItems ? [`has more than ${maxItems} items`] : []),
    ...((uniqueItems || uniqueKeys) && new Set(keys).size < keys.length ? ['has an item twice'] : []),
  ];
};

const objectProblems = (value: TemplateObject, { required = [], requiredXor, requiredOr, dependentRequired = {}, dependentExcluded = {}, names }: Constraint): string[] => {
  const given = (name: string): boolean => value[name] !== undefined;
  return [
    ...required.filter((name) => !given(name)).map((name) => `${name} is missing`),
    ...(requiredXor && requiredXor.filter(given).length !== 1 ? [`has to have exactly one of ${requiredXor.join(', ')}`] : []),
    ...(requiredOr && !requiredOr.some(given) ? [`has to have one of ${requiredOr.join(', ')}`] : []),
    ...Object.entries(dependentRequired).flatMap(([name, others]) => (given(name) ? others.filter((other) => !given(other)).map((other) => `${name} asks for ${other}`) : [])),
    ...Object.entries(dependentExcluded).flatMap(([name, others]) => (given(name) ? others.filter(given).map((other) => `${name} and ${other} exclude each other`) : [])),
    ...(names ? Object.keys(value).filter((name) => !names.some((pattern) => matches(name, pattern))).map((name) => `${name} is no name it may have`) : []),
  ];
};
