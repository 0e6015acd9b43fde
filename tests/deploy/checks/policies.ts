import { readFileSync } from 'node:fs';
import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';
import { plainText } from './resources.ts';
import { sampleText } from './sample-values.ts';

/** Actions in small letters with the kinds of resources each applies to, and the ARNs of those; made by scripts/cloudformation/aws_facts.py. */
interface ServiceFacts {
  actions?: Readonly<Record<string, readonly string[]>>;
  arns?: Readonly<Record<string, readonly string[]>>;
}

const services = JSON.parse(readFileSync('tests/deploy/checks/facts/actions.json', 'utf8')) as Readonly<Record<string, ServiceFacts>>;

/** Who a policy is about: whom it is attached to, who may take the role on, or who comes to the resource it lies on. */
type Kind = 'identity' | 'trust' | 'resource';

interface Document {
  at: string;
  kind: Kind;
  document: TemplateValue;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATOR = /^(?:ForA(?:ny|ll)Values:)?(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|Numeric(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Date(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like)|Null)(?:IfExists)?$/;
/** The global ones, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html; a service's own begin with its name. */
const KEY = /^(?:aws:(?:SourceAccount|SourceArn|SourceOrgID|SourceIp|SourceVpc|SourceVpce|SecureTransport|Principal(?:Account|Arn|OrgID|Type|ServiceName|IsAWSService|Tag\/.+)|RequestedRegion|ResourceAccount|ResourceOrgID|ResourceTag\/.+|RequestTag\/.+|TagKeys|ViaAWSService|CalledVia|CurrentTime|userid|username)|(?!aws:)[a-z0-9-]+:[\w/-]+)$/i;

/** Policy documents: their elements, actions that there are, resources those actions apply to, conditions, and who may take on a role. */
export const checkPolicies = (template: Template): string[] => [
  ...documentsIn(template).flatMap(({ at, kind, document }) => documentProblems(template, at, kind, document)),
  ...trustProblems(template),
];

const KINDS: Readonly<Record<string, Kind>> = { 'AWS::IAM::Role': 'identity', 'AWS::IAM::Policy': 'identity', 'AWS::IAM::ManagedPolicy': 'identity' };

const documentsIn = (template: Template): Document[] => Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => within(Properties, id, KINDS[Type] ?? 'resource'));

const within = (value: TemplateValue, at: string, kind: Kind): Document[] => {
  if (Array.isArray(value)) return value.flatMap((item, index) => within(item, `${at}[${index}]`, kind));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'AssumeRolePolicyDocument') return [{ at: `${at}.${key}`, kind: 'trust', document: item }];
    return key === 'PolicyDocument' ? [{ at: `${at}.${key}`, kind, document: item }] : within(item, `${at}.${key}`, kind);
  });
};

const documentProblems = (template: Template, at: string, kind: Kind, document: TemplateValue): string[] => {
  if (!isObject(document)) return [`${at}: an object is expected`];
  const unknown = Object.keys(document).filter((key) => !['Version', 'Id', 'Statement'].includes(key));
  const statements = [document['Statement'] ?? []].flat();
  return [
    ...unknown.map((key) => `${at}.${key} is no element of a policy`),
    ...([undefined, '2012-10-17', '2008-10-17'].includes(document['Version'] as string) ? [] : [`${at}.Version is none there is`]),
    ...(statements.length === 0 ? [`${at} has no statement`] : []),
    ...statements.flatMap((statement, index) => (isObject(statement) ? statementProblems(template, `${at}.Statement[${index}]`, kind, statement) : [`${at}.Statement[${index}]: an object is expected`])),
  ];
};

const listOf = (value: TemplateValue | undefined): TemplateValue[] => (value === undefined ? [] : [value].flat());
const isOneOf = (statement: TemplateObject, names: readonly string[]): boolean => names.filter((name) => listOf(statement[name]).length > 0).length === 1;

const statementProblems = (template: Template, at: string, kind: Kind, statement: TemplateObject): string[] => [
  ...Object.keys(statement).filter((key) => !ELEMENTS.has(key)).map((key) => `${at}.${key} is no element of a statement`),
  ...(['Allow', 'Deny'].includes(statement['Effect'] as string) ? [] : [`${at}.Effect is neither Allow nor Deny`]),
  ...(statement['Sid'] === undefined || /^[A-Za-z0-9 ]*$/.test(plainText(statement['Sid'])) ? [] : [`${at}.Sid: letters and digits are expected`]),
  ...(isOneOf(statement, ['Action', 'NotAction']) ? [] : [`${at} names no action`]),
  ...(kind === 'trust' || isOneOf(statement, ['Resource', 'NotResource']) ? [] : [`${at} names no resource`]),
  ...(kind === 'trust' && 'Resource' in statement ? [`${at}: who takes on a role is no matter of resources`] : []),
  ...principalProblems(at, kind, statement['Principal']),
  ...actionProblems(at, statement),
  ...resourceProblems(template, at, statement),
  ...conditionProblems(at, statement['Condition']),
];

