import type { ResourceKind } from '../kind.ts';
import { workGroup } from './athena.ts';
import { customResource } from './custom-resource.ts';
import { dynamoTable } from './dynamodb.ts';
import { deliveryStream } from './firehose.ts';
import { glueDatabase, glueTable } from './glue.ts';
import { inlinePolicy, managedPolicy, role } from './iam.ts';
import { kinesisStream } from './kinesis.ts';
import { eventInvokeConfig, eventSourceMapping } from './lambda-events.ts';
import { lambdaFunction } from './lambda.ts';
import { namedQuery } from './named-query.ts';
import { bucketPolicy, queuePolicy, topicPolicy } from './resource-policies.ts';
import { bucket } from './s3.ts';
import { secret } from './secretsmanager.ts';
import { schedule, scheduleGroup } from './scheduler.ts';
import { subscription, topic } from './sns.ts';
import { queue } from './sqs.ts';
import { stateMachine } from './states.ts';

/** How a type is applied; undefined where it is not: it is listed as `not applied`. */
export const resourceKindOf = (type: string): ResourceKind | undefined => resourceKinds[type] ?? (type.startsWith('Custom::') ? customResource : undefined);

const resourceKinds: Readonly<Record<string, ResourceKind>> = {
  'AWS::Athena::NamedQuery': namedQuery,
  'AWS::Athena::WorkGroup': workGroup,
  'AWS::CloudFormation::CustomResource': customResource,
  'AWS::DynamoDB::Table': dynamoTable,
  'AWS::Glue::Database': glueDatabase,
  'AWS::Glue::Table': glueTable,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::Policy': inlinePolicy,
  'AWS::IAM::Role': role,
  'AWS::Kinesis::Stream': kinesisStream,
  'AWS::KinesisFirehose::DeliveryStream': deliveryStream,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
  'AWS::Lambda::EventSourceMapping': eventSourceMapping,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': bucketPolicy,
  'AWS::SNS::Subscription': subscription,
  'AWS::SNS::Topic': topic,
  'AWS::SNS::TopicPolicy': topicPolicy,
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': queuePolicy,
  'AWS::Scheduler::Schedule': schedule,
  'AWS::Scheduler::ScheduleGroup': scheduleGroup,
  'AWS::SecretsManager::Secret': secret,
  'AWS::StepFunctions::StateMachine': stateMachine,
};
