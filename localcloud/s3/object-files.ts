import type { Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import type { KeyedLock } from '../core/keyed-lock.ts';
import { fileInTheWay, isFile, moveInto, statOrUndefined, syncFile } from './object-file.ts';
import { bucketPath, plainPath } from './paths.ts';
import type { UnpathedKeys } from './unpathed-keys.ts';

/** What writers of one object take a lock by. */
export const lockOf = (bucket: string, key: string): string => `${bucket}/${key}`;

/** Where the bytes of objects lie: as plain files wherever that can be, else beside the buckets' directories. */
export class ObjectFiles {
  private readonly root: string;
  private readonly unpathed: UnpathedKeys;
  private readonly locks: KeyedLock;

  constructor(root: string, unpathed: UnpathedKeys, locks: KeyedLock) {
    this.root = root;
    this.unpathed = unpathed;
    this.locks = locks;
  }

  /** The file of an object that is there. */
  async locate(bucket: string, key: string): Promise<{ file: string; status: Stats } | undefined> {
    for (const file of [plainPath(this.root, bucket, key), this.unpathed.fileOf(bucket, key)]) {
      const status = file === undefined ? undefined : await statOrUndefined(file);
      if (file !== undefined && status?.isFile()) return { file, status };
    }
    return undefined;
  }

  /**
   * Makes a temporary file the object; the caller holds its lock. Of two keys that cannot both be files the longer is the plain one:
   * what reads a folder's files must find all of them. Throws PreconditionFailed where it must not exist and does.
   */
  async place(bucket: string, key: string, temporary: string, mustNotExist: boolean): Promise<void> {
    const plain = plainPath(this.root, bucket, key);
    const aside = this.unpathed.fileOf(bucket, key);
    if (plain !== undefined) {
      let outcome = await moveInto(temporary, plain, mustNotExist);
      if (outcome === 'below a file') {
        await this.setAside(bucket, plain);
        outcome = await moveInto(temporary, plain, mustNotExist);
      }
      if (outcome === 'moved') {
        await rm(aside, { force: true });
        return;
      }
      // Another writer put a file back in the way: AWS's error for a conflict that passes.
      if (outcome === 'below a file') throw new AwsError('OperationAborted', 'A conflicting conditional operation is currently in progress against this resource. Please try again.', { status: 409 });
    }
    await moveInto(temporary, aside, mustNotExist);
  }

  /** Moves objects whose files stand where directories are needed. Locks go from longer to shorter keys, so they cannot wait in a circle. */
  private async setAside(bucket: string, plain: string): Promise<void> {
    const directory = bucketPath(this.root, bucket);
    for (let file = await fileInTheWay(plain, directory); file !== undefined; file = await fileInTheWay(plain, directory)) {
      const [from, key] = [file, path.relative(directory, file).split(path.sep).join('/')];
      await this.locks.run(lockOf(bucket, key), async () => {
        if (await isFile(from)) await moveInto(from, this.unpathed.fileOf(bucket, key), false);
      });
    }
  }

  /** Nothing happens where there is no such object; the caller holds its lock. */
  async remove(bucket: string, key: string): Promise<void> {
    const found = await this.locate(bucket, key);
    if (!found) return;
    await rm(found.file, { force: true });
    await rm(this.unpathed.fileOf(bucket, key), { force: true });
    await syncFile(path.dirname(found.file));
  }
}
