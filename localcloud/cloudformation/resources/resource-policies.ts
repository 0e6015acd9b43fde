import { GetBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { KindContext, KindOutcome, ResourceKind } from '../kind.ts';
import { requiredText, unlessMissing } from '../kind.ts';
import { textOf } from '../values.ts';

const documentOf = (context: KindContext): string => JSON.stringify(context.properties['PolicyDocument']);

const namesIn = (context: KindContext, property: string): string[] => [context.properties[property] ?? []].flat().map((name) => textOf(name, property));

const outcome = (context: KindContext, statuses: readonly KindOutcome['status'][]): KindOutcome => ({
  ref: `${context.stackName}-${context.logicalId}`,
  attributes: {},
  status: statuses.find((status) => status !== 'unchanged') ?? 'unchanged',
});

const statusOf = (known: string | undefined, wanted: string): KindOutcome['status'] => (known === undefined ? 'created' : known === wanted ? 'unchanged' : 'updated');

export const bucketPolicy: ResourceKind = {
  applied: ['Bucket', 'PolicyDocument'],
  ignored: [],
  async apply(context) {
    const [Bucket, Policy] = [requiredText(context, 'Bucket'), documentOf(context)];
    const known = await unlessMissing(['NoSuchBucketPolicy'], () => context.clients.s3.send(new GetBucketPolicyCommand({ Bucket })));
    const status = statusOf(known?.Policy, Policy);
    if (status !== 'unchanged') await context.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    return outcome(context, [status]);
  },
};

export const topicPolicy: ResourceKind = {
  applied: ['PolicyDocument', 'Topics'],
  ignored: [],
  async apply(context) {
    const { sns } = context.clients;
    const AttributeValue = documentOf(context);
    const statuses: KindOutcome['status'][] = [];
    for (const TopicArn of namesIn(context, 'Topics')) {
      const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
      statuses.push(statusOf(Attributes['Policy'], AttributeValue));
      if (Attributes['Policy'] !== AttributeValue) await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
    }
    return outcome(context, statuses);
  },
};

export const queuePolicy: ResourceKind = {
  applied: ['PolicyDocument', 'Queues'],
  ignored: [],
  async apply(context) {
    const { raw } = context.clients;
    const Policy = documentOf(context);
    const statuses: KindOutcome['status'][] = [];
    for (const QueueUrl of namesIn(context, 'Queues')) {
      const { Attributes = {} } = (await raw.json('sqs', 'AmazonSQS.GetQueueAttributes', { QueueUrl, AttributeNames: ['Policy'] })) as { Attributes?: Record<string, string> };
      statuses.push(statusOf(Attributes['Policy'], Policy));
      if (Attributes['Policy'] !== Policy) await raw.json('sqs', 'AmazonSQS.SetQueueAttributes', { QueueUrl, Attributes: { Policy } });
    }
    return outcome(context, statuses);
  },
};
