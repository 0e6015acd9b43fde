import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDbService } from '../../../localcloud/dynamodb/index.ts';
import { credentials, REGION, serve } from '../kinesis/support.ts';

/** Writes items until it is killed, and a line for each that was acknowledged. */
const main = async (dataDir: string): Promise<void> => {
  const server = await serve(new DynamoDbService({ dataDir, region: REGION }));
  const client = new DynamoDBClient({ region: REGION, endpoint: server.endpoint, credentials });
  for (let index = 0; ; index += 1) {
    await client.send(new PutItemCommand({ TableName: 'ledger', Item: { file: { S: `file-${index}` } } }));
    process.stdout.write(`${index}\n`);
  }
};

void main(process.argv[2] ?? '');
