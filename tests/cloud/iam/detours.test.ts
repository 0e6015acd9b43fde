import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startCloud } from '../../../localcloud/index.ts';
import type { Cloud } from '../../../localcloud/index.ts';

/** Requests by which a session would reach what its policies do not name: members of other actions, other spellings, roles of others. */
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'iam-detours-'));
const role = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;
const of = (service: string, resource: string): string => `arn:aws:${service}:eu-west-1:000000000000:${resource}`;
const ADMIN = 'local';
let cloud: Cloud;
let key: string;

interface Answer {
  status: number;
  text: string;
}

const send = async (service: string, accessKey: string, init: { method?: string; path?: string; headers?: Record<string, string>; body?: string | URLSearchParams }): Promise<Answer> => {
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/eu-west-1/${service}/aws4_request`;
  const { path: place = '/', headers, ...rest } = init;
  const response = await fetch(cloud.endpoint + place, { ...rest, headers: { ...headers, authorization } });
  return { status: response.status, text: await response.text() };
};
const json = (service: string, target: string, input: object, accessKey = key): Promise<Answer> =>
  send(service, accessKey, { method: 'POST', headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(input) });
const query = (service: string, Action: string, parameters: Record<string, string>, accessKey = key): Promise<Answer> =>
  send(service, accessKey, { method: 'POST', body: new URLSearchParams({ Action, ...parameters }) });
const done = async (answer: Promise<Answer>): Promise<string> => {
  const { status, text } = await answer;
  if (status >= 300) throw new Error(`${status} ${text}`);
  return text;
};
const refused = async (answer: Promise<Answer>, action: string): Promise<void> => expect((await answer).text).toContain(`is not authorized to perform: ${action} on resource`);

const policy = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });
const trusting = (Principal: object): string => policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
const PASS = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
const STARTER = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Task', Resource: 'arn:aws:states:::states:startExecution', Parameters: { StateMachineArn: of('states', 'stateMachine:theirs') }, End: true } } });

const createRole = async (RoleName: string, principal: object, ...statements: object[]): Promise<void> => {
  await done(query('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument: trusting(principal) }, ADMIN));
  await done(query('iam', 'PutRolePolicy', { RoleName, PolicyName: 'own', PolicyDocument: policy(...statements) }, ADMIN));
};

beforeAll(async () => {
  cloud = await startCloud({ dataDir, schedules: 'off' });
  const everybody = { AWS: '000000000000', Service: ['states.amazonaws.com', 'firehose.amazonaws.com'] };
  await createRole('chief', everybody, { Effect: 'Allow', Action: '*', Resource: '*' });
  const mine = ['kinesis:eu-west-1:000000000000:stream', 'dynamodb:eu-west-1:000000000000:table'].map((kind) => `arn:aws:${kind}/mine`);
  await createRole(
    'mine-worker',
    everybody,
    { Effect: 'Allow', Action: ['kinesis:*', 'dynamodb:*'], Resource: mine },
    { Effect: 'Allow', Action: ['sqs:*', 'sns:*'], Resource: [of('sqs', 'mine'), of('sns', 'mine')] },
    { Effect: 'Allow', Action: 'states:*', Resource: '*' },
    { Effect: 'Deny', Action: 'states:*', Resource: [of('states', 'stateMachine:theirs'), of('states', 'execution:theirs:*')] },
    { Effect: 'Allow', Action: 'firehose:*', Resource: '*' },
    { Effect: 'Allow', Action: 's3:PutBucketTagging', Resource: 'arn:aws:s3:::lake' },
    { Effect: 'Allow', Action: ['sts:AssumeRole', 'iam:PassRole'], Resource: role('mine-*') },
    { Effect: 'Allow', Action: 'lambda:GetFunction', Resource: of('lambda', 'function:mine') },
  );
  const text = await done(query('sts', 'AssumeRole', { RoleArn: role('mine-worker'), RoleSessionName: 'test' }, ADMIN));
  key = /<AccessKeyId>(\w+)</.exec(text)?.[1] ?? '';
  for (const name of ['mine', 'theirs']) {
    await done(json('kinesis', 'Kinesis_20131202.CreateStream', { StreamName: name, ShardCount: 1 }, ADMIN));
    await done(json('dynamodb', 'DynamoDB_20120810.CreateTable', { TableName: name, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }], KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }, ADMIN));
    await done(json('sqs', 'AmazonSQS.CreateQueue', { QueueName: name }, ADMIN));
    await done(query('sns', 'CreateTopic', { Name: name }, ADMIN));
  }
  await done(json('states', 'AWSStepFunctions.CreateStateMachine', { name: 'theirs', definition: PASS, roleArn: role('chief') }, ADMIN));
  await done(send('s3', ADMIN, { method: 'PUT', path: '/lake' }));
}, 30_000);
afterAll(async () => {
  await cloud.stop();
  rmSync(dataDir, { recursive: true });
});

describe('a member that another action has does not stand for the one that counts', () => {
  test('Kinesis: two streams are asked for both, an iterator for its own', async () => {
    const record = { Data: 'eA==', PartitionKey: 'p' };
    await done(json('kinesis', 'Kinesis_20131202.PutRecord', { StreamARN: of('kinesis', 'stream/mine'), StreamName: 'mine', ...record }));
    await refused(json('kinesis', 'Kinesis_20131202.PutRecord', { StreamARN: of('kinesis', 'stream/mine'), StreamName: 'theirs', ...record }), 'kinesis:PutRecord');
    const { ShardIterator } = JSON.parse(await done(json('kinesis', 'Kinesis_20131202.GetShardIterator', { StreamName: 'theirs', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }, ADMIN))) as { ShardIterator: string };
    await refused(json('kinesis', 'Kinesis_20131202.GetRecords', { StreamARN: of('kinesis', 'stream/mine'), ShardIterator }), 'kinesis:GetRecords');
  });

  test('DynamoDB: a table beside RequestItems, an index beside an item', async () => {
    await refused(json('dynamodb', 'DynamoDB_20120810.GetItem', { RequestItems: { mine: {} }, TableName: 'theirs', Key: { id: { S: 'x' } } }), 'dynamodb:GetItem');
    const { text } = await json('dynamodb', 'DynamoDB_20120810.GetItem', { TableName: 'theirs', IndexName: 'x', Key: { id: { S: 'x' } } });
    expect(text).toContain(`dynamodb:GetItem on resource: ${of('dynamodb', 'table/theirs')} because`);
  });

  test('SQS and SNS', async () => {
    await refused(json('sqs', 'AmazonSQS.SendMessage', { SourceArn: of('sqs', 'mine'), QueueUrl: `${cloud.endpoint}/000000000000/theirs`, MessageBody: 'x' }), 'sqs:SendMessage');
    await refused(query('sns', 'Publish', { ResourceArn: of('sns', 'mine'), TargetArn: of('sns', 'theirs'), Message: 'x' }), 'sns:Publish');
  });

  test('Step Functions', async () => {
    const { executionArn } = JSON.parse(await done(json('states', 'AWSStepFunctions.StartExecution', { stateMachineArn: of('states', 'stateMachine:theirs') }, ADMIN))) as { executionArn: string };
    await refused(json('states', 'AWSStepFunctions.DescribeExecution', { stateMachineArn: of('states', 'stateMachine:mine'), executionArn }), 'states:DescribeExecution');
  });

  test('S3: of two configurations the one that is answered', async () => {
    await refused(send('s3', key, { method: 'PUT', path: '/lake?tagging&policy', body: policy({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::lake/*' }) }), 's3:PutBucketPolicy');
  });
});

describe('a role is the one its ARN names', () => {
  test('a path in front of its name makes another ARN', async () => {
    for (const RoleArn of [role('mine-x/chief'), 'arn:aws:iam::999999999999:role/chief', role('chief')]) await refused(query('sts', 'AssumeRole', { RoleArn, RoleSessionName: 'test' }), 'sts:AssumeRole');
  });

  test('a session hands over roles that there are, and that it may', async () => {
    for (const roleArn of [role('chief'), role('mine-x/chief'), role('mine-nobody')]) {
      await refused(json('states', 'AWSStepFunctions.CreateStateMachine', { name: 'new', definition: PASS, roleArn }), 'iam:PassRole');
      await refused(json('firehose', 'Firehose_20150804.CreateDeliveryStream', { DeliveryStreamName: 'new', ExtendedS3DestinationConfiguration: { RoleARN: roleArn, BucketARN: 'arn:aws:s3:::lake' } }), 'iam:PassRole');
    }
    await done(json('states', 'AWSStepFunctions.CreateStateMachine', { name: 'new', definition: PASS, roleArn: role('mine-worker') }));
  });

  test('what acts with a role that is deleted does nothing any more, until there is one of that name', async () => {
    const states = { AWS: '000000000000', Service: 'states.amazonaws.com' };
    await createRole('starter', states, { Effect: 'Allow', Action: 'states:StartExecution', Resource: '*' });
    await done(json('states', 'AWSStepFunctions.CreateStateMachine', { name: 'starts', definition: STARTER, roleArn: role('starter') }, ADMIN));
    const run = (): Promise<{ status: string }> => cloud.states.run(of('states', 'stateMachine:starts'), {});
    expect(await run()).toMatchObject({ status: 'SUCCEEDED' });
    await done(query('iam', 'DeleteRolePolicy', { RoleName: 'starter', PolicyName: 'own' }, ADMIN));
    await done(query('iam', 'DeleteRole', { RoleName: 'starter' }, ADMIN));
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'StepFunctions.AccessDenied' });
    await createRole('starter', states, { Effect: 'Allow', Action: 'states:StartExecution', Resource: '*' });
    expect(await run()).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test('a function is the same by every name Lambda takes', async () => {
  for (const name of ['mine', 'function:mine', '000000000000:function:mine', of('lambda', 'function:mine')]) {
    expect(await send('lambda', key, { path: `/2015-03-31/functions/${encodeURIComponent(name)}` })).toMatchObject({ status: 404 });
  }
  for (const name of ['theirs', 'function:theirs', '000000000000:function:theirs']) await refused(send('lambda', key, { path: `/2015-03-31/functions/${encodeURIComponent(name)}` }), 'lambda:GetFunction');
});
