import type { IncomingMessage } from 'node:http';
import { AwsError } from './errors.ts';
import { ACCOUNT_ID } from './service.ts';

/** What the request's context holds for the Condition of a policy, by key (`s3:prefix`); several values where the key has several. */
export type ConditionKeys = Readonly<Record<string, string | readonly string[]>>;

/** One action on one resource: what a policy is asked. */
export interface Access {
  /** `s3:GetObject` */
  action: string;
  /** Its ARN; `*` for an action AWS knows no resources of. */
  resource: string;
  keys?: ConditionKeys;
  /** The policy of the resource itself, JSON, where it has one. */
  resourcePolicy?: string | undefined;
}

/** Who a request comes from. */
export interface Caller {
  /** `arn:aws:sts::000000000000:assumed-role/<role>/<session>`, or the account's root. */
  readonly arn: string;
  /** As GetCallerIdentity answers it. */
  readonly userId: string;
  /** By which the gateway knows the caller again. */
  readonly accessKeyId: string;
  /** Why an access is refused, in AWS's words; undefined where it is allowed. */
  refusalOf(access: Access): string | undefined;
}

/** Whoever has not assumed a role: the account's administrator, who may do everything. */
export const administrator: Caller = { arn: `arn:aws:iam::${ACCOUNT_ID}:root`, userId: ACCOUNT_ID, accessKeyId: 'local', refusalOf: () => undefined };

/** How services act for somebody: with a role that was handed to them. */
export interface Roles {
  /**
   * @param service who takes the role: `states.amazonaws.com`
   * @param sourceArn for which resource of its
   * @throws AwsError AccessDenied where the role's trust policy does not let it
   */
  actAs(roleArn: string | undefined, service: string, sourceArn: string): Caller;
}

/** Where nobody has wired roles. */
export const withoutRoles: Roles = { actAs: () => administrator };

/** A service's error for a refusal. */
export type Refuse = (reason: string) => AwsError;

/** Of the JSON protocols (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html). */
export const accessDenied: Refuse = (reason) => new AwsError('AccessDeniedException', reason);
/** Of REST services in JSON. */
export const accessForbidden: Refuse = (reason) => new AwsError('AccessDeniedException', reason, { status: 403 });

/**
 * @param accesses asked only where somebody else than the administrator calls
 * @throws AwsError of `refuse` for the first access that is not allowed
 */
export const requireAccess = (caller: Caller, accesses: () => readonly Access[], refuse: Refuse = accessDenied): void => {
  if (caller === administrator) return;
  for (const access of accesses()) {
    const reason = caller.refusalOf(access);
    if (reason !== undefined) throw refuse(reason);
  }
};

const callers = new WeakMap<IncomingMessage, Caller>();

/** The gateway says who a request comes from. */
export const setCaller = (request: IncomingMessage, caller: Caller): void => void callers.set(request, caller);

export const callerOf = (request: IncomingMessage): Caller => callers.get(request) ?? administrator;

/** What an action of a JSON or a query service asks of policies. Empty: nothing. */
export type AccessRule<Input> = (action: string, input: Input, region: string) => readonly Access[];

/** The rule of a service whose actions are on resources that the request names; none: `*`. */
export const accessTo =
  <Input>(prefix: string, resources: (input: Input, region: string, action: string) => readonly string[]): AccessRule<Input> =>
  (action, input, region) => {
    const named = resources(input, region, action);
    return (named.length === 0 ? ['*'] : named).map((resource) => ({ action: `${prefix}:${action}`, resource }));
  };
