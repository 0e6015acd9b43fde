import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const dataDir = temporaryDirectory();
const Bucket = 'bucket-one';
const store = new FileObjectStore({ dataDir });
const gateway = gatewayFor(() => [new S3Service({ store })]);
let s3: S3Client;

beforeAll(async () => {
  s3 = new S3Client({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => s3.destroy());

const put = (Key: string, Body: string | Uint8Array = 'x') => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const text = async (Key: string, more: { Range?: string } = {}): Promise<string> =>
  (await (await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString()) ?? '';

describe('an object', () => {
  test('comes back with its bytes, type, metadata and MD5 as ETag', async () => {
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'a/b/c.txt', Body: 'hello world', ContentType: 'text/plain', Metadata: { owner: 'me' } }),
    );
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a/b/c.txt' }));
    expect(head).toMatchObject({
      ContentLength: 11,
      ContentType: 'text/plain',
      Metadata: { owner: 'me' },
      ETag: '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
    });
    expect(await text('a/b/c.txt')).toBe('hello world');
  });

  test('is a plain file under its bucket and key', async () => {
    await put('t/dt=2026-01-01/hour=01/x y+ü&.parquet', 'q');
    expect(readFileSync(path.join(dataDir, 's3', Bucket, 't/dt=2026-01-01/hour=01/x y+ü&.parquet'), 'utf8')).toBe('q');
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 't/' }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['t/dt=2026-01-01/hour=01/x y+ü&.parquet']);
  });

  test('that another program wrote as a file is an object like any other', async () => {
    mkdirSync(path.join(dataDir, 's3', Bucket, 'foreign'), { recursive: true });
    writeFileSync(path.join(dataDir, 's3', Bucket, 'foreign/data.bin'), 'hello world');
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'foreign/data.bin' }))).toMatchObject({
      ContentLength: 11,
      ETag: '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
    });
    writeFileSync(path.join(dataDir, 's3', Bucket, 'foreign/data.bin'), 'hello again');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'foreign/data.bin' }))).ETag).not.toBe('"5eb63bbbe01eeed093cb22bb8f5acdc3"');
  });

  test('replaced in process loses what was said about the one before', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'replaced', Body: 'one', ContentType: 'text/plain' }));
    await store.put(Bucket, 'replaced', Buffer.from('two'));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'replaced' }))).toMatchObject({
      ContentLength: 3,
      ContentType: 'binary/octet-stream',
    });
    expect(await text('replaced')).toBe('two');
  });

  test('sent as a stream arrives without the framing of aws-chunked', async () => {
    const half = Buffer.alloc(150_000, 'z');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'stream.bin', Body: Readable.from([half, half]), ContentLength: 300_000 }));
    expect(await text('stream.bin')).toBe('z'.repeat(300_000));
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'stream.bin' }))).ContentEncoding).toBeUndefined();
  });

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('with a %s checksum keeps and answers it', async (ChecksumAlgorithm) => {
    const answer = await s3.send(new PutObjectCommand({ Bucket, Key: `sum-${ChecksumAlgorithm}`, Body: 'hello world', ChecksumAlgorithm }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: `sum-${ChecksumAlgorithm}`, ChecksumMode: 'ENABLED' }));
    expect(await got.Body?.transformToString()).toBe('hello world'); // the client checks the sum while it reads
    expect(answer[`Checksum${ChecksumAlgorithm}`]).toBeDefined();
    expect(got[`Checksum${ChecksumAlgorithm}`]).toBe(answer[`Checksum${ChecksumAlgorithm}`]);
  });

  test('whose checksum does not fit its bytes is refused and not stored', async () => {
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'bad', Body: 'abc', ChecksumCRC32: 'AAAAAA==' }))).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(text('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test.each([
    ['bytes=2-4', 'llo'],
    ['bytes=-5', 'world'],
    ['bytes=6-', 'world'],
    ['bytes=6-999', 'world'],
  ])('gives the range %s', async (Range, expected) => {
    await put('ranged', 'hello world');
    expect(await text('ranged', { Range })).toBe(expected);
  });

  test('refuses a range beyond its end', async () => {
    await put('ranged', 'hello world');
    await expect(text('ranged', { Range: 'bytes=11-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  test('of no bytes can be written, read and listed', async () => {
    await put('empty', new Uint8Array(0));
    expect(await text('empty')).toBe('');
  });

  test('with a key that ends in a slash stands beside what lies below it', async () => {
    await put('folder/', new Uint8Array(0));
    await put('folder/inside', 'y');
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'folder' }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['folder/', 'folder/inside']);
  });
});

describe('a conditional write', () => {
  test('with If-None-Match: * creates once', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '1', IfNoneMatch: '*' }));
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '2', IfNoneMatch: '*' }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    expect(await text('once')).toBe('1');
  });

  test('lets one of many writers at once win', async () => {
    const writers = Array.from({ length: 8 }, (_, index) =>
      s3.send(new PutObjectCommand({ Bucket, Key: 'race', Body: String(index), IfNoneMatch: '*' })),
    );
    const outcomes = await Promise.allSettled(writers);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await text('race')).toBe(String(outcomes.findIndex(({ status }) => status === 'fulfilled')));
  });

  test('with If-Match replaces only what the caller has seen', async () => {
    const { ETag } = await put('seen', '1');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'seen', Body: '2', IfMatch: ETag }));
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'seen', Body: '3', IfMatch: ETag }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'never', Body: '3', IfMatch: ETag }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  test('a read with If-None-Match of the present ETag is answered 304', async () => {
    const { ETag } = await put('cached', '1');
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'cached', IfNoneMatch: ETag }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
  });
});

describe('copying, tagging, deleting', () => {
  test('a copy has bytes, metadata and tags of its source', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'source ü', Body: 'hello', ContentType: 'text/plain', Tagging: 'a=b' }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'target', CopySource: encodeURIComponent(`${Bucket}/source ü`) }));
    expect(await text('target')).toBe('hello');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'target' }))).ContentType).toBe('text/plain');
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'target' }))).TagSet).toEqual([{ Key: 'a', Value: 'b' }]);
  });

  test('tags can be replaced without touching bytes or ETag', async () => {
    const { ETag } = await put('tagged', 'hello');
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet: [{ Key: 'k', Value: 'a+b: c@d/ü' }] } }));
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet).toEqual([{ Key: 'k', Value: 'a+b: c@d/ü' }]);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'tagged' }))).ETag).toBe(ETag);
  });

  test('deleting many keys succeeds for those that are not there too, as on AWS', async () => {
    await put('gone/1 & 2');
    const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'gone/1 & 2' }, { Key: 'gone/never' }] } }));
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['gone/1 & 2', 'gone/never']);
    await expect(text('gone/1 & 2')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('a bucket with objects is not deleted', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket-two' }));
    await s3.send(new PutObjectCommand({ Bucket: 'bucket-two', Key: 'k', Body: 'x' }));
    await expect(s3.send(new DeleteBucketCommand({ Bucket: 'bucket-two' }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await s3.send(new DeleteObjectCommand({ Bucket: 'bucket-two', Key: 'k' }));
    await s3.send(new DeleteBucketCommand({ Bucket: 'bucket-two' }));
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'bucket-two' }))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});
