import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const Bucket = 'conditions';
const store = new FileObjectStore({ dataDir: temporaryDirectory() });
const gateway = gatewayFor(() => [new S3Service({ store })]);
const FIVE_MIB = 5 << 20;
let s3: S3Client;

beforeAll(() => {
  store.createBucket(Bucket);
  s3 = new S3Client({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(() => s3.destroy());

const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const exists = async (key: string): Promise<boolean> => (await store.stat(Bucket, key)) !== undefined;
const PreconditionFailed = { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } };

describe('a conditional delete', () => {
  test('with If-Match deletes only what the caller has seen', async () => {
    const { ETag } = await put('seen', '1');
    await put('seen', '2');
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: 'seen', IfMatch: ETag }))).rejects.toMatchObject(PreconditionFailed);
    expect(await exists('seen')).toBe(true);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'seen', IfMatch: '*' }));
    expect(await exists('seen')).toBe(false);
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: 'seen', IfMatch: '*' }))).rejects.toMatchObject(PreconditionFailed);
  });

  test('of many keys tells each on its own; a condition not supported deletes nothing', async () => {
    const { ETag } = await put('many/a', '1');
    await put('many/b', '2');
    await put('many/c', '3');
    const answer = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'many/a', ETag }, { Key: 'many/b', ETag }, { Key: 'many/c', Size: 1 }, { Key: 'many/d', VersionId: 'v1' }] } }),
    );
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['many/a']);
    expect(answer.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
      ['many/b', 'PreconditionFailed'],
      ['many/c', 'NotImplemented'],
      ['many/d', 'NotImplemented'],
    ]);
    expect([await exists('many/a'), await exists('many/b'), await exists('many/c')]).toEqual([false, true, true]);
  });

  test('quiet answers errors alone', async () => {
    await put('quiet', '1');
    const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: [{ Key: 'quiet' }, { Key: 'q2', ETag: '"x"' }] } }));
    expect([answer.Deleted, answer.Errors?.map(({ Code }) => Code)]).toEqual([undefined, ['NoSuchKey']]);
  });
});

