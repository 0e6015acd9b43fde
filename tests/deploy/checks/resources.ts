import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { textOf as asText } from '../../../localcloud/cloudformation/values.ts';

/** Ids and properties of the resources of a type. */
export const propertiesOf = (template: Template, type: string): [id: string, properties: TemplateObject][] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => (Type === type ? [[id, Properties]] : []));

/** A text as AWS will see it, with a value of the usual length for what it fills in; undefined for what a resource gives. */
export const textOf = (value: TemplateValue | undefined): string | undefined => {
  if (typeof value === 'string') return value;
  const text = typeof value === 'object' && value !== null && !Array.isArray(value) ? value['Fn::Sub'] : undefined;
  return typeof text === 'string' ? text.replaceAll('${AWS::AccountId}', '000000000000').replaceAll('${AWS::Region}', 'ap-southeast-1') : undefined;
};

/** A text as it is, anything else as JSON. */
export const plainText = (value: TemplateValue | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

/** What a reference stands for, to compare two: `Id` or `Id.Attribute`, else the value as JSON. */
export const referenceText = (value: TemplateValue): string => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const attribute = value['Fn::GetAtt'];
  if (attribute !== undefined) return [attribute].flat().map((part) => asText(part, 'Fn::GetAtt')).join('.');
  return 'Ref' in value ? asText(value['Ref'], 'Ref') : JSON.stringify(value);
};
