import { CreateDeliveryStreamCommand, FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { credentials, REGION, serve } from '../kinesis/support.ts';
import { BUCKET, openDelivery } from './delivery.ts';

const STREAM_ARN = `arn:aws:kinesis:${REGION}:000000000000:stream/events`;

/** Puts records, straight and through a stream, while they are delivered, until it is killed; a line for each that was acknowledged. */
const main = async (dataDir: string): Promise<void> => {
  const { store, kinesis, firehose } = openDelivery(dataDir);
  store.createBucket(BUCKET);
  const [streams, deliveries] = [await serve(kinesis), await serve(firehose)];
  const kinesisClient = new KinesisClient({ region: REGION, endpoint: streams.endpoint, credentials, requestHandler: new NodeHttpHandler() });
  const client = new FirehoseClient({ region: REGION, endpoint: deliveries.endpoint, credentials });
  await kinesisClient.send(new CreateStreamCommand({ StreamName: 'events', ShardCount: 2 }));
  const RoleARN = 'arn:aws:iam::000000000000:role/firehose';
  const s3 = { RoleARN, BucketARN: `arn:aws:s3:::${BUCKET}` };
  await client.send(new CreateDeliveryStreamCommand({ DeliveryStreamName: 'direct', ExtendedS3DestinationConfiguration: s3 }));
  const source = { DeliveryStreamType: 'KinesisStreamAsSource' as const, KinesisStreamSourceConfiguration: { KinesisStreamARN: STREAM_ARN, RoleARN } };
  await client.send(new CreateDeliveryStreamCommand({ DeliveryStreamName: 'events', ...source, ExtendedS3DestinationConfiguration: s3 }));
  const put = async (kind: 'direct' | 'events'): Promise<void> => {
    for (let index = 0; ; index += 2) {
      const texts = [`${kind}-${index}`, `${kind}-${index + 1}`];
      const data = texts.map((text) => Buffer.from(`${text}\n`));
      if (kind === 'direct') await client.send(new PutRecordBatchCommand({ DeliveryStreamName: 'direct', Records: data.map((Data) => ({ Data })) }));
      else await kinesisClient.send(new PutRecordsCommand({ StreamName: 'events', Records: data.map((Data, place) => ({ Data, PartitionKey: texts[place] })) }));
      process.stdout.write(texts.map((text) => `${text}\n`).join(''));
    }
  };
  await Promise.all([put('direct'), put('events')]);
};

void main(process.argv[2] ?? '');
