import { CreateSecretCommand, DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import type { ResourceKind } from '../kind.ts';
import { requiredText, unlessMissing } from '../kind.ts';

/** A value in the template is the first value only: what has been put since is never overwritten. */
export const secret: ResourceKind = {
  applied: ['Name', 'Description', 'SecretString'],
  ignored: ['KmsKeyId', 'Tags'],
  async apply(context) {
    const Name = requiredText(context, 'Name');
    const existing = await unlessMissing(['ResourceNotFoundException'], () => context.clients.secretsmanager.send(new DescribeSecretCommand({ SecretId: Name })));
    if (existing) return { ref: existing.ARN ?? '', attributes: { Id: existing.ARN ?? '' }, status: 'unchanged' };
    const { Description, SecretString } = context.properties as { Description?: string; SecretString?: string };
    const created = await context.clients.secretsmanager.send(
      new CreateSecretCommand({ Name, ...(Description === undefined ? {} : { Description }), ...(SecretString === undefined ? {} : { SecretString }) }),
    );
    return { ref: created.ARN ?? '', attributes: { Id: created.ARN ?? '' }, status: 'created' };
  },
};
