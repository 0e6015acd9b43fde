import { pipeline } from 'node:stream/promises';
import { AwsError } from '../core/errors.ts';
import { partRangeOf, rangeOf } from './byte-range.ts';
import type { ByteRange } from './byte-range.ts';
import { answeredHeaders, checksumHeaders, describedBy, unquoted, writeConditionOf } from './object-headers.ts';
import { noSuchKey, preconditionFailed } from './object-errors.ts';
import type { FileObjectStore, StoredObject } from './object-store.ts';
import { receiveBody } from './receive.ts';
import { headerOf, send } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

/** The largest body of one PutObject. */
const MAX_PUT_BYTES = 5 * 2 ** 30;

export const putObject = async (store: FileObjectStore, { request, response, bucket, key, headers }: S3Request): Promise<void> => {
  const condition = writeConditionOf(headers);
  const description = describedBy(headers);
  if (Number(headers['content-length'] ?? 0) > MAX_PUT_BYTES)
    throw new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.');
  const body = await receiveBody(request, store.temporaryFile());
  if (Object.keys(body.checksums).length > 0) Object.assign(description, { checksums: body.checksums, checksumType: 'FULL_OBJECT' });
  await store.commit(bucket, key, body.file, { etag: body.md5, description }, condition);
  send(response, 200, { etag: `"${body.md5}"`, ...checksumHeaders(description) });
};

/** GetObject and HeadObject. */
export const getObject = async (store: FileObjectStore, { response, method, bucket, key, query, headers }: S3Request): Promise<void> => {
  const opened = await store.open(bucket, key);
  if (!opened) throw noSuchKey(key);
  const { object, handle } = opened;
  try {
    const answered = answeredHeaders(object, query, headerOf(headers, 'x-amz-checksum-mode') !== undefined);
    if (isUnchanged(object, headers)) {
      send(response, 304, { etag: `"${object.etag}"`, 'last-modified': object.lastModified.toUTCString() });
      return;
    }
    const range = wantedRange(object, query, headers);
    const { start, end } = range ?? { start: 0, end: object.size - 1 };
    const isWhole = start === 0 && end === object.size - 1;
    if (!isWhole) for (const name of Object.keys(answered)) if (name.startsWith('x-amz-checksum-')) Reflect.deleteProperty(answered, name); // they are of the whole object
    response.writeHead(range ? 206 : 200, {
      ...answered,
      'content-length': end - start + 1,
      ...(range && object.size > 0 ? { 'content-range': `bytes ${start}-${end}/${object.size}` } : {}),
      ...(query.has('partNumber') && object.description.parts ? { 'x-amz-mp-parts-count': object.description.parts.length } : {}),
    });
    if (method === 'HEAD' || end < start) response.end();
    else await pipeline(handle.createReadStream({ start, end, autoClose: false }), response);
  } finally {
    await handle.close();
  }
};

const wantedRange = ({ size, description }: StoredObject, query: URLSearchParams, headers: S3Request['headers']): ByteRange | undefined => {
  const part = query.get('partNumber');
  if (part === null) return rangeOf(headerOf(headers, 'range'), size);
  if (headers.range !== undefined) throw new AwsError('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  return partRangeOf(part, size, description.parts);
};

/** Throws PreconditionFailed; true where the client has the object already (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html). */
const isUnchanged = ({ etag, lastModified }: StoredObject, headers: S3Request['headers']): boolean => {
  const seconds = Math.floor(lastModified.getTime() / 1000) * 1000;
  const match = headerOf(headers, 'if-match');
  const unmodifiedSince = headerOf(headers, 'if-unmodified-since');
  if (match !== undefined && match !== '*' && unquoted(match) !== etag) throw preconditionFailed('If-Match');
  if (match === undefined && unmodifiedSince !== undefined && seconds > Date.parse(unmodifiedSince))
    throw preconditionFailed('If-Unmodified-Since');
  const noneMatch = headerOf(headers, 'if-none-match');
  const modifiedSince = headerOf(headers, 'if-modified-since');
  if (noneMatch !== undefined) return noneMatch === '*' || unquoted(noneMatch) === etag;
  return modifiedSince !== undefined && seconds <= Date.parse(modifiedSince);
};
