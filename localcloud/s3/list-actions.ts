import { element, textElement } from '../core/xml.ts';
import { AwsError } from '../core/errors.ts';
import { encoderOf, limitOf } from './list-parameters.ts';
import type { FileObjectStore, StoredObject } from './object-store.ts';
import { sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';
import { LAST_CHARACTER } from './walk.ts';
import type { Found } from './walk.ts';

interface Page {
  objects: StoredObject[];
  prefixes: string[];
  /** Where the next page begins: only what is greater; undefined where this is the last. */
  next: string | undefined;
  /** The last key or common prefix of this page. */
  last: string | undefined;
}

const readPage = async (
  store: FileObjectStore,
  bucket: string,
  options: { prefix: string; after: string; delimiter: string },
  limit: number,
): Promise<Page> => {
  const found: Found[] = [];
  let isTruncated = false;
  for await (const each of limit > 0 ? store.walk(bucket, options) : []) {
    isTruncated = found.length === limit;
    if (isTruncated) break;
    found.push(each);
  }
  const objects = await Promise.all(found.filter(({ kind }) => kind === 'key').map(({ key }) => store.stat(bucket, key)));
  const last = found.at(-1);
  return {
    objects: objects.filter((object) => object !== undefined), // without those removed meanwhile
    prefixes: found.filter(({ kind }) => kind === 'prefix').map(({ key }) => key),
    next: isTruncated && last ? (last.kind === 'prefix' ? last.key + LAST_CHARACTER : last.key) : undefined,
    last: last?.key,
  };
};

const contents = (page: Page, encode: (text: string) => string, withOwner: boolean): string[] => [
  ...page.objects.map(({ key, size, etag, lastModified, description: { checksums, checksumType, storageClass } }) =>
    element(
      'Contents',
      textElement('Key', encode(key)),
      textElement('LastModified', lastModified.toISOString()),
      textElement('ETag', `"${etag}"`),
      ...Object.keys(checksums ?? {}).map((algorithm) => textElement('ChecksumAlgorithm', algorithm.toUpperCase())),
      textElement('ChecksumType', checksums && checksumType),
      textElement('Size', size),
      withOwner ? element('Owner', textElement('ID', 'local')) : '',
      textElement('StorageClass', storageClass ?? 'STANDARD'),
    ),
  ),
  ...page.prefixes.map((prefix) => element('CommonPrefixes', textElement('Prefix', encode(prefix)))),
];

const tokenOf = (after: string): string => Buffer.from(after).toString('base64url');

const afterOf = (token: string): string => Buffer.from(token, 'base64url').toString();

/** ListObjectsV2. */
export const listObjectsV2 = async (store: FileObjectStore, { response, bucket, query }: S3Request): Promise<void> => {
  const [prefix, delimiter, startAfter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '', query.get('start-after') ?? ''];
  const token = query.get('continuation-token');
  if (token !== null && (token === '' || tokenOf(afterOf(token)) !== token))
    throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect', { detail: { ArgumentName: 'continuation-token' } });
  const limit = limitOf(query, 'max-keys');
  const page = await readPage(
    store,
    bucket,
    { prefix, delimiter, after: token === null ? startAfter : afterOf(token) },
    limit,
  );
  const encode = encoderOf(query);
  sendDocument(
    response,
    'ListBucketResult',
    textElement('Name', bucket),
    textElement('Prefix', encode(prefix)),
    textElement('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    textElement('StartAfter', startAfter === '' ? undefined : encode(startAfter)),
    textElement('MaxKeys', limit),
    textElement('EncodingType', query.get('encoding-type') ?? undefined),
    textElement('KeyCount', page.objects.length + page.prefixes.length),
    textElement('IsTruncated', page.next !== undefined),
    textElement('ContinuationToken', token ?? undefined),
    textElement('NextContinuationToken', page.next === undefined ? undefined : tokenOf(page.next)),
    ...contents(page, encode, query.get('fetch-owner') === 'true'),
  );
};

/** ListObjects, the first version, which some tools still use. */
export const listObjects = async (store: FileObjectStore, { response, bucket, query }: S3Request): Promise<void> => {
  const [prefix, delimiter, marker] = [query.get('prefix') ?? '', query.get('delimiter') ?? '', query.get('marker') ?? ''];
  const limit = limitOf(query, 'max-keys');
  const isGroup = delimiter !== '' && marker.length > prefix.length && marker.endsWith(delimiter);
  const page = await readPage(store, bucket, { prefix, delimiter, after: isGroup ? marker + LAST_CHARACTER : marker }, limit);
  const encode = encoderOf(query);
  sendDocument(
    response,
    'ListBucketResult',
    textElement('Name', bucket),
    textElement('Prefix', encode(prefix)),
    textElement('Marker', encode(marker)),
    textElement('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    textElement('MaxKeys', limit),
    textElement('EncodingType', query.get('encoding-type') ?? undefined),
    textElement('IsTruncated', page.next !== undefined),
    textElement('NextMarker', page.next !== undefined && page.last !== undefined ? encode(page.last) : undefined),
    ...contents(page, encode, true),
  );
};
