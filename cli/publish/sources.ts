import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CliError, reasonOf } from '../cli-error.ts';
import { readSecret } from '../../src/lib/aws/index.ts';

/** How the SFTP server is reached: the members of floe's SFTP secret. */
export interface SftpAccess {
  host: string;
  port: number;
  username: string;
  privateKey: string;
  /** sha256 of the server's host key, hex. */
  hostKey: string;
  folder: string;
}

/** How the shop reaches its own database. */
export interface DatabaseAccess {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** @param id the secret's name or ARN */
export const readSftpAccess = async (secrets: SecretsManagerClient, id: string): Promise<SftpAccess> => {
  const secret = await membersOf(secrets, id);
  return { host: text(secret, 'host', id), port: port(secret, id), username: text(secret, 'username', id), privateKey: text(secret, 'privateKey', id), hostKey: text(secret, 'hostKey', id), folder: text(secret, 'folder', id) };
};

/** @param id the secret's name or ARN */
export const readDatabaseAccess = async (secrets: SecretsManagerClient, id: string): Promise<DatabaseAccess> => {
  const secret = await membersOf(secrets, id);
  return { host: text(secret, 'host', id), port: port(secret, id), user: text(secret, 'user', id), password: text(secret, 'password', id), database: text(secret, 'database', id) };
};

type Members = Readonly<Record<string, unknown>>;

const membersOf = async (secrets: SecretsManagerClient, id: string): Promise<Members> => {
  const secret = await readSecret(secrets, id).catch((cause: unknown) => {
    throw new CliError(`cannot read the secret ${id}: ${reasonOf(cause)}`, { cause });
  });
  if (!secret) throw new CliError(`the secret ${id} is empty`);
  return secret;
};

const text = (secret: Members, name: string, id: string): string => {
  const value = secret[name];
  if (typeof value !== 'string' || value === '') throw new CliError(`the secret ${id} has no ${name}`);
  return value;
};

const port = (secret: Members, id: string): number => {
  const value = Number(secret['port']);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new CliError(`the secret ${id} has no port`);
  return value;
};
