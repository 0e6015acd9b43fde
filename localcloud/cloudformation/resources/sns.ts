import { CreateTopicCommand, GetSubscriptionAttributesCommand, GetTopicAttributesCommand, SetSubscriptionAttributesCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import type { ResourceKind } from '../kind.ts';
import { requiredText, unlessMissing } from '../kind.ts';
import { textOf } from '../values.ts';

export const topic: ResourceKind = {
  applied: ['TopicName'],
  ignored: ['DisplayName', 'KmsMasterKeyId', 'Tags'],
  async apply(context) {
    const name = requiredText(context, 'TopicName');
    const arn = `arn:aws:sns:${context.region}:${context.accountId}:${name}`;
    const identity = { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
    const existing = await unlessMissing(['NotFoundException'], () => context.clients.sns.send(new GetTopicAttributesCommand({ TopicArn: arn })));
    if (!existing) await context.clients.sns.send(new CreateTopicCommand({ Name: name }));
    return { ...identity, status: existing ? 'unchanged' : 'created' };
  },
};

const SUBSCRIPTION_ATTRIBUTES = ['FilterPolicy', 'FilterPolicyScope', 'RawMessageDelivery', 'RedrivePolicy'];

/** A subscription is known by its topic, protocol and endpoint; its attributes are set where they differ. */
export const subscription: ResourceKind = {
  applied: ['Endpoint', 'Protocol', 'TopicArn', ...SUBSCRIPTION_ATTRIBUTES],
  ignored: ['Region', 'SubscriptionRoleArn'],
  async apply(context) {
    const { sns } = context.clients;
    const input = { TopicArn: requiredText(context, 'TopicArn'), Protocol: requiredText(context, 'Protocol'), Endpoint: requiredText(context, 'Endpoint') };
    const { SubscriptionArn = '' } = await sns.send(new SubscribeCommand({ ...input, ReturnSubscriptionArn: true }));
    const { Attributes = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    for (const name of SUBSCRIPTION_ATTRIBUTES) {
      const value = context.properties[name];
      if (value === undefined) continue;
      const text = typeof value === 'object' ? JSON.stringify(value) : textOf(value, name);
      if (Attributes[name] !== text) await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: name, AttributeValue: text }));
    }
    return { ref: SubscriptionArn, attributes: { Arn: SubscriptionArn }, status: 'created' };
  },
};
