import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { callAction } from '../../../localcloud/core/call-action.ts';
import { startCloud } from '../../../localcloud/index.ts';
import type { Cloud, CloudOptions } from '../../../localcloud/index.ts';
import { DirectoryInUseError, lockDirectory } from '../../../localcloud/core/directory-lock.ts';
import { temporaryDirectory } from '../edge/temporary.ts';

const directory = temporaryDirectory();
const clouds: Cloud[] = [];
const start = async (options: CloudOptions): Promise<Cloud> => {
  const cloud = await startCloud(options);
  clouds.push(cloud);
  return cloud;
};
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.stop();
});

const configOf = ({ endpoint, region }: Cloud) => ({ endpoint, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });

describe('the cloud', () => {
  test('starts empty, tells how to reach it, and answers for all its services', async () => {
    const cloud = await start({ dataDir: path.join(directory, 'empty'), region: 'eu-central-1' });
    expect(cloud.environment).toEqual({
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    const health = (await (await fetch(`${cloud.endpoint}/_localcloud/health`)).json()) as { services: string[] };
    expect(health.services).toEqual([
      'athena',
      'cloudformation',
      'dynamodb',
      'firehose',
      'glue',
      'iam',
      'kinesis',
      'lambda',
      'logs',
      'monitoring',
      's3',
      'scheduler',
      'secretsmanager',
      'sns',
      'sqs',
      'states',
      'sts',
    ]);
  });

  test('runs a workflow that calls a function and publishes, and keeps what the function printed', async () => {
    const cloud = await start({
      dataDir: path.join(directory, 'workflow'),
      functions: [
        {
          name: 'double',
          timeoutSeconds: 5,
          handler: async (event) => {
            process.stdout.write('doubling\n');
            return { n: (event as { n: number }).n * 2 };
          },
        },
      ],
    });
    const topicArn = await createTopic(cloud, 'results');
    const states = new SFNClient(configOf(cloud));
    const definition = {
      StartAt: 'Double',
      States: {
        Double: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Parameters: { FunctionName: 'double', 'Payload.$': '$' },
          OutputPath: '$.Payload',
          Next: 'Tell',
        },
        Tell: {
          Type: 'Task',
          Resource: 'arn:aws:states:::sns:publish',
          Parameters: { TopicArn: topicArn, 'Message.$': "States.Format('n is {}', $.n)" },
          ResultPath: null,
          End: true,
        },
      },
    };
    const { stateMachineArn } = await states.send(
      new CreateStateMachineCommand({ name: 'm', roleArn: 'arn:aws:iam::000000000000:role/r', definition: JSON.stringify(definition) }),
    );
    const outcome = await cloud.states.run(stateMachineArn!, { n: 21 });
    states.destroy();
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { n: 42 } });
    expect(cloud.sns.messages().map(({ message }) => message)).toEqual(['n is 42']);
    expect(cloud.cloudWatch.logs.events('/aws/lambda/double').map(({ message }) => message)).toContain('doubling');
  });

  test('goes on where it stopped', async () => {
    const dataDir = path.join(directory, 'restart');
    const first = await startCloud({ dataDir });
    first.store.createBucket('kept');
    await first.store.put('kept', 'k', Buffer.from('v'));
    await first.stop();
    const second = await start({ dataDir });
    expect((await second.store.get('kept', 'k'))?.toString()).toBe('v');
  });

  test('with a taken port leaves nothing running and the directory free', async () => {
    const cloud = await start({ dataDir: path.join(directory, 'first') });
    const port = Number(new URL(cloud.endpoint).port);
    const dataDir = path.join(directory, 'second');
    await expect(startCloud({ dataDir, port })).rejects.toMatchObject({ name: 'PortInUseError', port });
    expect(existsSync(path.join(dataDir, 'lock'))).toBe(false);
    await start({ dataDir });
  });

  test('does its preparation behind the gateway before it is handed out, and where that fails leaves nothing running', async () => {
    const dataDir = path.join(directory, 'prepared');
    let endpoint = '';
    const failing = startCloud({ dataDir }, async (services) => {
      endpoint = services.endpoint;
      expect((await fetch(`${endpoint}/_localcloud/health`)).status).toBe(200);
      throw new Error('not to be prepared');
    });
    await expect(failing).rejects.toThrow('not to be prepared');
    await expect(fetch(`${endpoint}/_localcloud/health`)).rejects.toThrow('fetch failed');
    clouds.push(await startCloud({ dataDir }, async ({ store }) => { await Promise.resolve(); store.createBucket('made-early'); }));
    expect(clouds[0]?.store.bucketExists('made-early')).toBe(true);
  });

  test('stops once, however often it is told to, and can be started again', async () => {
    const dataDir = path.join(directory, 'twice');
    const cloud = await startCloud({ dataDir });
    await Promise.all([cloud.stop(), cloud.stop()]);
    await cloud.stop();
    await start({ dataDir });
  });
});

