import path from 'node:path';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDbService } from '../../../localcloud/dynamodb/index.ts';
import { credentials, movableClock, REGION, serve, temporaryFolder } from '../kinesis/support.ts';

const TableName = 'sessions';

describe('time to live', () => {
  const temporary = temporaryFolder();
  const clock = movableClock();
  const service = new DynamoDbService({ dataDir: path.join(temporary.folder, 'dynamodb'), region: REGION, clock: clock.now });
  let client: DynamoDBClient;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const server = await serve(service);
    close = server.close;
    client = new DynamoDBClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
  });
  afterAll(async () => {
    client.destroy();
    await close();
    await service.stop();
    temporary.remove();
  });

  test('deletes what has expired in the last five years, and nothing else', async () => {
    await client.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }] }));
    const now = Math.floor(clock.now().getTime() / 1000);
    const put = (id: string, ends: { N: string } | { S: string }) => client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, ends } }));
    await put('past', { N: String(now) });
    await put('soon', { N: String(now + 60) });
    await put('long past', { N: String(now - 6 * 365 * 86_400) });
    await put('text', { S: String(now - 1) });
    const left = async () => ((await client.send(new ScanCommand({ TableName }))).Items ?? []).map(({ id }) => id?.S).sort();
    expect(await service.deleteExpired()).toBe(0);
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'ends', Enabled: true } }));
    expect([await service.deleteExpired(), await left()]).toEqual([1, ['long past', 'soon', 'text']]);
    clock.advance(60_000);
    expect([await service.deleteExpired(), await left()]).toEqual([1, ['long past', 'text']]);
  });
});
