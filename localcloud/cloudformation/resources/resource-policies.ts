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

/** Puts a document where there is none, or another one. */
const putWhereOther = async (known: string | undefined, wanted: string, put: () => Promise<unknown>): Promise<KindOutcome['status']> => {
  if (known === wanted) return 'unchanged';
  await put();
  return known === undefined ? 'created' : 'updated';
};

export const bucketPolicy: ResourceKind = {
  applied: ['Bucket', 'PolicyDocument'],
  ignored: [],
  async apply(context) {
    const [Bucket, Policy] = [requiredText(context, 'Bucket'), documentOf(context)];
    const known = await unlessMissing(['NoSuchBucketPolicy'], () => context.clients.s3.send(new GetBucketPolicyCommand({ Bucket })));
    return outcome(context, [await putWhereOther(known?.Policy, Policy, () => context.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy })))]);
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
      const put = (): Promise<unknown> => sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
      statuses.push(await putWhereOther(Attributes['Policy'], AttributeValue, put));
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
      const put = (): Promise<unknown> => raw.json('sqs', 'AmazonSQS.SetQueueAttributes', { QueueUrl, Attributes: { Policy } });
      statuses.push(await putWhereOther(Attributes['Policy'], Policy, put));
    }
    return outcome(context, statuses);
  },
};
