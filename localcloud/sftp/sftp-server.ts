import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import ssh2 from 'ssh2';
import type { Connection } from 'ssh2';
import { authenticate } from './authentication.ts';
import { loadHostKey } from './host-key.ts';
import { SftpSession } from './sftp-session.ts';
import type { SftpOptions, SftpServer } from './types.ts';
import { UserFolder } from './user-folder.ts';

const HOST = '127.0.0.1';

/** Starts an SFTP server on the loopback interface. Throws one clear Error where it cannot, e.g. a taken port. */
export const startSftp = async (options: SftpOptions): Promise<SftpServer> => {
  const hostKey = loadHostKey(options.hostKeyFile);
  const folderOf = (user: string): string => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(user)) throw new Error(`${user} cannot be the name of an SFTP user`);
    return path.join(options.root, user);
  };
  for (const user of Object.keys(options.users)) mkdirSync(folderOf(user), { recursive: true });

  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (connection) => {
    let username = '';
    connections.add(connection);
    // Answers are small: held back until the client's next packet, each took 40 ms. (The method is missing in the types.)
    (connection as Connection & { setNoDelay(noDelay: boolean): void }).setNoDelay(true);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => connection.end()); // a client that goes away in the middle harms nobody else
    connection.on('authentication', (context) => {
      username = context.username;
      authenticate(context, options.users);
    });
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => new SftpSession(acceptSftp(), new UserFolder(folderOf(username))));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cause.code === 'EADDRINUSE' ? new Error(`port ${options.port ?? 0} is taken: the SFTP server cannot listen on it`, { cause }) : cause));
    server.listen(options.port ?? 0, HOST, resolve);
  });
  return {
    host: HOST,
    port: (server.address() as AddressInfo).port,
    hostKeyFingerprint: hostKey.fingerprint,
    folderOf,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.end();
      }),
  };
};
