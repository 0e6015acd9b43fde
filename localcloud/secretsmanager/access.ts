import { accessTo } from '../core/caller.ts';
import type { AccessRule } from '../core/caller.ts';
import { arn } from '../core/service.ts';

/** A secret is asked for by its name too; policies know its ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
export const secretsAccess = (arnOf: (id: string) => string | undefined): AccessRule<Record<string, unknown>> =>
  accessTo('secretsmanager', ({ SecretId: id, Name: name }, region) => {
    const asked = [id, name].filter((one) => typeof one === 'string');
    return asked.map((one) => arnOf(one) ?? (one.startsWith('arn:') ? one : arn('secretsmanager', region, `secret:${one}`)));
  });
