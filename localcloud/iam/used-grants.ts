import type { IamStore } from './iam-store.ts';
import type { Grant, PolicyRequest } from './policy/index.ts';

/** One action on one resource that a statement allows, both as the policy has them. */
export interface RoleGrant {
  role: string;
  policy: string;
  sid: string;
  action: string;
  resource: string;
  /** Whether anybody has needed it since the cloud was started. */
  used: boolean;
}

const SEPARATOR = '\n';
const keyOf = ({ role, policy, sid, action, resource }: Omit<RoleGrant, 'used'>): string => [role, policy, sid, action.toLowerCase(), resource].join(SEPARATOR);

/** Which grants of roles have been needed since the cloud was started. Actions with wildcards are not told apart: they count as never used. */
export class UsedGrants {
  private readonly used = new Set<string>();

  add(role: string, request: PolicyRequest, by: readonly Grant[]): void {
    for (const { policy, statement } of by) {
      for (const resource of statement.resourcesOf(request)) this.used.add(keyOf({ role, policy: policy.name, sid: statement.sid, action: request.action, resource }));
    }
  }

  /** All that roles are allowed. */
  all(store: IamStore): RoleGrant[] {
    return store.roles().flatMap((role) =>
      store.policiesOf(role).identity.flatMap((policy) =>
        policy.statements
          .filter(({ effect }) => effect === 'Allow')
          .flatMap(({ sid, actions, resources }) => actions.flatMap((action) => resources.map((resource) => ({ role: role.name, policy: policy.name, sid, action, resource }))))
          .map((grant) => ({ ...grant, used: this.used.has(keyOf(grant)) })),
      ),
    );
  }
}
