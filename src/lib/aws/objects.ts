import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';

export interface StoredObject {
  key: string;
  sizeBytes: number;
  lastModified: Date;
}

/** An object's bytes with the ETag that stands for them. */
export interface ObjectVersion {
  bytes: Uint8Array;
  etag: string;
}

/** One bucket, as the pipeline uses it. A port: tests hand in a Map. */
export interface Objects {
  readonly bucket: string;
  /** Writes the object, replacing one of the same key. */
  put(key: string, body: Uint8Array | string, options?: { contentType?: string }): Promise<void>;
  /** undefined where there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** The object's bytes piece by piece, for objects of any size; undefined where there is no such object. */
  read(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  getVersion(key: string): Promise<ObjectVersion | undefined>;
  /**
   * Writes the object where it still is the version that was read (its ETag), or is not there (undefined). false: somebody else was
   * first, and nothing has happened: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   */
  putOver(key: string, body: Uint8Array | string, etag: string | undefined, options?: { contentType?: string }): Promise<boolean>;
  exists(key: string): Promise<boolean>;
  /** All objects below a prefix, in byte order of their keys. */
  list(prefix: string): AsyncIterable<StoredObject>;
  delete(key: string): Promise<void>;
}

/** `s3://bucket/key` */
export const uriOf = (objects: Pick<Objects, 'bucket'>, key: string): string => `s3://${objects.bucket}/${key}`;

const isNotFound = (error: unknown): boolean => error instanceof Error && ['NoSuchKey', 'NotFound'].includes(error.name);

/** The condition did not hold, or another write of the key was under way. */
const isOvertaken = (error: unknown): boolean => error instanceof Error && ['PreconditionFailed', 'ConditionalRequestConflict'].includes(error.name);

const createList = (s3: S3Client, bucket: string): Objects['list'] =>
  async function* list(prefix) {
    let token: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }));
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key, sizeBytes: Size ?? 0, lastModified: LastModified ?? new Date(0) };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  };

/** What S3 answers to a GET, undefined where there is no such object. */
const getObject = async (s3: S3Client, bucket: string, key: string) => {
  try {
    return await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** The bucket behind an S3 client. Errors other than "no such object" are S3's own and are thrown. */
export const createObjects = (s3: S3Client, bucket: string): Objects => ({
  bucket,
  async put(key, body, options = {}) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: options.contentType ?? 'application/octet-stream' }));
  },
  get: async (key) => (await getObject(s3, bucket, key))?.Body?.transformToByteArray(),
  read: async (key) => (await getObject(s3, bucket, key))?.Body as AsyncIterable<Uint8Array> | undefined, // in Node a body is a Readable
  async getVersion(key) {
    const { Body: body, ETag: etag } = (await getObject(s3, bucket, key)) ?? {};
    return body && etag !== undefined ? { bytes: await body.transformToByteArray(), etag } : undefined;
  },
  async putOver(key, body, etag, options = {}) {
    const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
    try {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: options.contentType ?? 'application/octet-stream', ...condition }));
      return true;
    } catch (error) {
      if (isOvertaken(error)) return false;
      throw error;
    }
  },
  async exists(key) {
    try {
      await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  },
  list: createList(s3, bucket),
  async delete(key) {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  },
});
