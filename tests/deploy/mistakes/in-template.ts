import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';
import { constraintOf } from '../checks/constraints.ts';
import type { Constraint } from '../checks/constraints.ts';
import { isIntrinsic, propertyTypesOf } from '../checks/schemas.ts';
import type { PropertyTree } from '../checks/schemas.ts';
import { plainText } from '../checks/resources.ts';
import { misspelt, ofAnotherType, pathText, placesIn, put, remove, rename } from './mistake.ts';
import type { Mistake, Path } from './mistake.ts';

type TemplateMistake = Mistake<Template>;

const NOTHING = 'Nothing';

/** Every mistake of one slip of the finger that a template can have: in each resource, at each place of its properties. */
export const mistakesInTemplate = (template: Template): TemplateMistake[] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties = {}, DependsOn }]) => [
    mistake('a resource type misspelt', id, (copy) => put(copy, ['Resources', id, 'Type'], misspelt(Type)), Type.startsWith('Custom::') ? 'the name of a custom resource is free' : undefined),
    mistake('a dependency on nothing', id, (copy) => put(copy, ['Resources', id, 'DependsOn'], [...[DependsOn ?? []].flat(), NOTHING])),
    ...(Type.startsWith('Custom::') ? [] : inProperties(Properties, propertyTypesOf(Type), constraintOf(Type) ?? {}, id, ['Resources', id, 'Properties'])),
    ...references(Properties, id, ['Resources', id, 'Properties']),
  ]);

const mistake = (kind: string, at: string, make: (copy: Template) => void, legal?: string): TemplateMistake => ({ kind, at, make, legal });

/** Of an object whose properties AWS names. */
const inProperties = (value: TemplateObject, tree: PropertyTree, constraint: Constraint, at: string, path: Path): TemplateMistake[] => {
  const required = (name: string): boolean => tree[name]?.required === true || constraint.required?.includes(name) === true;
  return Object.entries(value).flatMap(([name, item]) => {
    const place = [...path, name];
    const where = `${at}.${name}`;
    return [
      mistake('a property misspelt', where, (copy) => rename(copy, place, misspelt(name))),
      mistake(required(name) ? 'a required property removed' : 'an optional property removed', where, (copy) => remove(copy, place), required(name) ? undefined : 'AWS has a default for it'),
      ...inValue(item, tree[name]?.type, constraint.properties?.[name] ?? {}, where, place),
    ];
  });
};

const inValue = (value: TemplateValue, type: PropertyTree[string]['type'] | undefined, constraint: Constraint, at: string, path: Path): TemplateMistake[] => {
  if (isIntrinsic(value)) return [];
  const other = type === undefined || type.kind === 'any' ? [] : [mistake('a value of another type', at, (copy) => put(copy, path, ofAnotherType(value, type.kind === 'text')))];
  return [...other, ...beyond(value, type, constraint, at, path), ...deeper(value, type, constraint, at, path)];
};

const deeper = (value: TemplateValue, type: PropertyTree[string]['type'] | undefined, constraint: Constraint, at: string, path: Path): TemplateMistake[] => {
  if (type?.kind === 'object' && isObject(value)) return inProperties(value, type.properties(), constraint, at, path);
  if (type?.kind === 'list' && Array.isArray(value)) return value.flatMap((item, index) => inValue(item, type.element, constraint.items ?? {}, `${at}[${index}]`, [...path, index]));
  return [];
};

/** Values beyond the limits that the schema names. */
const beyond = (value: TemplateValue, type: PropertyTree[string]['type'] | undefined, constraint: Constraint, at: string, path: Path): TemplateMistake[] => {
  const set = (kind: string, wrong: TemplateValue): TemplateMistake => mistake(kind, at, (copy) => put(copy, path, wrong));
  const { minimum, maximum, maxLength, minLength = 0, minItems = 0, maxItems } = constraint;
  const isText = typeof value === 'string';
  return [
    ...((constraint.enum ?? (type?.kind === 'text' && type.values)) ? [set('a value that is none of a list', misspelt(plainText(value)))] : []),
    ...(minimum === undefined ? [] : [set('a number too small', minimum - 1)]),
    ...(maximum === undefined ? [] : [set('a number too large', maximum + 1)]),
    ...(isText && maxLength !== undefined ? [set('a text too long', value.padEnd(maxLength + 1, value.at(-1) ?? 'x'))] : []),
    ...(isText && minLength > 0 ? [set('a text too short', value.slice(0, minLength - 1))] : []),
    ...(isText && constraint.pattern !== undefined && !new RegExp(constraint.pattern, 's').test('\u0001¿\u{1F4A3}') ? [set('a text of other characters', '\u0001¿\u{1F4A3}')] : []),
    ...(Array.isArray(value) && minItems > 0 ? [set('a list too short', value.slice(0, minItems - 1))] : []),
    ...(Array.isArray(value) && maxItems !== undefined ? [set('a list too long', Array.from({ length: maxItems + 1 }, () => value[0] ?? 'x'))] : []),
    ...(Array.isArray(value) && constraint.uniqueItems && value.length > 0 ? [set('an item twice', [...value, value[0] ?? null])] : []),
  ];
};

/** Every Ref, Fn::GetAtt and `${}` of Fn::Sub: to nothing, and to an attribute that is none. */
const references = (properties: TemplateObject, id: string, path: Path): TemplateMistake[] =>
  placesIn(properties, path).flatMap(({ path: place, value }) => {
    const at = `${id}.${pathText(place.slice(path.length))}`;
    const set = (kind: string, wrong: TemplateValue): TemplateMistake => mistake(kind, at, (copy) => put(copy, place, wrong));
    const key = place.at(-1);
    if (key === 'Ref' && typeof value === 'string') return [set('a reference misspelt', misspelt(value))];
    if (key === 'Fn::GetAtt') {
      const [target = '', attribute = ''] = [value].flat().map(plainText);
      return [set('a reference misspelt', [misspelt(target), attribute]), set('an attribute misspelt', [target, misspelt(attribute)])];
    }
    if (key !== 'Fn::Sub' || typeof value !== 'string') return [];
    return [...value.matchAll(/\$\{([^!}][^}]*)\}/g)].flatMap(({ 0: whole, 1: name = '' }) => [
      set('a substitution misspelt', value.replace(whole, `\${${misspelt(name)}}`)),
      ...(/^\w+\./.test(name) ? [set('an attribute misspelt', value.replace(whole, `\${${name.replace(/\.(\w+)$/, (_all, attribute: string) => `.${misspelt(attribute)}`)}}`))] : []),
    ]);
  });
