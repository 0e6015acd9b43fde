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
 * The file of an object. S3 takes any text as a key; a key that is no path below its bucket (`a//b`, `../x`) or too long for a
 * file name is refused with a message that says so, rather than stored under another name than DuckDB would look for.
 */
export const objectPath = (root: string, bucket: string, key: string): string => {
  if (key === '') throw new AwsError('InvalidArgument', 'An object key must not be empty');
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new AwsError('KeyTooLongError', `Your key is too long: ${Buffer.byteLength(key)} bytes, at most ${MAX_KEY_BYTES}`);
  const segments = (key.endsWith('/') ? key.slice(0, -1) : key).split('/');
  const bad = segments.find(
    (segment) => segment === '' || segment === '.' || segment === '..' || segment === FOLDER_OBJECT || segment.includes('\0'),
  );
  if (bad !== undefined)
    throw new AwsError('InvalidArgument', `Not supported locally: the key "${key}" has the segment "${bad}", which is no file name`);
  const long = segments.find((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES);
  if (long !== undefined)
    throw new AwsError('InvalidArgument', `Not supported locally: a segment of the key is longer than ${MAX_SEGMENT_BYTES} bytes: ${long}`);
  return path.join(bucketPath(root, bucket), ...segments, ...(key.endsWith('/') ? [FOLDER_OBJECT] : []));
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
