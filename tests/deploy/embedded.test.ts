import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AthenaClient, BatchGetNamedQueryCommand, GetWorkGroupCommand, ListNamedQueriesCommand } from '@aws-sdk/client-athena';
import { FirehoseClient, DescribeDeliveryStreamCommand } from '@aws-sdk/client-firehose';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { DescribeExecutionCommand, DescribeStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { createLocalFunction } from '../../cli/local/functions.ts';
import { applyTemplate, deployLocally, readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import type { AppliedStack, DeployedFunction, Template } from '../../localcloud/cloudformation/index.ts';
import { createQueries } from '../../src/lib/lake/index.ts';
import { openStatementLibrary } from '../../src/lib/statements/index.ts';
import { sampleParameters } from './support/sample-parameters.ts';
import { startCloud } from '../../localcloud/index.ts';
import type { Cloud } from '../../localcloud/index.ts';

const REGION = 'eu-west-1';
const projectRoot = process.cwd();
let dataDir: string;
let cloud: Cloud;
let first: AppliedStack;

const register = ({ name, handler, environment, timeoutSeconds }: DeployedFunction): void =>
  cloud.functions.register({ name, handler: createLocalFunction(handler, { ...environment, POWERTOOLS_TRACE_ENABLED: 'false' }), timeoutSeconds });
const target = () => ({ endpoint: cloud.endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const deploy = (): Promise<AppliedStack> => deployLocally({ ...target(), projectRoot, stage: 'dev', registerFunction: register });
const start = (): Promise<Cloud> => startCloud({ dataDir, port: 0, region: REGION, schedules: 'off' });

/** Logical ids by status; functions, which live in the process, and what functions make are handed over and asked for each time. */
const withStatus = ({ resources }: AppliedStack, status: string): string[] =>
  resources.filter((resource) => resource.status === status && !/^(AWS::Lambda::Function|Custom::.*)$/.test(resource.type)).map(({ logicalId }) => logicalId);

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'deploy-'));
  cloud = await start();
  first = await deploy();
}, 60_000);
afterAll(async () => {
  await cloud.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the project on the embedded cloud', () => {
  test('everything that means something here is created, the rest is listed', () => {
    expect(withStatus(first, 'created')).toEqual(expect.arrayContaining(['LakeBucket', 'BronzeEventsTable', 'EventStream', 'EventDelivery', 'LakeTable', 'Workgroup', 'SftpSecret', 'NotificationTopic', 'HourlyWorkflow']));
    const types = new Set(first.resources.filter(({ status }) => status === 'not applied').map(({ type }) => type));
    expect([...types].filter((type) => !type.startsWith('AWS::EC2::')).sort()).toEqual([
      'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::Logs::LogGroup', 'AWS::Logs::LogStream',
    ]);
  });

  test('functions get the names of what was made', () => {
    const environmentOf = (name: string): Record<string, string> | undefined => first.functions.find((one) => one.name === name)?.environment;
    expect(first.functions.find(({ name }) => name === 'floe-dev-capture')).toMatchObject({ handler: 'src/handlers/capture.handler', timeoutSeconds: 60 });
    expect(environmentOf('floe-dev-capture')).toMatchObject({ LAKE_BUCKET: 'floe-dev-lake-000000000000', AWS_ENDPOINT_URL: cloud.endpoint, LAMBDA_TASK_ROOT: projectRoot });
    expect(environmentOf('floe-dev-ingest-users')).toMatchObject({ WATERMARK_TABLE: 'floe-dev-watermarks' });
    expect(environmentOf('floe-dev-run-begin')).toMatchObject({ LEDGER_TABLE: 'floe-dev-ledger', LAKE_TABLE: 'floe-dev-lake', WORKGROUP: 'floe-dev', DATABASE_PREFIX: '' });
  });

  test('the services answer what the template says', async () => {
    const { Table } = await new GlueClient(target()).send(new GetTableCommand({ DatabaseName: 'bronze', Name: 'events' }));
    expect([Table?.StorageDescriptor?.Location, Table?.Parameters?.['projection.ingestion_hour.range']]).toEqual(['s3://floe-dev-lake-000000000000/bronze/events/', '0,23']);
    const { WorkGroup } = await new AthenaClient(target()).send(new GetWorkGroupCommand({ WorkGroup: 'floe-dev' }));
    expect(WorkGroup?.Configuration?.ResultConfiguration?.OutputLocation).toBe('s3://floe-dev-results-000000000000/athena/');
    const { DeliveryStreamDescription } = await new FirehoseClient(target()).send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'floe-dev-events' }));
    expect(DeliveryStreamDescription?.Source?.KinesisStreamSourceDescription?.KinesisStreamARN).toBe('arn:aws:kinesis:eu-west-1:000000000000:stream/floe-dev-events');
    const { definition } = await new SFNClient(target()).send(new DescribeStateMachineCommand({ stateMachineArn: first.outputs['HourlyWorkflowArn'] ?? '' }));
    expect(definition).toContain('arn:aws:lambda:eu-west-1:000000000000:function:floe-dev-run-begin');
    expect(definition).not.toContain('${');
  });

  test('secrets are there without a value', async () => {
    const secrets = new SecretsManagerClient(target());
    await expect(secrets.send(new DescribeSecretCommand({ SecretId: 'floe-dev-sftp' }))).resolves.toMatchObject({ Name: 'floe-dev-sftp', ARN: first.outputs['SftpSecretArn'] });
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'floe-dev-sftp' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a deployment that nobody has configured yet', () => {
  /** Targets and inputs of the schedules that are on; the workflow's by its name. */
  const scheduled = async (): Promise<{ arn: string; input: string }[]> => {
    const scheduler = new SchedulerClient(target());
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
    const schedules = await Promise.all(Schedules.map(({ Name }) => scheduler.send(new GetScheduleCommand({ Name }))));
    scheduler.destroy();
    return schedules.filter(({ State }) => State !== 'DISABLED').map(({ Target }) => ({ arn: Target?.Arn ?? '', input: Target?.Input ?? '' }));
  };

  const invoke = async (arn: string, input: string): Promise<string | undefined> => (await new LambdaClient(target()).send(new InvokeCommand({ FunctionName: arn, Payload: Buffer.from(input) }))).FunctionError;

  const run = async (stateMachineArn: string, input: string): Promise<string | undefined> => {
    const states = new SFNClient(target());
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input }));
    for (;;) {
      const { status, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') return status === 'SUCCEEDED' ? undefined : `${status}: ${cause}`;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test('rings no alarm: what the schedules call ends well, without a server for files and a database', async () => {
    const targets = await scheduled();
    expect(targets.map(({ arn }) => arn.split(':').at(-1)).sort()).toEqual(expect.arrayContaining(['floe-dev-hourly', 'floe-dev-ingest-transactions', 'floe-dev-redrive']));
    const functions = targets.filter(({ arn }) => arn.includes(':function:'));
    for (const { arn, input } of functions) expect([arn, await invoke(arn, input)]).toEqual([arn, undefined]);
    for (const { arn, input } of targets.filter((one) => !functions.includes(one))) expect([input, await run(arn, input)]).toEqual([input, undefined]);
  });
});

