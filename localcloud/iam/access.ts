import { accessTo } from '../core/caller.ts';
import { ACCOUNT_ID } from '../core/service.ts';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
export const iamAccess = accessTo<URLSearchParams>('iam', (parameters, _region, action) => {
  const [role, policyArn, policyName] = ['RoleName', 'PolicyArn', 'PolicyName'].map((name) => parameters.get(name));
  if (role && action.includes('Role')) return [`arn:aws:iam::${ACCOUNT_ID}:role/${role}`];
  if (policyArn) return [policyArn];
  return action === 'CreatePolicy' ? [`arn:aws:iam::${ACCOUNT_ID}:policy/${policyName ?? ''}`] : [];
});
