import { createHash } from 'node:crypto';
import { CreateSecretCommand, DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AthenaClient, GetPreparedStatementCommand, GetWorkGroupCommand } from '@aws-sdk/client-athena';
import { GetPartitionsCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { ListTagsForResourceCommand, SNSClient } from '@aws-sdk/client-sns';
import { startCloud } from '../../../localcloud/index.ts';
import type { Cloud } from '../../../localcloud/index.ts';
import { temporaryDirectory } from '../edge/temporary.ts';

const directory = temporaryDirectory();
let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ dataDir: directory, port: 0 });
});
afterAll(() => cloud.stop());

const client = () => ({ endpoint: cloud.endpoint, region: cloud.region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 });

const post = async (target: string, body: string, headers: Record<string, string> = {}): Promise<[number, unknown]> => {
  const response = await fetch(cloud.endpoint, { method: 'POST', headers: { 'x-amz-target': target, ...headers }, body });
  return [response.status, ((await response.json()) as { __type: unknown }).__type];
};

describe('a body that is no request', () => {
  test.each(['null', '[]', '1', '"text"', '{', '['.repeat(200_000)])('a body like %# is a SerializationException, not a failure of the service', async (body) => {
    expect(await post('AWSGlue.GetDatabase', body)).toEqual([400, 'SerializationException']);
  });

  test('nor is one that says it is compressed and is not', async () => {
    expect(await post('GraniteServiceVersion20100801.PutMetricData', 'no gzip', { 'content-encoding': 'gzip' })).toEqual([400, 'SerializationException']);
  });

  test('a number that is no character stays the text it is, as an unknown entity does', async () => {
    await fetch(`${cloud.endpoint}/hostile`, { method: 'PUT' });
    const body = '<Delete><Object><Key>&#x110000;</Key></Object></Delete>';
    const response = await fetch(`${cloud.endpoint}/hostile?delete`, { method: 'POST', body, headers: { 'content-md5': createHash('md5').update(body).digest('base64') } });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('<Key>&amp;#x110000;</Key>')]);
  });
});

describe('names that every JavaScript object has', () => {
  const NAMES = ['__proto__', 'constructor', 'toString'];

  test.each(NAMES)('%s names nothing that nobody made', async (name) => {
    await expect(new SecretsManagerClient(client()).send(new DescribeSecretCommand({ SecretId: name }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(new SNSClient(client()).send(new ListTagsForResourceCommand({ ResourceArn: name }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    await expect(new AthenaClient(client()).send(new GetWorkGroupCommand({ WorkGroup: name }))).rejects.toMatchObject({ name: 'InvalidRequestException', message: `WorkGroup ${name} is not found.` });
    await expect(new AthenaClient(client()).send(new GetPreparedStatementCommand({ WorkGroup: 'primary', StatementName: name }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await post(`${name}.Action`, '{}')).toEqual([501, 'NotImplementedException']);
  });

  test.each(NAMES)('%s is a name like any other', async (name) => {
    const secrets = new SecretsManagerClient(client());
    await secrets.send(new CreateSecretCommand({ Name: name, SecretString: 'kept' }));
    expect(await secrets.send(new DescribeSecretCommand({ SecretId: name }))).toMatchObject({ Name: name });
  });
});

test('half a surrogate pair names no table, and breaks nothing', async () => {
  const asked = new GlueClient(client()).send(new GetPartitionsCommand({ DatabaseName: '\ud800', TableName: 't' }));
  await expect(asked).rejects.toMatchObject({ name: 'EntityNotFoundException' });
});

test.each([1.5, 9_007_199_254_740_991])('a stream of %d shards is refused', async (ShardCount) => {
  await expect(new KinesisClient(client()).send(new CreateStreamCommand({ StreamName: 'wide', ShardCount }))).rejects.toMatchObject({ $fault: 'client' });
});