describe('tables and views', () => {
  const query = async (sql: string): Promise<(string | null)[][]> => {
    const athena = new AthenaClient(target());
    try {
      return (await createQueries(athena, 'floe-dev').run(sql)).rows;
    } finally {
      athena.destroy();
    }
  };

  test('are made by the deployment', async () => {
    const tables = [...(await query('SHOW TABLES IN silver')), ...(await query('SHOW TABLES IN gold'))].flat().map((name) => name?.trim());
    expect(tables.sort()).toEqual(['events', 'long_sessions', 'orphan_transactions', 'quarantine', 'run_audit', 'session_conversions', 'transactions', 'user_session_analysis', 'users']);
  });

  /** Those that a person is shown, and those that run by themselves; figures and decisions are rows of values, which an empty list has none of. */
  const queries = ['gates', 'look', 'plan', 'sweep/keys_kept_twice', 'quarantine/kept_dates', 'retention/dates_below_floor', 'retention/users_below_floor', 'retention/quarantine_below_floor'];

  test.each(['events', 'transactions', 'users'] as const)('answer every query of sql/ about %s', async (source) => {
    const library = openStatementLibrary('sql');
    const parameters = sampleParameters(source, 'floe-dev-lake-000000000000');
    const names = (await Promise.all(queries.map(async (name) => (name.includes('/') ? [name] : library.names(name))))).flat();
    const failed: string[] = [];
    for (const name of names) {
      const isOfOthers = source === 'users' ? /unique_keys|keys_kept_twice|new_repeated_keys|lost_keys|sessions/ : /look\/(lost_users|user_history)/;
      if (isOfOthers.test(name)) continue;
      await query(await library.render(name, parameters)).catch((error: unknown) => failed.push(`${name}: ${String(error)}`));
    }
    expect(failed).toEqual([]);
    expect(names.length).toBeGreaterThan(25);
  });

  test('saved queries run on them, each under the question it answers', async () => {
    const athena = new AthenaClient(target());
    const { NamedQueryIds } = await athena.send(new ListNamedQueriesCommand({ WorkGroup: 'floe-dev' }));
    const { NamedQueries = [] } = await athena.send(new BatchGetNamedQueryCommand({ NamedQueryIds }));
    athena.destroy();
    expect(NamedQueries).toHaveLength(readdirSync('sql/queries').length);
    for (const { Description, QueryString = '' } of NamedQueries) {
      expect(QueryString.split('\n', 1)).toEqual([`-- ${Description}`]);
      await expect(query(QueryString)).resolves.toEqual([]);
    }
  });

  test('of before get the columns that came since, at their end', async () => {
    await query('ALTER TABLE silver.events DROP COLUMN contenders');
    await deploy();
    expect((await query('SHOW COLUMNS IN silver.events')).flat().map((name) => name?.trim()).at(-1)).toBe('contenders');
  });

  test('whose column has another type fail the deployment, with the column and what to do', async () => {
    await query('ALTER TABLE silver.users DROP COLUMN country');
    await query('ALTER TABLE silver.users ADD COLUMNS (country int)');
    await expect(deploy()).rejects.toThrow('LakeTables (Custom::LakeTables): TableDiffersError: silver.users.country is int, but sql/tables/ says string');
    await query('ALTER TABLE silver.users DROP COLUMN country');
  });
});

