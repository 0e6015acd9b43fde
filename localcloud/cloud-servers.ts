import path from 'node:path';
import type { CloudOptions, PostgresChoice, SftpChoice } from './cloud-options.ts';
import type { CleanUp } from './core/clean-up.ts';
import { startPostgres } from './postgres/index.ts';
import type { PostgresServer } from './postgres/index.ts';
import { startSftp } from './sftp/index.ts';
import type { SftpServer } from './sftp/index.ts';

export interface CloudServers {
  readonly postgres?: PostgresServer;
  readonly sftp?: SftpServer;
}

/** The servers that speak protocols of their own, side by side. Where one fails, the others are known to the clean-up. */
export const startServers = async (dataDir: string, options: CloudOptions, cleanUp: CleanUp): Promise<CloudServers> => {
  const own = async <T extends { stop(): Promise<void> }>(starting: Promise<T> | undefined): Promise<T | undefined> => {
    const server = await starting;
    if (server) cleanUp.add(() => server.stop());
    return server;
  };
  const choice = options.postgres === true ? {} : options.postgres;
  const starts = [
    own(choice ? beginPostgres(dataDir, choice) : undefined),
    own(options.sftp ? beginSftp(dataDir, options.sftp) : undefined),
  ] as const;
  await Promise.allSettled(starts);
  const [postgres, sftp] = await Promise.all(starts);
  return { ...(postgres ? { postgres } : {}), ...(sftp ? { sftp } : {}) };
};

const beginPostgres = (dataDir: string, { databases, ...rest }: PostgresChoice): Promise<PostgresServer> =>
  startPostgres({ dataDir: path.join(dataDir, 'postgres'), ...rest, ...(databases ? { databases: [...databases] } : {}) });

const beginSftp = (dataDir: string, { users, ...rest }: SftpChoice): Promise<SftpServer> =>
  startSftp({
    root: path.join(dataDir, 'sftp', 'files'),
    hostKeyFile: path.join(dataDir, 'sftp', 'host_key'),
    users: Object.fromEntries(users.map(({ name, ...access }) => [name, access])),
    ...rest,
  });
