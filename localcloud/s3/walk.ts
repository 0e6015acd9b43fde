import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { FOLDER_OBJECT, compareKeys, isUnfinished } from './paths.ts';

/** Greater than any character of a key: `after: prefix + LAST_CHARACTER` skips all keys below a prefix. */
export const LAST_CHARACTER = '\u{10FFFF}';

export interface WalkOptions {
  prefix?: string;
  /** Only keys after this one, in byte order. */
  after?: string;
  /** With `/`, keys with the delimiter after the prefix are given as their common prefix, without reading what lies below. */
  delimiter?: string;
}

export type Found = { kind: 'key'; key: string } | { kind: 'prefix'; key: string };

/** The keys of a bucket's directory and `others` (sorted, without files there) in byte order, read as they are asked for. */
export async function* walk(bucketDirectory: string, options: WalkOptions = {}, others: readonly string[] = []): AsyncGenerator<Found> {
  const { prefix = '', after = '', delimiter = '' } = options;
  const added = others.filter((key) => key.startsWith(prefix) && compareKeys(key, after) > 0);
  if (added.length === 0 && (delimiter === '' || delimiter === '/')) {
    yield* walkFolder(bucketDirectory, '', { prefix, after, delimiter });
    return;
  }
  const keys = merged(walkFolder(bucketDirectory, '', { prefix, after, delimiter: '' }), added);
  if (delimiter === '') yield* keys;
  else yield* grouped(keys, { prefix, after, delimiter });
}

/** Two sequences in byte order as one; a key in both is given once. */
async function* merged(found: AsyncGenerator<Found>, others: readonly string[]): AsyncGenerator<Found> {
  let index = 0;
  for await (const each of found) {
    for (; index < others.length && compareKeys(others[index] ?? '', each.key) < 0; index += 1) yield { kind: 'key', key: others[index] ?? '' };
    if (others[index] === each.key) index += 1;
    yield each;
  }
  for (const key of others.slice(index)) yield { kind: 'key', key };
}

async function* walkFolder(bucketDirectory: string, folder: string, options: Required<WalkOptions>): AsyncGenerator<Found> {
  const { prefix, after, delimiter } = options;
  for (const { key, isFolder } of await sortedEntries(bucketDirectory, folder)) {
    if (!isFolder) {
      if (key.startsWith(prefix) && (after === '' || compareKeys(key, after) > 0)) yield { kind: 'key', key };
      continue;
    }
    if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
    if (after !== '' && !after.startsWith(key) && compareKeys(key, after) < 0) continue;
    const isCommonPrefix = delimiter !== '' && key.startsWith(prefix) && key.length > prefix.length;
    if (!isCommonPrefix) yield* walkFolder(bucketDirectory, key, options);
    else if (await hasKeys(bucketDirectory, key, after)) yield { kind: 'prefix', key };
  }
}

const hasKeys = async (bucketDirectory: string, folder: string, after: string): Promise<boolean> => {
  const first = await walkFolder(bucketDirectory, folder, { prefix: '', after, delimiter: '' }).next();
  return first.done !== true;
};

/** A directory's entries as keys (folders with their `/`) in byte order; none where it has just been removed. */
const sortedEntries = async (bucketDirectory: string, folder: string): Promise<{ key: string; isFolder: boolean }[]> => {
  let entries: Dirent[];
  try {
    entries = await readdir(path.join(bucketDirectory, folder), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter((entry) => !isUnfinished(entry.name))
    .map((entry) => ({ key: keyOfEntry(folder, entry), isFolder: entry.isDirectory() }))
    .sort((left, right) => compareKeys(left.key, right.key));
};

const keyOfEntry = (folder: string, entry: Dirent): string => {
  if (entry.isDirectory()) return `${folder}${entry.name}/`;
  return entry.name === FOLDER_OBJECT ? folder : folder + entry.name;
};

async function* grouped(found: AsyncGenerator<Found>, { prefix, after, delimiter }: Required<WalkOptions>): AsyncGenerator<Found> {
  let last: string | undefined;
  for await (const { key } of found) {
    const end = key.indexOf(delimiter, prefix.length);
    const group = end < 0 ? undefined : key.slice(0, end + delimiter.length);
    if (group === undefined) yield { kind: 'key', key };
    else if (group !== last && !after.startsWith(group + LAST_CHARACTER)) yield { kind: 'prefix', key: group };
    last = group;
  }
}
