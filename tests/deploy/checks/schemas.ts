import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';

const schemas = loadAwsServiceSpecSync();

const schemaOf = (type: string) => [...schemas.lookup('resource', 'cloudFormationType', 'equals', type)][0];

type Properties = NonNullable<ReturnType<typeof schemaOf>>['properties'];
type PropertyType = Properties[string]['type'];

/** What a schema says of an object's properties. */
export type PropertyTree = Readonly<Record<string, { required: boolean; type: TypeTree }>>;

type TypeTree =
  | { kind: 'text'; values: readonly string[] | undefined }
  | { kind: 'number' | 'boolean' | 'map' | 'any' }
  | { kind: 'list'; element: TypeTree }
  | { kind: 'object'; properties: () => PropertyTree };

/** The properties of a resource type, as far as AWS's schema tells them. */
export const propertyTypesOf = (type: string): PropertyTree => treeOf(schemaOf(type)?.properties ?? {});

const treeOf = (properties: Properties): PropertyTree =>
  Object.fromEntries(Object.entries(properties).map(([name, { required = false, type }]) => [name, { required, type: typeTree(type) }]));

const typeTree = (type: PropertyType): TypeTree => {
  switch (type.type) {
    case 'string':
      return { kind: 'text', values: 'allowedValues' in type ? type.allowedValues : undefined };
    case 'number':
    case 'integer':
      return { kind: 'number' };
    case 'boolean':
    case 'map':
      return { kind: type.type };
    case 'array':
      return { kind: 'list', element: typeTree(type.element) };
    case 'ref':
      return { kind: 'object', properties: () => treeOf(schemas.get('typeDefinition', type.reference.$ref).properties) };
    default:
      return { kind: 'any' };
  }
};

/** Types of the project's own, which AWS has no schema of. */
const isCustom = (type: string): boolean => type.startsWith('Custom::');

/** What an attribute of a resource type may be called; undefined: any (a custom resource answers what it likes). */
export const attributesOf = (type: string): ReadonlySet<string> | undefined => (isCustom(type) ? undefined : new Set(Object.keys(schemaOf(type)?.attributes ?? {})));

/** `arn:${Partition}:s3:::${BucketName}` */
export const arnTemplateOf = (type: string): string | undefined => schemaOf(type)?.arnTemplate;

/** Every resource against AWS's schema of its type: properties that are unknown or missing, values of another type, names that are none of a list. */
export const checkSchemas = (template: Template): string[] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    if (isCustom(Type)) return [];
    const schema = schemaOf(Type);
    return schema === undefined ? [`${id}: there is no resource type ${Type}`] : propertyProblems(Properties, schema.properties, id);
  });

const propertyProblems = (value: TemplateObject, known: Properties, at: string): string[] => [
  ...Object.entries(known).flatMap(([name, { required }]) => (required && !(name in value) ? [`${at}.${name} is missing`] : [])),
  ...Object.entries(value).flatMap(([name, item]) => {
    const property = known[name];
    return property === undefined ? [`${at}.${name} is no property`] : valueProblems(item, property.type, `${at}.${name}`);
  }),
];

/** A value that CloudFormation computes: its type is not known here. */
export const isIntrinsic = (value: TemplateValue): boolean => {
  const [key, ...more] = isObject(value) ? Object.keys(value) : [];
  return key !== undefined && more.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
};

const isText = (value: TemplateValue): value is string => typeof value === 'string';
const isNumber = (value: TemplateValue): boolean => typeof value === 'number' || (isText(value) && /^-?\d+(\.\d+)?$/.test(value));
const isBoolean = (value: TemplateValue): boolean => typeof value === 'boolean' || value === 'true' || value === 'false';
const expected = (holds: boolean, at: string, what: string): string[] => (holds ? [] : [`${at}: ${what} is expected`]);

const valueProblems = (value: TemplateValue, type: PropertyType, at: string): string[] => {
  if (isIntrinsic(value)) return [];
  switch (type.type) {
    case 'string':
      if ('allowedValues' in type && isText(value) && !type.allowedValues.includes(value)) return [`${at}: ${value} is none of ${type.allowedValues.join(', ')}`];
      return expected(typeof value !== 'object', at, 'a text');
    case 'number':
    case 'integer':
      return expected(isNumber(value), at, 'a number');
    case 'boolean':
      return expected(isBoolean(value), at, 'true or false');
    case 'array':
      return Array.isArray(value) ? value.flatMap((item, index) => valueProblems(item, type.element, `${at}[${index}]`)) : [`${at}: a list is expected`];
    case 'map':
      return isObject(value) ? Object.entries(value).flatMap(([key, item]) => valueProblems(item, type.element, `${at}.${key}`)) : [`${at}: a map is expected`];
    case 'ref': {
      const { name, properties } = schemas.get('typeDefinition', type.reference.$ref);
      return isObject(value) ? propertyProblems(value, properties, at) : [`${at}: an object (${name}) is expected`];
    }
    case 'union': {
      const problems = type.types.map((one) => valueProblems(value, one, at));
      return problems.some((none) => none.length === 0) ? [] : (problems[0] ?? []);
    }
    default:
      return []; // json, tags, times: anything goes
  }
};
