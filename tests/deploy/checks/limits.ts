import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { readCron } from '../../../localcloud/scheduler/cron-expression.ts';
import { propertiesOf, textOf } from './resources.ts';

type Rule = (value: TemplateValue, properties: TemplateObject) => boolean;

const name = (most: number, pattern: RegExp): Rule => (value) => {
  const text = textOf(value);
  return text === undefined || (text.length <= most && pattern.test(text));
};
const between = (least: number, most: number): Rule => (value) => Number(value) >= least && Number(value) <= most;
const oneOf = (values: readonly (string | number)[]): Rule => (value) => values.includes(value as string);
const isCron: Rule = (value, properties) => {
  const [, cron] = /^cron\((.*)\)$/.exec(textOf(value) ?? '') ?? [];
  return cron !== undefined && readCron(cron, textOf(properties['ScheduleExpressionTimezone']) ?? 'UTC') !== undefined;
};

const bytesOf = (value: unknown): number => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
const atMostBytes = (most: number): Rule => (value) => bytesOf(value) <= most;

/** What AWS refuses and its schemas do not say. Each with the page that says it. */
const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  'AWS::Lambda::Function': {
    FunctionName: name(64, /^[\w-]+$/),
    Timeout: between(1, 900),
    MemorySize: between(128, 10_240),
    Runtime: oneOf(['nodejs22.x', 'nodejs24.x']), // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-supported
    Environment: atMostBytes(4_096),
    EphemeralStorage: (value) => between(512, 10_240)((value as TemplateObject)['Size'] ?? null, {}),
  },
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  'AWS::S3::Bucket': { BucketName: name(63, /^[a-z0-9][a-z0-9-]+[a-z0-9]$/) },
  // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
  'AWS::Scheduler::Schedule': { Name: name(64, /^[\w.-]+$/), ScheduleExpression: isCron },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
  'AWS::SQS::Queue': { QueueName: name(80, /^[\w-]+(\.fifo)?$/), MessageRetentionPeriod: between(60, 1_209_600) },
  // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
  'AWS::SNS::Topic': { TopicName: name(256, /^[\w-]+(\.fifo)?$/) },
  // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
  'AWS::Kinesis::Stream': { Name: name(128, /^[\w.-]+$/), RetentionPeriodHours: between(24, 8_760) },
  // https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
  'AWS::KinesisFirehose::DeliveryStream': { DeliveryStreamName: name(64, /^[\w.-]+$/) },
  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  'AWS::StepFunctions::StateMachine': { StateMachineName: name(80, /^[\w-]+$/), DefinitionString: atMostBytes(1_048_576) },
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
  'AWS::DynamoDB::Table': { TableName: name(255, /^[\w.-]{3,}$/) },
  // https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html
  'AWS::Athena::WorkGroup': { Name: name(128, /^[\w.-]+$/) },
  // https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
  'AWS::Glue::Database': { DatabaseInput: (value) => name(255, /^[a-z_][a-z0-9_]*$/)((value as TemplateObject)['Name'] ?? '', {}) },
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  'AWS::Logs::LogGroup': { LogGroupName: name(512, /^[\w./#-]+$/), RetentionInDays: (value) => [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731].includes(Number(value)) },
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
  'AWS::EC2::SecurityGroup': { GroupDescription: name(255, /^[\w ._\-:/()#,@[\]+=&;{}!$*]+$/) },
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  'AWS::IAM::ManagedPolicy': { PolicyDocument: atMostBytes(6_144) },
  'AWS::IAM::Role': { RoleName: name(64, /^[\w+=,.@-]+$/), Policies: atMostBytes(10_240) },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const TEMPLATE_BYTES = 1_000_000;
const TEMPLATE_RESOURCES = 500;

/** Names, sizes and ranges. */
export const checkLimits = (template: Template): string[] => [
  ...(bytesOf(template) > TEMPLATE_BYTES ? [`the template has ${bytesOf(template)} bytes`] : []),
  ...(Object.keys(template.Resources).length > TEMPLATE_RESOURCES ? ['the template has too many resources'] : []),
  ...Object.entries(RULES).flatMap(([type, rules]) =>
    propertiesOf(template, type).flatMap(([id, properties]) =>
      Object.entries(rules).flatMap(([property, holds]) => {
        const value = properties[property];
        return value === undefined || holds(value, properties) ? [] : [`${id}.${property}: AWS does not take ${JSON.stringify(value).slice(0, 200)}`];
      }),
    ),
  ),
];
