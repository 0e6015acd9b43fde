import path from 'node:path';
import type { Client } from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { FileServerError, FileUnreadableError } from './file-server.ts';
import type { FileServer } from './file-server.ts';

export interface SftpLogin {
  host: string;
  port: number;
  username: string;
  privateKey: string;
  /** sha256 fingerprint of the server's host key: hex, or OpenSSH's `SHA256:base64`. */
  hostKey: string;
}

const CONNECT_TIMEOUT_MILLIS = 15_000;
/** SSH_FX_NO_SUCH_FILE and SSH_FX_PERMISSION_DENIED: https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02#section-7 */
const FILE_STATUS = new Map<unknown, string>([[2, 'no such file'], [3, 'permission denied']]);

const member = (secret: Readonly<Record<string, unknown>>, name: string): string => {
  const value = secret[name];
  if (typeof value !== 'string' || value === '') throw new FileServerError(`the SFTP secret has no ${name}`);
  return value;
};

/** The login and the folder out of the secret `{host, port, username, privateKey, hostKey, folder}`; port 22 and folder `/` by default. */
export const sftpLoginOf = (secret: Readonly<Record<string, unknown>>): { login: SftpLogin; folder: string } => {
  const port = Number(secret['port'] ?? 22);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new FileServerError('the SFTP secret has no usable port');
  const folder = typeof secret['folder'] === 'string' && secret['folder'] !== '' ? secret['folder'] : '/';
  return {
    login: { host: member(secret, 'host'), port, username: member(secret, 'username'), privateKey: member(secret, 'privateKey'), hostKey: member(secret, 'hostKey') },
    folder,
  };
};

/** A fingerprint in hex, whichever way it was written down. */
const fingerprintHex = (fingerprint: string): string =>
  fingerprint.startsWith('SHA256:') ? Buffer.from(fingerprint.slice(7), 'base64').toString('hex') : fingerprint.replaceAll(':', '').toLowerCase();

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A request is several small packets; with Nagle's algorithm each waits for the one before to be acknowledged, 40 ms a read. */
export const noDelay = (client: SftpClient): void => {
  (client as unknown as { client: Client }).client.setNoDelay(true);
};

const connect = async (login: SftpLogin): Promise<SftpClient> => {
  const { host, port, username, privateKey, hostKey } = login;
  const pinned = fingerprintHex(hostKey);
  let offered: string | undefined;
  // The client's own listeners print to the terminal; errors come through the promises as well.
  const silent = (): void => undefined;
  const client = new SftpClient('floe', { error: silent, end: silent, close: silent });
  try {
    await client.connect({
      host,
      port,
      username,
      privateKey,
      readyTimeout: CONNECT_TIMEOUT_MILLIS,
      hostHash: 'sha256',
      hostVerifier: (fingerprint: string) => {
        offered = fingerprint.toLowerCase();
        return offered === pinned;
      },
    });
    noDelay(client);
    return client;
  } catch (cause) {
    await client.end().catch(silent); // it never was open: nothing is lost
    const reason = offered !== undefined && offered !== pinned ? `its host key ${offered} is not the pinned one` : messageOf(cause);
    throw new FileServerError(`cannot use the SFTP server ${username}@${host}:${port}: ${reason}`, { cause });
  }
};

/** Connects to an SFTP server whose host key is pinned. Throws {@link FileServerError} with one clear line. */
export const connectSftp = async (login: SftpLogin): Promise<FileServer> => {
  const client = await connect(login);
  const where = `${login.host}:${login.port}`;
  return {
    async list(folder) {
      try {
        const entries = await client.list(folder);
        return entries
          .filter(({ type }) => type === '-')
          .map(({ name, size, modifyTime }) => ({ path: path.posix.join(folder, name), name, sizeBytes: size, modifiedMillis: modifyTime }));
      } catch (cause) {
        throw new FileServerError(`cannot list ${folder} on the SFTP server ${where}: ${messageOf(cause)}`, { cause });
      }
    },
    async *read(file) {
      try {
        yield* client.createReadStream(file) as AsyncIterable<Buffer>;
      } catch (cause) {
        const status = FILE_STATUS.get((cause as { code?: unknown }).code);
        if (status !== undefined) throw new FileUnreadableError(`cannot read ${file}: ${status}`, { cause });
        throw new FileServerError(`lost ${file} on the SFTP server ${where}: ${messageOf(cause)}`, { cause });
      }
    },
    async close() {
      await client.end();
    },
  };
};
