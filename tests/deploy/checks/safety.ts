import type { Template } from '../../../localcloud/cloudformation/index.ts';
import { propertiesOf, referenceText } from './resources.ts';

/** The framework's own bucket, for the zips, which only a packaged template has. */
const isDeploymentBucket = (id: string): boolean => id.startsWith('ServerlessDeploymentBucket');

const PRIVATE = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];

/** What AWS would take and floe does not: data that is open, unencrypted, or gone with the stack. */
export const checkSafety = (template: Template): string[] => [...buckets(template), ...tables(template), ...keptResources(template)];

const buckets = (template: Template): string[] =>
  propertiesOf(template, 'AWS::S3::Bucket').flatMap(([id, properties]) => {
    const access = (properties['PublicAccessBlockConfiguration'] ?? {}) as Record<string, unknown>;
    const policies = propertiesOf(template, 'AWS::S3::BucketPolicy').filter(([, { Bucket = '' }]) => referenceText(Bucket) === id);
    return [
      ...(JSON.stringify(properties['BucketEncryption'] ?? null).includes('SSEAlgorithm') ? [] : [`${id} is not encrypted`]),
      ...(PRIVATE.every((setting) => access[setting] === true) ? [] : [`${id} can be made public`]),
      ...(JSON.stringify(policies).includes('aws:SecureTransport') ? [] : [`${id} takes plain HTTP`]),
    ];
  });

const tables = (template: Template): string[] =>
  propertiesOf(template, 'AWS::DynamoDB::Table').flatMap(([id, { PointInTimeRecoverySpecification: recovery }]) =>
    JSON.stringify(recovery ?? null) === '{"PointInTimeRecoveryEnabled":true}' ? [] : [`${id} cannot be brought back to a point in time`],
  );

const keptResources = (template: Template): string[] =>
  Object.entries(template.Resources).flatMap(([id, { Type, DeletionPolicy: deletion, UpdateReplacePolicy: replacement }]) =>
    ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::Glue::Database', 'AWS::Kinesis::Stream', 'AWS::SecretsManager::Secret'].includes(Type) && !isDeploymentBucket(id) && (deletion !== 'RetainExceptOnCreate' || replacement !== 'Retain')
      ? [`${id} goes with the stack`]
      : [],
  );
