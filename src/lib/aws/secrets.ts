import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * A secret that holds a JSON object. Its members are not checked here: whoever uses them knows what they must be.
 * @throws Error where the secret is not a JSON object; its text is never part of the message.
 */
export const readSecret = async (secrets: SecretsManagerClient, secretId: string): Promise<Readonly<Record<string, unknown>>> => {
  const { SecretString: text } = await secrets.send(new GetSecretValueCommand({ SecretId: secretId }));
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    throw new Error(`secret ${secretId} is not JSON`); // without cause: JSON.parse quotes what it could not read
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`secret ${secretId} is not a JSON object`);
  return value as Record<string, unknown>;
};
