import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DirectoryInUseError, lockDirectory, lockHolder } from '../../localcloud/core/directory-lock.ts';
import { CliError, reasonOf } from '../cli-error.ts';

/** Marks a directory as made by floe: what is not marked is never deleted and never written into unless it is empty. */
const marker = 'floe.json';
const runningFile = 'cloud.json';

/** Where commands keep their clouds below the working directory where no --data-dir is given. */
export const defaultFolders = { cloud: path.join('.floe', 'data'), demo: path.join('.floe', 'demo') } as const;

/** How other commands reach a cloud that is running on a directory. */
export interface RunningCloud {
  endpoint: string;
  pid: number;
  region: string;
  stage: string;
}

/** Such a directory, or something above it, is not there, or is no directory. */
const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

const isFloes = (directory: string): boolean => {
  try {
    return statSync(path.join(directory, marker)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/**
 * Makes a directory ready for a cloud.
 * @throws CliError where it holds something that floe has not made, or cannot be written.
 */
export const prepareDataDir = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true });
    if (isFloes(directory)) {
      utimesSync(path.join(directory, marker), new Date(), new Date());
      return;
    }
    if (readdirSync(directory).length > 0) throw new CliError(`${directory} is not empty and was not made by floe; choose another --data-dir`);
    writeFileSync(path.join(directory, marker), `${JSON.stringify({ madeBy: 'floe', layout: 1 })}\n`);
  } catch (error) {
    if (error instanceof CliError) throw error;
    const reason = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'is not a directory' : reasonOf(error);
    throw new CliError(`cannot use ${directory}: ${reason}`, { cause: error });
  }
};

/**
 * Removes a directory that floe has made; nothing happens where there is none. Its name is free at once, its many small
 * files go while other work goes on; what an earlier, interrupted removal left beside it goes too.
 * @returns the removal under way: to be awaited before the process ends.
 * @throws CliError where floe has not made it, or a cloud is running in it.
 */
export const removeDataDir = (directory: string): { removed: Promise<void> } => {
  const aside = `${directory}.removed-`;
  const leftBehind = entriesOf(path.dirname(directory)).map((name) => path.join(path.dirname(directory), name)).filter((entry) => entry.startsWith(aside) && isFloes(entry));
  if (isThere(directory)) {
    const running = runningCloud(directory);
    if (running !== undefined) throw new CliError(`a cloud is running in ${directory} (process ${running.pid}); stop it, or choose another --data-dir`);
    if (!isFloes(directory)) throw new CliError(`${directory} was not made by floe and is left alone; choose a --data-dir`);
    leftBehind.push(moveAside(directory, `${aside}${randomUUID()}`));
  }
  return { removed: removeAll(leftBehind) };
};

const isThere = (directory: string): boolean => {
  try {
    statSync(directory);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/** Under the cloud's own lock: one that is only starting has not announced itself yet. */
const moveAside = (directory: string, target: string): string => {
  try {
    const release = lockDirectory(directory);
    renameSync(directory, target);
    release();
    return target;
  } catch (cause) {
    if (cause instanceof DirectoryInUseError) throw new CliError(cause.message, { cause });
    throw new CliError(`cannot remove ${directory}: ${reasonOf(cause)}`, { cause });
  }
};

const entriesOf = (directory: string): string[] => {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

/** The marker goes last, so that a removal cut short is recognised and finished by the next. */
const removeAll = async (directories: readonly string[]): Promise<void> => {
  for (const directory of directories) {
    const entries = entriesOf(directory).filter((name) => name !== marker);
    for (const name of [...entries, marker]) await rm(path.join(directory, name), { recursive: true, force: true });
    await rm(directory, { recursive: true, force: true });
  }
};

export const announceRunning = (directory: string, cloud: RunningCloud): void => writeFileSync(path.join(directory, runningFile), `${JSON.stringify(cloud, null, 2)}\n`);
export const withdrawRunning = (directory: string): void => rmSync(path.join(directory, runningFile), { force: true });

/**
 * The cloud that runs in a directory; undefined where none does, also where one was killed and left its file behind: the
 * directory's lock knows its owner from a later process of the same number.
 */
export const runningCloud = (directory: string): RunningCloud | undefined => {
  let cloud: RunningCloud;
  try {
    cloud = JSON.parse(readFileSync(path.join(directory, runningFile), 'utf8')) as RunningCloud;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
  return lockHolder(directory) === cloud.pid ? cloud : undefined;
};

/**
 * The directory a command means: the one named, else below ./.floe the one with a running cloud, else the one used last.
 * @throws CliError where there is none.
 */
export const findDataDir = (named: string | undefined, workingDirectory: string): string => {
  if (named !== undefined) {
    const directory = path.resolve(workingDirectory, named);
    if (!isFloes(directory)) throw new CliError(`${named} holds no cloud of floe`);
    return directory;
  }
  const known = [defaultFolders.cloud, defaultFolders.demo].map((folder) => path.resolve(workingDirectory, folder)).filter(isFloes);
  const usedAt = (directory: string): number => statSync(path.join(directory, marker)).mtimeMs;
  const found = known.find((directory) => runningCloud(directory) !== undefined) ?? known.sort((a, b) => usedAt(b) - usedAt(a))[0];
  if (found === undefined) throw new CliError('no cloud here yet: begin with "floe demo" or "floe up", or name one with --data-dir');
  return found;
};
