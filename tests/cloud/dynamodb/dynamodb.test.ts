import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDbService } from '../../../localcloud/dynamodb/index.ts';
import { credentials, REGION, serve, temporaryFolder } from '../kinesis/support.ts';

const TableName = 'ledger';

describe('dynamodb', () => {
  const temporary = temporaryFolder();
  let serial = 0;
  let dataDir = '';
  let client: DynamoDBClient;
  let close: () => Promise<void>;

  const start = async () => {
    const service = new DynamoDbService({ dataDir, region: REGION });
    const server = await serve(service);
    client = new DynamoDBClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    close = async () => {
      client.destroy();
      await server.close();
      await service.stop();
    };
  };
  const createTable = () =>
    client.send(
      new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName: 'file', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'file', AttributeType: 'S' }], Tags: [{ Key: 'stage', Value: 'dev' }] }),
    );

  beforeEach(async () => {
    serial += 1;
    dataDir = path.join(temporary.folder, String(serial));
    await start();
    await createTable();
  });
  afterEach(() => close());
  afterAll(() => temporary.remove());

  test('a table is active at once and has an ARN of this account and region', async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', TableArn: `arn:aws:dynamodb:${REGION}:000000000000:table/${TableName}` });
    await expect(createTable()).rejects.toMatchObject({ name: 'ResourceInUseException' });
  });

  test('of fifty conditional writes at once one wins', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        client.send(
          new UpdateItemCommand({ TableName, Key: { file: { S: 'a' } }, UpdateExpression: 'SET #o = :o', ConditionExpression: 'attribute_not_exists(#o)', ExpressionAttributeNames: { '#o': 'owner' }, ExpressionAttributeValues: { ':o': { N: String(index) } } }),
        ),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(49);
    for (const outcome of refused) expect(outcome.reason).toBeInstanceOf(ConditionalCheckFailedException);
  });

  test('items are there after a restart', async () => {
    await client.send(new PutItemCommand({ TableName, Item: { file: { S: 'a' }, size: { N: '12' } } }));
    await close();
    await start();
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: { file: { S: 'a' } }, ConsistentRead: true }));
    expect(Item).toEqual({ file: { S: 'a' }, size: { N: '12' } });
  });

  test('what was acknowledged survives kill -9', async () => {
    await close();
    const writer = spawn(process.execPath, ['--import', 'tsx', 'tests/cloud/dynamodb/writer.ts', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = 0;
    for await (const chunk of writer.stdout as AsyncIterable<Buffer>) {
      acknowledged += chunk.toString().split('\n').length - 1;
      if (acknowledged >= 40) break;
    }
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
    await start();
    const { Count } = await client.send(new ScanCommand({ TableName, Select: 'COUNT' }));
    expect(Count).toBeGreaterThanOrEqual(acknowledged);
  });

  test('time to live, point-in-time recovery and tags are kept and described', async () => {
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true } }));
    await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }));
    await close();
    await start();
    expect((await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires_at' });
    const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect(backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
    expect((await client.send(new ListTagsOfResourceCommand({ ResourceArn: `arn:aws:dynamodb:${REGION}:000000000000:table/${TableName}` }))).Tags).toEqual([{ Key: 'stage', Value: 'dev' }]);
  });

  test('a protected table is not deleted; what is not here is refused', async () => {
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }));
    await expect(client.send(new DeleteTableCommand({ TableName }))).rejects.toThrow('protected against deletion');
    expect((await client.send(new DescribeTableCommand({ TableName }))).Table?.DeletionProtectionEnabled).toBe(true);
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const } };
    await expect(client.send(new UpdateTableCommand({ TableName, ...stream }))).rejects.toThrow('streams are not supported locally');
    await expect(client.send(new UpdateTableCommand({ TableName, ReplicaUpdates: [{ Create: { RegionName: 'us-east-1' } }] }))).rejects.toThrow('ReplicaUpdates of UpdateTable is not supported locally');
    await client.send(new DeleteTableCommand({ TableName }));
  });
});
