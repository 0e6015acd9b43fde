import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { FileObjectStore, S3Service } from '../../../localcloud/s3/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const dataDir = temporaryDirectory();
const Bucket = 'durable';
const store = new FileObjectStore({ dataDir });
const gateway = gatewayFor(() => [new S3Service({ store })]);
let s3: S3Client;

beforeAll(() => {
  store.createBucket(Bucket);
  s3 = new S3Client({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(() => s3.destroy());

test('a PUT that a crash stops before its last step leaves the object that was there, with all that was said of it', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'old', ContentType: 'text/plain', Tagging: 'a=b' }));
  const file = path.join(dataDir, 's3', Bucket, 'kept');
  const incoming = store.temporaryFile();
  await writeFile(incoming, 'new');
  // of one size and, by a clock that stands still for some milliseconds, of one time
  for (const each of [file, incoming]) await utimes(each, 1_769_854_500, 1_769_854_500);
  await store.redescribe(Bucket, 'kept', (description) => ({ ...description, contentType: 'text/plain', tags: { a: 'b' } }));
  const before = await store.stat(Bucket, 'kept');
  // what `commit` does before the rename that makes the new bytes the object
  await store.metadata.write(Bucket, 'kept', await stat(incoming), 'etag-of-new', { contentType: 'application/json' }, await stat(file));
  expect(await new FileObjectStore({ dataDir }).stat(Bucket, 'kept')).toEqual(before);
  expect(before?.description).toMatchObject({ contentType: 'text/plain', tags: { a: 'b' } });
});

test('while two writers replace an object, readers see one of them whole, and a listing always has it', async () => {
  const bodies = ['a', 'b'].map((letter) => letter.repeat(200_000));
  const etags = bodies.map((body) => `"${createHash('md5').update(body).digest('hex')}"`);
  const state = { writing: true };
  const write = async (Body: string): Promise<void> => {
    for (let index = 0; index < 15; index += 1) await s3.send(new PutObjectCommand({ Bucket, Key: 'raced/object', Body }));
  };
  await write(bodies[0]!);
  const writers = Promise.all(bodies.map(write)).finally(() => (state.writing = false));
  let reads = 0;
  while (state.writing) {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'raced/object' }));
    const which = bodies.indexOf((await got.Body?.transformToString()) ?? '');
    expect(got.ETag).toBe(etags[which]);
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'raced/' }));
    expect(page.Contents).toMatchObject([{ Key: 'raced/object', Size: 200_000 }]);
    reads += 1;
  }
  await writers;
  expect(reads).toBeGreaterThan(2);
});

test('a bucket is deleted only while it is empty: no object that was acknowledged goes with it', async () => {
  for (let round = 0; round < 10; round += 1) {
    const bucket = `raced-${round}`;
    store.createBucket(bucket);
    const [written, deleted] = await Promise.allSettled([store.put(bucket, 'folder/key', Buffer.from('x')), store.deleteBucket(bucket)]);
    expect([written.status, deleted.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect((await store.get(bucket, 'folder/key'))?.toString()).toBe(written.status === 'fulfilled' ? 'x' : undefined);
    expect(store.bucketExists(bucket)).toBe(written.status === 'fulfilled');
  }
});

test('what was acknowledged survives kill -9; what was not is there whole or not at all', async () => {
  const folder = temporaryFolderOf('killed');
  const writer = spawn(process.execPath, ['--import', 'tsx', 'tests/cloud/s3/writer.ts', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged = new Map<string, number>();
  let lines = 0;
  for await (const chunk of writer.stdout as AsyncIterable<Buffer>) {
    for (const [, each = '', index = ''] of chunk.toString().matchAll(/(\d+) (\d+)\n/g)) {
      acknowledged.set(each, Number(index));
      lines += 1;
    }
    if (lines >= 60) break;
  }
  const ended = once(writer, 'exit');
  writer.kill('SIGKILL');
  await ended;
  const left = new FileObjectStore({ dataDir: folder });
  left.discardUnfinished();
  for (const [each, atLeast] of acknowledged) {
    const object = await left.stat('killed', `folder-${each}/object`);
    const index = Number(object?.description.contentType?.split('/')[1]);
    const body = (await left.get('killed', `folder-${each}/object`))?.toString();
    expect(index).toBeGreaterThanOrEqual(atLeast);
    expect(body).toBe(String(index).repeat(index * 100));
    expect(object?.etag).toBe(createHash('md5').update(body ?? '').digest('hex'));
  }
  expect(acknowledged.size).toBe(3);
});

const temporaryFolderOf = (name: string): string => path.join(dataDir, name);
