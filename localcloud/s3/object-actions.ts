import { constants } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../core/errors.ts';
import { childText, childrenNamed, element, parseXml, textElement } from '../core/xml.ts';
import { answeredHeaders, checksumHeaders, describedBy, unquoted, writeConditionOf } from './object-headers.ts';
import { md5Of } from './object-metadata.ts';
import type { ObjectDescription } from './object-metadata.ts';
import { noSuchKey, preconditionFailed } from './object-errors.ts';
import type { FileObjectStore, StoredObject } from './object-store.ts';
import { receiveBody, receiveText } from './receive.ts';
import { headerOf, send, sendDocument } from './s3-request.ts';
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
    const range = rangeOf(headerOf(headers, 'range'), object.size);
    const { start, end } = range ?? { start: 0, end: object.size - 1 };
    if (range) for (const name of Object.keys(answered)) if (name.startsWith('x-amz-checksum-')) Reflect.deleteProperty(answered, name); // they are of the whole object
    response.writeHead(range ? 206 : 200, {
      ...answered,
      'content-length': end - start + 1,
      ...(range ? { 'content-range': `bytes ${start}-${end}/${object.size}` } : {}),
    });
    if (method === 'HEAD' || end < start) response.end();
    else await pipeline(handle.createReadStream({ start, end, autoClose: false }), response);
  } finally {
    await handle.close();
  }
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

/** A single byte range; undefined where there is none (or several, which S3 ignores). Throws InvalidRange. */
export const rangeOf = (header: string | undefined, size: number): { start: number; end: number } | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const isSuffix = match[1] === '';
  const start = isSuffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = isSuffix || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start >= size || end < start)
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', { status: 416, detail: { ActualObjectSize: size } });
  return { start, end };
};

export const deleteObject = async (store: FileObjectStore, { response, bucket, key }: S3Request): Promise<void> => {
  await store.delete(bucket, key);
  send(response, 204);
};

const MAX_KEYS_PER_DELETE = 1_000;

export const deleteObjects = async (store: FileObjectStore, { request, response, bucket }: S3Request): Promise<void> => {
  const body = parseXml(await receiveText(request));
  if (body?.name !== 'Delete') throw malformedXml();
  const keys = childrenNamed(body, 'Object').map((object) => childText(object, 'Key') ?? '');
  if (keys.length === 0 || keys.length > MAX_KEYS_PER_DELETE) throw malformedXml();
  const quiet = childText(body, 'Quiet') === 'true';
  const results: string[] = [];
  for (const key of keys) {
    try {
      await store.delete(bucket, key);
      if (!quiet) results.push(element('Deleted', textElement('Key', key)));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      results.push(element('Error', textElement('Key', key), textElement('Code', error.code), textElement('Message', error.message)));
    }
  }
  sendDocument(response, 'DeleteResult', ...results);
};

export const malformedXml = (): AwsError =>
  new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');

/** The object that `x-amz-copy-source` names, its conditions checked. */
export const copySourceOf = async (
  store: FileObjectStore,
  headers: S3Request['headers'],
): Promise<{ bucket: string; object: StoredObject }> => {
  const source = decodeURIComponent((headerOf(headers, 'x-amz-copy-source') ?? '').replace(/\?versionId=.*$/, '')).replace(/^\//, '');
  const slash = source.indexOf('/');
  if (slash < 1) throw new AwsError('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  const bucket = source.slice(0, slash);
  store.requireBucket(bucket);
  const object = await store.stat(bucket, source.slice(slash + 1));
  if (!object) throw noSuchKey(source.slice(slash + 1));
  const match = headerOf(headers, 'x-amz-copy-source-if-match');
  const noneMatch = headerOf(headers, 'x-amz-copy-source-if-none-match');
  if (match !== undefined && unquoted(match) !== object.etag) throw preconditionFailed('x-amz-copy-source-If-Match');
  if (noneMatch !== undefined && unquoted(noneMatch) === object.etag) throw preconditionFailed('x-amz-copy-source-If-None-Match');
  return { bucket, object };
};

export const copyObject = async (store: FileObjectStore, { response, bucket, key, headers }: S3Request): Promise<void> => {
  const source = await copySourceOf(store, headers);
  const replaces = headerOf(headers, 'x-amz-metadata-directive') === 'REPLACE';
  if (!replaces && source.bucket === bucket && source.object.key === key) {
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
    );
  }
  const { tags: sourceTags, checksums, checksumType, ...inherited } = source.object.description;
  const given = describedBy(headers);
  const description: ObjectDescription = { ...(replaces ? given : inherited) };
  if (checksums && checksumType === 'FULL_OBJECT') Object.assign(description, { checksums, checksumType });
  const tags = headerOf(headers, 'x-amz-tagging-directive') === 'REPLACE' ? given.tags : sourceTags;
  if (tags) description.tags = tags;
  const temporary = store.temporaryFile();
  await copyFile(store.fileOf(`s3://${source.bucket}/${source.object.key}`), temporary, constants.COPYFILE_FICLONE);
  await syncFile(temporary);
  const etag = await md5Of(temporary);
  await store.commit(bucket, key, temporary, { etag, description }, writeConditionOf(headers));
  const copied = await store.stat(bucket, key);
  sendDocument(
    response,
    'CopyObjectResult',
    textElement('LastModified', (copied?.lastModified ?? source.object.lastModified).toISOString()),
    textElement('ETag', `"${etag}"`),
  );
};

const syncFile = async (file: string): Promise<void> => {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
