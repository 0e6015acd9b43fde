import type { QueueSender } from '../core/ports.ts';
import { takes } from './filter-policy.ts';
import type { PublishedMessage, Subscription } from './types.ts';

export interface DeliveryPorts {
  /** Hands an event to a function, to be run later; where there is no such function it throws. */
  deliver: (functionName: string, event: unknown) => void;
  queues: QueueSender;
  /** Told of messages a subscription could not be given. */
  onProblem?: (subscription: Subscription, problem: unknown) => void;
}

/** Gives a message to every subscription that takes it; resolves when all have it, or their dead-letter queues. */
export const deliverToAll = async (subscriptions: readonly Subscription[], message: PublishedMessage, ports: DeliveryPorts): Promise<void> => {
  const takers = subscriptions.filter((subscription) => subscription.topicArn === message.topicArn && takes(subscription, message));
  await Promise.all(takers.map((subscription) => deliver(subscription, message, ports)));
};

const deliver = async (subscription: Subscription, message: PublishedMessage, ports: DeliveryPorts): Promise<void> => {
  try {
    await hand(subscription, message, ports);
  } catch (problem) {
    ports.onProblem?.(subscription, problem); // the publisher is not told either, as on AWS
    await deliverDeadLetter(subscription, message, ports);
  }
};

const hand = async (subscription: Subscription, message: PublishedMessage, { deliver, queues }: DeliveryPorts): Promise<void> => {
  if (subscription.protocol === 'lambda') deliver(subscription.endpoint, lambdaEvent(subscription, message));
  if (subscription.protocol !== 'sqs') return;
  if (subscription.attributes.RawMessageDelivery === 'true') await queues.send(subscription.endpoint, textFor(subscription, message), queueAttributes(message));
  else await queues.send(subscription.endpoint, envelope(subscription, message));
};

const deliverDeadLetter = async (subscription: Subscription, message: PublishedMessage, { queues, onProblem }: DeliveryPorts): Promise<void> => {
  const { RedrivePolicy = '' } = subscription.attributes;
  if (RedrivePolicy === '') return;
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn: string };
  try {
    const isRaw = subscription.protocol === 'sqs' && subscription.attributes.RawMessageDelivery === 'true';
    await queues.send(deadLetterTargetArn, isRaw ? textFor(subscription, message) : envelope(subscription, message), isRaw ? queueAttributes(message) : {});
  } catch (problem) {
    onProblem?.(subscription, problem);
  }
};

const textFor = ({ protocol }: Subscription, { message, texts }: PublishedMessage): string => texts?.[protocol] ?? message;

const queueAttributes = ({ attributes = {} }: PublishedMessage): Record<string, { dataType: string; value: string }> =>
  Object.fromEntries(Object.entries(attributes).map(([name, { Type, Value }]) => [name, { dataType: Type, value: Value }]));

/** Nothing is signed here: a subscriber that checks signatures must be told to leave it. */
const UNSIGNED = { SignatureVersion: '1', Signature: 'none-locally' };

/** The JSON a queue gets without raw delivery (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html). */
const envelope = (subscription: Subscription, message: PublishedMessage): string =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: message.messageId,
    TopicArn: message.topicArn,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Message: textFor(subscription, message),
    Timestamp: message.published,
    ...UNSIGNED,
    SigningCertURL: '',
    UnsubscribeURL: '',
    ...(message.attributes ? { MessageAttributes: message.attributes } : {}),
  });

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const lambdaEvent = (subscription: Subscription, message: PublishedMessage): unknown => ({
  Records: [
    {
      EventVersion: '1.0',
      EventSubscriptionArn: subscription.arn,
      EventSource: 'aws:sns',
      Sns: {
        Type: 'Notification',
        MessageId: message.messageId,
        TopicArn: message.topicArn,
        Subject: message.subject ?? null,
        Message: textFor(subscription, message),
        Timestamp: message.published,
        ...UNSIGNED,
        SigningCertUrl: '',
        UnsubscribeUrl: '',
        MessageAttributes: message.attributes ?? {},
      },
    },
  ],
});
