import type { Readable } from 'node:stream';
import Client from 'ssh2-sftp-client';
import { noDelay } from '../../src/lib/files/index.ts';
import { CliError, reasonOf } from '../cli-error.ts';
import type { SftpAccess } from './sources.ts';

/** The shop's side of the SFTP server: what puts transaction files there. */
export interface TransactionsFolder {
  /** Puts a whole file: written under another name, renamed, then marked as complete by an empty `<name>.done`. */
  put(name: string, content: Buffer | Readable): Promise<void>;
  /** The beginning of a file whose writer is still at work: no marker. */
  putUnfinished(name: string, content: Buffer): Promise<void>;
  close(): Promise<void>;
}

const connectMilliseconds = 10_000;
const ignore = (): void => undefined;

/** @throws CliError where the server cannot be reached, or shows another host key than the secret pins. */
export const openTransactionsFolder = async (access: SftpAccess): Promise<TransactionsFolder> => {
  // A lost connection fails the call that waits for it; without callbacks of one's own the client prints such events.
  const client = new Client('floe', { error: ignore, end: ignore, close: ignore });
  try {
    await client.connect({
      host: access.host,
      port: access.port,
      username: access.username,
      privateKey: access.privateKey,
      readyTimeout: connectMilliseconds,
      hostHash: 'sha256',
      hostVerifier: (fingerprint: string) => fingerprint === access.hostKey,
    });
    noDelay(client);
  } catch (cause) {
    throw new CliError(`cannot reach the SFTP server ${access.host}:${access.port}: ${reasonOf(cause)}`, { cause });
  }
  const pathOf = (name: string): string => `${access.folder.replace(/\/$/, '')}/${name}`;
  return {
    async put(name, content) {
      const unfinished = pathOf(`.${name}.uploading`);
      await client.put(content, unfinished);
      await replace(client, unfinished, pathOf(name));
      await client.put(Buffer.alloc(0), pathOf(`${name}.done`));
    },
    async putUnfinished(name, content) {
      await client.put(content, pathOf(name));
    },
    async close() {
      await client.end();
    },
  };
};

/** SFTP's rename does not replace; the marker of the old content goes first, so that it never vouches for the new one. */
const replace = async (client: Client, from: string, to: string): Promise<void> => {
  if (await client.exists(`${to}.done`)) await client.delete(`${to}.done`);
  if (await client.exists(to)) await client.delete(to);
  await client.rename(from, to);
};
