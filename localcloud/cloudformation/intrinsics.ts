import type { Template, TemplateObject, TemplateValue } from './types.ts';
import { isObject, textOf } from './values.ts';

/** What other resources can ask of one that is there: `Ref` and the attributes of `Fn::GetAtt`. */
export interface ResourceIdentity {
  ref: string;
  attributes: Readonly<Record<string, string>>;
}

export interface IntrinsicContext {
  template: Template;
  parameters: Readonly<Record<string, string>>;
  stackName: string;
  region: string;
  accountId: string;
  /** The identity of a resource created before; throws where there is none. */
  identity: (logicalId: string) => ResourceIdentity;
}

/** `Ref: AWS::NoValue` takes the property away. */
const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = TemplateValue | typeof NO_VALUE;

type Intrinsic = (argument: TemplateValue, context: IntrinsicContext) => Resolved;

/**
 * A value with its intrinsic functions replaced. Known are Ref, GetAtt, Sub, Join, Select, Split, If and conditions of Equals,
 * Not, And, Or (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).
 * @throws Error for any other function, and for a reference to what is not there
 */
export const resolveValue = (value: TemplateValue, context: IntrinsicContext): TemplateValue => {
  const resolved = resolve(value, context);
  return resolved === NO_VALUE ? null : resolved;
};

/** As {@link resolveValue}, where the value must come out as a text. */
export const resolveText = (value: TemplateValue | undefined, context: IntrinsicContext): string => textOf(resolveValue(value ?? null, context), JSON.stringify(value));

/** Whether a resource or an output with this condition exists; true where it has none. */
export const conditionHolds = (name: string | undefined, context: IntrinsicContext): boolean => {
  if (name === undefined) return true;
  const condition = context.template.Conditions?.[name];
  if (condition === undefined) throw new Error(`there is no condition ${name}`);
  return evaluate(condition, context);
};

const resolve = (value: TemplateValue, context: IntrinsicContext): Resolved => {
  if (Array.isArray(value)) return value.map((item) => resolve(item, context)).filter((item) => item !== NO_VALUE);
  if (!isObject(value)) return value;
  const [only, ...more] = Object.entries(value);
  if (only && more.length === 0 && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
    const intrinsic = Object.hasOwn(INTRINSICS, only[0]) ? INTRINSICS[only[0]] : undefined;
    if (!intrinsic) throw new Error(`${only[0]} is not supported locally`);
    return intrinsic(only[1], context);
  }
  const object: TemplateObject = {};
  for (const [key, item] of Object.entries(value)) {
    const resolved = resolve(item, context);
    if (resolved !== NO_VALUE) object[key] = resolved;
  }
  return object;
};

const list = (value: TemplateValue, what: string): TemplateValue[] => {
  if (!Array.isArray(value)) throw new Error(`${what} takes a list, not ${JSON.stringify(value)}`);
  return value;
};

const reference = (name: string, context: IntrinsicContext): Resolved => {
  if (name === 'AWS::NoValue') return NO_VALUE;
  const pseudo: Record<string, string> = {
    'AWS::AccountId': context.accountId,
    'AWS::Partition': 'aws',
    'AWS::Region': context.region,
    'AWS::StackId': `arn:aws:cloudformation:${context.region}:${context.accountId}:stack/${context.stackName}/local`,
    'AWS::StackName': context.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  if (Object.hasOwn(pseudo, name)) return pseudo[name] ?? '';
  if (context.template.Parameters?.[name]) return parameter(name, context);
  return context.identity(name).ref;
};

const parameter = (name: string, context: IntrinsicContext): TemplateValue => {
  const declared = context.template.Parameters?.[name];
  const value = context.parameters[name] ?? declared?.Default;
  if (value === undefined) throw new Error(`parameter ${name} has no value and no default`);
  return declared?.Type === 'CommaDelimitedList' || declared?.Type.startsWith('List<') ? textOf(value, name).split(',').map((item) => item.trim()) : value;
};

const attribute = (logicalId: string, name: string, context: IntrinsicContext): string => {
  const value = context.identity(logicalId).attributes[name];
  if (value === undefined) throw new Error(`${logicalId} has no attribute ${name} locally`);
  return value;
};

const substitute = (argument: TemplateValue, context: IntrinsicContext): string => {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof text !== 'string') throw new Error('Fn::Sub takes a text, or a list of a text and a map');
  // `${!Literal}` stays as `${Literal}`.
  return text.replace(/\$\{(!?)([^}]*)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (isObject(own) && Object.hasOwn(own, name)) return resolveText(own[name], context);
    const dot = name.indexOf('.');
    if (dot > 0) return attribute(name.slice(0, dot), name.slice(dot + 1), context);
    return resolveText({ Ref: name }, context);
  });
};

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, context) => reference(textOf(argument, 'Ref'), context),
  'Fn::GetAtt': (argument, context) => {
    const [id, name] = Array.isArray(argument) ? argument : textOf(argument, 'Fn::GetAtt').split(/\.(.*)/s);
    return attribute(textOf(id, 'Fn::GetAtt'), resolveText(name, context), context);
  },
  'Fn::Sub': substitute,
  'Fn::Join': (argument, context) => {
    const [separator, items] = list(argument, 'Fn::Join');
    return list(resolveValue(items ?? null, context), 'Fn::Join').map((item) => resolveText(item, context)).join(textOf(separator, 'Fn::Join'));
  },
  'Fn::Split': (argument, context) => {
    const [separator, text] = list(argument, 'Fn::Split');
    return resolveText(text, context).split(textOf(separator, 'Fn::Split'));
  },
  'Fn::Select': (argument, context) => {
    const [index, items] = list(argument, 'Fn::Select');
    const chosen = list(resolveValue(items ?? null, context), 'Fn::Select')[Number(resolveText(index, context))];
    if (chosen === undefined) throw new Error(`Fn::Select: the list has no item ${JSON.stringify(index)}`);
    return chosen;
  },
  'Fn::If': (argument, context) => {
    const [name, yes, no] = list(argument, 'Fn::If');
    return resolve((conditionHolds(textOf(name, 'Fn::If'), context) ? yes : no) ?? null, context);
  },
};

const evaluate = (condition: TemplateValue, context: IntrinsicContext): boolean => {
  const [entry] = isObject(condition) ? Object.entries(condition) : [];
  if (!entry) throw new Error(`not a condition: ${JSON.stringify(condition)}`);
  const [name, argument] = entry;
  switch (name) {
    case 'Condition':
      return conditionHolds(textOf(argument, 'Condition'), context);
    case 'Fn::Equals': {
      const [left, right] = list(argument, name).map((item) => resolveText(item, context));
      return left === right;
    }
    case 'Fn::Not':
      return !list(argument, name).every((item) => evaluate(item, context));
    case 'Fn::And':
      return list(argument, name).every((item) => evaluate(item, context));
    case 'Fn::Or':
      return list(argument, name).some((item) => evaluate(item, context));
    default:
      throw new Error(`${name} is not a condition`);
  }
};
