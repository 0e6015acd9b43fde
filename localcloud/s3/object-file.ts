import type { Stats } from 'node:fs';
import { link, mkdir, open, readdir, rename, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { preconditionFailed } from './object-errors.ts';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Errors of the file system that mean "no such object": also a key below another object, or a directory. */
export const isAbsence = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR'].includes(codeOf(error) ?? '');

export const statOrUndefined = async (file: string): Promise<Stats | undefined> => {
  try {
    return await stat(file);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
};

/** Renames into place, making the directories; a directory without files that stands where the file belongs is removed. */
export const moveInto = async (temporary: string, file: string, mustNotExist: boolean): Promise<void> => {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await removeEmptyFolders(file);
    if (mustNotExist) await link(temporary, file);
    else await rename(temporary, file);
  } catch (error) {
    const isFile = (await statOrUndefined(file))?.isFile() ?? false;
    if (codeOf(error) === 'EEXIST' && mustNotExist && isFile) throw preconditionFailed('If-None-Match');
    if (['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) {
      throw new AwsError(
        'KeyPathConflict',
        'Not supported locally: objects are files, so one key cannot be both an object and the folder of another',
        { status: 409, cause: error },
      );
    }
    throw error;
  }
  await syncFolder(path.dirname(file));
};

/** Deletes leave directories behind; only a new object of the same name is in their way. Throws ENOTEMPTY where a file lies inside. */
const removeEmptyFolders = async (directory: string): Promise<void> => {
  const status = await statOrUndefined(directory);
  if (!status?.isDirectory()) return;
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await removeEmptyFolders(path.join(directory, entry.name));
  await rmdir(directory);
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
