import { AwsError } from '../core/errors.ts';
import { element, textElement, xmlDocument } from '../core/xml.ts';
import type { ObjectDescription } from './object-metadata.ts';
import { noSuchKey } from './object-errors.ts';
import type { FileObjectStore, StoredObject } from './object-store.ts';
import { headerOf, send, S3_NAMESPACE } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

const MAX_PARTS = 1_000;

/** GetObjectAttributes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html): those asked for, and no others. */
export const getObjectAttributes = async (store: FileObjectStore, { response, bucket, key, headers }: S3Request): Promise<void> => {
  const asked = (headerOf(headers, 'x-amz-object-attributes') ?? '').split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !Object.hasOwn(ATTRIBUTES, name));
  if (unknown !== undefined) throw new AwsError('InvalidArgument', 'Invalid attribute name specified.', { detail: { ArgumentName: 'x-amz-object-attributes', ArgumentValue: unknown } });
  const object = await store.stat(bucket, key);
  if (!object) throw noSuchKey(key);
  const paging = {
    after: Number(headerOf(headers, 'x-amz-part-number-marker') ?? 0),
    limit: Math.min(MAX_PARTS, Number(headerOf(headers, 'x-amz-max-parts') ?? MAX_PARTS)),
  };
  const body = Object.entries(ATTRIBUTES).map(([name, render]) => (asked.includes(name) ? render(object, paging) : ''));
  const document = xmlDocument('GetObjectAttributesResponse', S3_NAMESPACE, ...body);
  send(response, 200, { 'content-type': 'application/xml', 'last-modified': object.lastModified.toUTCString() }, document);
};

interface Paging {
  after: number;
  limit: number;
}

const ATTRIBUTES: Readonly<Record<string, (object: StoredObject, paging: Paging) => string>> = {
  ETag: ({ etag }) => textElement('ETag', etag),
  Checksum: ({ description }) => checksumElement(description),
  ObjectParts: ({ description }, paging) => partsElement(description, paging),
  StorageClass: ({ description }) => textElement('StorageClass', description.storageClass ?? 'STANDARD'),
  ObjectSize: ({ size }) => textElement('ObjectSize', size),
};

const checksumElement = ({ checksums, checksumType }: ObjectDescription): string => {
  const sums = Object.entries(checksums ?? {}).map(([algorithm, value]) => textElement(`Checksum${algorithm.toUpperCase()}`, value));
  return sums.length > 0 ? element('Checksum', ...sums, textElement('ChecksumType', checksumType)) : '';
};

/** Each part is named only where it has an additional checksum; otherwise their number alone, as on AWS. */
const partsElement = ({ parts, checksums }: ObjectDescription, { after, limit }: Paging): string => {
  if (!parts) return '';
  const total = textElement('PartsCount', parts.length);
  const algorithm = Object.keys(checksums ?? {})[0];
  if (algorithm === undefined || parts.some(({ checksum }) => checksum === undefined)) return element('ObjectParts', total);
  const page = parts.filter(({ number }) => number > after).slice(0, limit);
  const last = page.at(-1)?.number ?? after;
  return element(
    'ObjectParts',
    total,
    textElement('PartNumberMarker', after),
    textElement('NextPartNumberMarker', last),
    textElement('MaxParts', limit),
    textElement('IsTruncated', parts.some(({ number }) => number > last)),
    ...page.map((part) =>
      element('Part', textElement('PartNumber', part.number), textElement('Size', part.size), textElement(`Checksum${algorithm.toUpperCase()}`, part.checksum)),
    ),
  );
};
