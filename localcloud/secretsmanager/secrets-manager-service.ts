import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { optionalNumber, optionalText, requiredText, tagList, tagsAsList, textList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { arn } from '../core/service.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { secretsAccess } from './access.ts';
import { listSecrets } from './list-secrets.ts';
import { SecretsStore } from './secrets-store.ts';
import type { Secret, SecretValue } from './secrets-store.ts';

const MAX_SECRET_BYTES = 65_536;
const RECOVERY_DAYS = 30;
const DAY_MS = 86_400_000;

/** AWS Secrets Manager, without encryption and rotation. */
export class SecretsManagerService implements Service {
  readonly signingNames = ['secretsmanager'];
  readonly handle: RequestHandler;
  private readonly store: SecretsStore;
  private readonly clock: Clock;

  constructor({ dataDir, clock = () => new Date() }: { dataDir: string; clock?: Clock }) {
    this.clock = clock;
    this.store = new SecretsStore(path.join(dataDir, 'secretsmanager'), clock);
    this.handle = jsonProtocol('Secrets Manager', this.actions(), secretsAccess((id) => this.store.arnOf(id)));
  }

  private actions(): Record<string, JsonAction> {
    return {
      CreateSecret: (input, { region }) => this.create(input, region),
      GetSecretValue: (input) => this.value(input),
      PutSecretValue: (input) => this.put(input),
      UpdateSecret: (input) => this.update(input),
      DescribeSecret: (input) => described(this.store.find(requiredText(input, 'SecretId'), { deletedToo: true })),
      ListSecrets: (input) => {
        const { secrets, nextToken } = listSecrets(this.store.all(), input);
        return { SecretList: secrets.map(described), NextToken: nextToken };
      },
      ListSecretVersionIds: (input) => this.versionIds(input),
      DeleteSecret: (input) => this.delete(input),
      RestoreSecret: (input) => this.restore(input),
      TagResource: (input) =>
        this.store.change(
          this.store.find(requiredText(input, 'SecretId')).name,
          (secret) => void Object.assign(secret.tags, tagList(input, 'Tags')),
        ),
    };
  }

  private create(input: JsonObject, region: string): unknown {
    const name = requiredText(input, 'Name');
    if (!/^[\w/+=.@-]{1,512}$/.test(name))
      throw new AwsError(
        'ValidationException',
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      );
    const description = optionalText(input, 'Description');
    const secretArn = arn('secretsmanager', region, `secret:${name}-${randomEnd()}`);
    const { secret, versionId } = this.store.create(
      { name, arn: secretArn, tags: tagList(input, 'Tags'), ...(description === undefined ? {} : { description }) },
      valueOf(input),
      optionalText(input, 'ClientRequestToken'),
    );
    return { ARN: secret.arn, Name: name, VersionId: versionId };
  }

  private value(input: JsonObject): unknown {
    const secret = this.store.find(requiredText(input, 'SecretId'));
    const version = this.store.versionOf(secret, optionalText(input, 'VersionId'), optionalText(input, 'VersionStage'));
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      VersionStages: version.stages,
      SecretString: version.text,
      SecretBinary: version.binary,
      CreatedDate: version.createdMs / 1000,
    };
  }

  private put(input: JsonObject): unknown {
    const secret = this.store.find(requiredText(input, 'SecretId'));
    const value = valueOf(input);
    if (!value) throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    const stages = textList(input, 'VersionStages');
    const version = this.store.put(secret.name, value, optionalText(input, 'ClientRequestToken'), stages.length > 0 ? stages : undefined);
    return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
  }

  private update(input: JsonObject): unknown {
    const secret = this.store.find(requiredText(input, 'SecretId'));
    const [description, value] = [optionalText(input, 'Description'), valueOf(input)];
    if (description !== undefined) this.store.change(secret.name, (draft) => void (draft.description = description));
    const version = value && this.store.put(secret.name, value, optionalText(input, 'ClientRequestToken'));
    return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
  }

  private versionIds(input: JsonObject): unknown {
    const { name, arn: secretArn, versions } = this.store.find(requiredText(input, 'SecretId'));
    return {
      ARN: secretArn,
      Name: name,
      Versions: versions.map(({ id, stages, createdMs }) => ({ VersionId: id, VersionStages: stages, CreatedDate: createdMs / 1000 })),
    };
  }

  /** Marked for deletion, or gone at once where asked so; nothing removes a marked one later. */
  private delete(input: JsonObject): unknown {
    const secret = this.store.find(requiredText(input, 'SecretId'), { deletedToo: true });
    const days = optionalNumber(input, 'RecoveryWindowInDays') ?? RECOVERY_DAYS;
    const deletedMs = this.clock().getTime() + (input['ForceDeleteWithoutRecovery'] === true ? 0 : days * DAY_MS);
    if (input['ForceDeleteWithoutRecovery'] === true) this.store.remove(secret.name);
    else this.store.change(secret.name, (draft) => void (draft.deletedMs = deletedMs));
    return { ARN: secret.arn, Name: secret.name, DeletionDate: deletedMs / 1000 };
  }

  private restore(input: JsonObject): unknown {
    const secret = this.store.find(requiredText(input, 'SecretId'), { deletedToo: true });
    this.store.change(secret.name, (draft) => void Reflect.deleteProperty(draft, 'deletedMs'));
    return { ARN: secret.arn, Name: secret.name };
  }
}

/** The six characters that AWS puts behind a secret's name in its ARN. */
const randomEnd = (): string =>
  randomBytes(24)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 6)
    .padEnd(6, 'x');

const valueOf = (input: JsonObject): SecretValue | undefined => {
  const [text, binary] = [optionalText(input, 'SecretString'), optionalText(input, 'SecretBinary')];
  if (text !== undefined && binary !== undefined)
    throw new AwsError('InvalidParameterException', 'You can specify either SecretString or SecretBinary, but not both.');
  if (Math.max(Buffer.byteLength(text ?? ''), Buffer.from(binary ?? '', 'base64').length) > MAX_SECRET_BYTES)
    throw new AwsError('ValidationException', `The secret value is longer than ${MAX_SECRET_BYTES} bytes`);
  if (text !== undefined) return { text };
  return binary === undefined ? undefined : { binary };
};

const described = (secret: Secret): Record<string, unknown> => ({
  ARN: secret.arn,
  Name: secret.name,
  Description: secret.description,
  CreatedDate: secret.createdMs / 1000,
  LastChangedDate: secret.changedMs / 1000,
  DeletedDate: secret.deletedMs === undefined ? undefined : secret.deletedMs / 1000,
  Tags: tagsAsList(secret.tags),
  VersionIdsToStages: Object.fromEntries(secret.versions.map(({ id, stages }) => [id, stages])),
});
