/**
 * A program that is killed again and again: starts a cloud on a directory that is used already, then writes to all that keeps
 * state, several at once. For each write it prints `begin <service> <key> <value>`, and `done …` once it was acknowledged. The
 * value `-` means that the key is deleted.
 *
 * usage: node acknowledged-program.ts <data directory> <round>
 */
import { AthenaClient, GetQueryExecutionCommand, StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCloud } from '../../../localcloud/index.ts';

const KEYS = 7;

const write = async (service: string, key: string, value: string, send: () => Promise<unknown>): Promise<void> => {
  process.stdout.write(`begin ${service} ${key} ${value}\n`);
  await send();
  process.stdout.write(`done ${service} ${key} ${value}\n`);
};

const forEver = async (task: (number: number) => Promise<void>): Promise<never> => {
  for (let number = 0; ; number++) await task(number);
};

const program = async (dataDir: string, round: string): Promise<void> => {
  const { endpoint, region } = await startCloud({ dataDir });
  const config = { endpoint, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const s3 = new S3Client(config);
  const kinesis = new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() });
  const dynamodb = new DynamoDBClient(config);
  const athena = new AthenaClient(config);
  const valueOf = (number: number): string => `${round}.${number}`;

  const query = async (sql: string): Promise<void> => {
    const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand({ QueryString: sql, ResultConfiguration: { OutputLocation: 's3://bucket/results/' } }));
    for (;;) {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const state = QueryExecution?.Status?.State;
      if (state === 'SUCCEEDED') return;
      if (state !== 'QUEUED' && state !== 'RUNNING') throw new Error(QueryExecution?.Status?.StateChangeReason);
      await sleep(5);
    }
  };

  await Promise.race([
    forEver(async (number) => {
      const [key, deletes] = [`folder/${number % KEYS}`, number % 5 === 4];
      const [Bucket, Key] = ['bucket', key];
      if (deletes) await write('s3', key, '-', () => s3.send(new DeleteObjectCommand({ Bucket, Key })));
      else await write('s3', key, valueOf(number), () => s3.send(new PutObjectCommand({ Bucket, Key, Body: valueOf(number), Metadata: { value: valueOf(number) } })));
    }),
    forEver(async (number) => {
      const [key, deletes] = [String(number % KEYS), number % 5 === 4];
      const [TableName, k] = ['table', { S: key }];
      if (deletes) await write('dynamodb', key, '-', () => dynamodb.send(new DeleteItemCommand({ TableName, Key: { k } })));
      else await write('dynamodb', key, valueOf(number), () => dynamodb.send(new PutItemCommand({ TableName, Item: { k, v: { S: valueOf(number) } } })));
    }),
    forEver((number) => write('kinesis', valueOf(number), 'one', () => kinesis.send(new PutRecordCommand({ StreamName: 'stream', PartitionKey: 'k', Data: Buffer.from(valueOf(number)) })))),
    forEver((number) => {
      const values = [0, 1, 2].map((part) => `${round}.many.${number}.${part}`);
      return write('kinesis', values.join(','), 'many', () => kinesis.send(new PutRecordsCommand({ StreamName: 'stream', Records: values.map((value) => ({ PartitionKey: 'k', Data: Buffer.from(value) })) })));
    }),
    forEver((number) => write('athena', valueOf(number), 'row', () => query(`INSERT INTO db.t VALUES ('${valueOf(number)}')`))),
  ]);
};

void program(process.argv[2] ?? '', process.argv[3] ?? '');
