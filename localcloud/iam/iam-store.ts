import { createHash } from 'node:crypto';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Clock } from '../core/service.ts';
import { readPolicy } from './policy/index.ts';
import type { Policy } from './policy/index.ts';

/** A role as it is kept. Documents are JSON. */
export interface Role {
  name: string;
  arn: string;
  /** AROA… */
  id: string;
  createdAt: string;
  trust: string;
  /** Inline policies by name. */
  inline: Record<string, string>;
  /** ARNs of managed policies. */
  attached: string[];
}

/** A managed policy of the account. Its versions but the default one are not kept. */
export interface ManagedPolicy {
  name: string;
  arn: string;
  id: string;
  createdAt: string;
  document: string;
  version: number;
}

interface State {
  roles: Record<string, Role>;
  policies: Record<string, ManagedPolicy>;
  /** Names of roles that were deleted: what still names one is not to be taken for a program that does not care for roles. */
  deletedRoles?: string[];
}

/** What a role may do, compiled. */
export interface RolePolicies {
  trust: Policy;
  identity: readonly Policy[];
}

const noSuchEntity = (what: string): AwsError => new AwsError('NoSuchEntity', what, { status: 404 });
const alreadyExists = (what: string): AwsError => new AwsError('EntityAlreadyExists', `${what} already exists.`, { status: 409 });

/** Roles have no path here, so a name with one is no role's. */
const ARN_OF_ROLES = `arn:aws:iam::${ACCOUNT_ID}:role/`;
const nameOf = (nameOrArn: string): string => (nameOrArn.startsWith(ARN_OF_ROLES) ? nameOrArn.slice(ARN_OF_ROLES.length) : nameOrArn);

const NAME = /^[\w+=,.@-]{1,128}$/;

const checkName = (member: string, name: string): void => {
  if (!NAME.test(name)) throw new AwsError('ValidationError', `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`);
};

/** An id as IAM's: its kind, and 17 characters of the name. */
const idOf = (kind: 'AROA' | 'ANPA', name: string): string => kind + createHash('sha256').update(name).digest('hex').slice(0, 17).toUpperCase();

/** Roles and managed policies of the account, in `iam.json`. */
export class IamStore {
  private readonly file: JsonFile<State>;
  private readonly clock: Clock;
  private readonly compiled = new Map<string, RolePolicies>();

  constructor(folder: string, clock: Clock) {
    this.file = new JsonFile<State>(path.join(folder, 'iam.json'), { roles: {}, policies: {} });
    this.clock = clock;
  }

  /** undefined where there is none. `name`: its name or its ARN. */
  findRole(name: string): Role | undefined {
    const { roles } = this.file.get();
    const own = nameOf(name);
    return Object.hasOwn(roles, own) ? roles[own] : undefined;
  }

  /** Whether there was such a role, and is none any more. `name`: its name or its ARN. */
  wasDeleted(name: string): boolean {
    return this.file.get().deletedRoles?.includes(nameOf(name)) ?? false;
  }

  /** Throws NoSuchEntity. */
  role(name: string): Role {
    const role = this.findRole(name);
    if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return role;
  }

  roles(): Role[] {
    return Object.values(this.file.get().roles);
  }

  /** Throws NoSuchEntity. */
  policy(policyArn: string): ManagedPolicy {
    const policy = this.file.get().policies[policyArn];
    if (!policy) throw noSuchEntity(`Policy ${policyArn} does not exist or is not attachable.`);
    return policy;
  }

  /** What the role may do now; the same object until one of its policies changes. */
  policiesOf({ name, trust, inline, attached }: Role): RolePolicies {
    const known = this.compiled.get(name);
    if (known) return known;
    const policies: RolePolicies = {
      trust: readPolicy('trust', 'trust', trust),
      identity: [
        ...Object.entries(inline).map(([policyName, document]) => readPolicy(policyName, 'identity', document)),
        ...attached.map((policyArn) => this.policy(policyArn)).map((policy) => readPolicy(policy.name, 'identity', policy.document)),
      ],
    };
    this.compiled.set(name, policies);
    return policies;
  }

  /** Throws EntityAlreadyExists, MalformedPolicyDocument. */
  createRole(name: string, trust: string): Role {
    checkName('roleName', name);
    if (this.findRole(name)) throw alreadyExists(`Role with name ${name}`);
    readPolicy('trust', 'trust', trust);
    const role: Role = { name, arn: `arn:aws:iam::${ACCOUNT_ID}:role/${name}`, id: idOf('AROA', name), createdAt: this.clock().toISOString(), trust, inline: {}, attached: [] };
    this.change((draft) => {
      draft.roles[name] = role;
      draft.deletedRoles = (draft.deletedRoles ?? []).filter((deleted) => deleted !== name);
    });
    return role;
  }

  /** Throws EntityAlreadyExists, MalformedPolicyDocument. */
  createPolicy(name: string, document: string): ManagedPolicy {
    checkName('policyName', name);
    const policyArn = `arn:aws:iam::${ACCOUNT_ID}:policy/${name}`;
    if (this.file.get().policies[policyArn]) throw alreadyExists(`A policy called ${name}`);
    readPolicy(name, 'identity', document);
    const policy: ManagedPolicy = { name, arn: policyArn, id: idOf('ANPA', name), createdAt: this.clock().toISOString(), document, version: 1 };
    this.change((draft) => void (draft.policies[policyArn] = policy));
    return policy;
  }

  /** Changes a role; where its policies cannot be read or are not there, nothing has happened. */
  changeRole(name: string, change: (role: Role) => void): void {
    const changed = structuredClone(this.role(name));
    change(changed);
    readPolicy('trust', 'trust', changed.trust);
    for (const [policyName, document] of Object.entries(changed.inline)) readPolicy(policyName, 'identity', document);
    for (const policyArn of changed.attached) this.policy(policyArn);
    this.change((draft) => void (draft.roles[changed.name] = changed));
  }

  /** The document becomes the policy's default version. */
  changePolicy(policyArn: string, document: string): ManagedPolicy {
    const known = this.policy(policyArn);
    readPolicy(known.name, 'identity', document);
    const changed = { ...known, document, version: known.version + 1 };
    this.change((draft) => void (draft.policies[policyArn] = changed));
    return changed;
  }

  /** Throws NoSuchEntity, DeleteConflict. */
  deleteRole(name: string): void {
    const role = this.role(name);
    if (role.attached.length > 0) throw new AwsError('DeleteConflict', 'Cannot delete entity, must detach all policies first.', { status: 409 });
    if (Object.keys(role.inline).length > 0) throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete policies first.', { status: 409 });
    this.change((draft) => {
      Reflect.deleteProperty(draft.roles, role.name);
      draft.deletedRoles = [...(draft.deletedRoles ?? []), role.name];
    });
  }

  /** Throws NoSuchEntity, DeleteConflict. */
  deletePolicy(policyArn: string): void {
    this.policy(policyArn);
    if (this.roles().some(({ attached }) => attached.includes(policyArn))) throw new AwsError('DeleteConflict', 'Cannot delete a policy attached to entities.', { status: 409 });
    this.change((draft) => void Reflect.deleteProperty(draft.policies, policyArn));
  }

  private change(change: (draft: State) => void): void {
    this.file.update(change);
    this.compiled.clear();
  }
}
