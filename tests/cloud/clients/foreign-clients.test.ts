import { Athena, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import { CreateDatabaseCommand, GlueClient, paginateGetDatabases, SearchTablesCommand } from '@aws-sdk/client-glue';
import { CreateBucketCommand, S3 } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { devNull, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Cloud } from '../../../localcloud/index.ts';
import { startCloud } from '../../../localcloud/index.ts';

/** The part of athena-express-plus that is used here: https://www.npmjs.com/package/athena-express-plus */
type AthenaExpress = new (init: Record<string, unknown>) => { query(input: unknown): Promise<{ Items: Record<string, unknown>[]; DataScannedInMB?: number }> };

const BUCKET = 'clients';
const before = { ...process.env };
let dataDir: string;
let cloud: Cloud;

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'clients-'));
  cloud = await startCloud({ dataDir, athena: { memoryLimit: '1GB', threads: 2 } });
  // All that a program is told; the clients below are made without options.
  Object.assign(process.env, cloud.environment, { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull });
  await new S3().send(new CreateBucketCommand({ Bucket: BUCKET }));
  await new GlueClient().send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'silver' } }));
});

afterAll(async () => {
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', ...Object.keys(cloud.environment)]) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
  await cloud.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('athena-express-plus runs DDL, INSERT and queries, and reads its results from S3', async () => {
  const Express = createRequire(path.join(process.cwd(), 'package.json'))('athena-express-plus') as AthenaExpress;
  const client = new Express({ athena: new Athena(), s3: new S3(), s3Bucket: `s3://${BUCKET}/express`, db: 'silver', getStats: true, retry: 5 });
  await client.query(`CREATE TABLE silver.t (id bigint, name string, price decimal(10,2), day date) LOCATION 's3://${BUCKET}/t/' TBLPROPERTIES ('table_type'='ICEBERG')`);
  await client.query(`INSERT INTO silver.t VALUES (1, 'a,"b"', DECIMAL '1.50', DATE '2025-01-01'), (2, NULL, NULL, NULL)`);
  const { Items: rows, DataScannedInMB: scanned } = await client.query({ sql: 'SELECT * FROM t ORDER BY id', db: 'silver' });
  expect(rows[0]).toMatchObject({ id: 1n, name: 'a,"b"', price: '1.50', day: '2025-01-01' });
  expect(rows).toHaveLength(2);
  expect(scanned).toBeGreaterThanOrEqual(0);
  await expect(client.query('SELECT nope FROM t')).rejects.toThrow(/COLUMN_NOT_FOUND/);
});

test('the SDK with default settings: a multipart upload, a paginator, a search', async () => {
  await new Upload({ client: new S3(), params: { Bucket: BUCKET, Key: 'large', Body: Buffer.alloc(6 << 20, 1) } }).done();
  expect((await new S3().headObject({ Bucket: BUCKET, Key: 'large' })).ContentLength).toBe(6 << 20);
  const names: string[] = [];
  for await (const page of paginateGetDatabases({ client: new GlueClient(), pageSize: 1 }, {})) names.push(...page.DatabaseList!.map((database) => database.Name!));
  expect(names).toEqual(['silver']);
  expect((await new GlueClient().send(new SearchTablesCommand({ SearchText: 'T' }))).TableList!.map((table) => table.Name)).toEqual(['t']);
  await new Athena().send(new CreateWorkGroupCommand({ Name: 'by-default' }));
});

/** Not started where it is not installed. */
const ifThere = spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0 ? test : test.skip;

ifThere('the aws command, where it is on the PATH', async () => {
  // Not spawnSync: the cloud answers in this process.
  const { stdout } = await promisify(execFile)('aws', ['sts', 'get-caller-identity', '--output', 'json'], { env: process.env });
  expect(stdout).toContain('"Account": "000000000000"');
});
