import type { KindContext, KindOutcome, ResourceKind } from '../kind.ts';
import { requiredText, unlessMissing } from '../kind.ts';
import type { TemplateValue } from '../types.ts';
import { isObject, textOf } from '../values.ts';
import { childText, descendants } from '../../core/xml.ts';
import type { XmlNode } from '../../core/xml.ts';

type Status = KindOutcome['status'];

const ask = (context: KindContext, action: string, parameters: Record<string, string>): Promise<XmlNode> => context.clients.raw.query('iam', action, parameters);

/** The name a template gives, or one as CloudFormation makes it. */
const nameOf = (context: KindContext, property: string): string => {
  const given = context.properties[property];
  return given === undefined ? `${context.stackName}-${context.logicalId}` : textOf(given, property);
};

const textIn = (node: XmlNode, name: string): string => childText(descendants(node).find((one) => one.children.some((child) => child.name === name)) ?? node, name) ?? '';
const documentIn = (node: XmlNode, name: string): string => decodeURIComponent(textIn(node, name));

/** Makes what IAM keeps be what the template says; of several changes one is enough to count. */
const merged = (statuses: readonly Status[]): Status => (statuses.includes('created') ? 'created' : statuses.includes('updated') ? 'updated' : 'unchanged');

const putInline = async (context: KindContext, RoleName: string, PolicyName: string, document: TemplateValue | undefined): Promise<Status> => {
  const PolicyDocument = JSON.stringify(document);
  const known = await unlessMissing(['NoSuchEntity'], () => ask(context, 'GetRolePolicy', { RoleName, PolicyName }));
  if (known && documentIn(known, 'PolicyDocument') === PolicyDocument) return 'unchanged';
  await ask(context, 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
  return known ? 'updated' : 'created';
};

const listOf = (value: TemplateValue | undefined, what: string): string[] => [value ?? []].flat().map((item) => textOf(item, what));

export const role: ResourceKind = {
  applied: ['AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Policies', 'RoleName'],
  ignored: ['Description', 'MaxSessionDuration', 'Tags'],
  async apply(context) {
    const RoleName = nameOf(context, 'RoleName');
    const trust = JSON.stringify(context.properties['AssumeRolePolicyDocument']);
    const existing = await unlessMissing(['NoSuchEntity'], () => ask(context, 'GetRole', { RoleName }));
    const present = existing ?? (await ask(context, 'CreateRole', { RoleName, AssumeRolePolicyDocument: trust }));
    const statuses: Status[] = [existing ? 'unchanged' : 'created'];
    if (documentIn(present, 'AssumeRolePolicyDocument') !== trust) {
      await ask(context, 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust });
      statuses.push('updated');
    }
    for (const policy of [context.properties['Policies'] ?? []].flat().filter(isObject)) {
      statuses.push(await putInline(context, RoleName, textOf(policy['PolicyName'], 'PolicyName'), policy['PolicyDocument']));
    }
    if (await attachOnly(context, RoleName, existing !== undefined)) statuses.push('updated');
    return { ref: RoleName, attributes: { Arn: textIn(present, 'Arn'), RoleId: textIn(present, 'RoleId') }, status: existing && statuses.some((status) => status !== 'unchanged') ? 'updated' : merged(statuses) };
  },
};

/** Attaches what the template says, and nothing else. @returns whether anything has changed */
const attachOnly = async (context: KindContext, RoleName: string, exists: boolean): Promise<boolean> => {
  const wanted = listOf(context.properties['ManagedPolicyArns'], 'ManagedPolicyArns');
  const listed = exists ? descendants(await ask(context, 'ListAttachedRolePolicies', { RoleName })) : [];
  const attached = listed.filter(({ name }) => name === 'PolicyArn').map(({ text }) => text);
  const [missing, surplus] = [wanted.filter((policyArn) => !attached.includes(policyArn)), attached.filter((policyArn) => !wanted.includes(policyArn))];
  for (const PolicyArn of missing) await ask(context, 'AttachRolePolicy', { RoleName, PolicyArn });
  for (const PolicyArn of surplus) await ask(context, 'DetachRolePolicy', { RoleName, PolicyArn });
  return missing.length + surplus.length > 0;
};

/** A policy inside each of the roles it names. */
export const inlinePolicy: ResourceKind = {
  applied: ['PolicyDocument', 'PolicyName', 'Roles'],
  ignored: [],
  async apply(context) {
    const name = requiredText(context, 'PolicyName');
    const statuses: Status[] = [];
    for (const RoleName of listOf(context.properties['Roles'], 'Roles')) statuses.push(await putInline(context, RoleName, name, context.properties['PolicyDocument']));
    return { ref: name, attributes: {}, status: merged(statuses) };
  },
};

export const managedPolicy: ResourceKind = {
  applied: ['ManagedPolicyName', 'PolicyDocument'],
  ignored: ['Description'],
  async apply(context) {
    const PolicyName = nameOf(context, 'ManagedPolicyName');
    const PolicyArn = `arn:aws:iam::${context.accountId}:policy/${PolicyName}`;
    const PolicyDocument = JSON.stringify(context.properties['PolicyDocument']);
    const identity = { ref: PolicyArn, attributes: { PolicyArn } };
    const existing = await unlessMissing(['NoSuchEntity'], () => ask(context, 'GetPolicy', { PolicyArn }));
    if (!existing) {
      await ask(context, 'CreatePolicy', { PolicyName, PolicyDocument });
      return { ...identity, status: 'created' };
    }
    const version = await ask(context, 'GetPolicyVersion', { PolicyArn, VersionId: textIn(existing, 'DefaultVersionId') });
    if (documentIn(version, 'Document') === PolicyDocument) return { ...identity, status: 'unchanged' };
    await ask(context, 'CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: 'true' });
    return { ...identity, status: 'updated' };
  },
};
