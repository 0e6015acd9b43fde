import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { Client } from 'pg';
import { createHandler as createCapture } from '../../../src/handlers/capture.ts';
import { createHandler as createIngestUsers } from '../../../src/handlers/ingest-users.ts';
import { startCloud } from '../../../localcloud/index.ts';
import type { Cloud } from '../../../localcloud/index.ts';
import { awsConfigOf, createClients, createObjects, createStateTable, uriOf } from '../../../src/lib/aws/index.ts';
import type { Clients, Environment } from '../../../src/lib/aws/index.ts';
import { parquetRows } from '../support/parquet.ts';

/** The deployed functions, built from their environment alone, on the embedded cloud with a real PostgreSQL. */

let folder: string;
let cloud: Cloud;
let clients: Clients;
let environment: Environment;

/** As much of Lambda's context as is asked for. */
const context = { awsRequestId: 'request', functionName: 'f', functionVersion: '1', invokedFunctionArn: 'arn', memoryLimitInMB: '512', getRemainingTimeInMillis: () => 900_000 } as Context;

const createTable = (name: string, key: string): Promise<unknown> =>
  clients.dynamodb.send(
    new CreateTableCommand({ TableName: name, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }], KeySchema: [{ AttributeName: key, KeyType: 'HASH' }] }),
  );

const createShop = async (): Promise<Client> => {
  const shop = new Client({ ...cloud.postgres!.connectionInfo, database: 'shop' });
  await shop.connect();
  for (const file of readdirSync('sql/oltp').sort()) await shop.query(readFileSync(path.join('sql/oltp', file), 'utf8'));
  return shop;
};

let printed: jest.SpyInstance;
let complained: jest.SpyInstance;

beforeAll(async () => {
  printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  complained = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  folder = mkdtempSync(path.join(os.tmpdir(), 'floe-ways-in-'));
  cloud = await startCloud({ dataDir: folder, postgres: { databases: ['shop'] } });
  environment = { ...cloud.environment, LAKE_BUCKET: 'lake', WATERMARK_TABLE: 'watermarks', ...databaseVariables(cloud), USERS_SAFETY_LAG_SECONDS: '0', POWERTOOLS_SERVICE_NAME: 'test' };
  clients = createClients(awsConfigOf(environment));
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await createTable('watermarks', 'source');
});

afterAll(async () => {
  printed.mockRestore();
  complained.mockRestore();
  clients.destroy();
  await cloud.stop();
  rmSync(folder, { recursive: true, force: true });
});

const databaseVariables = ({ postgres }: Cloud): Environment => {
  const { host, port, user, password } = postgres!.connectionInfo;
  return { DATABASE_HOST: host, DATABASE_PORT: String(port), DATABASE_USER: user, DATABASE_PASSWORD: password, DATABASE_NAME: 'shop' };
};

const bronze = async (prefix: string): Promise<Record<string, unknown>[]> => {
  const objects = createObjects(clients.s3, 'lake');
  const rows: Record<string, unknown>[] = [];
  for await (const { key } of objects.list(prefix)) rows.push(...(await parquetRows((await objects.get(key))!)));
  return rows;
};

test('users come from PostgreSQL into bronze once, and only what changed comes again', async () => {
  const shop = await createShop();
  await shop.query(`INSERT INTO users (user_id, created_at, country) VALUES ('U1', '2025-01-01Z', 'PE'), ('U2', '2025-01-02Z', 'nowhere')`);
  const ingest = createIngestUsers(environment);
  expect(await ingest({}, context)).toMatchObject({ state: 'done', rows: 2, quarantined: 1, pages: 1, watermark: { user_id: expect.any(String) as string } });
  expect(await ingest({}, context)).toMatchObject({ state: 'done', rows: 0 });
  await shop.query(`UPDATE users SET country = 'MX' WHERE user_id = 'U2'`);
  expect(await ingest({}, context)).toMatchObject({ rows: 1, quarantined: 0, watermark: { user_id: 'U2' } });
  await shop.end();
  const rows = await bronze('bronze/users/');
  expect(rows.map(({ user_id, country, validation_errors }) => ({ user_id, country, validation_errors }))).toEqual(
    expect.arrayContaining([
      { user_id: 'U1', country: 'PE', validation_errors: [] },
      { user_id: 'U2', country: null, validation_errors: ['country: unknown value "nowhere"'] },
      { user_id: 'U2', country: 'MX', validation_errors: [] },
    ]),
  );
  expect(rows).toHaveLength(3);
});

