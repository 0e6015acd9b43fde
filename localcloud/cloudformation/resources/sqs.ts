import type { ResourceKind } from '../kind.ts';
import { requiredText, unlessMissing } from '../kind.ts';
import { textOf } from '../values.ts';

const ATTRIBUTES = ['DelaySeconds', 'FifoQueue', 'MaximumMessageSize', 'MessageRetentionPeriod', 'ReceiveMessageWaitTimeSeconds', 'RedriveAllowPolicy', 'RedrivePolicy', 'VisibilityTimeout'];

/** A queue and its attributes; an attribute that the template no longer has keeps its value. */
export const queue: ResourceKind = {
  applied: ['QueueName', ...ATTRIBUTES],
  ignored: ['KmsDataKeyReusePeriodSeconds', 'KmsMasterKeyId', 'SqsManagedSseEnabled', 'Tags'],
  async apply(context) {
    const { properties, region, accountId } = context;
    const { raw } = context.clients;
    const name = requiredText(context, 'QueueName');
    const wanted = Object.fromEntries(
      ATTRIBUTES.filter((attribute) => properties[attribute] !== undefined).map((attribute) => {
        const value = properties[attribute];
        return [attribute, typeof value === 'object' ? JSON.stringify(value) : textOf(value, attribute)];
      }),
    );
    const found = await unlessMissing(['QueueDoesNotExist'], () => raw.json('sqs', 'AmazonSQS.GetQueueUrl', { QueueName: name }));
    const { QueueUrl } = found ?? (await raw.json('sqs', 'AmazonSQS.CreateQueue', { QueueName: name, Attributes: wanted }));
    const url = String(QueueUrl);
    const identity = { ref: url, attributes: { Arn: `arn:aws:sqs:${region}:${accountId}:${name}`, QueueName: name, QueueUrl: url } };
    if (!found) return { ...identity, status: 'created' };
    const { Attributes } = (await raw.json('sqs', 'AmazonSQS.GetQueueAttributes', { QueueUrl: url, AttributeNames: ['All'] })) as { Attributes: Record<string, string> };
    if (Object.entries(wanted).every(([attribute, value]) => Attributes[attribute] === value)) return { ...identity, status: 'unchanged' };
    await raw.json('sqs', 'AmazonSQS.SetQueueAttributes', { QueueUrl: url, Attributes: wanted });
    return { ...identity, status: 'updated' };
  },
};
