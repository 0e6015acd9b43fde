import { closeSync, fsyncSync, openSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { link, mkdir, open, readdir, rename, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { preconditionFailed } from './object-errors.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Errors of the file system that mean "no such object": also a key below another object, or a directory. */
export const isAbsence = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR'].includes(codeOf(error));

export const statOrUndefined = async (file: string): Promise<Stats | undefined> => {
  try {
    return await stat(file);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
};

export const isFile = async (file: string): Promise<boolean> => (await statOrUndefined(file))?.isFile() ?? false;

/**
 * Renames into place, making the directories; the name is on disk when it resolves. `folder`: a directory with files stands where
 * the file belongs; `below a file`: a file stands where a directory is needed. Throws PreconditionFailed where it must not exist and does.
 */
export const moveInto = async (temporary: string, file: string, mustNotExist: boolean): Promise<'moved' | 'folder' | 'below a file'> => {
  const folder = path.dirname(file);
  try {
    const created = await mkdir(folder, { recursive: true });
    await removeEmptyFolders(file);
    if (mustNotExist) await link(temporary, file);
    else await rename(temporary, file);
    await syncFolders(folder, created);
    return 'moved';
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && mustNotExist && (await isFile(file))) throw preconditionFailed('If-None-Match');
    if (codeOf(error) === 'ENOTDIR' || (codeOf(error) === 'EEXIST' && !(await isFolder(folder)))) return 'below a file';
    if (['EISDIR', 'EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) return 'folder';
    throw error;
  }
};

const isFolder = async (file: string): Promise<boolean> => (await statOrUndefined(file))?.isDirectory() ?? false;

/** The nearest file where a directory of the path is needed. */
export const fileInTheWay = async (file: string, root: string): Promise<string | undefined> => {
  for (let folder = path.dirname(file); folder.length > root.length; folder = path.dirname(folder)) if (await isFile(folder)) return folder;
  return undefined;
};

/** Deletes leave directories behind; only a new object of the same name is in their way. Throws ENOTEMPTY where a file lies inside. */
const removeEmptyFolders = async (directory: string): Promise<void> => {
  if (!(await isFolder(directory))) return;
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await removeEmptyFolders(path.join(directory, entry.name));
  await rmdir(directory);
};

/** Syncs a folder and, where `created` is the first that was made on the way to it, all from there on with the one that holds it. */
const syncFolders = async (folder: string, created: string | undefined): Promise<void> => {
  await syncFile(folder);
  if (created === undefined) return;
  for (let current = folder; current.length >= created.length; current = path.dirname(current)) await syncFile(path.dirname(current));
};

/** What is in the file (or the names in the folder) is on disk when it resolves. */
export const syncFile = async (file: string): Promise<void> => {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The names in a folder are on disk when it returns. */
export const syncFolder = (folder: string): void => {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