describe('a resource that a function makes', () => {
  const make = async (maker: (request: { ResponseURL: string; ResourceProperties: object }) => Promise<unknown>): Promise<AppliedStack> => {
    cloud.functions.register({ name: 'maker', handler: (event) => maker(event as Parameters<typeof maker>[0]), timeoutSeconds: 10 });
    const Resources = { Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: `arn:aws:lambda:${REGION}:000000000000:function:maker`, Size: 3, List: [true, 'x'] } } };
    const Outputs = { Name: { Value: { Ref: 'Thing' } }, Color: { Value: { 'Fn::GetAtt': ['Thing', 'Color'] } } };
    return applyTemplate({ ...target(), template: { Resources, Outputs }, stackName: 'shop-dev', taskRoot: projectRoot, registerFunction: register });
  };
  const answer = (url: string, body: object): Promise<Response> => fetch(url, { method: 'PUT', body: JSON.stringify(body) });

  test('is named, and has the attributes, as the function answers; numbers reach it as text', async () => {
    const seen: object[] = [];
    const { outputs } = await make(async ({ ResponseURL, ResourceProperties }) => {
      seen.push(ResourceProperties);
      await answer(ResponseURL, { Status: 'SUCCESS', PhysicalResourceId: 'thing-1', Data: { Color: 'red' } });
    });
    expect(outputs).toEqual({ Name: 'thing-1', Color: 'red' });
    expect(seen).toEqual([expect.objectContaining({ Size: '3', List: ['true', 'x'] })]);
  });

  test('fails the deployment where the function says so, or says nothing', async () => {
    await expect(make(({ ResponseURL }) => answer(ResponseURL, { Status: 'FAILED', Reason: 'no paint' }).then(() => null))).rejects.toThrow('Thing (Custom::Thing): no paint');
    await expect(make(async () => null)).rejects.toThrow('Thing (Custom::Thing): the function has ended and put no answer');
  });
});

describe('deploying again', () => {
  test('changes nothing where nothing has changed', async () => {
    const again = await deploy();
    expect([withStatus(again, 'created'), withStatus(again, 'updated')]).toEqual([[], []]);
    expect(again.outputs).toEqual(first.outputs);
  });

  test('changes nothing after a restart on the same directory', async () => {
    await cloud.stop();
    cloud = await start();
    const again = await deploy();
    expect([withStatus(again, 'created'), withStatus(again, 'updated')]).toEqual([[], []]);
  });

  const apply = (template: Template): Promise<AppliedStack> => applyTemplate({ ...target(), template, stackName: 'floe-dev', taskRoot: projectRoot, registerFunction: register });
  const read = (params: Record<string, string> = {}): Template => readServerlessTemplate({ projectRoot, stage: 'dev', region: REGION, params }).template;

  test('updates what has changed, and only that', async () => {
    const template = read({ deliverySeconds: '60', scanCutoffBytes: '20000000' });
    const { TableInput } = template.Resources['BronzeUsersTable']?.Properties as unknown as { TableInput: { StorageDescriptor: { Columns: object[] } } };
    TableInput.StorageDescriptor.Columns.push({ Name: 'added', Type: 'string' });
    Object.assign(template.Resources['HourlyWorkflow']?.Properties ?? {}, { DefinitionString: '{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}' });
    Object.assign(template.Resources['EventStream']?.Properties ?? {}, { RetentionPeriodHours: 200 });
    expect(withStatus(await apply(template), 'updated').sort()).toEqual(['BronzeUsersTable', 'EventDelivery', 'EventStream', 'HourlyWorkflow', 'Workgroup']);
    expect(withStatus(await apply(template), 'updated')).toEqual([]);
  });

  test('refuses to give a table another key, which would cost its items', async () => {
    const template = read();
    Object.assign(template.Resources['LedgerTable']?.Properties ?? {}, { KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }] });
    await expect(apply(template)).rejects.toThrow('LedgerTable (AWS::DynamoDB::Table): table floe-dev-ledger is there with another key');
  });
});
