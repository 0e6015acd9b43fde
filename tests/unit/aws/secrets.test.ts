import { ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readSecret } from '../../../src/lib/aws/index.ts';

const answering = (answer: () => unknown): SecretsManagerClient => ({ send: async () => answer() }) as unknown as SecretsManagerClient;
const notFound = (message: string) => (): never => {
  throw new ResourceNotFoundException({ message, $metadata: {} });
};

test('a secret without a value is none yet; one that is not there, or is no JSON, is an error that does not quote it', async () => {
  expect(await readSecret(answering(() => ({ SecretString: '{"host":"h"}' })), 's')).toEqual({ host: 'h' });
  expect(await readSecret(answering(notFound("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")), 's')).toBeUndefined();
  await expect(readSecret(answering(notFound("Secrets Manager can't find the specified secret.")), 's')).rejects.toThrow("can't find the specified secret.");
  await expect(readSecret(answering(() => ({ SecretString: 'hunter2' })), 's')).rejects.toThrow(/^secret s is not JSON$/);
});
