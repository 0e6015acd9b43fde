import { DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDbService } from '../../../localcloud/dynamodb/index.ts';
import { credentials, REGION, serve } from '../kinesis/support.ts';

/** Moves 1 from a to b, and changes the owner of other items, until it is killed; a line for each move that was acknowledged. */
const main = async (dataDir: string): Promise<void> => {
  const server = await serve(new DynamoDbService({ dataDir, region: REGION }));
  const client = new DynamoDBClient({ region: REGION, endpoint: server.endpoint, credentials });
  const change = (id: string, amount: number) => ({
    Update: { TableName: 'accounts', Key: { id: { S: id } }, UpdateExpression: 'ADD balance :amount', ExpressionAttributeValues: { ':amount': { N: String(amount) } } },
  });
  const move = async (): Promise<void> => {
    for (;;) {
      await client.send(new TransactWriteItemsCommand({ TransactItems: [change('a', -1), change('b', 1)] }));
      process.stdout.write('moved\n');
    }
  };
  const rename = async (id: string): Promise<void> => {
    for (let index = 0; ; index += 1) await client.send(new PutItemCommand({ TableName: 'accounts', Item: { id: { S: id }, owner: { S: `${id}-${index}` } } }));
  };
  await Promise.all([move(), rename('x'), rename('y')]);
};

void main(process.argv[2] ?? '');
