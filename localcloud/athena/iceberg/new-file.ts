import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file under a name nobody else uses and syncs it. What a crash leaves half-written is an orphan that no metadata
 * names, so neither a temporary name nor a rename is needed. Folders are synced once per commit, by {@link syncFolders}.
 */
export const writeNewFile = (file: string, data: string | Uint8Array): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const fd = openSync(file, 'wx');
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
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

/** Syncs the folders of files, and the folders those lie in, which may be new too: the files' names survive a crash from here on. */
export const syncFolders = (files: readonly string[]): void => {
  const folders = new Set(files.flatMap((file) => [path.dirname(file), path.dirname(path.dirname(file))]));
  for (const folder of folders) {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
};
