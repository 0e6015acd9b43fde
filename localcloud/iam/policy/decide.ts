import type { Policy, Statement } from './policy.ts';
import type { PolicyRequest } from './request.ts';

/** A statement that applies, and the policy it is of. */
export interface Grant {
  policy: Policy;
  statement: Statement;
}

export type Decision =
  | { kind: 'allowed'; by: readonly Grant[] }
  | { kind: 'denied'; by: Grant; policyKind: 'identity' | 'resource' }
  /** Nobody allows it. */
  | { kind: 'not allowed' };

const applying = (policies: readonly Policy[], effect: Statement['effect'], request: PolicyRequest): Grant[] =>
  policies.flatMap((policy) => policy.statements.filter((statement) => statement.effect === effect && statement.applies(request)).map((statement) => ({ policy, statement })));

/**
 * IAM's logic inside one account: an explicit Deny of any policy ends it; else an Allow of the caller's policies or of the resource's is
 * enough; else it is refused. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const decide = (request: PolicyRequest, identity: readonly Policy[], resource: readonly Policy[] = []): Decision => {
  for (const [policyKind, policies] of [['identity', identity], ['resource', resource]] as const) {
    const [by] = applying(policies, 'Deny', request);
    if (by) return { kind: 'denied', by, policyKind };
  }
  const by = [...applying(identity, 'Allow', request), ...applying(resource, 'Allow', request)];
  return by.length > 0 ? { kind: 'allowed', by } : { kind: 'not allowed' };
};
