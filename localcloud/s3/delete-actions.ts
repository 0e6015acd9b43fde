import { AwsError } from '../core/errors.ts';
import { childText, childrenNamed, element, parseXml, textElement } from '../core/xml.ts';
import type { XmlNode } from '../core/xml.ts';
import { malformedXml, notImplementedHere } from './object-errors.ts';
import { unquoted } from './object-headers.ts';
import type { DeleteCondition, FileObjectStore } from './object-store.ts';
import { receiveCheckedText } from './receive.ts';
import { headerOf, send, sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

const MAX_KEYS_PER_DELETE = 1_000;

/** DeleteObject, with `If-Match` only where the object is as the caller has seen it. */
export const deleteObject = async (store: FileObjectStore, { response, bucket, key, headers }: S3Request): Promise<void> => {
  const match = headerOf(headers, 'if-match');
  await store.delete(bucket, key, match === undefined ? {} : { etag: unquoted(match) });
  send(response, 204);
};

/** DeleteObjects: each key on its own; one that is not there counts as deleted. `requireAccess` throws AwsError for a key the caller may not delete. */
export const deleteObjects = async (store: FileObjectStore, { request, response, bucket }: S3Request, requireAccess: (key: string) => void): Promise<void> => {
  const body = parseXml(await receiveCheckedText(request));
  if (body?.name !== 'Delete') throw malformedXml();
  const objects = childrenNamed(body, 'Object');
  if (objects.length === 0 || objects.length > MAX_KEYS_PER_DELETE) throw malformedXml();
  const quiet = childText(body, 'Quiet') === 'true';
  const results: string[] = [];
  for (const object of objects) {
    const key = childText(object, 'Key') ?? '';
    try {
      requireAccess(key);
      await store.delete(bucket, key, conditionOf(object));
      if (!quiet) results.push(element('Deleted', textElement('Key', key)));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      results.push(element('Error', textElement('Key', key), textElement('Code', error.code), textElement('Message', error.message)));
    }
  }
  sendDocument(response, 'DeleteResult', ...results);
};

/** Throws NotImplemented for what would otherwise be deleted though the caller meant a version or another condition. */
const conditionOf = (object: XmlNode): DeleteCondition => {
  const unsupported = ['VersionId', 'LastModifiedTime', 'Size'].find((name) => (childText(object, name) ?? '') !== '');
  if (unsupported !== undefined && !(unsupported === 'VersionId' && childText(object, 'VersionId') === 'null')) throw notImplementedHere(`${unsupported} in DeleteObjects`);
  const etag = childText(object, 'ETag') ?? '';
  return etag === '' ? {} : { etag: unquoted(etag) };
};
