import { Athena, paginateGetQueryResults, paginateListQueryExecutions } from '@aws-sdk/client-athena';
import { CloudWatch, paginateListMetrics, waitUntilAlarmExists } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogs, paginateFilterLogEvents, paginateGetLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDB, paginateQuery, waitUntilTableExists, waitUntilTableNotExists } from '@aws-sdk/client-dynamodb';
import { Firehose } from '@aws-sdk/client-firehose';
import { Glue, paginateGetPartitions, paginateGetTables } from '@aws-sdk/client-glue';
import { Kinesis, paginateListStreams, waitUntilStreamExists, waitUntilStreamNotExists } from '@aws-sdk/client-kinesis';
import { Lambda, paginateListFunctions, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { paginateListObjectsV2, S3, waitUntilBucketExists, waitUntilObjectExists, waitUntilObjectNotExists } from '@aws-sdk/client-s3';
import { paginateListSchedules, Scheduler } from '@aws-sdk/client-scheduler';
import { paginateListSecrets, SecretsManager } from '@aws-sdk/client-secrets-manager';
import { paginateGetExecutionHistory, SFN } from '@aws-sdk/client-sfn';
import { paginateListTopics, SNS } from '@aws-sdk/client-sns';
import { paginateListQueues, SQS } from '@aws-sdk/client-sqs';
import { STS } from '@aws-sdk/client-sts';
import { mkdtempSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import path from 'node:path';
import type { Cloud } from '../../../localcloud/index.ts';
import { startCloud } from '../../../localcloud/index.ts';

/*
 * AWS's own clients, each made without a single option: all that they know is in the environment. Retries, checksums, compression,
 * HTTP/2, regions and retry quotas are theirs.
 */

const BUCKET = 'lake';
const ROLE = 'arn:aws:iam::000000000000:role/any';
const before = { ...process.env };
const clients: { destroy(): void }[] = [];
let dataDir: string;
let cloud: Cloud;

const client = <T extends { destroy(): void }>(Client: new () => T): T => {
  const made = new Client();
  clients.push(made);
  return made;
};

/** All pages' items; more than one page, or the paginator has proved nothing. */
const collect = async <P, T>(pages: AsyncIterable<P>, itemsOf: (page: P) => readonly T[] | undefined, atLeastPages = 2): Promise<T[]> => {
  const found: T[] = [];
  let count = 0;
  for await (const page of pages) {
    found.push(...(itemsOf(page) ?? []));
    count += 1;
  }
  expect(count).toBeGreaterThanOrEqual(atLeastPages);
  return found;
};

/** Runs it to its end; answers its id. */
const runQuery = async (athena: Athena, QueryString: string): Promise<string> => {
  const request = { QueryString, WorkGroup: 'sdk', QueryExecutionContext: { Database: 'silver' } };
  const { QueryExecutionId: id } = await athena.startQueryExecution(request);
  for (;;) {
    const { Status: status } = (await athena.getQueryExecution({ QueryExecutionId: id })).QueryExecution!;
    if (status!.State === 'SUCCEEDED') return id!;
    if (status!.State === 'FAILED' || status!.State === 'CANCELLED') throw new Error(status!.StateChangeReason);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'aws-sdk-'));
  cloud = await startCloud({ dataDir, schedules: 'off', athena: { memoryLimit: '1GB', threads: 2 }, firehose: { bufferSeconds: 0 } });
  for (const name of ['double', 'halve']) {
    cloud.functions.register({
      name,
      timeoutSeconds: 5,
      handler: async (event) => {
        process.stdout.write(`called with ${JSON.stringify(event)}\n`);
        return { n: (event as { n: number }).n * (name === 'double' ? 2 : 0.5) };
      },
    });
  }
  Object.assign(process.env, cloud.environment, { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull });
  await client(S3).createBucket({ Bucket: BUCKET });
  await client(Glue).createDatabase({ DatabaseInput: { Name: 'silver' } });
  await client(Athena).createWorkGroup({ Name: 'sdk', Configuration: { ResultConfiguration: { OutputLocation: `s3://${BUCKET}/results/` } } });
});

