import type { Dirent } from 'node:fs';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { compareKeys } from './paths.ts';

/** Characters of hexadecimal digits in one name: an even number below the 255 bytes a file name may have. */
const DIGITS_PER_NAME = 200;
const OBJECT_SUFFIX = '.object';

/**
 * Objects that cannot be plain files below their bucket: their key is no path, or is the folder of another object. Each is one
 * file at `<directory>/<bucket>/<key's UTF-8 bytes in hexadecimal digits, cut into names>.object`, so that the name alone is the key.
 */
export class UnpathedKeys {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  fileOf(bucket: string, key: string): string {
    const digits = Buffer.from(key).toString('hex');
    const names = digits.match(new RegExp(`.{1,${DIGITS_PER_NAME}}`, 'g')) ?? [];
    return `${path.join(this.directory, bucket, ...names)}${OBJECT_SUFFIX}`;
  }

  /** Keys in byte order; usually none. */
  keys(bucket: string): string[] {
    return keysBelow(path.join(this.directory, bucket), '').sort(compareKeys);
  }

  removeBucket(bucket: string): void {
    rmSync(path.join(this.directory, bucket), { recursive: true, force: true });
  }
}

const keysBelow = (folder: string, digits: string): string[] =>
  entriesOf(folder).flatMap((entry) => {
    if (entry.isDirectory()) return keysBelow(path.join(folder, entry.name), digits + entry.name);
    return entry.name.endsWith(OBJECT_SUFFIX) ? [Buffer.from(digits + entry.name.slice(0, -OBJECT_SUFFIX.length), 'hex').toString()] : [];
  });

const entriesOf = (folder: string): Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
