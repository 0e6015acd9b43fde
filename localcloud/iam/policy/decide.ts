import type { Policy, Statement } from './policy.ts';
import type { PolicyRequest } from './request.ts';

export type Decision =
  | { kind: 'allowed'; by: readonly Statement[] }
  | { kind: 'denied'; by: Statement; policy: 'identity' | 'resource' }
  /** Nobody allows it. */
  | { kind: 'not allowed' };

const applying = (policies: readonly Policy[], effect: Statement['effect'], request: PolicyRequest): Statement[] =>
  policies.flatMap(({ statements }) => statements.filter((statement) => statement.effect === effect && statement.applies(request)));

/**
 * IAM's logic inside one account: an explicit Deny of any policy ends it; else an Allow of the caller's policies or of the resource's is
 * enough; else it is refused. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const decide = (request: PolicyRequest, identity: readonly Policy[], resource: readonly Policy[] = []): Decision => {
  for (const [policy, policies] of [['identity', identity], ['resource', resource]] as const) {
    const [by] = applying(policies, 'Deny', request);
    if (by) return { kind: 'denied', by, policy };
  }
  const by = [...applying(identity, 'Allow', request), ...applying(resource, 'Allow', request)];
  return by.length > 0 ? { kind: 'allowed', by } : { kind: 'not allowed' };
};
