import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';

export interface StoredObject {
  key: string;
  sizeBytes: number;
  lastModified: Date;
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
  exists(key: string): Promise<boolean>;
  /** All objects below a prefix, in byte order of their keys. */
  list(prefix: string): AsyncIterable<StoredObject>;
  delete(key: string): Promise<void>;
}

/** `s3://bucket/key` */
export const uriOf = (objects: Pick<Objects, 'bucket'>, key: string): string => `s3://${objects.bucket}/${key}`;

const isNotFound = (error: unknown): boolean => error instanceof Error && ['NoSuchKey', 'NotFound'].includes(error.name);

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

/** An object's body, undefined where there is no such object. */
const openObject = async (s3: S3Client, bucket: string, key: string) => {
  try {
    return (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body;
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
  get: async (key) => (await openObject(s3, bucket, key))?.transformToByteArray(),
  read: async (key) => (await openObject(s3, bucket, key)) as AsyncIterable<Uint8Array> | undefined, // in Node a body is a Readable
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