describe('a data directory', () => {
  test('is used by one cloud at a time, and the error names the process', async () => {
    const dataDir = path.join(directory, 'shared');
    await start({ dataDir });
    await expect(startCloud({ dataDir })).rejects.toMatchObject({ name: 'DirectoryInUseError', pid: process.pid, directory: dataDir });
  });

  test('locked by a process that is no more, or by one whose number another has now, is taken over', () => {
    const dead = path.join(directory, 'dead');
    lockDirectory(dead)();
    writeFileSync(path.join(dead, 'lock'), JSON.stringify({ pid: 4_194_999, token: 'x' }));
    lockDirectory(dead)();
    writeFileSync(path.join(dead, 'lock'), JSON.stringify({ pid: process.pid, began: '1', token: 'x' }));
    if (existsSync('/proc/self/stat')) lockDirectory(dead)();
    else expect(() => lockDirectory(dead)).toThrow(DirectoryInUseError);
    expect(readdirSync(dead).filter((name) => name.includes('stale'))).toEqual([]);
  });

  test('with a lock that is not readable is taken over, since no living process wrote it', () => {
    const broken = path.join(directory, 'broken');
    lockDirectory(broken)();
    writeFileSync(path.join(broken, 'lock'), 'not json');
    const release = lockDirectory(broken);
    expect(JSON.parse(readFileSync(path.join(broken, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    release();
    expect(existsSync(path.join(broken, 'lock'))).toBe(false);
  });
});

describe('kill -9', () => {
  test('loses nothing that was acknowledged, and the next start takes the directory over', async () => {
    const dataDir = path.join(directory, 'killed');
    const acknowledged = await runUntilKilled(dataDir, 60);
    const cloud = await start({ dataDir });
    const expected = (service: string): string[] =>
      acknowledged
        .filter(([name]) => name === service)
        .map(([, value]) => value)
        .sort();
    const listed = await cloud.store.list('bucket', 'folder/');
    expect(listed.map(({ key }) => key.slice('folder/'.length))).toEqual(expect.arrayContaining(expected('s3')));
    const records = cloud.kinesis
      .read('stream', cloud.kinesis.shardIds('stream')[0]!, undefined, 10_000)
      .records.map(({ data }) => data.toString());
    expect(records).toEqual(expect.arrayContaining(expected('kinesis')));
    expect(cloud.sns.messages().map(({ message }) => message)).toEqual(expect.arrayContaining(expected('sns')));
    const queued: string[] = [];
    for (let found = await drain(cloud); found.length > 0; found = await drain(cloud)) queued.push(...found);
    expect(queued).toEqual(expect.arrayContaining(expected('sqs')));
    const [dynamodb, s3] = [new DynamoDBClient(configOf(cloud)), new S3Client(configOf(cloud))];
    const { Items } = await dynamodb.send(new ScanCommand({ TableName: 'table' }));
    expect(Items?.map(({ k }) => k?.S)).toEqual(expect.arrayContaining(expected('dynamodb')));
    expect((await s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'folder/0' }))).ContentType).toBe('text/plain');
    dynamodb.destroy();
    s3.destroy();
  });
});

/** What can be received now. */
const drain = async ({ endpoint }: Cloud): Promise<string[]> => {
  const answer = await callAction(endpoint, 'AmazonSQS.ReceiveMessage', { QueueUrl: `${endpoint}/000000000000/queue`, MaxNumberOfMessages: 10 });
  return ((answer as { Messages?: { Body: string }[] }).Messages ?? []).map(({ Body }) => Body);
};

/** Runs the program until it has acknowledged so many writes, then kills it; the writes, as service and value. */
const runUntilKilled = (dataDir: string, writes: number): Promise<[string, string][]> =>
  new Promise((resolve, reject) => {
    const program = path.join(process.cwd(), 'tests/cloud/cloud/acknowledging-program.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, dataDir], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors] = ['', ''];
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > writes) child.kill('SIGKILL');
    });
    const tooLong = setTimeout(() => child.kill('SIGTERM'), 40_000);
    child.once('close', (_code, signal) => {
      clearTimeout(tooLong);
      const lines = output
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(' ') as [string, string]);
      if (signal === 'SIGKILL') resolve(lines);
      else reject(new Error(`the program did not write ${writes} times: ${errors}`));
    });
  });

const createTopic = async ({ endpoint }: Cloud, name: string): Promise<string> => {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/sns/aws4_request, SignedHeaders=host, Signature=00',
  };
  await fetch(endpoint, { method: 'POST', headers, body: `Action=CreateTopic&Name=${name}` });
  return `arn:aws:sns:eu-west-1:000000000000:${name}`;
};
