import { spawn } from 'node:child_process';
import path from 'node:path';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { openAthena } from '../../../localcloud/athena/index.ts';
import { startCloud } from '../../../localcloud/index.ts';
import type { Cloud } from '../../../localcloud/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { randomRuns } from '../../support/random-runs.ts';
import { temporaryDirectory } from '../edge/temporary.ts';

const directory = temporaryDirectory();

/** What was told of one key: the last value acknowledged, and those whose write began after that. `-`: there is none. */
interface Told {
  done: string;
  begun: string[];
}
type Lines = string[][];

/** Runs the program on a directory until it has printed so many lines of acknowledgement, then kills it with SIGKILL. */
const runUntilKilled = (dataDir: string, round: number, acknowledged: number): Promise<Lines> =>
  new Promise((resolve, reject) => {
    const program = path.join(process.cwd(), 'tests/cloud/cloud/acknowledged-program.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, dataDir, String(round)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors, count] = ['', '', 0];
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      count += chunk.toString().split('done ').length - 1;
      if (count >= acknowledged) child.kill('SIGKILL');
    });
    const tooLong = setTimeout(() => child.kill('SIGTERM'), 120_000);
    child.once('close', (_code, signal) => {
      clearTimeout(tooLong);
      if (signal === 'SIGKILL') resolve(output.split('\n').slice(0, -1).map((line) => line.split(' ')));
      else reject(new Error(`the program ended by itself: ${errors}`));
    });
  });

const follow = (told: Map<string, Told>, lines: Lines, service: string): void => {
  for (const [word, of, key = '', value = ''] of lines) {
    if (of !== service) continue;
    const known = told.get(key) ?? { done: '-', begun: [] };
    told.set(key, word === 'begin' ? { ...known, begun: [...known.begun, value] } : { done: value, begun: [] });
  }
};

/** Each key has the value acknowledged last, or one whose write had begun after that; what is found is what counts from now on. */
const checkKeys = (told: Map<string, Told>, found: ReadonlyMap<string, string>): void => {
  for (const [key, { done, begun }] of told) {
    const value = found.get(key) ?? '-';
    expect({ key, allowed: [done, ...begun] }).toEqual({ key, allowed: expect.arrayContaining([value]) as string[] });
    told.set(key, { done: value, begun: [] });
  }
};

const prepare = async (dataDir: string): Promise<void> => {
  const cloud = await startCloud({ dataDir });
  const config = { endpoint: cloud.endpoint, region: cloud.region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  cloud.store.createBucket('bucket');
  const [kinesis, dynamodb] = [new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() }), new DynamoDBClient(config)];
  await kinesis.send(new CreateStreamCommand({ StreamName: 'stream', ShardCount: 1 }));
  await dynamodb.send(
    new CreateTableCommand({ TableName: 'table', KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }], BillingMode: 'PAY_PER_REQUEST' }),
  );
  kinesis.destroy();
  dynamodb.destroy();
  await cloud.stop();
  await withAthena(dataDir, async (athena) => {
    await athena.execute('CREATE DATABASE db');
    await athena.execute("CREATE TABLE db.t (id string) LOCATION 's3://bucket/t' TBLPROPERTIES ('table_type'='ICEBERG')");
  });
};

const withAthena = async <T>(dataDir: string, use: (athena: ReturnType<typeof openAthena>) => Promise<T>): Promise<T> => {
  const athena = openAthena({ dataDir, store: new FileObjectStore({ dataDir }) });
  try {
    return await use(athena);
  } finally {
    await athena.close();
  }
};

const objectsIn = async (cloud: Cloud): Promise<Map<string, string>> => {
  const s3 = new S3Client({ endpoint: cloud.endpoint, region: cloud.region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'folder/' }));
  const found = new Map<string, string>();
  for (const { Key = '' } of Contents) {
    const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key }));
    const text = (await Body?.transformToString()) ?? '';
    expect(Metadata).toEqual({ value: text }); // the description is of the same write as the body
    found.set(Key, text);
  }
  s3.destroy();
  return found;
};

const itemsIn = async (cloud: Cloud): Promise<Map<string, string>> => {
  const dynamodb = new DynamoDBClient({ endpoint: cloud.endpoint, region: cloud.region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'table' }));
  dynamodb.destroy();
  return new Map(Items.map(({ k, v }) => [k?.S ?? '', v?.S ?? '']));
};

/** Records acknowledged are there once, and in the order in which one writer was told of them; the numbers only grow. */
const checkRecords = (cloud: Cloud, lines: Lines): void => {
  const [shard = ''] = cloud.kinesis.shardIds('stream');
  const { records } = cloud.kinesis.read('stream', shard, undefined, 1_000_000);
  const values = records.map(({ data }) => data.toString());
  expect(new Set(values).size).toBe(values.length);
  const numbers = records.map(({ sequenceNumber }) => BigInt(sequenceNumber));
  expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0n))).toBe(true);
  for (const kind of ['one', 'many']) {
    const acknowledged = lines.filter(([word, service, , value]) => word === 'done' && service === 'kinesis' && value === kind).flatMap(([, , keys = '']) => keys.split(','));
    const places = new Map(values.map((value, index) => [value, index]));
    const found = acknowledged.map((value) => places.get(value) ?? -1);
    expect(found).not.toContain(-1);
    expect(found).toEqual([...found].sort((a, b) => a - b));
  }
};

test('what was acknowledged survives many kills of a busy cloud, one after the other', async () => {
  const { numRuns: rounds, seed } = randomRuns('kills of a busy cloud', 12);
  const dataDir = path.join(directory, 'busy');
  await prepare(dataDir);
  const [objects, items] = [new Map<string, Told>(), new Map<string, Told>()];
  const all: Lines = [];
  for (let round = 0; round < rounds; round++) {
    const lines = await runUntilKilled(dataDir, round, 1 + ((seed + round * 7919) % 397));
    all.push(...lines);
    follow(objects, lines, 's3');
    follow(items, lines, 'dynamodb');
    const cloud = await startCloud({ dataDir });
    try {
      checkKeys(objects, await objectsIn(cloud));
      checkKeys(items, await itemsIn(cloud));
      checkRecords(cloud, all);
    } finally {
      await cloud.stop();
    }
    const rows = await withAthena(dataDir, async (athena) => (await athena.execute('SELECT id FROM db.t')).rows.map(([id]) => id ?? ''));
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows).toEqual(expect.arrayContaining(all.filter(([word, service]) => word === 'done' && service === 'athena').map(([, , id]) => id)));
  }
  process.stdout.write(`${all.filter(([word]) => word === 'done').length} writes acknowledged in ${rounds} rounds\n`);
});
