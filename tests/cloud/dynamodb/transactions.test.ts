import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { DynamoDbService } from '../../../localcloud/dynamodb/index.ts';
import { credentials, movableClock, REGION, serve, temporaryFolder } from '../kinesis/support.ts';

const TableName = 'accounts';

describe('dynamodb transactions', () => {
  const temporary = temporaryFolder();
  const clock = movableClock();
  let serial = 0;
  let dataDir = '';
  let client: DynamoDBClient;
  let close: () => Promise<void>;

  const start = async () => {
    const service = new DynamoDbService({ dataDir, region: REGION, clock: clock.now });
    const server = await serve(service);
    client = new DynamoDBClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    close = async () => {
      client.destroy();
      await server.close();
      await service.stop();
    };
  };

  beforeEach(async () => {
    serial += 1;
    dataDir = path.join(temporary.folder, String(serial));
    await start();
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }, { AttributeName: 'owner', AttributeType: 'S' }],
        GlobalSecondaryIndexes: [{ IndexName: 'by-owner', KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } }],
      }),
    );
    for (const id of ['a', 'b']) await client.send(new PutItemCommand({ TableName, Item: item(id, 10) }));
  });
  afterEach(() => close());
  afterAll(() => temporary.remove());

  const item = (id: string, balance: number) => ({ id: { S: id }, owner: { S: `owner-${id}` }, balance: { N: String(balance) } });
  const transact = (TransactItems: TransactWriteItem[], ClientRequestToken?: string) => client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }));
  const move = (id: string, amount: number): TransactWriteItem => ({
    Update: {
      TableName,
      Key: { id: { S: id } },
      UpdateExpression: 'SET balance = balance + :amount',
      ConditionExpression: 'balance >= :least',
      ExpressionAttributeValues: { ':amount': { N: String(amount) }, ':least': { N: String(-amount) } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  });
  const balances = async (): Promise<Record<string, number>> => {
    const { Items } = await client.send(new ScanCommand({ TableName }));
    const pairs = (Items ?? []).map(({ id, balance }): [string, number] => [id?.S ?? '', Number(balance?.N)]);
    return Object.fromEntries(pairs.sort());
  };

  test('writes all: put, update, delete and check together', async () => {
    await transact([
      { Put: { TableName, Item: item('c', 1), ConditionExpression: 'attribute_not_exists(id)' } },
      move('a', -3),
      { Delete: { TableName, Key: { id: { S: 'b' } } } },
      { ConditionCheck: { TableName, Key: { id: { S: 'd' } }, ConditionExpression: 'attribute_not_exists(id)' } },
    ]);
    expect(await balances()).toEqual({ a: 7, c: 1 });
    const { Items } = await client.send(new QueryCommand({ TableName, IndexName: 'by-owner', KeyConditionExpression: '#o = :o', ExpressionAttributeNames: { '#o': 'owner' }, ExpressionAttributeValues: { ':o': { S: 'owner-c' } } }));
    expect(Items).toEqual([item('c', 1)]);
  });

  test('or nothing: each operation has its reason, with the item where it was asked for', async () => {
    const failed: unknown = await transact([move('a', 5), move('b', -11), { ConditionCheck: { TableName, Key: { id: { S: 'x' } }, ConditionExpression: 'attribute_exists(id)' } }]).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(TransactionCanceledException);
    expect(failed).toMatchObject({
      message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: item('b', 10) }, { Code: 'ConditionalCheckFailed' }],
    });
    expect(await balances()).toEqual({ a: 10, b: 10 });
  });

  test('refuses two operations on one item, more than 100, and a table that is not there; nothing is written', async () => {
    await expect(transact([move('a', 1), { Delete: { TableName, Key: { id: { S: 'a' } } } }])).rejects.toThrow('cannot include multiple operations on one item');
    await expect(transact(Array.from({ length: 101 }, (_, index) => move(String(index), 1)))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(transact([move('a', 1), { Put: { TableName: 'nowhere', Item: item('c', 1) } }])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await balances()).toEqual({ a: 10, b: 10 });
  });

  test('of the same token is done once in ten minutes, after a restart too; another of that token is refused', async () => {
    await transact([move('a', 1)], 'token');
    await close();
    await start();
    clock.advance(599_000);
    await transact([move('a', 1)], 'token');
    expect(await balances()).toEqual({ a: 11, b: 10 });
    await expect(transact([move('a', 2)], 'token')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
    clock.advance(1_000);
    await transact([move('a', 2)], 'token');
    expect(await balances()).toEqual({ a: 13, b: 10 });
  });

  test('many at once lose no update, and readers see each whole', async () => {
    const writes = Promise.all(Array.from({ length: 20 }, (_, index) => transact(index % 2 === 0 ? [move('a', 1), move('b', -1)] : [move('b', 2), move('a', -2)])));
    const sums = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const { Responses } = await client.send(new TransactGetItemsCommand({ TransactItems: ['a', 'b'].map((id) => ({ Get: { TableName, Key: { id: { S: id } }, ProjectionExpression: 'balance' } })) }));
        return Responses?.reduce((sum, { Item }) => sum + Number(Item?.balance?.N), 0);
      }),
    );
    await writes;
    expect(new Set(sums)).toEqual(new Set([20]));
    expect(await balances()).toEqual({ a: 0, b: 20 });
  });

  test('a single write answers a failed condition with the item, where it was asked to', async () => {
    const more = { TableName, ConditionExpression: 'attribute_not_exists(id)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
    const Key = { id: { S: 'a' } };
    for (const command of [new PutItemCommand({ ...more, Item: item('a', 1) }), new DeleteItemCommand({ ...more, Key }), new UpdateItemCommand({ ...more, Key, UpdateExpression: 'REMOVE balance' })]) {
      const failed: unknown = await client.send(command as PutItemCommand).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(ConditionalCheckFailedException);
      expect((failed as ConditionalCheckFailedException).Item).toEqual(item('a', 10));
    }
    await client.send(new PutItemCommand({ ...more, Item: item('new', 1) }));
    expect((await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'new' } } }))).Item).toEqual(item('new', 1));
  });

  test('a batch is written with its indexes', async () => {
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: item('c', 1) } }, { DeleteRequest: { Key: { id: { S: 'a' } } } }] } }));
    const { Items } = await client.send(new ScanCommand({ TableName, IndexName: 'by-owner' }));
    expect(Items?.map(({ id }) => id?.S).sort()).toEqual(['b', 'c']);
  });

  test('kill -9 leaves every transaction whole and every index fitting its table', async () => {
    await close();
    const writer = spawn(process.execPath, ['--import', 'tsx', 'tests/cloud/dynamodb/transaction-writer.ts', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = 0;
    for await (const chunk of writer.stdout as AsyncIterable<Buffer>) {
      acknowledged += chunk.toString().split('\n').length - 1;
      if (acknowledged >= 30) break;
    }
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
    await start();
    const after = await balances();
    expect([(after.a ?? 0) + (after.b ?? 0), (after.b ?? 0) - 10 >= acknowledged]).toEqual([20, true]);
    const [table, index] = await Promise.all([undefined, 'by-owner'].map(async (IndexName) => (await client.send(new ScanCommand({ TableName, IndexName }))).Items));
    expect(index?.map(({ id, owner }) => `${id?.S} ${owner?.S}`).sort()).toEqual(table?.map(({ id, owner }) => `${id?.S} ${owner?.S}`).sort());
  });
});
