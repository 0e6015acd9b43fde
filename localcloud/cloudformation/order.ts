import type { Template, TemplateValue } from './types.ts';
import { isObject, textOf } from './values.ts';

/** Names a value refers to, by Ref, Fn::GetAtt or Fn::Sub: resources, parameters and pseudo-parameters alike. */
export const referencesIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'Ref' && typeof item === 'string') return [item];
    if (key === 'Fn::GetAtt') return [logicalIdOf(item)];
    if (key === 'Fn::Sub') return substitutedIn(item);
    return referencesIn(item);
  });
};

const logicalIdOf = (argument: TemplateValue): string => textOf(Array.isArray(argument) ? argument[0] : textOf(argument, 'Fn::GetAtt').split('.')[0], 'Fn::GetAtt');

const substitutedIn = (argument: TemplateValue): string[] => {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  const names = [...textOf(text, 'Fn::Sub').matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = '']) => name.split('.')[0] ?? '');
  return [...names.filter((name) => !(isObject(own) && Object.hasOwn(own, name))), ...referencesIn(own)];
};

/**
 * Logical ids in waves: those of one wave refer to or depend on earlier waves only, so that a wave can be created at once.
 * Inside a wave they are as the template has them.
 * @throws Error for a reference to nothing, and for a circle, naming its members
 */
export const creationWaves = (template: Template): string[][] => {
  const waveOf = new Map<string, number>();
  const visit = (id: string, trail: readonly string[]): number => {
    const known = waveOf.get(id);
    if (known !== undefined) return known;
    if (trail.includes(id)) throw new Error(`resources refer to one another in a circle: ${[...trail.slice(trail.indexOf(id)), id].join(' → ')}`);
    const wave = Math.max(-1, ...dependenciesOf(template, id).map((needed) => visit(needed, [...trail, id]))) + 1;
    waveOf.set(id, wave);
    return wave;
  };
  const waves: string[][] = [];
  for (const id of Object.keys(template.Resources)) (waves[visit(id, [])] ??= []).push(id);
  return waves;
};

const dependenciesOf = (template: Template, id: string): string[] => {
  const resource = template.Resources[id];
  const names = [...referencesIn(resource?.Properties), ...[resource?.DependsOn ?? []].flat()];
  const unknown = names.find((name) => !name.startsWith('AWS::') && !template.Resources[name] && !template.Parameters?.[name]);
  if (unknown !== undefined) throw new Error(`${id} refers to ${unknown}, which is not in the template`);
  return names.filter((name) => template.Resources[name]);
};
