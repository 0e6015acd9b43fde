import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';

const writeSynced = (file: string, data: string | Uint8Array): void => {
  const fd = openSync(file, 'wx');
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

const syncFolder = (folder: string): void => {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

const temporaryBeside = (file: string): string => path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`);

/** Replaces a file so that a crash leaves the old or the new content, whole, and the new one survives once this returns. */
export const replaceFile = (file: string, data: string | Uint8Array): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = temporaryBeside(file);
  writeSynced(temporary, data);
  renameSync(temporary, file);
  syncFolder(path.dirname(file));
};

/** Creates a file that must not exist; false where another writer, of this or another process, was first. Atomic by link(2). */
export const createFile = (file: string, data: string | Uint8Array): boolean => {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = temporaryBeside(file);
  writeSynced(temporary, data);
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(temporary);
  }
  syncFolder(path.dirname(file));
  return true;
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

/** A value kept in one JSON file: every change is on disk when `update` returns. For small, rarely changed state. */
export class JsonFile<T> {
  private readonly file: string;
  private value: T;

  constructor(file: string, initial: T) {
    this.file = file;
    this.value = readJson<T>(file) ?? initial;
  }

  get(): T {
    return this.value;
  }

  /** Applies a change to a copy and writes it; where the change throws, nothing has happened. */
  update(change: (draft: T) => void): T {
    const draft = structuredClone(this.value);
    change(draft);
    replaceFile(this.file, JSON.stringify(draft, null, 1));
    this.value = draft;
    return draft;
  }
}
