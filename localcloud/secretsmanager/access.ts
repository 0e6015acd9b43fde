import { accessTo } from '../core/caller.ts';
import type { AccessRule } from '../core/caller.ts';
import { arn } from '../core/service.ts';

/** A secret is asked for by its name too; policies know its ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
export const secretsAccess = (arnOf: (id: string) => string | undefined): AccessRule<Record<string, unknown>> =>
  accessTo('secretsmanager', ({ SecretId: id, Name: name }, region) => {
    const asked = id ?? name;
    return typeof asked === 'string' ? [arnOf(asked) ?? (asked.startsWith('arn:') ? asked : arn('secretsmanager', region, `secret:${asked}`))] : [];
  });
