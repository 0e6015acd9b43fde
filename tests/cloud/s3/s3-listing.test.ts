import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ListObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const dataDir = temporaryDirectory();
const store = new FileObjectStore({ dataDir });
const gateway = gatewayFor(() => [new S3Service({ store })]);
let s3: S3Client;

beforeAll(() => {
  s3 = new S3Client({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(() => s3.destroy());

const bucketWith = async (bucket: string, keys: readonly string[]): Promise<string> => {
  store.createBucket(bucket);
  for (const key of keys) await store.put(bucket, key, Buffer.from('x'));
  return bucket;
};

const byBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

/** What S3 answers, from its documentation: keys after the prefix grouped up to the delimiter, all in byte order. */
const expectedListing = (keys: readonly string[], prefix: string, delimiter: string): string[] => {
  const entries = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + delimiter.length);
    });
  return [...new Set(entries)].sort(byBytes);
};

const listAll = async (bucket: string, prefix: string, delimiter: string, pageSize: number): Promise<string[]> => {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: delimiter, MaxKeys: pageSize, ContinuationToken: token }),
    );
    const entries = [...(page.Contents ?? []).map(({ Key }) => Key!), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!)];
    expect(page.KeyCount).toBe(entries.length);
    found.push(...entries.sort(byBytes));
    token = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(token !== undefined);
  } while (token !== undefined);
  return found;
};

describe('listing', () => {
  test('gives keys in the order of their bytes, folders or not', async () => {
    const keys = ['a-b', 'a/b', 'a0', 'a/b.txt', 'a/b!c', 'Z', 'ä', 'z', 'a/é/1', 'a/\u{1F600}', 'a/\uFF21'];
    const bucket = await bucketWith('byte-order', keys);
    expect(await listAll(bucket, '', '', 1000)).toEqual([...keys].sort(byBytes));
  });

  test('leaves out directories without files and files not complete', async () => {
    const bucket = await bucketWith('leftovers', ['kept/file']);
    mkdirSync(path.join(dataDir, 's3', bucket, 'empty/inner'), { recursive: true });
    writeFileSync(path.join(dataDir, 's3', bucket, 'kept/.metadata.json.0f8fad5b-d9cb-469f-a165-70867728950e.tmp'), 'x');
    expect(await listAll(bucket, '', '', 10)).toEqual(['kept/file']);
    expect(await listAll(bucket, '', '/', 10)).toEqual(['kept/']);
  });

  test('of the first version pages by marker, over common prefixes too', async () => {
    const bucket = await bucketWith('first-version', ['a/1', 'a/2', 'b', 'c/1', 'd']);
    const found: string[] = [];
    let marker: string | undefined;
    do {
      const page = await s3.send(new ListObjectsCommand({ Bucket: bucket, Delimiter: '/', MaxKeys: 1, Marker: marker }));
      found.push(...(page.Contents ?? []).map(({ Key }) => Key!), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
      marker = page.NextMarker;
    } while (marker !== undefined);
    expect(found).toEqual(['a/', 'b', 'c/', 'd']);
  });

  test('starts after a key, which need not be there', async () => {
    const bucket = await bucketWith('start-after', ['p/1', 'p/2', 'p/3']);
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, StartAfter: 'p/15' }));
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['p/2', 'p/3']);
  });

  test('goes on only from a token that it gave', async () => {
    const bucket = await bucketWith('tokens', ['a', 'b']);
    await expect(s3.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: 'not=a/token' }))).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  test('equals a plain computation for any keys, prefix, delimiter and page size', async () => {
    const segment = fc.constantFrom('a', 'b', 'ab', 'a-', 'a.b', 'é', '=', ' x', '%41', '+', '', '..', 'n\n', '\r', '<&>"');
    const anyKey = fc
      .array(segment, { minLength: 1, maxLength: 3 })
      .map((segments) => segments.join('/'))
      .filter((key) => key !== '');
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyKey, { maxLength: 12 }),
        fc.constantFrom('', 'a', 'a/', 'ab', 'é/'),
        fc.constantFrom('', '/', '-'),
        fc.integer({ min: 1, max: 5 }),
        async (keys, prefix, delimiter, pageSize) => {
          const bucket = await bucketWith(`any-${(run += 1)}`, keys);
          expect(await listAll(bucket, prefix, delimiter, pageSize)).toEqual(expectedListing(keys, prefix, delimiter));
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });
});
