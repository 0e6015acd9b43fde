import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import type { Clock } from '../core/service.ts';

export interface SecretVersion {
  id: string;
  createdMs: number;
  /** AWSCURRENT, AWSPREVIOUS, AWSPENDING or a name of the caller's. */
  stages: string[];
  text?: string;
  /** Base64. */
  binary?: string;
}

export interface Secret {
  name: string;
  arn: string;
  description?: string;
  createdMs: number;
  changedMs: number;
  deletedMs?: number;
  tags: Record<string, string>;
  versions: SecretVersion[];
}

export interface SecretValue {
  text?: string;
  binary?: string;
}

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/** Secrets in a file only its owner can read. They are not encrypted: a laptop's file permissions guard them. */
export class SecretsStore {
  private readonly file: JsonFile<Record<string, Secret>>;
  private readonly clock: Clock;

  constructor(directory: string, clock: Clock) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o700);
    this.file = new JsonFile<Record<string, Secret>>(path.join(directory, 'secrets.json'), {});
    this.clock = clock;
  }

  all(): Secret[] {
    return Object.values(this.file.get());
  }

  /** The ARN of a secret asked for as {@link find} takes it; undefined where there is none. */
  arnOf(id: string): string | undefined {
    return (this.file.get()[id] ?? this.all().find(({ arn }) => arn === id || arn.slice(0, -7) === id))?.arn;
  }

  /** By name, ARN, or ARN without its random end. Throws ResourceNotFoundException; InvalidRequestException for a deleted one. */
  find(id: string, options: { deletedToo?: boolean } = {}): Secret {
    const secret = this.file.get()[id] ?? this.all().find(({ arn }) => arn === id || arn.slice(0, -7) === id);
    if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    if (secret.deletedMs !== undefined && !options.deletedToo)
      throw new AwsError('InvalidRequestException', "You can't perform this operation on the secret because it was marked for deletion.");
    return secret;
  }

  create(
    secret: Omit<Secret, 'versions' | 'createdMs' | 'changedMs'>,
    value: SecretValue | undefined,
    token: string | undefined,
  ): { secret: Secret; versionId: string | undefined } {
    const present = this.file.get()[secret.name];
    if (present) throw new AwsError('ResourceExistsException', `The operation failed because the secret ${secret.name} already exists.`);
    const now = this.clock().getTime();
    const version = value && this.version(value, token, [CURRENT]);
    const created: Secret = { ...secret, createdMs: now, changedMs: now, versions: version ? [version] : [] };
    this.file.update((draft) => void (draft[secret.name] = created));
    return { secret: created, versionId: version?.id };
  }

  /** Adds a version. With AWSCURRENT among its stages the current one becomes the previous one. The same token again changes nothing. */
  put(name: string, value: SecretValue, token: string | undefined, stages: readonly string[] = [CURRENT]): SecretVersion {
    const repeated = this.find(name).versions.find(({ id }) => id === token);
    if (repeated) {
      if (repeated.text === value.text && repeated.binary === value.binary) return repeated;
      throw new AwsError('ResourceExistsException', 'A resource with the ID you requested already exists.');
    }
    const version = this.version(value, token, [...stages]);
    this.change(name, (secret) => {
      if (stages.includes(CURRENT)) demoteCurrent(secret);
      for (const other of secret.versions) other.stages = other.stages.filter((stage) => !stages.includes(stage));
      secret.versions = [...secret.versions.filter((other) => other.stages.length > 0), version];
    });
    return version;
  }

  /** Throws ResourceNotFoundException where no version has the id or stage. */
  versionOf(secret: Secret, versionId: string | undefined, stage: string | undefined): SecretVersion {
    const wanted = stage ?? (versionId === undefined ? CURRENT : undefined);
    const version = secret.versions.find(
      (each) => (versionId === undefined || each.id === versionId) && (wanted === undefined || each.stages.includes(wanted)),
    );
    if (!version)
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for ${versionId === undefined ? `staging label: ${wanted ?? ''}` : `VersionId: ${versionId}`}`,
      );
    return version;
  }

  change(name: string, change: (secret: Secret) => void): void {
    this.file.update((draft) => {
      const secret = draft[name];
      if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      change(secret);
      secret.changedMs = this.clock().getTime();
    });
  }

  remove(name: string): void {
    this.file.update((draft) => void Reflect.deleteProperty(draft, name));
  }

  private version(value: SecretValue, token: string | undefined, stages: string[]): SecretVersion {
    return { id: token ?? randomUUID(), createdMs: this.clock().getTime(), stages, ...value };
  }
}

const demoteCurrent = (secret: Secret): void => {
  for (const version of secret.versions) version.stages = version.stages.filter((stage) => stage !== PREVIOUS);
  const current = secret.versions.find(({ stages }) => stages.includes(CURRENT));
  if (current) current.stages = [...current.stages.filter((stage) => stage !== CURRENT), PREVIOUS];
};
