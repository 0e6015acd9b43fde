import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { applyTemplate } from '../../localcloud/cloudformation/index.ts';
import type { AppliedStack, Template } from '../../localcloud/cloudformation/index.ts';
import { startCloud } from '../../localcloud/index.ts';
import type { Cloud } from '../../localcloud/index.ts';

const ROLE = 'arn:aws:iam::000000000000:role/r';
/** What moves events: queues, subscriptions, mappings and schedules, with references between them. */
const template = (more: { visibility?: number; expression?: string; batch?: number } = {}): Template => ({
  Resources: {
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
    Work: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work', VisibilityTimeout: more.visibility ?? 30, RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 } } },
    Policy: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Work' }], PolicyDocument: {} } },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
    Subscription: { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Work', 'Arn'] }, RawMessageDelivery: true, FilterPolicyScope: 'MessageBody', FilterPolicy: { kind: ['order'] } } },
    F: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'f', Handler: 'h', Timeout: 5 } },
    Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { FunctionName: { Ref: 'F' }, EventSourceArn: { 'Fn::GetAtt': ['Work', 'Arn'] }, BatchSize: more.batch ?? 5, FunctionResponseTypes: ['ReportBatchItemFailures'] } },
    Config: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: { Ref: 'F' }, Qualifier: '$LATEST', MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } } } },
    Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'team' } },
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: { Name: 'hourly', GroupName: { Ref: 'Group' }, ScheduleExpression: more.expression ?? 'cron(0 * * * ? *)', FlexibleTimeWindow: { Mode: 'OFF' }, Target: { Arn: { Ref: 'Topic' }, RoleArn: ROLE, Input: '{"kind":"order"}' } },
    },
  },
});

let dataDir: string;
let cloud: Cloud;
const received: string[] = [];
const apply = (changes?: Parameters<typeof template>[0]): Promise<AppliedStack> =>
  applyTemplate({
    stackName: 's', template: template(changes), taskRoot: '/', region: cloud.region, endpoint: cloud.endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    registerFunction: ({ name, timeoutSeconds }) => cloud.functions.register({ name, timeoutSeconds, handler: async (event) => void received.push(...(event as { Records: { body: string }[] }).Records.map(({ body }) => body)) }),
  });
const statuses = ({ resources }: AppliedStack): Record<string, string> => Object.fromEntries(resources.map(({ logicalId, status }) => [logicalId, status]));

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'deploy-events-'));
  cloud = await startCloud({ dataDir, schedules: 'off' });
});
afterAll(async () => {
  await cloud.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('queues, subscriptions, mappings and schedules are created, and an event goes all the way', async () => {
  expect(statuses(await apply())).toMatchObject({ Dead: 'created', Work: 'created', Policy: 'created', Subscription: 'created', Mapping: 'created', Config: 'created', Group: 'created', Schedule: 'created' });
  await cloud.scheduler.fire('hourly', 'team'); // to the topic, to the queue, to the function
  while (received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(received).toEqual(['{"kind":"order"}']);
});

test('applied again nothing changes; what changed is updated', async () => {
  expect(statuses(await apply())).toMatchObject({ Dead: 'unchanged', Work: 'unchanged', Mapping: 'unchanged', Config: 'unchanged', Group: 'unchanged', Schedule: 'unchanged' });
  expect(statuses(await apply({ visibility: 60, expression: 'rate(1 hour)', batch: 7 }))).toMatchObject({ Dead: 'unchanged', Work: 'updated', Mapping: 'updated', Schedule: 'updated' });
});