test('capture answers Firehose and puts what is too large into the lake; metrics go out as JSON lines', async () => {
  printed.mockClear();
  const data = (text: string): string => Buffer.from(text).toString('base64');
  const base = { approximateArrivalTimestamp: Date.parse('2025-11-08T00:00:00Z') };
  const answer = await createCapture(environment)(
    {
      invocationId: 'i', deliveryStreamArn: 'arn:aws:firehose:eu-west-1:000000000000:deliverystream/events',
      records: [{ ...base, recordId: '1', data: data('nope') }, { ...base, recordId: '2', data: data('x'.repeat(1_100_000)) }],
    },
    context,
  );
  expect(answer.records.map(({ recordId, result }) => `${recordId} ${result}`)).toStrictEqual(['1 Ok', '2 Ok']);
  const row = JSON.parse(Buffer.from(answer.records[1]!.data, 'base64').toString()) as { payload_location: string; record_hash: string };
  expect(row.payload_location).toBe(`s3://lake/oversize/${row.record_hash}`);
  expect(await createObjects(clients.s3, 'lake').get(`oversize/${row.record_hash}`)).toHaveLength(1_100_000);
  const lines = printed.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
  expect(lines).toEqual(expect.arrayContaining([expect.objectContaining({ source: 'app', RecordsCaptured: 2, RecordsQuarantined: 2 }), expect.objectContaining({ source: 'events', RecordsOversize: 1 })]));
});

test('a missing variable and an unreachable database are one clear line', async () => {
  expect(() => createIngestUsers({ ...environment, LAKE_BUCKET: '' })).toThrow('environment variable LAKE_BUCKET is not set');
  await expect(createIngestUsers({ ...environment, DATABASE_HOST: '' })({}, context)).rejects.toThrow('no database is configured: DATABASE_HOST is not set');
  complained.mockClear();
  const failed = createIngestUsers({ ...environment, DATABASE_HOST: '127.0.0.1', DATABASE_PORT: '1', DATABASE_USER: 'u', DATABASE_PASSWORD: 'secret' })({}, context);
  await expect(failed).rejects.toThrow(/^cannot reach the database u@127\.0\.0\.1:1\/shop: .*ECONNREFUSED/);
  const logged = complained.mock.calls.map(([line]) => JSON.parse(String(line)) as { level: string; error: { name: string } });
  expect(logged).toMatchObject([{ level: 'ERROR', error: { name: 'UserSourceError' } }]);
  expect(JSON.stringify(logged)).not.toContain('secret');
});

test('the state table writes only where its expectation holds', async () => {
  await createTable('things', 'item');
  const table = createStateTable(clients.dynamodb, 'things', 'item');
  expect(await table.get('a')).toBeUndefined();
  expect(await table.put('a', { step: 1, note: undefined }, 'absent')).toBe(true);
  expect(await table.put('a', { step: 9 }, 'absent')).toBe(false);
  expect(await table.put('a', { step: 2, owner: 'x' }, { step: 1, owner: null })).toBe(true);
  expect(await table.put('a', { step: 3 }, { step: 2, owner: 'y' })).toBe(false);
  expect(await table.get('a')).toStrictEqual({ item: 'a', step: 2, owner: 'x' });
  const all = [];
  for await (const item of table.scan()) all.push(item);
  expect(all).toStrictEqual([{ item: 'a', step: 2, owner: 'x' }]);
  expect(await table.delete('a', { owner: 'y' })).toBe(false);
  expect(await table.delete('a', { owner: 'x' })).toBe(true);
  expect(await table.get('a')).toBeUndefined();
});

test('objects are put, read, listed below a prefix in byte order over all pages, and deleted', async () => {
  const objects = createObjects(clients.s3, 'lake');
  const keys = Array.from({ length: 1_003 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
  const files = path.join(folder, 's3', 'lake'); // objects are plain files there: a thousand puts would only be slow
  mkdirSync(path.join(files, 'many'));
  for (const key of keys.slice(1)) writeFileSync(path.join(files, key), key);
  await objects.put(keys[0]!, keys[0]!);
  const listed: string[] = [];
  for await (const { key, sizeBytes } of objects.list('many/')) listed.push(`${key} ${sizeBytes}`);
  expect(listed).toStrictEqual(keys.map((key) => `${key} 9`));
  expect(Buffer.from((await objects.get('many/0007'))!).toString()).toBe('many/0007');
  expect(uriOf(objects, 'many/0007')).toBe('s3://lake/many/0007');
  await objects.delete('many/0007');
  expect([await objects.exists('many/0007'), await objects.exists('many/0008'), await objects.get('many/0007')]).toStrictEqual([false, true, undefined]);
});
