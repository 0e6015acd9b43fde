import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../core/errors.ts';
import type { ObjectDescription } from './object-metadata.ts';
import type { StoredObject, WriteCondition } from './object-store.ts';
import { notImplementedHere } from './object-errors.ts';
import { headerOf } from './s3-request.ts';
import { checkedTags } from './tags.ts';

type TextField = 'contentType' | 'contentEncoding' | 'contentDisposition' | 'contentLanguage' | 'cacheControl' | 'expires';

const TEXT_FIELDS: readonly (readonly [TextField, string])[] = [
  ['contentType', 'content-type'],
  ['contentEncoding', 'content-encoding'],
  ['contentDisposition', 'content-disposition'],
  ['contentLanguage', 'content-language'],
  ['cacheControl', 'cache-control'],
  ['expires', 'expires'],
];
const USER_METADATA = 'x-amz-meta-';
const MAX_USER_METADATA_BYTES = 2_048;

const STORAGE_CLASSES = ['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'];

/** Headers of a write whose meaning would be lost: another key, an append, or a lock that somebody relies on. */
const refuseUnsupported = (headers: IncomingHttpHeaders): void => {
  const name = Object.keys(headers).find((header) => /^x-amz-(object-lock-|server-side-encryption-customer-|write-offset-bytes|grant-|copy-source-server-side)/.test(header));
  if (name !== undefined) throw notImplementedHere(`the header ${name}`);
  const acl = headerOf(headers, 'x-amz-acl');
  if (acl !== undefined && !['private', 'bucket-owner-full-control'].includes(acl)) throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
};

/** Classes that can be read at once. Throws InvalidStorageClass, and NotImplemented for archives. */
const storageClassOf = (headers: IncomingHttpHeaders): string | undefined => {
  const storageClass = headerOf(headers, 'x-amz-storage-class');
  if (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE') throw notImplementedHere(`the storage class ${storageClass}`);
  if (storageClass !== undefined && !STORAGE_CLASSES.includes(storageClass)) throw new AwsError('InvalidStorageClass', 'The storage class you specified is not valid');
  return storageClass === 'STANDARD' ? undefined : storageClass;
};

/** What the headers of PutObject, CreateMultipartUpload or CopyObject say about the object. */
export const describedBy = (headers: IncomingHttpHeaders): ObjectDescription => {
  refuseUnsupported(headers);
  const description: ObjectDescription = {};
  for (const [field, name] of TEXT_FIELDS) {
    const value = field === 'contentEncoding' ? contentEncodingOf(headers) : headerOf(headers, name);
    if (value !== undefined) description[field] = value;
  }
  const userMetadata = Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(USER_METADATA))
      .map(([name]) => [name, headerOf(headers, name) ?? '']),
  );
  const bytes = Object.entries(userMetadata).reduce(
    (sum, [name, value]) => sum + name.length - USER_METADATA.length + Buffer.byteLength(value),
    0,
  );
  if (bytes > MAX_USER_METADATA_BYTES)
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', { detail: { Size: bytes, MaxSizeAllowed: MAX_USER_METADATA_BYTES } });
  if (bytes > 0) description.userMetadata = userMetadata;
  const tagging = headerOf(headers, 'x-amz-tagging');
  if (tagging !== undefined) description.tags = checkedTags([...new URLSearchParams(tagging)]);
  const storageClass = storageClassOf(headers);
  if (storageClass !== undefined) description.storageClass = storageClass;
  const redirect = headerOf(headers, 'x-amz-website-redirect-location');
  if (redirect !== undefined) description.websiteRedirectLocation = redirect;
  return description;
};

/** aws-chunked is how the body travelled, not what the object is. */
const contentEncodingOf = (headers: IncomingHttpHeaders): string | undefined => {
  const encodings = (headerOf(headers, 'content-encoding') ?? '').split(',').map((name) => name.trim());
  const own = encodings.filter((name) => name !== '' && name !== 'aws-chunked');
  return own.length > 0 ? own.join(',') : undefined;
};

export const unquoted = (etag: string): string =>
  etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');

/** The conditions of a write. Throws NotImplemented for those AWS has not either. */
export const writeConditionOf = (headers: IncomingHttpHeaders): WriteCondition => {
  const condition: WriteCondition = {};
  const noneMatch = headerOf(headers, 'if-none-match');
  const match = headerOf(headers, 'if-match');
  if (noneMatch !== undefined && noneMatch !== '*')
    throw new AwsError('NotImplemented', 'A header you provided implies functionality that is not implemented', { status: 501, detail: { Header: 'If-None-Match' } });
  if (noneMatch !== undefined && match !== undefined) throw new AwsError('NotImplemented', 'A header you provided implies functionality that is not implemented', { status: 501 });
  if (noneMatch !== undefined) condition.mustNotExist = true;
  if (match !== undefined) condition.etag = unquoted(match);
  return condition;
};

/** The headers that answer GetObject and HeadObject. */
export const answeredHeaders = (
  { etag, lastModified, description }: StoredObject,
  query: URLSearchParams,
  withChecksums: boolean,
): Record<string, string> => {
  const headers: Record<string, string> = {
    etag: `"${etag}"`,
    'last-modified': lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
  };
  for (const [field, name] of TEXT_FIELDS) {
    const value = query.get(`response-${name}`) ?? description[field];
    if (value !== undefined) headers[name] = value;
  }
  if (description.storageClass !== undefined) headers['x-amz-storage-class'] = description.storageClass;
  if (description.websiteRedirectLocation !== undefined) headers['x-amz-website-redirect-location'] = description.websiteRedirectLocation;
  if (Object.keys(description.tags ?? {}).length > 0) headers['x-amz-tagging-count'] = String(Object.keys(description.tags ?? {}).length);
  return { ...headers, ...description.userMetadata, ...(withChecksums ? checksumHeaders(description) : {}) };
};

export const checksumHeaders = ({ checksums, checksumType }: ObjectDescription): Record<string, string> => {
  const headers = Object.fromEntries(Object.entries(checksums ?? {}).map(([algorithm, value]) => [`x-amz-checksum-${algorithm}`, value]));
  if (checksumType !== undefined && Object.keys(headers).length > 0) headers['x-amz-checksum-type'] = checksumType;
  return headers;
};
