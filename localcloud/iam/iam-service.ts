import { randomBytes } from 'node:crypto';
import { administrator, withoutRoles } from '../core/caller.ts';
import type { Caller, Roles } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { queryProtocol } from '../core/query-protocol.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { iamAccess } from './access.ts';
import { iamActions } from './actions.ts';
import { IamStore } from './iam-store.ts';
import type { Role } from './iam-store.ts';
import { decide, keysOf } from './policy/index.ts';
import type { Principal } from './policy/index.ts';
import { RoleCaller } from './role-caller.ts';
import { UsedGrants } from './used-grants.ts';
import type { RoleGrant } from './used-grants.ts';

export interface IamOptions {
  /** `<dataDir>/iam` */
  folder: string;
  clock: Clock;
}

/** What a program signs with as a role. */
export interface RoleCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** Keys of sessions begin so: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes */
const SESSION_KEY = /^ASIA[A-Z2-7]{16}$/;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

const randomKey = (): string => `ASIA${[...randomBytes(16)].map((byte) => BASE32[byte % 32]).join('')}`;

/**
 * Roles, managed policies, and whoever has assumed a role. Its policies decide what such a caller may do; who signs with any other key is
 * the account's administrator. Credentials do not expire, and end with the process. Users, groups, permissions boundaries, session policies and
 * policies of AWS are not here.
 */
export class IamService implements Service, Roles {
  readonly signingNames = ['iam'];
  readonly handle: RequestHandler;
  private readonly store: IamStore;
  private readonly clock: Clock;
  private readonly sessions = new Map<string, RoleCaller>();
  /** Sessions of services, one for each of their resources. */
  private readonly ofServices = new Map<string, RoleCaller>();
  private readonly used = new UsedGrants();

  constructor({ folder, clock }: IamOptions) {
    this.clock = clock;
    this.store = new IamStore(folder, clock);
    this.handle = queryProtocol('IAM', 'https://iam.amazonaws.com/doc/2010-05-08/', iamActions(this.store, this), iamAccess);
  }

  /** Who signs with an access key. Throws InvalidClientTokenId for one of a session that has ended. */
  callerWith(accessKeyId: string | undefined): Caller {
    const session = accessKeyId === undefined ? undefined : this.sessions.get(accessKeyId);
    if (session) return session;
    if (accessKeyId !== undefined && SESSION_KEY.test(accessKeyId)) throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', { status: 403 });
    return administrator;
  }

  /** A role that was never made here cannot be told from the administrator: programs that do not care for IAM hand over any name. */
  actAs(roleArn: string | undefined, service: string, sourceArn: string): Caller {
    const role = roleArn === undefined ? undefined : this.store.findRole(roleArn);
    if (roleArn !== undefined && this.store.wasDeleted(roleArn)) throw notAuthorized(service, roleArn);
    if (!role) return withoutRoles.actAs(roleArn, service, sourceArn);
    const known = this.ofServices.get(`${role.arn} ${service} ${sourceArn}`);
    this.checkTrust(role, { arns: [], accountId: ACCOUNT_ID, service }, service, { 'aws:SourceAccount': ACCOUNT_ID, 'aws:SourceArn': sourceArn });
    if (known) return known;
    const caller = this.open(role, sessionNameOf(sourceArn));
    this.ofServices.set(`${role.arn} ${service} ${sourceArn}`, caller);
    return caller;
  }

  /** STS's AssumeRole. Throws AccessDenied unless both the caller's policies and the role's trust policy let it. */
  assume(caller: Caller, roleArn: string, sessionName: string): { caller: Caller; credentials: RoleCredentials } {
    if (!SESSION_NAME.test(sessionName)) throw new AwsError('ValidationError', `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`);
    const role = this.store.findRole(roleArn);
    const refusal = caller.refusalOf({ action: 'sts:AssumeRole', resource: roleArn });
    if (!role || refusal !== undefined) throw notAuthorized(caller.arn, roleArn);
    this.checkTrust(role, { arns: [caller.arn, `arn:aws:iam::${ACCOUNT_ID}:root`, ACCOUNT_ID], accountId: ACCOUNT_ID }, caller.arn, {});
    const session = this.open(role, sessionName);
    return { caller: session, credentials: credentialsOf(session) };
  }

  /** What Lambda and its like put into the environment of what they run. Throws AccessDenied as {@link actAs}. */
  serviceCredentials(roleArn: string, service: string, sourceArn: string): RoleCredentials | undefined {
    const caller = this.actAs(roleArn, service, sourceArn);
    return caller instanceof RoleCaller ? credentialsOf(caller) : undefined;
  }

  /** What each role is allowed, and whether anybody has used it since the start. */
  grants(): RoleGrant[] {
    return this.used.all(this.store);
  }

  private open(role: Role, name: string): RoleCaller {
    const caller = new RoleCaller(role, name, randomKey(), {
      policies: () => {
        const current = this.store.findRole(role.name);
        return current ? this.store.policiesOf(current).identity : [];
      },
      isRole: (roleArn) => this.store.findRole(roleArn) !== undefined,
      allowed: (request, by) => this.used.add(role.name, request, by),
      now: this.clock,
    });
    this.sessions.set(caller.accessKeyId, caller);
    return caller;
  }

  private checkTrust(role: Role, principal: Principal, who: string, keys: Record<string, string>): void {
    const request = { action: 'sts:AssumeRole', resource: role.arn, keys: keysOf(keys), principal };
    if (decide(request, [], [this.store.policiesOf(role).trust]).kind !== 'allowed') throw notAuthorized(who, role.arn);
  }
}

const notAuthorized = (who: string, roleArn: string): AwsError =>
  new AwsError('AccessDenied', `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`, { status: 403 });

/** `floe-dev-hourly` of `arn:aws:states:eu-west-1:000000000000:stateMachine:floe-dev-hourly`. */
const sessionNameOf = (sourceArn: string): string => (/[^/:]+$/.exec(sourceArn)?.[0] ?? 'service').replace(/[^\w+=,.@-]/g, '-').slice(0, 64);

/** Signatures are not checked, so any secret does. */
const credentialsOf = ({ accessKeyId }: RoleCaller): RoleCredentials => ({ accessKeyId, secretAccessKey: 'local', sessionToken: accessKeyId });
