import type { Template } from '../../../localcloud/cloudformation/index.ts';
import { creationWaves } from '../../../localcloud/cloudformation/order.ts';
import { isObject, textOf } from '../../../localcloud/cloudformation/values.ts';
import { attributesOf } from './schemas.ts';

interface Reference {
  id: string;
  /** Of Fn::GetAtt and `${Id.Attribute}`; undefined: of Ref. */
  attribute?: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
const PSEUDO_PARAMETERS = new Set(['AccountId', 'NoValue', 'NotificationARNs', 'Partition', 'Region', 'StackId', 'StackName', 'URLSuffix'].map((name) => `AWS::${name}`));

/** `Id.Attribute.With.Dots` */
const referenceOf = (text: string): Reference => {
  const dot = text.indexOf('.');
  return dot < 0 ? { id: text } : { id: text.slice(0, dot), attribute: text.slice(dot + 1) };
};

/** All that a value refers to, by Ref, Fn::GetAtt and Fn::Sub. */
export const referencesOf = (value: unknown): Reference[] => {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'Ref') return [{ id: textOf(item, 'Ref') }];
    if (key === 'Fn::GetAtt') return [referenceOf([item].flat().map((part) => textOf(part, 'Fn::GetAtt')).join('.'))];
    if (key !== 'Fn::Sub') return referencesOf(item);
    const [text, own] = Array.isArray(item) ? item : [item, {}];
    const names = [...textOf(text, 'Fn::Sub').matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = '']) => name);
    return [...names.filter((name) => !(isObject(own) && name in own)).map(referenceOf), ...referencesOf(own)];
  });
};

/** Every reference has its target, every attribute is one its resource type has, and nothing waits for itself. */
export const checkReferences = (template: Template): string[] => {
  const problems = Object.entries({ ...template.Resources, Outputs: template.Outputs ?? {} }).flatMap(([id, part]) => [
    ...referencesOf(part).flatMap((reference) => referenceProblems(template, id, reference)),
    ...[template.Resources[id]?.DependsOn ?? []].flat().flatMap((target) => (target in template.Resources ? [] : [`${id} waits for ${target}, which is not there`])),
  ]);
  return problems.length > 0 ? problems : circles(template);
};

const referenceProblems = (template: Template, from: string, { id, attribute }: Reference): string[] => {
  if (PSEUDO_PARAMETERS.has(id) || template.Parameters?.[id]) return [];
  const target = template.Resources[id];
  if (target === undefined) return [`${from} refers to ${id}, which is not there`];
  const known = attribute === undefined ? undefined : attributesOf(target.Type);
  return known === undefined || known.has(attribute ?? '') ? [] : [`${from} asks ${id} (${target.Type}) for ${attribute ?? ''}, which it does not have`];
};

const circles = (template: Template): string[] => {
  try {
    creationWaves(template);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
};
