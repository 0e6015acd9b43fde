import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../core/errors.ts';
import type { ObjectDescription } from './object-metadata.ts';
import type { StoredObject, WriteCondition } from './object-store.ts';
import { headerOf } from './s3-request.ts';

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

/** What the headers of PutObject, CreateMultipartUpload or CopyObject say about the object. */
export const describedBy = (headers: IncomingHttpHeaders): ObjectDescription => {
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
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size');
  if (bytes > 0) description.userMetadata = userMetadata;
  const tagging = headerOf(headers, 'x-amz-tagging');
  if (tagging !== undefined) description.tags = Object.fromEntries(new URLSearchParams(tagging));
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
    throw new AwsError(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented: If-None-Match other than *',
      { status: 501 },
    );
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
  if (description.tags) headers['x-amz-tagging-count'] = String(Object.keys(description.tags).length);
  return { ...headers, ...description.userMetadata, ...(withChecksums ? checksumHeaders(description) : {}) };
};

export const checksumHeaders = ({ checksums, checksumType }: ObjectDescription): Record<string, string> => {
  const headers = Object.fromEntries(Object.entries(checksums ?? {}).map(([algorithm, value]) => [`x-amz-checksum-${algorithm}`, value]));
  if (checksumType !== undefined && Object.keys(headers).length > 0) headers['x-amz-checksum-type'] = checksumType;
  return headers;
};