const principalProblems = (at: string, kind: Kind, principal: TemplateValue | undefined): string[] => {
  if (kind === 'identity') return principal === undefined ? [] : [`${at}: whom it is for is told by whom it is attached to`];
  if (principal === '*') return [];
  if (!isObject(principal) || Object.keys(principal).length === 0) return [`${at} names no principal`];
  const unknown = Object.keys(principal).filter((key) => !['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(key));
  const services = listOf(principal['Service']).filter((name) => typeof name !== 'string' || !/^[a-z0-9.-]+\.amazonaws\.com$/.test(name));
  return [...unknown.map((key) => `${at}.Principal.${key} is no kind of principal`), ...services.map((name) => `${at}: ${JSON.stringify(name)} is no service`)];
};

/** Names of actions that a pattern with `*` and `?` stands for. */
const actionsLike = (pattern: string): { service: string; name: string }[] => {
  const [service = '', name = ''] = pattern.toLowerCase().split(':');
  const like = likeness(name);
  return Object.keys(services[service]?.actions ?? {}).flatMap((action) => (like.test(action) ? [{ service, name: action }] : []));
};

const likeness = (pattern: string): RegExp => new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');

const isAction = (action: TemplateValue): boolean => typeof action === 'string' && (action === '*' || actionsLike(action).length > 0);

/** A service that there is, and whose actions are not written down here. */
const lacksFacts = (service: string): boolean => services[service] !== undefined && services[service].actions === undefined;

const actionProblems = (at: string, { Action, NotAction }: TemplateObject): string[] =>
  [...listOf(Action), ...listOf(NotAction)].flatMap((action) => {
    if (isAction(action)) return [];
    const service = plainText(action).toLowerCase().split(':')[0] ?? '';
    return [lacksFacts(service) ? `${at}: no facts for ${service}: run scripts/cloudformation/aws_facts.py` : `${at}: there is no action ${JSON.stringify(action)}`];
  });

/** Each resource is one that an action of the statement applies to, and each action has one. */
const resourceProblems = (template: Template, at: string, { Action, Resource }: TemplateObject): string[] => {
  const given = listOf(Resource);
  const resources = given.map((resource) => sampleText(template, resource));
  const untold = given.filter((_resource, index) => resources[index] === undefined).map((resource) => `${at}: ${JSON.stringify(resource)} is no resource`);
  const actions = listOf(Action).filter((action): action is string => typeof action === 'string');
  if (untold.length > 0 || given.length === 0 || actions.includes('*')) return untold;
  const idle = actions.filter((action) => !resources.some((resource) => resource !== undefined && appliesTo(action, resource)));
  const foreign = resources.filter((resource) => resource !== undefined && !actions.some((action) => appliesTo(action, resource)));
  return [...idle.map((action) => `${at}: ${action} applies to none of its resources`), ...foreign.map((resource) => `${at}: none of its actions applies to ${String(resource)}`)];
};

const appliesTo = (pattern: string, resource: string): boolean => {
  const known = actionsLike(pattern);
  if (resource === '*' || known.length === 0) return true; // an action that is not there is told by itself
  return known.some(({ service, name }) => (services[service]?.actions?.[name] ?? []).some((kind) => isOfKind(service, kind, resource)));
};

const isOfKind = (service: string, kind: string, resource: string): boolean => {
  if (service === 's3' && kind === 'bucket') return /^arn:[\w-]+:s3:::[^/]+$/.test(resource);
  if (service === 's3' && kind === 'object') return /^arn:[\w-]+:s3:::[^/]+\/.+$/.test(resource);
  return (services[service]?.arns?.[kind] ?? []).some((arn) => likeness(arn).test(resource));
};

const conditionProblems = (at: string, condition: TemplateValue | undefined): string[] => {
  if (condition === undefined) return [];
  if (!isObject(condition)) return [`${at}.Condition: an object is expected`];
  return Object.entries(condition).flatMap(([operator, keys]) => [
    ...(OPERATOR.test(operator) ? [] : [`${at}: ${operator} is no operator of conditions`]),
    ...(isObject(keys) ? Object.keys(keys) : ['']).filter((key) => !KEY.test(key)).map((key) => `${at}: there is no condition key ${key}`),
    ...(isObject(keys) ? Object.entries(keys) : []).filter(([, value]) => listOf(value).length === 0 || value === '').map(([key]) => `${at}: ${key} is compared with nothing`),
  ]);
};

/** By the property that names a role: the service that takes it on. */
const TAKES_ON: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'lambda.amazonaws.com', 'AWS::StepFunctions::StateMachine': 'states.amazonaws.com', 'AWS::Scheduler::Schedule': 'scheduler.amazonaws.com',
  'AWS::KinesisFirehose::DeliveryStream': 'firehose.amazonaws.com',
};

/** A role that a resource acts with trusts the service of that resource. */
const trustProblems = (template: Template): string[] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const service = TAKES_ON[Type];
    if (service === undefined) return [];
    return rolesIn(template, Properties).flatMap((role) => {
      const { Statement } = (template.Resources[role]?.Properties?.['AssumeRolePolicyDocument'] ?? {}) as TemplateObject;
      const trusts = listOf(Statement).some((one) => isObject(one) && one['Effect'] === 'Allow' && one['Action'] === 'sts:AssumeRole' && isObject(one['Principal']) && listOf(one['Principal']['Service']).includes(service));
      return trusts ? [] : [`${role} does not trust ${service}, and ${id} acts with it`];
    });
  });

/** Roles of this template that a value names by their ARN. */
const rolesIn = (template: Template, value: TemplateValue): string[] => {
  const text = JSON.stringify(value);
  return Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === 'AWS::IAM::Role' && (text.includes(`{"Fn::GetAtt":["${id}","Arn"]}`) || text.includes(`\${${id}.Arn}`)) ? [id] : []));
};
