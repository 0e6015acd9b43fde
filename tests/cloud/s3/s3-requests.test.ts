import { createHash } from 'node:crypto';
import http from 'node:http';
import {
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const Bucket = 'requests';
const store = new FileObjectStore({ dataDir: temporaryDirectory() });
const NOW = new Date('2026-01-31T10:15:00.000Z');
const gateway = gatewayFor(() => [new S3Service({ store, clock: () => NOW })]);
const Authorization = 'AWS4-HMAC-SHA256 Credential=test/20260131/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=00';
let s3: S3Client;

beforeAll(() => {
  store.createBucket(Bucket);
  s3 = new S3Client({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(() => s3.destroy());

const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));

/** A request as it is, without a client that mends it. */
const raw = (method: string, path: string, headers: Record<string, string> = {}, body?: string, chunked = false): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const request = http.request(`${gateway.endpoint()}${path}`, { method, headers: { Authorization, ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on('error', reject);
    if (body !== undefined && chunked) request.write(body);
    request.end(chunked ? undefined : body);
  });

describe('a body is checked against', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

  test('the hash that its signature covers', async () => {
    expect(await raw('PUT', `/${Bucket}/signed`, { 'x-amz-content-sha256': sha256('hello') }, 'hellO')).toMatchObject({ status: 400, body: expect.stringContaining('XAmzContentSHA256Mismatch') as string });
    expect(await store.stat(Bucket, 'signed')).toBeUndefined();
    expect((await raw('PUT', `/${Bucket}/signed`, { 'x-amz-content-sha256': sha256('hello') }, 'hello')).status).toBe(200);
  });

  test('the trailer that was announced: without it the body may be cut off', async () => {
    const headers = { 'content-encoding': 'aws-chunked', 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-decoded-content-length': '5', 'x-amz-trailer': 'x-amz-checksum-crc32' };
    expect(await raw('PUT', `/${Bucket}/trailer`, headers, '5\r\nhello\r\n0\r\n\r\n')).toMatchObject({ status: 400, body: expect.stringContaining('MalformedTrailerError') as string });
    expect((await raw('PUT', `/${Bucket}/trailer`, headers, '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n')).status).toBe(200);
  });

  test('its length, which must be told', async () => {
    expect(await raw('PUT', `/${Bucket}/unknown`, {}, 'hello', true)).toMatchObject({ status: 411, body: expect.stringContaining('MissingContentLength') as string });
  });

  test('a checksum where many keys are deleted: none may be deleted by a damaged list', async () => {
    await put('kept');
    const list = '<Delete><Object><Key>kept</Key></Object></Delete>';
    expect(await raw('POST', `/${Bucket}?delete`, {}, list)).toMatchObject({ status: 400, body: expect.stringContaining('Content-MD5') as string });
    expect(await raw('POST', `/${Bucket}?delete`, { 'content-md5': createHash('md5').update('other').digest('base64') }, list)).toMatchObject({ status: 400, body: expect.stringContaining('BadDigest') as string });
    expect(await store.stat(Bucket, 'kept')).toBeDefined();
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'kept' }] } }));
  });
});

test('a presigned URL is good until it expires, by the cloud’s clock', async () => {
  await put('shared');
  const url = (date: string, seconds: string) => `/${Bucket}/shared?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20260131%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host&X-Amz-Signature=00`;
  expect((await raw('GET', url('20260131T101000Z', '300'))).status).toBe(200);
  const late = await raw('GET', url('20260131T101000Z', '299'));
  expect([late.status, late.body]).toEqual([403, expect.stringContaining('<Message>Request has expired</Message>')]);
  expect((await raw('GET', url('20260131T101000Z', '604801'))).body).toContain('AuthorizationQueryParametersError');
});

describe('limits', () => {
  test.each([
    ['eleven tags', Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: '' })), 'BadRequest'],
    ['a tag twice', [{ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }], 'InvalidTag'],
    ['a name of 129 characters', [{ Key: 'a'.repeat(129), Value: '' }], 'InvalidTag'],
    ['a value of 257 characters', [{ Key: 'a', Value: 'a'.repeat(257) }], 'InvalidTag'],
    ['a character that tags cannot have', [{ Key: 'a', Value: '<' }], 'InvalidTag'],
  ])('%s is refused', async (_case, TagSet, name) => {
    await put('tagged', { Tagging: 'kept=yes' });
    await expect(s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }))).rejects.toMatchObject({ name });
    expect((await store.stat(Bucket, 'tagged'))?.description.tags).toEqual({ kept: 'yes' });
  });

  test('user metadata above 2 KB is refused', async () => {
    await put('described', { Metadata: { a: 'x'.repeat(2047) } });
    await expect(put('described', { Metadata: { a: 'x'.repeat(2048) } })).rejects.toMatchObject({ name: 'MetadataTooLarge' });
  });
});

