import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, readFile, readdir, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import { SharedLock } from '../core/shared-lock.ts';
import type { ObjectStore } from '../core/ports.ts';
import { noSuchKey, preconditionFailed } from './object-errors.ts';
import { isAbsence, syncFile, syncFolder } from './object-file.ts';
import { ObjectFiles, lockOf } from './object-files.ts';
import { ObjectMetadata } from './object-metadata.ts';
import type { ObjectDescription } from './object-metadata.ts';
import { FOLDER_OBJECT, bucketPath, isBucketName, objectPath, parseUri } from './paths.ts';
import { UnpathedKeys } from './unpathed-keys.ts';
import { walk } from './walk.ts';
import type { Found, WalkOptions } from './walk.ts';

export interface StoredObject {
  key: string;
  size: number;
  lastModified: Date;
  /** Without quotes. */
  etag: string;
  description: ObjectDescription;
}

export interface OpenObject {
  object: StoredObject;
  handle: FileHandle;
}

/** What a write depends on: both are checked and the write done as one step. */
export interface WriteCondition {
  /** `If-None-Match: *` */
  mustNotExist?: boolean;
  /** `If-Match`: the ETag the present object must have, without quotes, or `*` for any object. */
  etag?: string;
}

export type DeleteCondition = Pick<WriteCondition, 'etag'>;

/**
 * Objects as plain files at `<dataDir>/s3/<bucket>/<key>`: whatever lies there is an object, whoever wrote it. What clients say
 * about objects lies in `<dataDir>/s3-meta`; so do the objects that cannot be plain files: those whose key is no path, and those
 * whose key is the folder of another object. A write is on disk, whole, before it is acknowledged.
 */
export class FileObjectStore implements ObjectStore {
  /** Absolute path of the directory that holds a directory for each bucket. */
  readonly root: string;
  readonly metadata: ObjectMetadata;
  /** Absolute path of a directory for this store's own files about buckets and uploads. */
  readonly metaRoot: string;
  private readonly unpathed: UnpathedKeys;
  private readonly files: ObjectFiles;
  private readonly temporary: string;
  private readonly locks = new KeyedLock();
  private readonly bucketLocks = new Map<string, SharedLock>();

  constructor({ dataDir }: { dataDir: string }) {
    this.root = path.resolve(dataDir, 's3');
    this.metaRoot = path.resolve(dataDir, 's3-meta');
    this.temporary = path.join(this.metaRoot, 'incoming');
    this.metadata = new ObjectMetadata(path.join(this.metaRoot, 'objects'));
    this.unpathed = new UnpathedKeys(path.join(this.metaRoot, 'unpathed'));
    this.files = new ObjectFiles(this.root, this.unpathed, this.locks);
    mkdirSync(this.temporary, { recursive: true });
    mkdirSync(this.root, { recursive: true });
  }

  /** Removes bodies that an earlier process did not receive to their end. Only for the one process that owns the directory. */
  discardUnfinished(): void {
    rmSync(this.temporary, { recursive: true, force: true });
    mkdirSync(this.temporary, { recursive: true });
  }

  bucketExists(bucket: string): boolean {
    return isBucketName(bucket) && existsSync(path.join(this.root, bucket));
  }

