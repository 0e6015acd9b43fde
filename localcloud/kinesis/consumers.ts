import { AwsError } from '../core/errors.ts';
import { optionalNumber, optionalText, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Stream } from './stream.ts';
import type { ConsumerState } from './types.ts';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html */
const MAX_CONSUMERS = 20;

/** Which stream and consumer a request means, by the consumer's ARN or by the stream's and a name. */
export interface Consumers {
  /** Throws ResourceNotFoundException. */
  streamByArn(streamArn: string): Stream;
  streamArn(stream: Stream): string;
}

const arnOf = (consumers: Consumers, stream: Stream, { name, createdAt }: ConsumerState): string =>
  `${consumers.streamArn(stream)}/consumer/${name}:${Math.floor(Date.parse(createdAt) / 1000)}`;

const describe = (consumers: Consumers, stream: Stream, consumer: ConsumerState): Record<string, unknown> => ({
  ConsumerName: consumer.name,
  ConsumerARN: arnOf(consumers, stream, consumer),
  ConsumerStatus: 'ACTIVE',
  ConsumerCreationTimestamp: Date.parse(consumer.createdAt) / 1000,
});

export const registerConsumer = (consumers: Consumers, input: JsonObject, now: Date): unknown => {
  const stream = consumers.streamByArn(requiredText(input, 'StreamARN'));
  const name = requiredText(input, 'ConsumerName');
  if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(name)) throw new AwsError('ValidationException', `ConsumerName ${name} does not match [a-zA-Z0-9_.-]+`);
  const { name: streamName, consumers: known = [] } = stream.state;
  if (known.some((consumer) => consumer.name === name)) throw new AwsError('ResourceInUseException', `Consumer ${name} under stream ${streamName} under account ${ACCOUNT_ID} already exists.`);
  if (known.length >= MAX_CONSUMERS) throw new AwsError('LimitExceededException', `Only ${MAX_CONSUMERS} consumers can be registered with a stream.`);
  const consumer = { name, createdAt: now.toISOString() };
  stream.change((draft) => (draft.consumers = [...(draft.consumers ?? []), consumer]));
  return { Consumer: describe(consumers, stream, consumer) };
};

/** Throws ResourceNotFoundException. */
export const findConsumer = (consumers: Consumers, input: JsonObject): { stream: Stream; consumer: ConsumerState; consumerArn: string } => {
  const asked = optionalText(input, 'ConsumerARN');
  const stream = consumers.streamByArn(asked?.split('/consumer/')[0] ?? requiredText(input, 'StreamARN'));
  const name = asked === undefined ? requiredText(input, 'ConsumerName') : undefined;
  const consumer = (stream.state.consumers ?? []).find((candidate) => (name === undefined ? arnOf(consumers, stream, candidate) === asked : candidate.name === name));
  if (!consumer) throw new AwsError('ResourceNotFoundException', `Consumer ${name ?? asked ?? ''} under stream ${stream.state.name} under account ${ACCOUNT_ID} not found.`);
  return { stream, consumer, consumerArn: arnOf(consumers, stream, consumer) };
};

export const describeConsumer = (consumers: Consumers, input: JsonObject): unknown => {
  const { stream, consumer } = findConsumer(consumers, input);
  return { ConsumerDescription: { ...describe(consumers, stream, consumer), StreamARN: consumers.streamArn(stream) } };
};

export const deregisterConsumer = (consumers: Consumers, input: JsonObject): void => {
  const { stream, consumer } = findConsumer(consumers, input);
  stream.change((draft) => (draft.consumers = (draft.consumers ?? []).filter(({ name }) => name !== consumer.name)));
};

export const listConsumers = (consumers: Consumers, input: JsonObject): unknown => {
  const stream = consumers.streamByArn(requiredText(input, 'StreamARN'));
  const after = optionalText(input, 'NextToken') ?? '';
  const rest = [...(stream.state.consumers ?? [])].filter(({ name }) => name > after).sort((left, right) => (left.name < right.name ? -1 : 1));
  const page = rest.slice(0, optionalNumber(input, 'MaxResults') ?? 100);
  return { Consumers: page.map((consumer) => describe(consumers, stream, consumer)), ...(page.length < rest.length ? { NextToken: page.at(-1)?.name } : {}) };
};
