import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

/** A user a process can be started as. */
export interface RunAs {
  uid: number;
  gid: number;
}

/** Where clusters and binaries lie that a closed folder cannot hold: kept over a reboot, open to every user. */
export const SHARED_FOLDER = '/var/tmp/localcloud-postgres';

/** PostgreSQL refuses to run as root: the user `postgres` is taken where there is one, else `nobody`. No user is created. */
export const unprivilegedUser = (): RunAs | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const entry = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!entry) throw new Error('PostgreSQL does not run as root, and this system has neither a user postgres nor a user nobody');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
};

/** Whether a user can reach what lies in a folder: the folder and all above it must let it pass. */
export const isTraversableBy = (folder: string, user: RunAs): boolean => {
  const { uid, gid, mode } = statSync(folder);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = path.dirname(folder);
  return parent === folder || isTraversableBy(parent, user);
};

/**
 * The folder of the cluster: below `dataDir`, or, where root's data folder is closed to the server's user, below
 * {@link SHARED_FOLDER} by an id that `dataDir` keeps. Clusters there whose data folder is gone are removed.
 */
export const clusterFolder = (dataDir: string, id: string, user: RunAs | undefined): string => {
  if (!user || isTraversableBy(dataDir, user)) return path.join(dataDir, 'cluster');
  makeSharedFolder();
  removeOrphans();
  const folder = path.join(SHARED_FOLDER, id);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return path.join(folder, 'cluster');
};

/** Every user can write to /var/tmp: a folder of this name that another user has put there is not used. */
export const makeSharedFolder = (): void => {
  mkdirSync(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  const stats = lstatSync(SHARED_FOLDER);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.() || (stats.mode & 0o022) !== 0) throw new Error(`${SHARED_FOLDER} belongs to another user: PostgreSQL is not started from it`);
};

/** The file in a shared folder that names the data folder it belongs to. */
export const OWNER_FILE = 'belongs-to';

const removeOrphans = (): void => {
  for (const id of readdirSync(SHARED_FOLDER)) {
    const ownerFile = path.join(SHARED_FOLDER, id, OWNER_FILE);
    if (existsSync(ownerFile) && !existsSync(readFileSync(ownerFile, 'utf8'))) rmSync(path.join(SHARED_FOLDER, id), { recursive: true, force: true });
  }
};

/** An empty folder the server's user owns, closed to all others, as PostgreSQL demands. */
export const makeOwnedFolder = (folder: string, user: RunAs | undefined): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user) chownSync(folder, user.uid, user.gid);
};