describe('what is not here is refused, not passed over', () => {
  test.each([
    ['object lock', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date() }, 'NotImplemented'],
    ['a key of the customer', { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'a'.repeat(32) }, 'NotImplemented'],
    ['a public ACL', { ACL: 'public-read' }, 'AccessControlListNotSupported'],
    ['an archive', { StorageClass: 'GLACIER' }, 'NotImplemented'],
    ['another owner', { ExpectedBucketOwner: '111122223333' }, 'AccessDenied'],
    ['a condition AWS has not', { IfNoneMatch: '"x"' }, 'NotImplemented'],
  ] as const)('%s in a write', async (_case, more, name) => {
    await expect(put('refused', more)).rejects.toMatchObject({ name });
    expect(await store.stat(Bucket, 'refused')).toBeUndefined();
  });

  test('versions and notifications of a bucket; what is Suspended stays so', async () => {
    await expect(s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))).rejects.toThrow('versioning is not supported locally');
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Suspended');
    const QueueConfigurations = [{ QueueArn: 'arn:aws:sqs:eu-west-1:000000000000:q', Events: ['s3:ObjectCreated:*' as const] }];
    await expect(s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { QueueConfigurations } }))).rejects.toThrow('event notification is not supported locally');
    await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
    await put('unversioned');
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'unversioned', VersionId: 'v1' }))).rejects.toThrow('not supported locally');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'unversioned', VersionId: 'null' }))).ContentLength).toBe(1);
  });

  test('a sub-resource of an object that this cloud has never heard of does not touch the object', async () => {
    await put('annotated');
    expect(await raw('DELETE', `/${Bucket}/annotated?annotation=note`)).toMatchObject({ status: 501, body: expect.stringContaining('DELETE ?annotation is not supported locally') as string });
    expect(await raw('PUT', `/${Bucket}/annotated?encryption`, {}, 'other')).toMatchObject({ status: 501 });
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'annotated' }))).ContentLength).toBe(1);
  });

  test('an upload by a form', async () => {
    expect(await raw('POST', `/${Bucket}`, { 'content-type': 'multipart/form-data; boundary=x' }, '--x--')).toMatchObject({ status: 501, body: expect.stringContaining('POST Object') as string });
  });
});

test('a storage class that can be read at once is kept and answered', async () => {
  await put('cool', { StorageClass: 'STANDARD_IA' });
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'cool' }))).StorageClass).toBe('STANDARD_IA');
  expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'cool' }))).Contents?.[0]).toMatchObject({ StorageClass: 'STANDARD_IA', ChecksumAlgorithm: ['CRC32'] });
  await expect(s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x', StorageClass: 'NONE' as 'STANDARD' }))).rejects.toMatchObject({ name: 'InvalidStorageClass' });
});

test('buckets are listed by prefix and page', async () => {
  for (const bucket of ['page-a', 'page-b', 'page-c']) store.createBucket(bucket);
  const first = await s3.send(new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2 }));
  expect(first.Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion])).toEqual([['page-a', region], ['page-b', region]]);
  const rest = await s3.send(new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2, ContinuationToken: first.ContinuationToken }));
  expect([rest.Buckets?.map(({ Name }) => Name), rest.ContinuationToken]).toEqual([['page-c'], undefined]);
});

test('an error names its request, in the document and in a header', async () => {
  expect((await raw('GET', `/${Bucket}/never`)).body).toMatch(/<Code>NoSuchKey<\/Code>.*<Key>never<\/Key>.*<RequestId>[-0-9a-f]{36}<\/RequestId>/);
  expect((await raw('GET', `/${Bucket}?list-type=2&max-keys=x`)).body).toContain('InvalidArgument');
  expect((await raw('GET', `/${Bucket}?list-type=2&encoding-type=base64`)).body).toContain('Invalid Encoding Method');
});
