/**
 * A program for the test of `kill -9`: starts a cloud on the directory given, then writes without end to the services that
 * keep state, and prints one line for each write that was acknowledged.
 */
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { callAction } from '../../../localcloud/core/call-action.ts';
import { startCloud } from '../../../localcloud/index.ts';

const program = async (dataDir: string): Promise<never> => {
  const { endpoint, region, sns, sqs } = await startCloud({ dataDir });
  const config = { endpoint, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const s3 = new S3Client(config);
  const kinesis = new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() });
  const dynamodb = new DynamoDBClient(config);
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  await kinesis.send(new CreateStreamCommand({ StreamName: 'stream', ShardCount: 1 }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: 'table',
      KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const topic = await createTopic(endpoint);
  await callAction(endpoint, 'AmazonSQS.CreateQueue', { QueueName: 'queue' });
  const queue = 'arn:aws:sqs:eu-west-1:000000000000:queue';
  for (let number = 0; ; number++) {
    const value = String(number);
    await Promise.all([
      s3
        .send(new PutObjectCommand({ Bucket: 'bucket', Key: `folder/${value}`, Body: value, ContentType: 'text/plain' }))
        .then(() => acknowledge('s3', value)),
      kinesis
        .send(new PutRecordCommand({ StreamName: 'stream', PartitionKey: 'k', Data: Buffer.from(value) }))
        .then(() => acknowledge('kinesis', value)),
      dynamodb.send(new PutItemCommand({ TableName: 'table', Item: { k: { S: value } } })).then(() => acknowledge('dynamodb', value)),
      sns.publish(topic, value).then(() => acknowledge('sns', value)),
      sqs.send(queue, value).then(() => acknowledge('sqs', value)),
    ]);
  }
};

const createTopic = async (endpoint: string): Promise<string> => {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/sns/aws4_request, SignedHeaders=host, Signature=00',
  };
  await fetch(endpoint, { method: 'POST', headers, body: 'Action=CreateTopic&Name=topic' });
  return 'arn:aws:sns:eu-west-1:000000000000:topic';
};

const acknowledge = (service: string, value: string): void => void process.stdout.write(`${service} ${value}\n`);

void program(process.argv[2] ?? '');
