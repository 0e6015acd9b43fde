import path from 'node:path';
import { AwsError } from '../core/errors.ts';

/** The file that stands for a key ending in `/` (a "folder" as consoles make it): a directory cannot hold bytes itself. */
export const FOLDER_OBJECT = '.folder-object';

/** Names that the writers of core/files.ts use while a file is not complete: not objects. */
const UNFINISHED = /^\..*\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/;

const BUCKET_NAME = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const MAX_KEY_BYTES = 1_024;
/** The longest file name of the usual file systems. */
const MAX_SEGMENT_BYTES = 255;

export const isUnfinished = (fileName: string): boolean => UNFINISHED.test(fileName);

export const isBucketName = (name: string): boolean => BUCKET_NAME.test(name);

/** The directory of a bucket. Throws InvalidBucketName (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html). */
export const bucketPath = (root: string, bucket: string): string => {
  if (!isBucketName(bucket)) throw new AwsError('InvalidBucketName', `The specified bucket is not valid: ${bucket}`);
  return path.join(root, bucket);
};

/**
 * The file of an object below its bucket's directory; undefined for a key that is no path (`a//b`, `../x`), holds a segment too long
 * for a file name, or has the name of a file that is no object. Throws InvalidArgument, KeyTooLongError, InvalidBucketName.
 */
export const plainPath = (root: string, bucket: string, key: string): string | undefined => {
  if (key === '') throw new AwsError('InvalidArgument', 'An object key must not be empty');
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) throw new AwsError('KeyTooLongError', 'Your key is too long', { detail: { Size: bytes, MaxSizeAllowed: MAX_KEY_BYTES } });
  const segments = (key.endsWith('/') ? key.slice(0, -1) : key).split('/');
  const folder = bucketPath(root, bucket);
  return segments.every(isFileName) ? path.join(folder, ...segments, ...(key.endsWith('/') ? [FOLDER_OBJECT] : [])) : undefined;
};

const isFileName = (segment: string): boolean =>
  !['', '.', '..', FOLDER_OBJECT].includes(segment) && !segment.includes('\0') && !isUnfinished(segment) && Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES;

/** Like {@link plainPath}, for those who need a file to read or write: throws InvalidArgument where the key has none. */
export const objectPath = (root: string, bucket: string, key: string): string => {
  const file = plainPath(root, bucket, key);
  if (file === undefined) throw new AwsError('InvalidArgument', `Not supported locally: the key "${key}" is no path below its bucket, so it has no plain file`);
  return file;
};

const S3_URI = /^s3:\/\/([^/]+)(?:\/(.*))?$/s;

/** `s3://bucket/key` to its parts. Throws InvalidArgument for another text. */
export const parseUri = (uri: string): { bucket: string; key: string } => {
  const match = S3_URI.exec(uri);
  if (!match?.[1]) throw new AwsError('InvalidArgument', `Not an S3 location: ${uri}`);
  return { bucket: match[1], key: match[2] ?? '' };
};

/** S3's order of keys: by their UTF-8 bytes. */
export const compareKeys = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));
