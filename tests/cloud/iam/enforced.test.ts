import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startCloud } from '../../../localcloud/index.ts';
import type { Cloud } from '../../../localcloud/index.ts';

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'iam-'));
const RoleArn = 'arn:aws:iam::000000000000:role/reader';
let cloud: Cloud;
let admin: S3Client;
let s3: S3Client;
let session: ReturnType<typeof configOf>;

const configOf = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => ({ endpoint: cloud.endpoint, region: 'eu-west-1', forcePathStyle: true, maxAttempts: 1, credentials });
const iam = async (Action: string, parameters: Record<string, string>): Promise<void> => {
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/iam/aws4_request' };
  const response = await fetch(cloud.endpoint, { method: 'POST', headers, body: new URLSearchParams({ Action, ...parameters }) });
  if (!response.ok) throw new Error(await response.text());
};
const policy = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });

beforeAll(async () => {
  cloud = await startCloud({ dataDir, schedules: 'off' });
  const local = { accessKeyId: 'local', secretAccessKey: 'local' };
  admin = new S3Client(configOf(local));
  await admin.send(new CreateBucketCommand({ Bucket: 'lake' }));
  for (const Key of ['open/a', 'closed/b']) await admin.send(new PutObjectCommand({ Bucket: 'lake', Key, Body: Key }));
  await iam('CreateRole', { RoleName: 'reader', AssumeRolePolicyDocument: policy({ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' }) });
  await iam('PutRolePolicy', {
    RoleName: 'reader',
    PolicyName: 'own',
    PolicyDocument: policy(
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:DeleteObject'], Resource: 'arn:aws:s3:::lake/open/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::lake', Condition: { StringLike: { 's3:prefix': 'open/*' } } },
      { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: '*' },
    ),
  });
  const sts = new STSClient(configOf(local));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
  session = configOf({ accessKeyId: Credentials?.AccessKeyId ?? '', secretAccessKey: Credentials?.SecretAccessKey ?? '', sessionToken: Credentials?.SessionToken ?? '' });
  s3 = new S3Client(session);
}, 30_000);
afterAll(async () => {
  await cloud.stop();
  rmSync(dataDir, { recursive: true });
});

test('a session is who it has become', async () => {
  expect((await new STSClient(session).send(new GetCallerIdentityCommand({}))).Arn).toBe('arn:aws:sts::000000000000:assumed-role/reader/test');
});

test('an object is read where the policy says so; elsewhere S3 refuses in its own words', async () => {
  expect(await (await s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'open/a' }))).Body?.transformToString()).toBe('open/a');
  await expect(s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'closed/b' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: 'User: arn:aws:sts::000000000000:assumed-role/reader/test is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::lake/closed/b" because no identity-based policy allows the s3:GetObject action',
    $metadata: { httpStatusCode: 403 },
  });
});

test('a listing is judged by its prefix; who may not list is not told that an object is missing', async () => {
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix: 'open/' }))).KeyCount).toBe(1);
  await expect(s3.send(new ListObjectsV2Command({ Bucket: 'lake' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'open/missing' }))).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('of many keys each is judged by itself', async () => {
  const { Errors = [], Deleted = [] } = await s3.send(new DeleteObjectsCommand({ Bucket: 'lake', Delete: { Objects: [{ Key: 'open/x' }, { Key: 'closed/b' }] } }));
  expect([Deleted.map(({ Key }) => Key), Errors.map(({ Key, Code }) => [Key, Code])]).toEqual([['open/x'], [['closed/b', 'AccessDenied']]]);
});

test("the bucket's own policy allows, and denies", async () => {
  const put = (...statements: object[]) => admin.send(new PutBucketPolicyCommand({ Bucket: 'lake', Policy: policy(...statements) }));
  await put({ Effect: 'Allow', Principal: { AWS: RoleArn }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::lake/closed/*' });
  await s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'closed/b' }));
  await put({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::lake/*' });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'open/a' }))).rejects.toThrow('with an explicit deny in a resource-based policy');
  await put({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::lake/*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  await s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'open/a' }));
});

test('a transaction is judged part by part', async () => {
  const dynamodb = new DynamoDBClient(session);
  const Put = { TableName: 't', Item: { id: { S: '1' } } };
  const TransactItems = [{ Put }, { Delete: { TableName: 't', Key: { id: { S: '2' } } } }];
  await expect(dynamodb.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('dynamodb:DeleteItem on resource: arn:aws:dynamodb:eu-west-1:000000000000:table/t') as string });
});

test('a role that trusts nobody is assumed by nobody', async () => {
  await iam('CreateRole', { RoleName: 'other', AssumeRolePolicyDocument: policy({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }) });
  const arn = RoleArn.replace('reader', 'other');
  await expect(new STSClient(configOf({ accessKeyId: 'local', secretAccessKey: 'local' })).send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'test' }))).rejects.toThrow(`is not authorized to perform: sts:AssumeRole on resource: ${arn}`);
  expect(() => cloud.iam.actAs(arn, 'states.amazonaws.com', 'x')).toThrow('not authorized');
});
