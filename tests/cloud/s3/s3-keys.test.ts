import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DeleteBucketCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const dataDir = temporaryDirectory();
const Bucket = 'any-keys';
const store = new FileObjectStore({ dataDir });
const gateway = gatewayFor(() => [new S3Service({ store })]);
let s3: S3Client;

beforeAll(() => {
  store.createBucket(Bucket);
  s3 = new S3Client({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(() => s3.destroy());

const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const remove = (Key: string) => s3.send(new DeleteObjectCommand({ Bucket, Key }));
const text = async (Key: string): Promise<string | undefined> => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const fileOf = (key: string): string => path.join(dataDir, 's3', Bucket, key);
const listed = async (Prefix: string) => (await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).Contents?.map(({ Key }) => Key) ?? [];

describe('a key that is the folder of another', () => {
  test('can be an object beside what lies below it, whichever is written first', async () => {
    await put('one', '1');
    await put('one/inside/deep', '2');
    await put('two/inside', '3');
    await put('two', '4');
    expect([await text('one'), await text('one/inside/deep'), await text('two/inside'), await text('two')]).toEqual(['1', '2', '3', '4']);
    expect(await listed('one')).toEqual(['one', 'one/inside/deep']);
    expect(await listed('two')).toEqual(['two', 'two/inside']);
  });

  test('is the one that is no plain file: a reader of the folder finds all that lies in it', async () => {
    await put('table', 'marker');
    await put('table/part-0', 'rows');
    expect(readFileSync(fileOf('table/part-0'), 'utf8')).toBe('rows');
    expect(readFileSync(path.join(store.fileOf(`s3://${Bucket}/table/`), 'part-0'), 'utf8')).toBe('rows');
    await put('table/part-0/nested', 'more rows');
    expect(() => store.fileOf(`s3://${Bucket}/table/`)).toThrow('lies the object "table/part-0", whose key cannot be a file');
  });

  test('keeps its metadata when it is moved aside, and is replaced and deleted like any other', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'moved', Body: 'a', ContentType: 'text/plain' }));
    await put('moved/x', 'b');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'moved' }))).ContentType).toBe('text/plain');
    await remove('moved/x');
    await put('moved', 'c'); // the folder is empty now: a plain file again
    expect(readFileSync(fileOf('moved'), 'utf8')).toBe('c');
    await remove('moved');
    expect(await listed('moved')).toEqual([]);
    await expect(text('moved')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('is created once by If-None-Match: *, there too', async () => {
    await put('once/x', '1');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '2', IfNoneMatch: '*' }));
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '3', IfNoneMatch: '*' }))).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await text('once')).toBe('2');
  });
});

describe('a key that is no path', () => {
  const keys = ['a//b', '/leading', 'trailing//', 'up/../x', './y', 's/.folder-object', 'long'.repeat(80), 'x/.f.0f8fad5b-d9cb-469f-a165-70867728950e.tmp', '%2F +&=ü\u{1F600}'];

  test.each(keys)('%s is kept, listed and deleted like any other, and never leaves the data directory', async (key) => {
    await store.put(Bucket, key, Buffer.from(key));
    expect((await store.get(Bucket, key))?.toString()).toBe(key);
    expect((await store.list(Bucket, key)).map((each) => each.key)).toEqual([key]);
    await store.delete(Bucket, key);
    expect(await store.get(Bucket, key)).toBeUndefined();
    expect(existsSync(path.join(dataDir, 's3', 'x'))).toBe(false);
  });

  test('with two slashes goes through the API', async () => {
    await put('double//slash', 'x');
    expect(await text('double//slash')).toBe('x');
    expect(await listed('double/')).toEqual(['double//slash']);
    const grouped = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'double/', Delimiter: '/' }));
    expect(grouped.CommonPrefixes).toEqual([{ Prefix: 'double//' }]);
    expect(() => store.fileOf(`s3://${Bucket}/double//slash`)).toThrow('Not supported locally');
    expect(() => store.fileOf(`s3://${Bucket}/double/`)).toThrow('lies the object "double//slash"');
  });

  test('counts for a bucket that is to be deleted', async () => {
    store.createBucket('only-odd');
    await store.put('only-odd', 'a//b', Buffer.from('x'));
    await expect(s3.send(new DeleteBucketCommand({ Bucket: 'only-odd' }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await store.delete('only-odd', 'a//b');
    await s3.send(new DeleteBucketCommand({ Bucket: 'only-odd' }));
  });
});

test('keys may have 1,024 bytes and no more', async () => {
  const longest = 'é'.repeat(512);
  await put(longest, 'x');
  expect(await text(longest)).toBe('x');
  await expect(put(`${longest}a`, 'x')).rejects.toMatchObject({ name: 'KeyTooLongError' });
});

test('a store equals a map from keys to bytes after any sequence of puts and deletes, and after a restart', async () => {
  const key = fc.constantFrom('a', 'a/', 'a/b', 'a/b/c', 'a//b', 'b', 'b/..', 'b/c');
  const step = fc.record({ key, body: fc.option(fc.string({ maxLength: 3 }), { freq: 2 }) });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const bucket = `map-${(run += 1)}`;
      store.createBucket(bucket);
      const model = new Map<string, string>();
      for (const { key: each, body } of steps) {
        if (body === null) await store.delete(bucket, each);
        else await store.put(bucket, each, Buffer.from(body), { contentType: `t/${body.length}` });
        if (body === null) model.delete(each);
        else model.set(each, body);
      }
      const restarted = new FileObjectStore({ dataDir });
      const found = new Map<string, string>();
      for (const { key: each } of await restarted.list(bucket, '')) {
        found.set(each, (await restarted.get(bucket, each))?.toString() ?? '');
        expect((await restarted.stat(bucket, each))?.description.contentType).toBe(`t/${found.get(each)?.length}`);
      }
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(model));
      expect([...found.keys()]).toEqual([...model.keys()].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))));
    }),
    { numRuns: 40, seed: 5 },
  );
});
