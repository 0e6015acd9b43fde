import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisService } from '../../../localcloud/kinesis/index.ts';
import { credentials, REGION, serve } from './support.ts';

/** Puts records, several at once, until it is killed; a line for each that was acknowledged. */
const main = async (dataDir: string): Promise<void> => {
  const server = await serve(new KinesisService({ dataDir, region: REGION, clock: () => new Date() }));
  const client = new KinesisClient({ region: REGION, endpoint: server.endpoint, credentials, requestHandler: new NodeHttpHandler() });
  await client.send(new CreateStreamCommand({ StreamName: 'events', ShardCount: 2 }));
  const put = async (writer: number): Promise<void> => {
    for (let index = 0; ; index += 1) {
      const text = `${writer}-${index}`;
      await client.send(new PutRecordCommand({ StreamName: 'events', PartitionKey: text, Data: Buffer.from(text) }));
      process.stdout.write(`${text}\n`);
    }
  };
  await Promise.all([0, 1, 2, 3].map(put));
};

void main(process.argv[2] ?? '');
