import { childText, childrenNamed, element, parseXml, textElement } from '../core/xml.ts';
import { malformedXml, noSuchKey } from './object-errors.ts';
import type { FileObjectStore } from './object-store.ts';
import { receiveCheckedText } from './receive.ts';
import { send, sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';
import { checkedTags } from './tags.ts';

export const getObjectTagging = async (store: FileObjectStore, { response, bucket, key }: S3Request): Promise<void> => {
  const object = await store.stat(bucket, key);
  if (!object) throw noSuchKey(key);
  const tags = Object.entries(object.description.tags ?? {}).map(([name, value]) =>
    element('Tag', textElement('Key', name), textElement('Value', value)),
  );
  sendDocument(response, 'Tagging', element('TagSet', ...tags));
};

export const putObjectTagging = async (store: FileObjectStore, { request, response, bucket, key }: S3Request): Promise<void> => {
  const body = parseXml(await receiveCheckedText(request));
  const set = body?.children.find((child) => child.name === 'TagSet');
  if (!set) throw malformedXml();
  const tags = checkedTags(childrenNamed(set, 'Tag').map((tag) => [childText(tag, 'Key') ?? '', childText(tag, 'Value') ?? '']));
  await store.redescribe(bucket, key, (description) => ({ ...description, tags }));
  send(response, 200);
};

export const deleteObjectTagging = async (store: FileObjectStore, { response, bucket, key }: S3Request): Promise<void> => {
  await store.redescribe(bucket, key, (description) => ({ ...description, tags: {} }));
  send(response, 204);
};
