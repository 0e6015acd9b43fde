import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createFile } from './files.ts';

/** Another process that lives uses the data directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  readonly directory: string;
  readonly pid: number;
  constructor(directory: string, pid: number) {
    super(`${directory} is in use by process ${pid}; one process at a time can use a data directory`);
    this.directory = directory;
    this.pid = pid;
  }
}

/** A process, as others of this machine can know it again. */
export interface ProcessIdentity {
  pid: number;
  /** When the process began, in the system's own ticks: tells a process from a later one with the same number. Linux only. */
  began?: string;
}

interface Owner extends ProcessIdentity {
  token: string;
}

/** Field 22 of /proc/<pid>/stat; counted from behind the command, which may hold spaces. undefined on systems without it. */
const beganAt = (pid: number): string | undefined => {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
};

export const ownProcess = (): ProcessIdentity => {
  const began = beganAt(process.pid);
  return { pid: process.pid, ...(began === undefined ? {} : { began }) };
};

export const isRunning = ({ pid, began }: ProcessIdentity): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there is one, of another user
  }
  const now = beganAt(pid);
  return began === undefined || now === undefined || began === now;
};

const parsed = (text: string): Owner | undefined => {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return undefined; // no lock file of ours
  }
};

/** Takes a stale lock away, unless another process was faster: then the lock found instead is put back. */
const removeStale = (file: string, stale: string): void => {
  const aside = `${file}.${randomUUID()}.stale`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
};

/**
 * Makes this process the only one that uses a directory, by the file `lock` in it. A lock left by a process that ended, however
 * it ended, is taken over. Throws {@link DirectoryInUseError}. Returns what gives the directory free again.
 */
export const lockDirectory = (directory: string): (() => void) => {
  const file = path.join(directory, 'lock');
  const own = JSON.stringify({ ...ownProcess(), token: randomUUID() } satisfies Owner);
  for (let attempt = 0; attempt < 10; attempt++) {
    if (createFile(file, own)) return () => release(file, own);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    if (text === undefined) continue; // given free meanwhile
    const owner = parsed(text);
    if (owner && isRunning(owner)) throw new DirectoryInUseError(directory, owner.pid);
    removeStale(file, text);
  }
  throw new Error(`cannot lock ${directory}: other processes keep taking it`);
};

/** The process that uses a directory; undefined where none does, also where one that ended has left its lock behind. */
export const lockHolder = (directory: string): number | undefined => {
  const file = path.join(directory, 'lock');
  const owner = existsSync(file) ? parsed(readFileSync(file, 'utf8')) : undefined;
  return owner !== undefined && isRunning(owner) ? owner.pid : undefined;
};

const release = (file: string, own: string): void => {
  if (existsSync(file) && readFileSync(file, 'utf8') === own) rmSync(file);
};