afterAll(async () => {
  for (const made of clients) made.destroy();
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', ...Object.keys(cloud.environment)]) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
  await cloud.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('s3', async () => {
  const s3 = client(S3);
  await waitUntilBucketExists({ client: s3, maxWaitTime: 15 }, { Bucket: BUCKET });
  for (const key of ['a', 'b', 'c']) await s3.putObject({ Bucket: BUCKET, Key: `sdk/${key} +ü`, Body: key });
  await waitUntilObjectExists({ client: s3, maxWaitTime: 15 }, { Bucket: BUCKET, Key: 'sdk/a +ü' });
  const found = await s3.getObject({ Bucket: BUCKET, Key: 'sdk/a +ü' });
  expect(await found.Body!.transformToString()).toBe('a');
  expect(found.ChecksumCRC32).toBeDefined();
  const keys = await collect(paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket: BUCKET, Prefix: 'sdk/' }), ({ Contents }) => Contents);
  expect(keys.map(({ Key }) => Key)).toEqual(['sdk/a +ü', 'sdk/b +ü', 'sdk/c +ü']);
  await expect(s3.putObject({ Bucket: BUCKET, Key: 'sdk/a +ü', Body: 'x', IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await s3.deleteObjects({ Bucket: BUCKET, Delete: { Objects: keys.map(({ Key }) => ({ Key: Key! })) } });
  await waitUntilObjectNotExists({ client: s3, maxWaitTime: 15 }, { Bucket: BUCKET, Key: 'sdk/a +ü' });
  await expect(s3.getObject({ Bucket: BUCKET, Key: 'sdk/a +ü' })).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('kinesis', async () => {
  const kinesis = client(Kinesis);
  for (const StreamName of ['one', 'two', 'three']) await kinesis.createStream({ StreamName, ShardCount: 1 });
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 15 }, { StreamName: 'one' });
  expect(await collect(paginateListStreams({ client: kinesis, pageSize: 2 }, {}), ({ StreamNames }) => StreamNames)).toEqual(['one', 'three', 'two']);
  const put = await kinesis.putRecords({ StreamName: 'one', Records: ['x', 'y'].map((text) => ({ Data: Buffer.from(text), PartitionKey: text })) });
  expect(put.FailedRecordCount).toBe(0);
  const { Shards: shards } = await kinesis.listShards({ StreamName: 'one' });
  const { ShardIterator } = await kinesis.getShardIterator({ StreamName: 'one', ShardId: shards![0]!.ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { Records: records } = await kinesis.getRecords({ ShardIterator });
  expect(records!.map(({ Data }) => Buffer.from(Data!).toString())).toEqual(['x', 'y']);
  await kinesis.deleteStream({ StreamName: 'two' });
  await waitUntilStreamNotExists({ client: kinesis, maxWaitTime: 15 }, { StreamName: 'two' });
});

test('firehose', async () => {
  const firehose = client(Firehose);
  const S3DestinationConfiguration = { RoleARN: ROLE, BucketARN: `arn:aws:s3:::${BUCKET}`, Prefix: 'delivered/' };
  await firehose.createDeliveryStream({ DeliveryStreamName: 'delivery', ExtendedS3DestinationConfiguration: S3DestinationConfiguration });
  const put = await firehose.putRecordBatch({ DeliveryStreamName: 'delivery', Records: ['x\n', 'y\n'].map((text) => ({ Data: Buffer.from(text) })) });
  expect(put).toMatchObject({ FailedPutCount: 0, RequestResponses: [{ RecordId: expect.any(String) as string }, { RecordId: expect.any(String) as string }] });
  await cloud.firehose.flush('delivery');
  const s3 = client(S3);
  const { Contents: files } = await s3.listObjectsV2({ Bucket: BUCKET, Prefix: 'delivered/' });
  const texts = await Promise.all(files!.map(async ({ Key }) => (await s3.getObject({ Bucket: BUCKET, Key })).Body!.transformToString()));
  expect(texts.join('')).toBe('x\ny\n');
  const { DeliveryStreamDescription: stream } = await firehose.describeDeliveryStream({ DeliveryStreamName: 'delivery' });
  expect(stream).toMatchObject({ DeliveryStreamStatus: 'ACTIVE', DeliveryStreamType: 'DirectPut' });
});

test('dynamodb', async () => {
  const dynamodb = client(DynamoDB);
  const key = (n: number) => ({ pk: { S: 'p' }, sk: { N: String(n) } });
  await dynamodb.createTable({
    TableName: 'items',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'sk', AttributeType: 'N' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
  });
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30 }, { TableName: 'items' });
  await dynamodb.batchWriteItem({ RequestItems: { items: [1, 2, 3].map((n) => ({ PutRequest: { Item: key(n) } })) } });
  await expect(dynamodb.putItem({ TableName: 'items', Item: key(1), ConditionExpression: 'attribute_not_exists(pk)' })).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  const query = { TableName: 'items', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'p' } } };
  expect(await collect(paginateQuery({ client: dynamodb, pageSize: 2 }, query), ({ Items }) => Items)).toEqual([1, 2, 3].map(key));
  await dynamodb.deleteTable({ TableName: 'items' });
  await waitUntilTableNotExists({ client: dynamodb, maxWaitTime: 30 }, { TableName: 'items' });
});

test('glue', async () => {
  const glue = client(Glue);
  const table = (Name: string) => ({ DatabaseName: 'silver', TableInput: { Name, PartitionKeys: [{ Name: 'dt', Type: 'string' }], StorageDescriptor: { Columns: [{ Name: 'id', Type: 'string' }] } } });
  for (const name of ['g1', 'g2', 'g3']) await glue.createTable(table(name));
  const tables = await collect(paginateGetTables({ client: glue, pageSize: 2 }, { DatabaseName: 'silver', Expression: 'g.*' }), ({ TableList }) => TableList);
  expect(tables.map(({ Name, CreateTime }) => [Name, CreateTime instanceof Date])).toEqual([['g1', true], ['g2', true], ['g3', true]]);
  const names = { DatabaseName: 'silver', TableName: 'g1' };
  await glue.batchCreatePartition({ ...names, PartitionInputList: ['a', 'b', 'c'].map((dt) => ({ Values: [dt] })) });
  const partitions = await collect(paginateGetPartitions({ client: glue, pageSize: 1 }, { ...names, Expression: "dt > 'a'" }), ({ Partitions }) => Partitions);
  expect(partitions.map(({ Values }) => Values)).toEqual([['b'], ['c']]);
  await expect(glue.getTable({ DatabaseName: 'silver', Name: 'none' })).rejects.toMatchObject({ name: 'EntityNotFoundException' });
});

test('athena', async () => {
  const athena = client(Athena);
  const run = (query: string) => runQuery(athena, query);
  await run(`CREATE TABLE numbers (n bigint) LOCATION 's3://${BUCKET}/numbers/' TBLPROPERTIES ('table_type'='ICEBERG')`);
  await run('INSERT INTO numbers VALUES 1, 2, 3');
  const QueryExecutionId = await run('SELECT n FROM numbers ORDER BY n');
  const rows = await collect(paginateGetQueryResults({ client: athena, pageSize: 2 }, { QueryExecutionId }), ({ ResultSet }) => ResultSet!.Rows);
  expect(rows.map(({ Data }) => Data![0]!.VarCharValue)).toEqual(['n', '1', '2', '3']);
  const ids = await collect(paginateListQueryExecutions({ client: athena, pageSize: 1 }, { WorkGroup: 'sdk' }), (page) => page.QueryExecutionIds, 3);
  expect(ids).toHaveLength(3);
  expect(ids[0]).toBe(QueryExecutionId);
  await expect(athena.startQueryExecution({ QueryString: 'SELEC 1', WorkGroup: 'sdk' })).rejects.toMatchObject({ name: 'InvalidRequestException', AthenaErrorCode: 'MALFORMED_QUERY' });
});

test('glue makes an Iceberg table, which athena then writes and reads', async () => {
  const glue = client(Glue);
  const athena = client(Athena);
  const OpenTableFormatInput = { IcebergInput: { MetadataOperation: 'CREATE' as const, Version: '2' } };
  const columns = [{ Name: 'id', Type: 'bigint', Comment: 'its number' }, { Name: 'tags', Type: 'array<struct<k:string,v:decimal(9,2)>>' }];
  const input = { Name: 'by_glue', Parameters: { owner: 'me' }, StorageDescriptor: { Location: `s3://${BUCKET}/by-glue/`, Columns: columns } };
  await glue.createTable({ DatabaseName: 'silver', TableInput: input, OpenTableFormatInput });
  await runQuery(athena, `INSERT INTO by_glue VALUES (1, ARRAY[CAST(ROW('a', 1.5) AS ROW(k varchar, v decimal(9,2)))])`);
  const { ResultSet: result } = await athena.getQueryResults({ QueryExecutionId: await runQuery(athena, 'SELECT id, tags[1].v FROM by_glue') });
  expect(result!.Rows![1]!.Data!.map(({ VarCharValue }) => VarCharValue)).toEqual(['1', '1.50']);
  const { Table: table } = await glue.getTable({ DatabaseName: 'silver', Name: 'by_glue' });
  expect(table).toMatchObject({ TableType: 'EXTERNAL_TABLE', Parameters: { owner: 'me', table_type: 'ICEBERG' }, StorageDescriptor: { Columns: columns } });

  const refused = async (TableInput: object, message: string, IcebergInput: object = OpenTableFormatInput.IcebergInput): Promise<void> => {
    const request = { DatabaseName: 'silver', TableInput: { ...input, Name: 'refused', ...TableInput }, OpenTableFormatInput: { IcebergInput: IcebergInput as typeof OpenTableFormatInput.IcebergInput } };
    await expect(glue.createTable(request)).rejects.toMatchObject({ message: expect.stringContaining(message) as string });
  };
  await refused({ PartitionKeys: [{ Name: 'd', Type: 'date' }] }, 'Cannot create partitions in an iceberg table');
  await refused({ Parameters: { table_type: 'ICEBERG' } }, 'Cannot use reserved parameters table_type or metadata_location');
  await refused({ StorageDescriptor: { Location: `s3://${BUCKET}/x`, Columns: [{ Name: 'a', Type: 'tinyint' }] } }, 'Unsupported type of column a: tinyint');
  await refused({ StorageDescriptor: { Location: `s3://${BUCKET}/x`, Columns: [{ Name: 'a', Type: 'int' }, { Name: 'a', Type: 'int' }] } }, 'specified more than once');
  for (const Location of [undefined, `s3://${BUCKET}/`, 's3://none/x']) await refused({ StorageDescriptor: { ...input.StorageDescriptor, Location } }, 'ocation');
  await refused({}, 'not supported locally', { MetadataOperation: 'CREATE', Version: '1' });
  await refused({}, 'CREATE', { MetadataOperation: 'ALTER' });
  await refused({ Name: 'by_glue' }, 'Table already exists');
  expect((await glue.getTables({ DatabaseName: 'silver', Expression: 'refused' })).TableList).toEqual([]);
  expect((await client(S3).listObjectsV2({ Bucket: BUCKET, Prefix: 'x/' })).KeyCount).toBe(0);
});

test('step functions', async () => {
  const states = client(SFN);
  const definition = { StartAt: 'Double', States: { Double: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'double', 'Payload.$': '$' }, OutputPath: '$.Payload', End: true } } };
  const { stateMachineArn } = await states.createStateMachine({ name: 'machine', roleArn: ROLE, definition: JSON.stringify(definition) });
  const { executionArn } = await states.startExecution({ stateMachineArn, input: '{"n":21}' });
  let execution = await states.describeExecution({ executionArn });
  while (execution.status === 'RUNNING') {
    await new Promise((resolve) => setTimeout(resolve, 10));
    execution = await states.describeExecution({ executionArn });
  }
  expect(execution).toMatchObject({ status: 'SUCCEEDED', output: '{"n":42}' });
  const events = await collect(paginateGetExecutionHistory({ client: states, pageSize: 2 }, { executionArn }), (page) => page.events);
  expect([events[0]!.type, events.at(-1)!.type]).toEqual(['ExecutionStarted', 'ExecutionSucceeded']);
  await expect(states.describeStateMachine({ stateMachineArn: `${stateMachineArn!}x` })).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});

