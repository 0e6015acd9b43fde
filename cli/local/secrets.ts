import { CreateSecretCommand, PutSecretValueCommand, ResourceExistsException } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generateKeyPair } from '../../localcloud/sftp/index.ts';
import type { DatabaseAccess, SftpAccess } from '../publish/sources.ts';

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

/**
 * How other commands and the functions reach the servers of this machine; their ports change from start to start. The SFTP secret is a
 * part of every deployment, and filled by hand on AWS. The shop's own login to its database is for `floe publish` alone.
 */
export const putSecrets = async (secrets: SecretsManagerClient, names: { sftpSecret: string; shopSecret: string }, access: { sftp: SftpAccess; shop: DatabaseAccess }): Promise<void> => {
  await secrets.send(new PutSecretValueCommand({ SecretId: names.sftpSecret, SecretString: JSON.stringify(access.sftp) }));
  const shop = JSON.stringify(access.shop);
  try {
    await secrets.send(new CreateSecretCommand({ Name: names.shopSecret, SecretString: shop }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await secrets.send(new PutSecretValueCommand({ SecretId: names.shopSecret, SecretString: shop }));
  }
};
