import { CreateTopicCommand, GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { ResourceKind } from '../kind.ts';
import { requiredText, unlessMissing } from '../kind.ts';

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
