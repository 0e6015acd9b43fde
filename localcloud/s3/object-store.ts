import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, readFile, readdir, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import type { ObjectStore } from '../core/ports.ts';
import { noSuchKey, preconditionFailed } from './object-errors.ts';
import { isAbsence, moveInto, statOrUndefined } from './object-file.ts';
import { ObjectMetadata } from './object-metadata.ts';
import type { ObjectDescription } from './object-metadata.ts';
import { FOLDER_OBJECT, bucketPath, isBucketName, objectPath, parseUri } from './paths.ts';
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

/** What a write depends on: both are checked and the write done as one step. */
export interface WriteCondition {
  /** `If-None-Match: *` */
  mustNotExist?: boolean;
  /** `If-Match`: the ETag the present object must have, without quotes, or `*` for any object. */
  etag?: string;
}

/**
 * Objects as plain files at `<dataDir>/s3/<bucket>/<key>`: whatever lies there is an object, whoever wrote it. What clients say
 * about objects lies in `<dataDir>/s3-meta`. A write is on disk, whole, before it is acknowledged.
 */
export class FileObjectStore implements ObjectStore {
  /** Absolute path of the directory that holds a directory for each bucket. */
  readonly root: string;
  readonly metadata: ObjectMetadata;
  /** Absolute path of a directory for this store's own files about buckets and uploads. */
  readonly metaRoot: string;
  private readonly temporary: string;
  private readonly locks = new KeyedLock();

  constructor({ dataDir }: { dataDir: string }) {
    this.root = path.resolve(dataDir, 's3');
    this.metaRoot = path.resolve(dataDir, 's3-meta');
    this.temporary = path.join(this.metaRoot, 'incoming');
    this.metadata = new ObjectMetadata(path.join(this.metaRoot, 'objects'));
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
    return true;
  }

  /** Throws BucketNotEmpty. */
  async deleteBucket(bucket: string): Promise<void> {
    this.requireBucket(bucket);
    const first = await this.walk(bucket).next();
    if (first.done !== true) throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', { status: 409 });
    await rm(bucketPath(this.root, bucket), { recursive: true });
    await this.metadata.removeBucket(bucket);
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
   * of an object that is not there) or the key cannot be a file, the temporary file is gone and nothing has changed.
   */
  async commit(
    bucket: string,
    key: string,
    temporary: string,
    described?: { etag: string; description: ObjectDescription },
    condition: WriteCondition = {},
  ): Promise<void> {
    try {
      const file = objectPath(this.root, bucket, key);
      await this.locks.run(file, async () => {
        await this.check(bucket, key, condition);
        if (described) await this.metadata.write(bucket, key, await stat(temporary), described.etag, described.description);
        else await this.metadata.remove(bucket, key);
        await moveInto(temporary, file, condition.mustNotExist === true);
      });
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Replaces what is said about an object, its bytes staying as they are. */
  async redescribe(bucket: string, key: string, change: (description: ObjectDescription) => ObjectDescription): Promise<void> {
    const file = objectPath(this.root, bucket, key);
    await this.locks.run(file, async () => {
      const present = await this.stat(bucket, key);
      if (!present) throw noSuchKey(key);
      await this.metadata.write(bucket, key, await stat(file), present.etag, change(present.description));
    });
  }

  private async check(bucket: string, key: string, { mustNotExist, etag }: WriteCondition): Promise<void> {
    if (mustNotExist !== true && etag === undefined) return;
    const present = await this.stat(bucket, key);
    if (mustNotExist === true && present) throw preconditionFailed('If-None-Match');
    if (etag === undefined) return;
    if (!present) throw noSuchKey(key);
    if (etag !== '*' && etag !== present.etag) throw preconditionFailed('If-Match');
  }

  async get(bucket: string, key: string): Promise<Buffer | undefined> {
    try {
      return await readFile(objectPath(this.root, bucket, key));
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  /** undefined where there is no such object. */
  async stat(bucket: string, key: string): Promise<StoredObject | undefined> {
    const file = objectPath(this.root, bucket, key);
    const status = await statOrUndefined(file);
    if (!status?.isFile()) return undefined;
    try {
      return await this.describe(bucket, key, file, status);
    } catch (error) {
      if (isAbsence(error)) return undefined; // removed while its MD5 was computed
      throw error;
    }
  }

  /** An object and its file, open for reading, so that a later write does not change what is read. The caller closes it. */
  async open(bucket: string, key: string): Promise<{ object: StoredObject; handle: FileHandle } | undefined> {
    const file = objectPath(this.root, bucket, key);
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      const status = await handle.stat();
      if (status.isFile()) return { object: await this.describe(bucket, key, file, status), handle };
      await handle.close();
      return undefined;
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
    return walk(bucketPath(this.root, bucket), options);
  }

  async list(bucket: string, prefix: string): Promise<{ key: string; size: number; lastModified: Date }[]> {
    const objects: { key: string; size: number; lastModified: Date }[] = [];
    for await (const { key } of this.walk(bucket, { prefix })) {
      const status = await statOrUndefined(objectPath(this.root, bucket, key));
      if (status) objects.push({ key, size: status.size, lastModified: status.mtime });
    }
    return objects;
  }

  async delete(bucket: string, key: string): Promise<void> {
    const file = objectPath(this.root, bucket, key);
    await this.locks.run(file, async () => {
      try {
        await rm(file, { force: true });
      } catch (error) {
        if (!isAbsence(error)) throw error;
      }
      await this.metadata.remove(bucket, key);
    });
  }

  /** For a location that ends in `/` (or a bucket alone), the directory. */
  fileOf(uri: string): string {
    const { bucket, key } = parseUri(uri);
    const trimmed = key.replace(/\/$/, '');
    return trimmed === '' ? bucketPath(this.root, bucket) : objectPath(this.root, bucket, trimmed);
  }

  uriOf(file: string): string {
    const relative = path.relative(this.root, path.resolve(file));
    if (relative === '' || relative.startsWith('..')) throw new AwsError('InvalidArgument', `Not a file of an object: ${file}`);
    const uri = `s3://${relative.split(path.sep).join('/')}`;
    return uri.endsWith(`/${FOLDER_OBJECT}`) ? uri.slice(0, -FOLDER_OBJECT.length) : uri;
  }
}
