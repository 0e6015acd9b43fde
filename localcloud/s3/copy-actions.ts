import { AwsError } from '../core/errors.ts';
import { textElement } from '../core/xml.ts';
import { isChecksumAlgorithm } from './checksums.ts';
import { noSuchKey, notImplementedHere, preconditionFailed } from './object-errors.ts';
import { describedBy, unquoted, writeConditionOf } from './object-headers.ts';
import type { ObjectDescription } from './object-metadata.ts';
import type { FileObjectStore, OpenObject, StoredObject } from './object-store.ts';
import { storeStream } from './receive.ts';
import { decoded, headerOf, sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

type Headers = S3Request['headers'];

/** The largest object that is copied in one request. */
const MAX_COPY_BYTES = 5 * 2 ** 30;

/** Bucket and key of `x-amz-copy-source`. Throws InvalidArgument, and NotImplemented for a version. */
export const copySourceOf = (headers: Headers): { bucket: string; key: string } => {
  const [name = '', query = ''] = (headerOf(headers, 'x-amz-copy-source') ?? '').split('?', 2);
  if (query !== '' && query !== 'versionId=null') throw notImplementedHere('a version as the source of a copy');
  const source = decoded(name.replaceAll('+', ' ')).replace(/^\//, ''); // a form encoding, unlike the path of a request
  const slash = source.indexOf('/');
  if (slash < 1) throw new AwsError('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  return { bucket: source.slice(0, slash), key: source.slice(slash + 1) };
};

/** What `x-amz-copy-source` names, open for reading, its conditions checked. The caller closes it. */
export const openCopySource = async (store: FileObjectStore, headers: Headers): Promise<OpenObject & { bucket: string }> => {
  const { bucket, key } = copySourceOf(headers);
  store.requireBucket(bucket);
  const opened = await store.open(bucket, key);
  if (!opened) throw noSuchKey(key);
  try {
    checkSource(opened.object, headers);
  } catch (error) {
    await opened.handle.close();
    throw error;
  }
  return { bucket, ...opened };
};

/** An ETag that fits outweighs a time that does not (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html). */
const checkSource = ({ etag, lastModified }: StoredObject, headers: Headers): void => {
  const seconds = Math.floor(lastModified.getTime() / 1000) * 1000;
  const match = headerOf(headers, 'x-amz-copy-source-if-match');
  const noneMatch = headerOf(headers, 'x-amz-copy-source-if-none-match');
  const unmodifiedSince = headerOf(headers, 'x-amz-copy-source-if-unmodified-since');
  const modifiedSince = headerOf(headers, 'x-amz-copy-source-if-modified-since');
  if (match !== undefined && unquoted(match) !== etag) throw preconditionFailed('x-amz-copy-source-If-Match');
  if (match === undefined && unmodifiedSince !== undefined && seconds > Date.parse(unmodifiedSince)) throw preconditionFailed('x-amz-copy-source-If-Unmodified-Since');
  if (noneMatch !== undefined && unquoted(noneMatch) === etag) throw preconditionFailed('x-amz-copy-source-If-None-Match');
  if (modifiedSince !== undefined && seconds <= Date.parse(modifiedSince)) throw preconditionFailed('x-amz-copy-source-If-Modified-Since');
};

/** What the copy says of itself: the source's words, or those of the request where a directive says REPLACE. */
const describedCopy = (source: ObjectDescription, headers: Headers): ObjectDescription => {
  const given = describedBy(headers);
  const description: ObjectDescription = headerOf(headers, 'x-amz-metadata-directive') === 'REPLACE' ? { ...given } : { ...source };
  for (const own of ['checksums', 'checksumType', 'parts', 'storageClass'] as const) Reflect.deleteProperty(description, own); // of the source's bytes
  if (given.storageClass !== undefined) description.storageClass = given.storageClass;
  const tags = headerOf(headers, 'x-amz-tagging-directive') === 'REPLACE' ? given.tags : source.tags;
  if (tags) description.tags = tags;
  else delete description.tags;
  return description;
};

/** CopyObject: the copy is one piece, whatever its source was, with a checksum of the source's algorithm or the one asked for. */
export const copyObject = async (store: FileObjectStore, { response, bucket, key, headers }: S3Request): Promise<void> => {
  const condition = writeConditionOf(headers);
  const { bucket: sourceBucket, object: source, handle } = await openCopySource(store, headers);
  try {
    const replaces = headerOf(headers, 'x-amz-metadata-directive') === 'REPLACE' || headerOf(headers, 'x-amz-storage-class') !== undefined;
    if (!replaces && sourceBucket === bucket && source.key === key) {
      throw new AwsError(
        'InvalidRequest',
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      );
    }
    if (source.size > MAX_COPY_BYTES) throw new AwsError('InvalidRequest', `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY_BYTES}`);
    const description = describedCopy(source.description, headers);
    const asked = headerOf(headers, 'x-amz-checksum-algorithm')?.toLowerCase();
    const algorithms = (asked === undefined ? Object.keys(source.description.checksums ?? {}) : [asked]).filter(isChecksumAlgorithm);
    const body = await storeStream(handle.createReadStream({ autoClose: false }), store.temporaryFile(), algorithms);
    if (algorithms.length > 0) Object.assign(description, { checksums: body.checksums, checksumType: 'FULL_OBJECT' });
    await store.commit(bucket, key, body.file, { etag: body.md5, description }, condition);
    const copied = await store.stat(bucket, key);
    const sums = Object.entries(description.checksums ?? {}).map(([algorithm, value]) => textElement(`Checksum${algorithm.toUpperCase()}`, value));
    sendDocument(
      response,
      'CopyObjectResult',
      textElement('LastModified', (copied?.lastModified ?? source.lastModified).toISOString()),
      textElement('ETag', `"${body.md5}"`),
      ...sums,
      textElement('ChecksumType', description.checksumType),
    );
  } finally {
    await handle.close();
  }
};
