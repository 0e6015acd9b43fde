import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  GetBucketLifecycleConfigurationCommand,
  GetPublicAccessBlockCommand,
  GetBucketAclCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import fc from 'fast-check';
import { AwsChunkedDecoder } from '../../../localcloud/s3/aws-chunked.ts';
import { createChecksum } from '../../../localcloud/s3/checksums.ts';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const store = new FileObjectStore({ dataDir: temporaryDirectory() });
const gateway = gatewayFor(() => [new S3Service({ store })]);
const Bucket = 'transfers';
const FIVE_MIB = 5 << 20;
let s3: S3Client;

beforeAll(() => {
  store.createBucket(Bucket);
  s3 = new S3Client({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(() => s3.destroy());

describe('checksums', () => {
  // Check values of the catalogue of CRC algorithms (https://reveng.sourceforge.io/crc-catalogue/all.htm) for "123456789".
  test.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
  ] as const)('%s has its published check value, in one piece or two', (algorithm, expected) => {
    const sum = createChecksum(algorithm);
    sum.update(Buffer.from('1234'));
    sum.update(Buffer.from('56789'));
    expect(Buffer.from(sum.digest(), 'base64').toString('hex')).toBe(expected);
  });
});

describe('aws-chunked', () => {
  const framed = (chunks: readonly string[], trailer: string): Buffer =>
    Buffer.from(
      `${chunks.map((chunk) => `${Buffer.byteLength(chunk).toString(16)};chunk-signature=00\r\n${chunk}\r\n`).join('')}0\r\n${trailer}\r\n\r\n`,
    );

  test('gives content and trailers however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 7 }),
        async (chunks, step) => {
          const bytes = framed(chunks, 'x-amz-checksum-crc32:AAAAAA==');
          const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
            bytes.subarray(index * step, (index + 1) * step),
          );
          const decoder = new AwsChunkedDecoder();
          expect(await text(Readable.from(pieces).pipe(decoder))).toBe(chunks.join(''));
          expect(decoder.trailers.get('x-amz-checksum-crc32')).toBe('AAAAAA==');
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  });

  test.each([
    ['ends early', '5\r\nab'],
    ['has no size', 'zz\r\nab\r\n0\r\n\r\n'],
    ['has a chunk longer than its size', '1\r\nab\r\n0\r\n\r\n'],
  ])('a body that %s is an error', async (_case, body) => {
    const decoder = new AwsChunkedDecoder();
    const read = text(decoder);
    decoder.end(Buffer.from(body));
    await expect(read).rejects.toMatchObject({ name: 'AwsError' });
  });
});

describe('multipart', () => {
  test('a large stream goes in parts and comes back whole', async () => {
    const piece = Buffer.alloc(1 << 16, 'm');
    const body = Readable.from(
      (function* () {
        for (let index = 0; index < 192; index++) yield piece;
      })(),
    );
    const done = await new Upload({ client: s3, params: { Bucket, Key: 'big.bin', Body: body }, partSize: FIVE_MIB }).done();
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'big.bin' }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(Buffer.alloc(192 << 16, 'm'))).toBe(true);
  });

  test('parts may be sent again and in any order, and are listed by number', async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'ordered', ContentType: 'text/plain' }));
    const send = async (PartNumber: number, Body: Buffer | string) => ({
      PartNumber,
      ETag: (await s3.send(new UploadPartCommand({ Bucket, Key: 'ordered', UploadId, PartNumber, Body }))).ETag,
    });
    const second = await send(2, 'tail');
    await send(1, Buffer.alloc(FIVE_MIB, 'x'));
    const first = await send(1, Buffer.alloc(FIVE_MIB, 'y'));
    expect(
      (await s3.send(new ListPartsCommand({ Bucket, Key: 'ordered', UploadId }))).Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
    ).toEqual([
      [1, FIVE_MIB],
      [2, 4],
    ]);
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'ordered', UploadId, MultipartUpload: { Parts: [first, second] } }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'ordered' }))).toMatchObject({
      ContentLength: FIVE_MIB + 4,
      ContentType: 'text/plain',
    });
    expect(
      await (await s3.send(new GetObjectCommand({ Bucket, Key: 'ordered', Range: `bytes=${FIVE_MIB - 1}-` }))).Body?.transformToString(),
    ).toBe('ytail');
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });

  test('refuses a small part before the last, a wrong ETag and a wrong order, and stays usable', async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'refused' }));
    const part = async (PartNumber: number) => ({
      PartNumber,
      ETag: (await s3.send(new UploadPartCommand({ Bucket, Key: 'refused', UploadId, PartNumber, Body: 'small' }))).ETag,
    });
    const [first, second] = [await part(1), await part(2)];
    const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'refused', UploadId, MultipartUpload: { Parts } }));
    await expect(complete([first, second])).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete([{ PartNumber: 1, ETag: '"00"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([second, first])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await complete([first]);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'refused' }))).ContentLength).toBe(5);
  });

  test('an aborted upload is gone', async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'aborted' }));
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }));
    await expect(s3.send(new UploadPartCommand({ Bucket, Key: 'aborted', UploadId, PartNumber: 1, Body: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
  });

  test('a part can be copied from a range of another object', async () => {
    await store.put(Bucket, 'origin', Buffer.from('0123456789'));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'copied' }));
    const { CopyPartResult } = await s3.send(
      new UploadPartCopyCommand({
        Bucket,
        Key: 'copied',
        UploadId,
        PartNumber: 1,
        CopySource: `${Bucket}/origin`,
        CopySourceRange: 'bytes=2-5',
      }),
    );
    await s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key: 'copied',
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] },
      }),
    );
    expect((await store.get(Bucket, 'copied'))?.toString()).toBe('2345');
  });
});

describe('configurations of a bucket', () => {
  test('are kept and answered', async () => {
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: [{ ID: 'x', Status: 'Enabled', Filter: { Prefix: 't/' }, Expiration: { Days: 1 } }] },
      }),
    );
    expect((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toMatchObject([
      { ID: 'x', Expiration: { Days: 1 } },
    ]);
  });

  test('that were never put answer with their own error, and those not supported say so', async () => {
    await expect(s3.send(new GetPublicAccessBlockCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchPublicAccessBlockConfiguration',
    });
    await expect(s3.send(new GetBucketAclCommand({ Bucket }))).rejects.toThrow('S3: GET ?acl is not supported locally');
  });
});
