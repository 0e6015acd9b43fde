import type { Access, Caller, ConditionKeys } from '../core/caller.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Role } from './iam-store.ts';
import { decide, keysOf, lazyKeys, readPolicy } from './policy/index.ts';
import type { Grant, Policy, PolicyRequest, Principal } from './policy/index.ts';

export interface CallerPorts {
  /** The role's own policies as they are now. */
  policies: () => readonly Policy[];
  isRole: (roleArn: string) => boolean;
  /** Told of what was allowed, and by what. */
  allowed: (request: PolicyRequest, by: readonly Grant[]) => void;
  now: () => Date;
}

/** Policies of resources by their text: there are few, and they seldom change. */
const resourcePolicies = new Map<string, readonly Policy[]>();
const MOST_POLICIES = 256;

const compiledOf = (document: string | undefined): readonly Policy[] => {
  if (document === undefined || document === '') return [];
  const known = resourcePolicies.get(document);
  if (known) return known;
  if (resourcePolicies.size >= MOST_POLICIES) resourcePolicies.clear();
  const compiled = [readPolicy('resource', 'resource', document)];
  resourcePolicies.set(document, compiled);
  return compiled;
};

/** Who asks with a role's credentials: everything is decided by the role's policies and the resource's. */
export class RoleCaller implements Caller {
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
  private readonly role: Role;
  private readonly principal: Principal;
  private readonly ports: CallerPorts;

  constructor(role: Role, session: string, accessKeyId: string, ports: CallerPorts) {
    this.role = role;
    this.ports = ports;
    this.accessKeyId = accessKeyId;
    this.arn = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role.name}/${session}`;
    this.userId = `${role.id}:${session}`;
    this.principal = { arns: [this.arn, role.arn], accountId: ACCOUNT_ID };
  }

  refusalOf(access: Access): string | undefined {
    const { action, resource } = access;
    // A role that is none acts as the administrator: nobody else can hand it over.
    if (action === 'iam:PassRole' && !this.ports.isRole(resource)) return `User: ${this.arn} is not authorized to perform: ${action} on resource: ${resource} because there is no such role`;
    const request: PolicyRequest = { action, resource, keys: lazyKeys(() => keysOf(this.globalKeys(), access.keys)), principal: this.principal };
    const decision = decide(request, this.ports.policies(), compiledOf(access.resourcePolicy));
    if (decision.kind === 'allowed') {
      this.ports.allowed(request, decision.by);
      return undefined;
    }
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    const isDenied = decision.kind === 'denied';
    const why = isDenied ? `with an explicit deny in ${decision.policyKind === 'identity' ? 'an identity' : 'a resource'}-based policy` : `because no identity-based policy allows the ${action} action`;
    return `User: ${this.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
  }

  /**
   * Those of every request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html. The loopback port
   * stands for AWS's endpoints, which are reached by TLS.
   */
  private globalKeys(): ConditionKeys {
    const now = this.ports.now();
    return {
      'aws:PrincipalArn': this.role.arn,
      'aws:PrincipalAccount': ACCOUNT_ID,
      'aws:PrincipalType': 'AssumedRole',
      'aws:userid': this.userId,
      'aws:ResourceAccount': ACCOUNT_ID,
      'aws:SecureTransport': 'true',
      'aws:SourceIp': '127.0.0.1',
      'aws:CurrentTime': now.toISOString(),
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    };
  }
}
