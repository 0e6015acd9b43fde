import { AwsError } from '../core/errors.ts';
import type { QueryAction } from '../core/query-protocol.ts';
import { element, textElement } from '../core/xml.ts';
import type { IamStore, ManagedPolicy, Role } from './iam-store.ts';
import type { RoleCredentials } from './iam-service.ts';

/** What Lambda does before it runs a function. */
export interface ServiceSessions {
  serviceCredentials(roleArn: string, service: string, sourceArn: string): RoleCredentials | undefined;
}

const required = (parameters: URLSearchParams, name: string): string => {
  const value = parameters.get(name);
  if (value === null) throw new AwsError('ValidationError', `1 validation error detected: Value null at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`);
  return value;
};

/** IAM answers documents URL-encoded. */
const documentElement = (name: string, document: string): string => textElement(name, encodeURIComponent(document));

const roleElement = ({ name, arn, id, createdAt, trust }: Role): string =>
  element('Role', textElement('Path', '/'), textElement('RoleName', name), textElement('RoleId', id), textElement('Arn', arn), textElement('CreateDate', createdAt), documentElement('AssumeRolePolicyDocument', trust));

const policyElement = ({ name, arn, id, createdAt, version }: ManagedPolicy): string =>
  element('Policy', textElement('PolicyName', name), textElement('PolicyId', id), textElement('Arn', arn), textElement('Path', '/'), textElement('DefaultVersionId', `v${version}`), textElement('CreateDate', createdAt));

const members = (name: string, items: readonly string[]): string => element(name, ...items.map((item) => element('member', item)), '') + textElement('IsTruncated', false);

/** IAM's actions on roles and managed policies: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html */
export const iamActions = (store: IamStore, sessions: ServiceSessions): Record<string, QueryAction> => ({
  ...roleActions(store),
  ...inlinePolicyActions(store),
  ...managedPolicyActions(store),
  // No action of AWS: what the service Lambda does inside AWS, asked by who deploys functions into this cloud.
  AssumeRoleAsService: (parameters) => {
    const credentials = sessions.serviceCredentials(required(parameters, 'RoleArn'), required(parameters, 'Service'), required(parameters, 'SourceArn'));
    if (!credentials) return '';
    return textElement('AccessKeyId', credentials.accessKeyId) + textElement('SecretAccessKey', credentials.secretAccessKey) + textElement('SessionToken', credentials.sessionToken);
  },
});

const roleActions = (store: IamStore): Record<string, QueryAction> => ({
  CreateRole: (parameters) => roleElement(store.createRole(required(parameters, 'RoleName'), required(parameters, 'AssumeRolePolicyDocument'))),
  GetRole: (parameters) => roleElement(store.role(required(parameters, 'RoleName'))),
  ListRoles: () => members('Roles', store.roles().map((role) => roleElement(role).replace(/^<Role>|<\/Role>$/g, ''))),
  UpdateAssumeRolePolicy: (parameters) => {
    const document = required(parameters, 'PolicyDocument');
    store.changeRole(required(parameters, 'RoleName'), (role) => (role.trust = document));
    return undefined;
  },
  DeleteRole: (parameters) => {
    store.deleteRole(required(parameters, 'RoleName'));
    return undefined;
  },
});

const inlinePolicyActions = (store: IamStore): Record<string, QueryAction> => ({
  PutRolePolicy: (parameters) => {
    const [name, document] = [required(parameters, 'PolicyName'), required(parameters, 'PolicyDocument')];
    store.changeRole(required(parameters, 'RoleName'), (role) => (role.inline[name] = document));
    return undefined;
  },
  GetRolePolicy: (parameters) => {
    const [role, name] = [store.role(required(parameters, 'RoleName')), required(parameters, 'PolicyName')];
    const document = Object.hasOwn(role.inline, name) ? role.inline[name] : undefined;
    if (document === undefined) throw new AwsError('NoSuchEntity', `The role policy with name ${name} cannot be found.`, { status: 404 });
    return textElement('RoleName', role.name) + textElement('PolicyName', name) + documentElement('PolicyDocument', document);
  },
  ListRolePolicies: (parameters) => members('PolicyNames', Object.keys(store.role(required(parameters, 'RoleName')).inline)),
  DeleteRolePolicy: (parameters) => {
    const name = required(parameters, 'PolicyName');
    store.changeRole(required(parameters, 'RoleName'), (role) => Reflect.deleteProperty(role.inline, name));
    return undefined;
  },
});

const managedPolicyActions = (store: IamStore): Record<string, QueryAction> => ({
  CreatePolicy: (parameters) => policyElement(store.createPolicy(required(parameters, 'PolicyName'), required(parameters, 'PolicyDocument'))),
  GetPolicy: (parameters) => policyElement(store.policy(required(parameters, 'PolicyArn'))),
  GetPolicyVersion: (parameters) => {
    const { document, version, createdAt } = store.policy(required(parameters, 'PolicyArn'));
    if (required(parameters, 'VersionId') !== `v${version}`) throw new AwsError('NoSuchEntity', 'Only the default version of a policy is kept locally', { status: 404 });
    return element('PolicyVersion', documentElement('Document', document), textElement('VersionId', `v${version}`), textElement('IsDefaultVersion', true), textElement('CreateDate', createdAt));
  },
  CreatePolicyVersion: (parameters) => {
    if (parameters.get('SetAsDefault') !== 'true') throw new AwsError('NotImplementedException', 'IAM: a version that is not the default one is not supported locally', { status: 501 });
    const { version, createdAt } = store.changePolicy(required(parameters, 'PolicyArn'), required(parameters, 'PolicyDocument'));
    return element('PolicyVersion', textElement('VersionId', `v${version}`), textElement('IsDefaultVersion', true), textElement('CreateDate', createdAt));
  },
  DeletePolicy: (parameters) => {
    store.deletePolicy(required(parameters, 'PolicyArn'));
    return undefined;
  },
  AttachRolePolicy: (parameters) => {
    const policyArn = required(parameters, 'PolicyArn');
    store.changeRole(required(parameters, 'RoleName'), (role) => (role.attached = [...new Set([...role.attached, policyArn])]));
    return undefined;
  },
  DetachRolePolicy: (parameters) => {
    const policyArn = required(parameters, 'PolicyArn');
    store.changeRole(required(parameters, 'RoleName'), (role) => (role.attached = role.attached.filter((attached) => attached !== policyArn)));
    return undefined;
  },
  ListAttachedRolePolicies: (parameters) =>
    members('AttachedPolicies', store.role(required(parameters, 'RoleName')).attached.map((policyArn) => textElement('PolicyName', store.policy(policyArn).name) + textElement('PolicyArn', policyArn))),
});
