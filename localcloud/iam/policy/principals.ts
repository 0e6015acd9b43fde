import { isObject } from '../../core/json-input.ts';
import { malformed } from './malformed.ts';
import type { Principal } from './request.ts';

export type PrincipalMatcher = (principal: Principal, effect: 'Allow' | 'Deny') => boolean;

/** `AWS`: accounts, roles, sessions; `Service`: `lambda.amazonaws.com`. Others sign in elsewhere, and nobody does here. */
const KINDS = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

const ACCOUNT = /^(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?$/;

/**
 * Whom a policy of a resource is about. That an account is allowed something leaves it to the account's own policies to allow it to a role:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * @throws AwsError MalformedPolicyDocument
 */
export const principalMatcher = (element: unknown, negated: boolean): PrincipalMatcher => {
  const named = element === '*' ? { AWS: '*' } : element;
  if (!isObject(named) || Object.keys(named).some((kind) => !KINDS.includes(kind))) throw malformed('Invalid principal in policy');
  const ofAccounts = [named['AWS'] ?? []].flat().map(String);
  const services = [named['Service'] ?? []].flat().map(String);
  return (principal, effect) => {
    if (principal.service !== undefined) return (services.includes(principal.service) || ofAccounts.includes('*')) !== negated;
    const names = (one: string): boolean => one === '*' || principal.arns.includes(one) || ((effect === 'Deny' || negated) && ACCOUNT.exec(one)?.[1] === principal.accountId);
    return ofAccounts.some(names) !== negated;
  };
};
