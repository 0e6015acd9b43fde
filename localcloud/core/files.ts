import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';

/** Writes a file that must not exist and syncs its content; its name survives a power loss once its folder is synced too. */
export const writeSynced = (file: string, data: string | Uint8Array): void => {
  const fd = openSync(file, 'wx');
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

/** Syncs a folder: the names in it, new, changed or gone, are from here on what a power loss leaves. */
export const syncFolder = (folder: string): void => {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

/** Creates a folder and those above it where they are missing, so that their names survive a power loss. */
export const makeFolder = (folder: string): void => {
  const made = mkdirSync(folder, { recursive: true });
  if (made === undefined) return;
  const first = path.resolve(made);
  for (let created = path.resolve(folder); ; created = path.dirname(created)) {
    syncFolder(path.dirname(created));
    if (created === first) return;
  }
};

const temporaryBeside = (file: string): string => path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`);

/** Replaces a file so that a crash leaves the old or the new content, whole, and the new one survives once this returns. */
export const replaceFile = (file: string, data: string | Uint8Array): void => {
  makeFolder(path.dirname(file));
  const temporary = temporaryBeside(file);
  writeSynced(temporary, data);
  renameSync(temporary, file);
  syncFolder(path.dirname(file));
};

/** Creates a file that must not exist; false where another writer, of this or another process, was first. Atomic by link(2). */
export const createFile = (file: string, data: string | Uint8Array): boolean => {
  makeFolder(path.dirname(file));
  return createFileInFolder(file, data, () => true);
};

/**
 * The same in a folder that must be there. `isStillFree` is asked when the content lies in that very folder, just before the file
 * gets its name: what holds then holds of the folder the file will be in, even where another process has put a new folder in
 * its place meanwhile (the name is not given then). False where it says no, as where another writer was first.
 * @throws ENOENT where there is no such folder
 */
export const createFileInFolder = (file: string, data: string | Uint8Array, isStillFree: () => boolean): boolean => {
  const temporary = temporaryBeside(file);
  writeSynced(temporary, data);
  try {
    if (!isStillFree()) return false;
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(path.dirname(file));
  return true;
};

/**
 * Appends all of a text, not synced yet, or nothing: a full disk takes a part of a line and refuses the rest, and the next line would
 * go on from there. `fd` is open for appending, by this process only.
 */
export const appendWhole = (fd: number, text: string): void => {
  const bytes = Buffer.from(text);
  const { size } = fstatSync(fd);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
  } catch (error) {
    ftruncateSync(fd, size);
    throw error;
  }
};

/** Takes away what follows the last whole line: a process that ended while it wrote told nobody of it. */
export const cutTornLine = (file: string): void => {
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf('\n') + 1;
  if (end < bytes.length) truncateSync(file, end);
};

/** The JSON in a file; undefined where there is no such file. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller wrote the file and knows its shape
export const readJson = <T>(file: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
};

/**
 * A copy whose objects inherit nothing: what users name is looked up in them, and `constructor` or `__proto__` must be names like
 * any other, neither found where nobody put them nor lost when they are put there.
 */
const withoutPrototypes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [name, member] of Object.entries(value)) copy[name] = withoutPrototypes(member);
  return copy;
};

/** A value kept in one JSON file: every change is on disk when `update` returns. For small, rarely changed state. */
export class JsonFile<T> {
  private readonly file: string;
  private value: T;

  constructor(file: string, initial: T) {
    this.file = file;
    this.value = withoutPrototypes(readJson<T>(file) ?? initial) as T;
  }

  get(): T {
    return this.value;
  }

  /** Applies a change to a copy and writes it; where the change throws, nothing has happened. */
  update(change: (draft: T) => void): T {
    const draft = withoutPrototypes(this.value) as T;
    change(draft);
    replaceFile(this.file, JSON.stringify(draft, null, 1));
    this.value = draft;
    return draft;
  }
}
