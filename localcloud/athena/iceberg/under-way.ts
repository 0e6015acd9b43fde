import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { isRunning, ownProcess } from '../../core/directory-lock.ts';
import type { TableFiles } from './session.ts';

/**
 * Which statements are writing to a table now. Their files are named by no metadata yet, so that VACUUM could take them for what a
 * crash left. So each statement marks its beginning by an empty file `<location>/metadata/.under-way-<pid>-<began>-<uuid>`; while
 * its process lives, no file as young as the mark is an orphan. All times are the file system's own: clocks do not matter.
 */
const PREFIX = '.under-way-';

const folderOf = (files: TableFiles, location: string): string => path.join(files.fileOf(location), 'metadata');

/** Marks that a statement writes to a table from now on; answers what ends the mark. */
export const markUnderWay = (files: TableFiles, location: string): (() => void) => {
  const folder = folderOf(files, location);
  mkdirSync(folder, { recursive: true });
  const { pid, began } = ownProcess();
  const mark = path.join(folder, `${PREFIX}${pid}-${began ?? ''}-${randomUUID()}`);
  closeSync(openSync(mark, 'wx'));
  return () => rmSync(mark, { force: true });
};

export const isMark = (file: string): boolean => path.basename(file).startsWith(PREFIX);

const isAlive = (mark: string): boolean => {
  const [, pid, began] = /^\.under-way-(\d+)-(\d*)-/.exec(mark) ?? [];
  return isRunning({ pid: Number(pid), ...(began === undefined || began === '' ? {} : { began }) });
};

const modifiedAt = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

/**
 * The time (the file system's, epoch ms) from which on files of a table may belong to a statement under way: the beginning of
 * the oldest, or now. Takes away the marks of processes that died.
 */
export const youngerAreUnderWay = (files: TableFiles, location: string): number => {
  const folder = folderOf(files, location);
  const end = markUnderWay(files, location);
  try {
    const times: number[] = [];
    for (const name of readdirSync(folder).filter((entry) => entry.startsWith(PREFIX))) {
      const mark = path.join(folder, name);
      if (isAlive(name)) times.push(modifiedAt(mark) ?? Infinity);
      else rmSync(mark, { force: true });
    }
    return Math.min(...times);
  } finally {
    end();
  }
};

/** New files of statements, by local path, with the end of the statement's mark. */
const marks = new Map<string, () => void>();

/** Ends a mark when one of the files is settled: committed, or discarded. */
export const endWhenSettled = (localFiles: readonly string[], end: () => void): void => {
  if (localFiles.length === 0) end();
  for (const file of localFiles) marks.set(file, end);
};

/** Files are the table's now, or deleted: the statement that wrote them needs its mark no longer. */
export const settled = (localFiles: readonly string[]): void => {
  for (const file of localFiles) {
    marks.get(file)?.();
    marks.delete(file);
  }
};
