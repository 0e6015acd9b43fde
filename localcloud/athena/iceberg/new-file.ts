import { open } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, syncFolder, writeSynced } from '../../core/files.ts';

/**
 * Writes a file under a name nobody else uses and syncs it. What a crash leaves half-written is an orphan that no metadata
 * names, so neither a temporary name nor a rename is needed. Folders are synced once per commit, by {@link syncFolders}.
 */
export const writeNewFile = (file: string, data: string | Uint8Array): void => {
  makeFolder(path.dirname(file));
  writeSynced(file, data);
};

/** Syncs files that another program (DuckDB) has written. */
export const syncFiles = async (files: readonly string[]): Promise<void> => {
  await Promise.all(
    files.map(async (file) => {
      const handle = await open(file, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }),
  );
};

/**
 * Syncs the folders of a table's files, up to the table's own folder: whoever made them, the files' names survive a power loss
 * from here on. Files that lie elsewhere: their own folder.
 */
export const syncFolders = (files: readonly string[], tableFolder: string): void => {
  const root = path.resolve(tableFolder);
  const folders = new Set<string>();
  for (const file of files) {
    let folder = path.dirname(path.resolve(file));
    folders.add(folder);
    while (folder.startsWith(`${root}${path.sep}`)) folders.add((folder = path.dirname(folder)));
  }
  for (const folder of folders) syncFolder(folder);
};