test('lambda, and what its function printed in cloudwatch logs', async () => {
  const lambda = client(Lambda);
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 15 }, { FunctionName: 'halve' });
  const answer = await lambda.invoke({ FunctionName: 'halve', Payload: JSON.stringify({ n: 8 }), LogType: 'Tail' });
  expect(answer.Payload!.transformToString()).toBe('{"n":4}');
  expect(Buffer.from(answer.LogResult!, 'base64').toString()).toContain('called with {"n":8}');
  const functions = await collect(paginateListFunctions({ client: lambda, pageSize: 1 }, {}), ({ Functions }) => Functions);
  expect(functions.map(({ FunctionName }) => FunctionName).sort()).toEqual(['double', 'halve']);
  await expect(lambda.invoke({ FunctionName: 'none' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

  const logs = client(CloudWatchLogs);
  await lambda.invoke({ FunctionName: 'halve', Payload: JSON.stringify({ n: 6 }) });
  const events = await collect(paginateFilterLogEvents({ client: logs, pageSize: 1 }, { logGroupName: '/aws/lambda/halve', filterPattern: '"called with"' }), (page) => page.events);
  expect(events.map(({ message }) => message!.trim())).toEqual(['called with {"n":8}', 'called with {"n":6}']);
  const read = await collect(paginateGetLogEvents({ client: logs, pageSize: 1, stopOnSameToken: true }, { logGroupName: '/aws/lambda/halve', logStreamName: 'local', startFromHead: true }), (page) => page.events);
  expect(read.map(({ message }) => message!.trim()).filter((message) => message.startsWith('called'))).toEqual(['called with {"n":8}', 'called with {"n":6}']);
  const known = await logs.filterLogEvents({ logGroupName: '/aws/lambda/halve' });
  const later = await logs.filterLogEvents({ logGroupName: '/aws/lambda/halve', startTime: known.events!.at(-1)!.timestamp });
  expect(later.events!.at(-1)).toEqual(known.events!.at(-1));
  await expect(logs.describeLogStreams({ logGroupName: '/none' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('scheduler', async () => {
  const scheduler = client(Scheduler);
  const schedule = { ScheduleExpression: 'rate(5 minutes)', FlexibleTimeWindow: { Mode: 'OFF' as const }, Target: { Arn: 'arn:aws:lambda:eu-west-1:000000000000:function:double', RoleArn: ROLE, Input: '{"n":1}' } };
  for (const Name of ['s1', 's2', 's3']) await scheduler.createSchedule({ Name, ...schedule });
  const found = await collect(paginateListSchedules({ client: scheduler, pageSize: 2 }, {}), ({ Schedules }) => Schedules);
  expect(found.map(({ Name }) => Name)).toEqual(['s1', 's2', 's3']);
  expect(await scheduler.getSchedule({ Name: 's1' })).toMatchObject({ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED', Target: { Input: '{"n":1}' } });
  await expect(scheduler.createSchedule({ Name: 's1', ...schedule })).rejects.toMatchObject({ name: 'ConflictException' });
  await scheduler.deleteSchedule({ Name: 's1' });
  await expect(scheduler.getSchedule({ Name: 's1' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('sqs, and sns that delivers to it', async () => {
  const sqs = client(SQS);
  for (const QueueName of ['q1', 'q2', 'q3']) await sqs.createQueue({ QueueName });
  const urls = await collect(paginateListQueues({ client: sqs, pageSize: 2 }, { QueueNamePrefix: 'q' }), ({ QueueUrls }) => QueueUrls);
  expect(urls).toHaveLength(3);
  const QueueUrl = (await sqs.getQueueUrl({ QueueName: 'q1' })).QueueUrl!;
  // The client checks the MD5 sums of what it sends and gets.
  await sqs.sendMessage({ QueueUrl, MessageBody: 'hello ü', MessageAttributes: { kind: { DataType: 'String', StringValue: 'greeting' } } });
  const { Messages: [message] = [] } = await sqs.receiveMessage({ QueueUrl, MessageAttributeNames: ['All'] });
  expect(message).toMatchObject({ Body: 'hello ü', MessageAttributes: { kind: { StringValue: 'greeting' } } });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message!.ReceiptHandle });
  await expect(sqs.getQueueUrl({ QueueName: 'none' })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });

  const sns = client(SNS);
  const { TopicArn } = await sns.createTopic({ Name: 'topic' });
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] });
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: Attributes!['QueueArn'], Attributes: { RawMessageDelivery: 'true' } });
  await sns.publish({ TopicArn, Message: 'told' });
  const { Messages: told } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 5 });
  expect(told!.map(({ Body }) => Body)).toEqual(['told']);
  // A page of topics has up to 100, and no parameter says otherwise.
  expect(await collect(paginateListTopics({ client: sns }, {}), ({ Topics }) => Topics, 1)).toEqual([{ TopicArn }]);
  await expect(sns.publish({ TopicArn: `${TopicArn!}x`, Message: 'm' })).rejects.toMatchObject({ name: 'NotFoundException' });
});

test('secrets manager', async () => {
  const secrets = client(SecretsManager);
  for (const Name of ['a', 'b', 'c']) await secrets.createSecret({ Name, SecretString: `first of ${Name}` });
  await secrets.putSecretValue({ SecretId: 'a', SecretString: 'second' });
  expect((await secrets.getSecretValue({ SecretId: 'a' })).SecretString).toBe('second');
  expect((await secrets.getSecretValue({ SecretId: 'a', VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('first of a');
  const found = await collect(paginateListSecrets({ client: secrets, pageSize: 2 }, {}), ({ SecretList }) => SecretList);
  expect(found.map(({ Name }) => Name).sort()).toEqual(['a', 'b', 'c']);
  await secrets.deleteSecret({ SecretId: 'a' });
  expect((await secrets.listSecrets({ Filters: [{ Key: 'name', Values: ['a', 'b'] }] })).SecretList!.map(({ Name }) => Name)).toEqual(['b']);
  expect((await secrets.listSecrets({ Filters: [{ Key: 'name', Values: ['a'] }], IncludePlannedDeletion: true })).SecretList).toHaveLength(1);
  await expect(secrets.listSecrets({ SortOrder: 'desc' })).rejects.toMatchObject({ name: 'NotImplementedException' });
  await expect(secrets.getSecretValue({ SecretId: 'none' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('cloudwatch', async () => {
  const cloudWatch = client(CloudWatch);
  const Timestamp = new Date();
  await cloudWatch.putMetricData({ Namespace: 'sdk', MetricData: [1, 2, 3].map((Value) => ({ MetricName: 'm', Value, Timestamp })) });
  const window = { StartTime: new Date(Timestamp.getTime() - 3_600_000), EndTime: new Date(Timestamp.getTime() + 3_600_000) };
  const { Datapoints: points } = await cloudWatch.getMetricStatistics({ Namespace: 'sdk', MetricName: 'm', Period: 60, Statistics: ['Sum', 'SampleCount'], ...window });
  expect(points).toMatchObject([{ Sum: 6, SampleCount: 3 }]);
  expect(await collect(paginateListMetrics({ client: cloudWatch }, { Namespace: 'sdk' }), ({ Metrics }) => Metrics, 1)).toMatchObject([{ MetricName: 'm' }]);
  await cloudWatch.putMetricAlarm({ AlarmName: 'alarm', Namespace: 'sdk', MetricName: 'm', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1, Threshold: 5, ComparisonOperator: 'GreaterThanThreshold' });
  await waitUntilAlarmExists({ client: cloudWatch, maxWaitTime: 15 }, { AlarmNames: ['alarm'] });
});

test('sts', async () => {
  expect(await client(STS).getCallerIdentity({})).toMatchObject({ Account: '000000000000', Arn: expect.stringContaining('arn:aws:') as string });
});