describe('a conditional copy', () => {
  test('looks at its source and at its target', async () => {
    const { ETag } = await put('from', 'hello');
    const copy = (more: object) => s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from`, ...more }));
    await expect(copy({ CopySourceIfMatch: '"00"' })).rejects.toMatchObject(PreconditionFailed);
    await expect(copy({ CopySourceIfNoneMatch: ETag })).rejects.toMatchObject(PreconditionFailed);
    await expect(copy({ CopySourceIfModifiedSince: new Date(Date.now() + 60_000) })).rejects.toMatchObject(PreconditionFailed);
    await expect(copy({ CopySourceIfUnmodifiedSince: new Date(0) })).rejects.toMatchObject(PreconditionFailed);
    await copy({ CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: new Date(0), IfNoneMatch: '*' }); // the ETag outweighs the time
    await expect(copy({ IfNoneMatch: '*' })).rejects.toMatchObject(PreconditionFailed);
    await expect(copy({ IfMatch: '"00"' })).rejects.toMatchObject(PreconditionFailed);
    await copy({ IfMatch: ETag });
  });

  test('has the checksum of its source, whatever its source was made of', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'summed', Body: 'hello', ChecksumAlgorithm: 'SHA256' }));
    const { CopyObjectResult } = await s3.send(new CopyObjectCommand({ Bucket, Key: 'summed-too', CopySource: `${Bucket}/summed` }));
    expect(CopyObjectResult).toMatchObject({ ChecksumSHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=', ChecksumType: 'FULL_OBJECT' });
  });
});

describe('an object in parts', () => {
  const upload = async (Key: string, more: object = {}) => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
    const part = async (PartNumber: number, Body: string | Buffer) => {
      const { ETag, ChecksumSHA256 } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }));
      return { PartNumber, ETag, ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 }) };
    };
    const complete = (Parts: object[], last: object = {}) =>
      s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...last }));
    return { UploadId, part, complete };
  };

  test('is read part by part and tells its parts and their checksums', async () => {
    const { part, complete } = await upload('parts', { ChecksumAlgorithm: 'SHA256' });
    const parts = [await part(1, Buffer.alloc(FIVE_MIB, 'a')), await part(7, 'tail')];
    const done = await complete(parts);
    expect(done.ChecksumSHA256).toMatch(/-2$/);
    expect(done.ChecksumType).toBe('COMPOSITE');
    const second = await s3.send(new GetObjectCommand({ Bucket, Key: 'parts', PartNumber: 7 }));
    expect([await second.Body?.transformToString(), second.PartsCount, second.ContentRange]).toEqual(['tail', 2, `bytes ${FIVE_MIB}-${FIVE_MIB + 3}/${FIVE_MIB + 4}`]);
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'parts', PartNumber: 2 }))).rejects.toMatchObject({ name: 'InvalidPartNumber' });
    const attributes = await s3.send(new GetObjectAttributesCommand({ Bucket, Key: 'parts', ObjectAttributes: ['ETag', 'ObjectSize', 'ObjectParts', 'Checksum', 'StorageClass'] }));
    expect(attributes).toMatchObject({ ETag: done.ETag?.replaceAll('"', ''), ObjectSize: FIVE_MIB + 4, StorageClass: 'STANDARD', Checksum: { ChecksumSHA256: done.ChecksumSHA256 } });
    expect(attributes.ObjectParts).toMatchObject({ TotalPartsCount: 2, IsTruncated: false, Parts: [{ PartNumber: 1, Size: FIVE_MIB }, { PartNumber: 7, Size: 4, ChecksumSHA256: parts[1]?.ChecksumSHA256 }] });
  });

  test('is refused where its end does not fit what was said of it, and can then be completed', async () => {
    const { part, complete } = await upload('checked', { ChecksumAlgorithm: 'SHA256' });
    const only = await part(1, 'hello');
    await expect(complete([{ ...only, ChecksumSHA256: 'AAAA' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([only], { MpuObjectSize: 6 })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(complete([only], { ChecksumType: 'FULL_OBJECT' })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(complete([only], { ChecksumSHA256: 'AAAA' })).rejects.toMatchObject({ name: 'BadDigest' });
    await put('checked', 'in between');
    await expect(complete([only], { IfNoneMatch: '*' })).rejects.toMatchObject(PreconditionFailed);
    await complete([only], { MpuObjectSize: 5 });
    expect((await store.get(Bucket, 'checked'))?.toString()).toBe('hello');
  });

  test('has a full-object checksum where it was asked for, and no SHA may be one', async () => {
    const { part, complete } = await upload('full', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const done = await complete([await part(1, '123456789')]);
    expect(done).toMatchObject({ ChecksumCRC32: 'y/Q5Jg==', ChecksumType: 'FULL_OBJECT' });
    await expect(s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x', ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }))).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  test('copied from a range outside its source is refused', async () => {
    await put('ten', '0123456789');
    const { UploadId } = await upload('copied');
    const copy = (CopySourceRange: string) => s3.send(new UploadPartCopyCommand({ Bucket, Key: 'copied', UploadId, PartNumber: 1, CopySource: `${Bucket}/ten`, CopySourceRange }));
    await expect(copy('bytes=5-10')).rejects.toThrow('Range specified is not valid for source object of size: 10');
    await expect(copy('bytes=5-')).rejects.toMatchObject({ name: 'InvalidArgument' });
    expect((await copy('bytes=9-9')).CopyPartResult?.ETag).toBe('"45c48cce2e2d7fbdea1afc51c7c6ad26"');
  });

  test('is listed with others a page at a time, and so are its parts', async () => {
    const uploads = [await upload('list/a/1'), await upload('list/a/2'), await upload('list/b'), await upload('list/b')];
    for (const number of [3, 1, 2]) await uploads[0]!.part(number, 'x');
    const pages = async (Delimiter?: string) => {
      const found: string[] = [];
      let [KeyMarker, UploadIdMarker]: (string | undefined)[] = [];
      do {
        const page: ListMultipartUploadsCommandOutput = await s3.send(
          new ListMultipartUploadsCommand({ Bucket, Prefix: 'list/', MaxUploads: 1, Delimiter, KeyMarker, UploadIdMarker }),
        );
        found.push(...(page.Uploads ?? []).map(({ Key }) => Key!), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
        [KeyMarker, UploadIdMarker] = page.IsTruncated === true ? [page.NextKeyMarker, page.NextUploadIdMarker] : [];
      } while (KeyMarker !== undefined);
      return found;
    };
    expect(await pages()).toEqual(['list/a/1', 'list/a/2', 'list/b', 'list/b']);
    expect(await pages('/')).toEqual(['list/a/', 'list/b', 'list/b']);
    const first = await s3.send(new ListPartsCommand({ Bucket, Key: 'list/a/1', UploadId: uploads[0]!.UploadId, MaxParts: 2 }));
    expect([first.Parts?.map(({ PartNumber }) => PartNumber), first.IsTruncated, first.NextPartNumberMarker]).toEqual([[1, 2], true, '2']);
    const rest = await s3.send(new ListPartsCommand({ Bucket, Key: 'list/a/1', UploadId: uploads[0]!.UploadId, PartNumberMarker: '2' }));
    expect([rest.Parts?.map(({ PartNumber }) => PartNumber), rest.IsTruncated]).toEqual([[3], false]);
  });
});

test('several ranges, or one that ends before it begins, are ignored; a part and a range together are refused', async () => {
  await put('ranged', 'hello world');
  for (const Range of ['bytes=0-1,4-5', 'bytes=5-2', 'lines=1-2']) {
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range }));
    expect([answer.$metadata.httpStatusCode, await answer.Body?.transformToString()]).toEqual([200, 'hello world']);
  }
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range: 'bytes=0-1', PartNumber: 1 }))).rejects.toMatchObject({ name: 'InvalidRequest' });
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'ranged', PartNumber: 1 }))).toMatchObject({ ContentLength: 11, $metadata: { httpStatusCode: 206 } });
});
