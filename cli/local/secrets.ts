import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generateKeyPair } from '../../localcloud/sftp/index.ts';
import type { DatabaseAccess, SftpAccess } from '../publish/sources.ts';
import type { ResourceNames } from './names.ts';

/** The pipeline's key to the SFTP server of this machine: made at the first start, kept with the data. */
export const readOrCreateSftpKey = (dataDir: string): { privateKey: string; publicKey: string } => {
  const file = path.join(dataDir, 'sftp-client-key.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { privateKey: string; publicKey: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = generateKeyPair();
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, JSON.stringify(key), { mode: 0o600 });
  return key;
};

/** What an operator does by hand on AWS: the deployment makes the secrets empty. Ports change from start to start. */
export const putSecrets = async (secrets: SecretsManagerClient, names: ResourceNames, access: { sftp: SftpAccess; database: DatabaseAccess }): Promise<void> => {
  const put = (id: string, value: object): Promise<unknown> => secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString: JSON.stringify(value) }));
  await put(names.sftpSecret, access.sftp);
  await put(names.databaseSecret, { ...access.database, auth: 'password' });
};
