import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * A secret that holds a JSON object. Its members are not checked here: whoever uses them knows what they must be.
 * @returns undefined where the secret is there and no value has been put into it yet
 * @throws Error where the secret is not a JSON object; its text is never part of the message.
 */
export const readSecret = async (secrets: SecretsManagerClient, secretId: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const text = await valueOf(secrets, secretId);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`secret ${secretId} is not JSON`); // without cause: JSON.parse quotes what it could not read
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`secret ${secretId} is not a JSON object`);
  return value as Record<string, unknown>;
};

/** One error says that there is no such secret and that there is no value in it; its text tells them apart: https://github.com/boto/boto3/issues/2794 */
const valueOf = async (secrets: SecretsManagerClient, secretId: string): Promise<string | undefined> => {
  try {
    return (await secrets.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString ?? '';
  } catch (error) {
    if (error instanceof ResourceNotFoundException && error.message.includes('staging label')) return undefined;
    throw error;
  }
};
