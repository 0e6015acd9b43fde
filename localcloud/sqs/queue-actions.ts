import { textList, textMap } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { invalidValue, missing, noSuchQueue, sqsError } from './errors.ts';
import { allowsSource, checkAttributes, READABLE, redrivePolicy, withDefaults } from './queue-attributes.ts';
import type { QueueRegistry } from './queue-registry.ts';
import type { QueueState } from './types.ts';

const MAX_LISTED = 1_000;

/** CreateQueue to DeleteQueue, attributes and tags. */
export const queueActions = (queues: QueueRegistry): Record<string, JsonAction> => ({
  CreateQueue: (input) => create(queues, input),
  GetQueueUrl: (input) => {
    const name = text(input, 'QueueName');
    if (!queues.byName(name)) throw noSuchQueue();
    return { QueueUrl: queues.urlOf(name) };
  },
  ListQueues: (input) => listQueues(queues, input),
  DeleteQueue: async (input) => queues.delete(queues.named(input).state().name),
  GetQueueAttributes: (input) => ({ Attributes: readAttributesOf(queues, input) }),
  SetQueueAttributes: (input) => {
    const { name } = queues.named(input).state();
    const attributes = textMap(input, 'Attributes');
    checkSettings(queues, name, attributes);
    queues.change(name, (state) => Object.assign(state.attributes, attributes));
  },
  TagQueue: (input) => queues.change(queues.named(input).state().name, (state) => Object.assign(state.tags, textMap(input, 'Tags'))),
  UntagQueue: (input) => {
    const keys = textList(input, 'TagKeys');
    queues.change(queues.named(input).state().name, (state) => (state.tags = Object.fromEntries(Object.entries(state.tags).filter(([key]) => !keys.includes(key)))));
  },
  ListQueueTags: (input) => ({ Tags: queues.named(input).state().tags }),
  ListDeadLetterSourceQueues: (input) => {
    const target = queues.arnOf(queues.named(input).state().name);
    const { names, next } = page(queues.states().filter(({ attributes }) => redrivePolicy(attributes)?.deadLetterTargetArn === target), input);
    return { queueUrls: names.map((name) => queues.urlOf(name)), ...next };
  },
});

const text = (input: JsonObject, name: string): string => {
  const value = input[name];
  if (typeof value !== 'string' || value === '') throw missing(name);
  return value;
};

const checkName = (name: string): void => {
  if (name.endsWith('.fifo')) throw sqsError('UnsupportedOperation', 'FIFO queues are not supported locally');
  if (!/^[\w-]{1,80}$/.test(name)) throw sqsError('InvalidParameterValue', 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
};

/** Attributes by themselves, and the dead-letter queue they name. */
const checkSettings = (queues: QueueRegistry, name: string, attributes: Readonly<Record<string, string>>): void => {
  checkAttributes(attributes);
  const policy = redrivePolicy(attributes);
  if (!policy) return;
  const target = queues.byArn(policy.deadLetterTargetArn);
  if (!target) throw invalidValue('RedrivePolicy', attributes.RedrivePolicy, 'Dead letter target does not exist.');
  if (!allowsSource(target.state().attributes, queues.arnOf(name))) throw invalidValue('RedrivePolicy', attributes.RedrivePolicy, 'Dead letter target does not allow this source queue.');
};

/** The same queue again is answered as the first one was; with another value of an attribute it is refused. */
const create = (queues: QueueRegistry, input: JsonObject): unknown => {
  const name = text(input, 'QueueName');
  checkName(name);
  const attributes = textMap(input, 'Attributes');
  checkSettings(queues, name, attributes);
  const existing = queues.byName(name)?.state();
  if (!existing) queues.create(name, attributes, textMap(input, 'tags'));
  const present = existing ? withDefaults(existing.attributes) : attributes;
  const differing = Object.keys(attributes).find((key) => present[key] !== attributes[key]);
  if (differing !== undefined) throw sqsError('QueueNameExists', `A queue already exists with the same name and a different value for attribute ${differing}`);
  return { QueueUrl: queues.urlOf(name) };
};

/** A page by MaxResults and NextToken (the name to go on behind). Without MaxResults there are up to 1,000 and no token, as in AWS. */
const page = (states: readonly QueueState[], input: JsonObject): { names: string[]; next: { NextToken?: string } } => {
  const after = typeof input.NextToken === 'string' ? Buffer.from(input.NextToken, 'base64').toString('utf8') : '';
  const size = typeof input.MaxResults === 'number' ? input.MaxResults : undefined;
  if (size !== undefined && (size < 1 || size > MAX_LISTED)) throw invalidValue('MaxResults', size, `Must be an integer from 1 to ${MAX_LISTED}.`);
  const names = states.map(({ name }) => name).sort().filter((name) => name > after);
  const listed = names.slice(0, size ?? MAX_LISTED);
  const last = listed.at(-1);
  return { names: listed, next: size !== undefined && last !== undefined && names.length > listed.length ? { NextToken: Buffer.from(last).toString('base64') } : {} };
};

const listQueues = (queues: QueueRegistry, input: JsonObject): unknown => {
  const prefix = typeof input.QueueNamePrefix === 'string' ? input.QueueNamePrefix : '';
  const { names, next } = page(queues.states().filter(({ name }) => name.startsWith(prefix)), input);
  return { ...(names.length > 0 ? { QueueUrls: names.map((name) => queues.urlOf(name)) } : {}), ...next };
};

const readAttributesOf = (queues: QueueRegistry, input: JsonObject): Record<string, string> => {
  const queue = queues.named(input);
  const asked = textList(input, 'AttributeNames');
  for (const name of asked) if (name !== 'All' && !READABLE.includes(name)) throw sqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  const state = queue.state();
  const { visible, inFlight, delayed } = queue.counts();
  const all: Record<string, string> = {
    QueueArn: queues.arnOf(state.name),
    CreatedTimestamp: String(state.createdAt),
    LastModifiedTimestamp: String(state.modifiedAt),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ...withDefaults(state.attributes),
  };
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => value !== '' && (asked.includes('All') || asked.includes(name))));
};