  /** Throws NoSuchBucket with AWS's words. */
  requireBucket(bucket: string): void {
    if (!this.bucketExists(bucket))
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404, detail: { BucketName: bucket } });
  }

  /** False where the bucket is there already. */
  createBucket(bucket: string): boolean {
    const directory = bucketPath(this.root, bucket);
    if (existsSync(directory)) return false;
    mkdirSync(directory);
    syncFolder(this.root);
    return true;
  }

  /** Throws BucketNotEmpty. */
  deleteBucket(bucket: string): Promise<void> {
    return this.bucketLock(bucket).exclusive(() => this.deleteEmptyBucket(bucket));
  }

  private async deleteEmptyBucket(bucket: string): Promise<void> {
    this.requireBucket(bucket);
    const first = await this.walk(bucket).next();
    if (first.done !== true) throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', { status: 409 });
    await rm(bucketPath(this.root, bucket), { recursive: true });
    this.unpathed.removeBucket(bucket);
    await this.metadata.removeBucket(bucket);
    syncFolder(this.root);
  }

  /** Writers of objects share it, so that no object comes into a bucket that has just been found empty. */
  private bucketLock(bucket: string): SharedLock {
    const lock = this.bucketLocks.get(bucket) ?? new SharedLock();
    this.bucketLocks.set(bucket, lock);
    return lock;
  }

  async buckets(): Promise<{ name: string; created: Date }[]> {
    const entries = await readdir(this.root, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory() && isBucketName(entry.name)).map((entry) => entry.name);
    return names.sort().map((name) => ({ name, created: statSync(path.join(this.root, name)).birthtime }));
  }

  /** A path no other write uses, on the same file system as the buckets, for a body under way. */
  temporaryFile(): string {
    return path.join(this.temporary, randomUUID());
  }

  async put(bucket: string, key: string, body: Uint8Array, options: { contentType?: string } = {}): Promise<void> {
    this.requireBucket(bucket);
    const temporary = this.temporaryFile();
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const { contentType } = options;
    const described =
      contentType === undefined ? undefined : { etag: createHash('md5').update(body).digest('hex'), description: { contentType } };
    await this.commit(bucket, key, temporary, described);
  }

  /**
   * Makes a finished, synced temporary file the object. Where a condition fails (PreconditionFailed, or NoSuchKey for an ETag
   * of an object that is not there), or the bucket is gone by now, the temporary file is gone and nothing has changed.
   */
  async commit(
    bucket: string,
    key: string,
    temporary: string,
    described?: { etag: string; description: ObjectDescription },
    condition: WriteCondition = {},
  ): Promise<void> {
    try {
      await this.bucketLock(bucket).shared(() => {
        this.requireBucket(bucket);
        return this.locks.run(lockOf(bucket, key), async () => {
          await this.check(bucket, key, condition);
          const replaced = await this.files.locate(bucket, key);
          if (described) await this.metadata.write(bucket, key, await stat(temporary), described.etag, described.description, replaced?.status);
          await this.files.place(bucket, key, temporary, condition.mustNotExist === true);
          if (!described) await this.metadata.remove(bucket, key);
        });
      });
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Replaces what is said about an object, its bytes staying as they are. */
  async redescribe(bucket: string, key: string, change: (description: ObjectDescription) => ObjectDescription): Promise<void> {
    await this.locks.run(lockOf(bucket, key), async () => {
      const present = await this.files.locate(bucket, key);
      if (!present) throw noSuchKey(key);
      const { etag, description } = await this.describe(bucket, key, present.file, present.status);
      await this.metadata.write(bucket, key, present.status, etag, change(description));
      await syncFile(path.dirname(present.file));
    });
  }

  private async check(bucket: string, key: string, { mustNotExist, etag }: WriteCondition): Promise<void> {
    if (mustNotExist !== true && etag === undefined) return;
    const present = await this.present(bucket, key);
    if (mustNotExist === true && present) throw preconditionFailed('If-None-Match');
    if (etag === undefined) return;
    if (!present) throw noSuchKey(key);
    if (etag !== '*' && etag !== present.etag) throw preconditionFailed('If-Match');
  }

  async get(bucket: string, key: string): Promise<Buffer | undefined> {
    try {
      const found = await this.files.locate(bucket, key);
      return found && (await readFile(found.file));
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  /** undefined where there is no such object. */
  stat(bucket: string, key: string): Promise<StoredObject | undefined> {
    return this.locks.run(lockOf(bucket, key), () => this.present(bucket, key));
  }

  /** The same for a caller that holds the object's lock, without which bytes and description may be of two objects. */
  private async present(bucket: string, key: string): Promise<StoredObject | undefined> {
    try {
      const found = await this.files.locate(bucket, key);
      return found && (await this.describe(bucket, key, found.file, found.status));
    } catch (error) {
      if (isAbsence(error)) return undefined; // removed while its MD5 was computed
      throw error;
    }
  }

  /** An object and its file, open for reading, so that a later write does not change what is read. The caller closes it. */
  open(bucket: string, key: string): Promise<OpenObject | undefined> {
    return this.locks.run(lockOf(bucket, key), () => this.openPresent(bucket, key));
  }

  private async openPresent(bucket: string, key: string): Promise<OpenObject | undefined> {
    const found = await this.files.locate(bucket, key);
    let handle: FileHandle | undefined;
    try {
      handle = found && (await open(found.file, 'r'));
      return found && handle && { object: await this.describe(bucket, key, found.file, await handle.stat()), handle };
    } catch (error) {
      await handle?.close();
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  private async describe(bucket: string, key: string, file: string, status: Stats): Promise<StoredObject> {
    return { key, size: status.size, lastModified: status.mtime, ...(await this.metadata.describe(bucket, key, file, status)) };
  }

  /** Keys (and common prefixes, with a delimiter) in byte order, read as they are asked for. */
  walk(bucket: string, options: WalkOptions = {}): AsyncGenerator<Found> {
    return walk(bucketPath(this.root, bucket), options, this.unpathed.keys(bucket));
  }

  /** Keys below a prefix that are no plain files: those who read the directory itself would miss them. */
  keysWithoutFiles(bucket: string, prefix: string): string[] {
    return this.unpathed.keys(bucket).filter((key) => key.startsWith(prefix));
  }

  async list(bucket: string, prefix: string): Promise<{ key: string; size: number; lastModified: Date }[]> {
    const objects: { key: string; size: number; lastModified: Date }[] = [];
    for await (const { key } of this.walk(bucket, { prefix })) {
      const found = await this.files.locate(bucket, key);
      if (found) objects.push({ key, size: found.status.size, lastModified: found.status.mtime });
    }
    return objects;
  }

  /** Where the ETag of the condition is not that of the object, throws PreconditionFailed and deletes nothing. */
  async delete(bucket: string, key: string, condition: DeleteCondition = {}): Promise<void> {
    await this.locks.run(lockOf(bucket, key), async () => {
      await this.checkDelete(bucket, key, condition);
      await this.files.remove(bucket, key);
      await this.metadata.remove(bucket, key);
    });
  }

  /** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html */
  private async checkDelete(bucket: string, key: string, { etag }: DeleteCondition): Promise<void> {
    if (etag === undefined) return;
    const present = await this.present(bucket, key);
    if (!present && etag !== '*') throw noSuchKey(key);
    if (!present || (etag !== '*' && etag !== present.etag)) throw preconditionFailed('If-Match');
  }

  /** For a location that ends in `/` (or a bucket alone), the directory: throws where objects below it do not lie in it. */
  fileOf(uri: string): string {
    const { bucket, key } = parseUri(uri);
    if (key === '' || key.endsWith('/')) this.requireAllPlain(bucket, key);
    const trimmed = key.replace(/\/$/, '');
    return trimmed === '' ? bucketPath(this.root, bucket) : objectPath(this.root, bucket, trimmed);
  }

  /** Those who read the directory itself would miss objects, and never know. */
  private requireAllPlain(bucket: string, prefix: string): void {
    const [hidden] = this.keysWithoutFiles(bucket, prefix);
    if (hidden === undefined) return;
    throw new AwsError('InvalidArgument', `Not supported locally: below s3://${bucket}/${prefix} lies the object "${hidden}", whose key cannot be a file, so that the folder cannot be read as a whole`);
  }

  uriOf(file: string): string {
    const relative = path.relative(this.root, path.resolve(file));
    if (relative === '' || relative.startsWith('..')) throw new AwsError('InvalidArgument', `Not a file of an object: ${file}`);
    const uri = `s3://${relative.split(path.sep).join('/')}`;
    return uri.endsWith(`/${FOLDER_OBJECT}`) ? uri.slice(0, -FOLDER_OBJECT.length) : uri;
  }
}
