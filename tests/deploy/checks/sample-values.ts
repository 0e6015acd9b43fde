import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';
import { plainText } from './resources.ts';
import { arnTemplateOf } from './schemas.ts';

const PSEUDO: Readonly<Record<string, string>> = { 'AWS::Partition': 'aws', 'AWS::AccountId': '000000000000', 'AWS::Region': 'ap-southeast-1', 'AWS::URLSuffix': 'amazonaws.com', 'AWS::StackName': 'stack' };

/** Resource types of which Ref gives the ARN: "Return values" of each type's page of the CloudFormation reference. */
const REF_IS_ARN = new Set(['AWS::SNS::Topic', 'AWS::StepFunctions::StateMachine', 'AWS::SecretsManager::Secret', 'AWS::IAM::ManagedPolicy']);

const ARN_ATTRIBUTES = new Set(['Arn', 'TopicArn', 'Id']);
const NAME_ATTRIBUTES = new Set(['Name', 'TopicName', 'QueueName']);

/**
 * The text CloudFormation would put in the place of a value, with samples for what only AWS knows: the account, the region (the longest
 * there is), names of resources that the template does not name. undefined: it is no text, or one that nothing here tells (the id of a subnet).
 */
export const sampleText = (template: Template, value: TemplateValue | undefined): string | undefined => {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return undefined;
  if (typeof value['Ref'] === 'string') return referred(template, value['Ref']);
  const attribute = value['Fn::GetAtt'];
  if (attribute !== undefined) return referred(template, [attribute].flat().map(plainText).join('.'));
  if (Array.isArray(value['Fn::Join'])) return joined(template, value['Fn::Join']);
  const text = value['Fn::Sub'];
  return typeof text === 'string' ? substituted(template, text) : undefined;
};

const joined = (template: Template, [separator = '', parts = []]: readonly TemplateValue[]): string | undefined => {
  const texts = [parts].flat().map((part) => sampleText(template, part));
  return texts.includes(undefined) ? undefined : texts.join(plainText(separator));
};

const substituted = (template: Template, text: string): string | undefined => {
  const values = [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = '']) => referred(template, name));
  return values.includes(undefined) ? undefined : text.replace(/\$\{([^!}][^}]*)\}/g, () => values.shift() ?? '').replaceAll('${!', '${');
};

/** Of `AWS::Region`, `Id`, `Id.Attribute`. */
const referred = (template: Template, name: string): string | undefined => {
  if (name.startsWith('AWS::')) return PSEUDO[name];
  const [id = '', attribute] = name.split('.');
  const resource = template.Resources[id];
  if (!resource) return undefined;
  const isArn = attribute === undefined ? REF_IS_ARN.has(resource.Type) : ARN_ATTRIBUTES.has(attribute);
  if (isArn) return arnOf(template, id);
  return attribute === undefined || NAME_ATTRIBUTES.has(attribute) ? nameOf(template, id) : undefined;
};

/** What Ref gives of a resource that has a name; of another (a network's parts) an id that is AWS's own. */
const nameOf = (template: Template, id: string): string | undefined => {
  const { Type = '', Properties = {} } = template.Resources[id] ?? {};
  const database = Properties['DatabaseInput'] ?? Properties['TableInput'];
  if (isObject(database)) return sampleText(template, database['Name']);
  const property = /\$\{(\w+)\}$/.exec(arnTemplateOf(Type) ?? '')?.[1] ?? '';
  return Type.startsWith('AWS::EC2::') ? undefined : (sampleText(template, Properties[property] ?? Properties['Name']) ?? 'generated-name');
};

const arnOf = (template: Template, id: string): string | undefined => {
  const { Type = '' } = template.Resources[id] ?? {};
  if (Type === 'AWS::IAM::ManagedPolicy') return `arn:aws:iam::${PSEUDO['AWS::AccountId'] ?? ''}:policy/${id}`;
  const arn = arnTemplateOf(Type)?.replace(/\$\{(\w+)\}/g, (_all, name: string) => ARN_PARTS[name] ?? nameOf(template, id) ?? 'generated-name');
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html#aws-resource-logs-loggroup-return-values
  return Type === 'AWS::Logs::LogGroup' && arn !== undefined ? `${arn}:*` : arn;
};

const ARN_PARTS: Readonly<Record<string, string | undefined>> = { Partition: PSEUDO['AWS::Partition'], Region: PSEUDO['AWS::Region'], Account: PSEUDO['AWS::AccountId'] };
