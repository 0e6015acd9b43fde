import { randomUUID } from 'node:crypto';
import { AwsError } from '../core/errors.ts';
import type { JsonFile } from '../core/files.ts';
import { listMembers } from '../core/query-protocol.ts';
import type { QueryAction } from '../core/query-protocol.ts';
import { ACCOUNT_ID, arn } from '../core/service.ts';
import { element, textElement } from '../core/xml.ts';
import type { SnsState } from './sns-service.ts';
import type { Subscription, Topic } from './types.ts';

const PROTOCOLS = ['application', 'email', 'email-json', 'firehose', 'http', 'https', 'lambda', 'sms', 'sqs'];

/** Actions on topics, subscriptions and tags. */
export const topicActions = (state: JsonFile<SnsState>): Record<string, QueryAction> => ({
  ...topics(state),
  ...subscriptions(state),
  ...tags(state),
});

const required = (parameters: URLSearchParams, name: string): string => {
  const value = parameters.get(name);
  if (value === null) throw new AwsError('InvalidParameter', `Invalid parameter: ${name} is missing`);
  return value;
};

const topicOf = (state: JsonFile<SnsState>, topicArn: string): Topic => {
  const topic = state.get().topics[topicArn];
  if (!topic) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
  return topic;
};

/** A map as the query protocol writes it, in names and in XML: `entry.1.key`, `entry.1.value`. */
const mapParameter = (parameters: URLSearchParams, name: string): Record<string, string> =>
  Object.fromEntries(listMembers(parameters, name).map((entry) => [entry.get('key') ?? '', entry.get('value') ?? '']));
const mapElement = (name: string, map: Readonly<Record<string, string>>): string =>
  element(name, ...Object.entries(map).map(([key, value]) => element('entry', textElement('key', key), textElement('value', value))));

const tagParameter = (parameters: URLSearchParams): Record<string, string> =>
  Object.fromEntries(listMembers(parameters, 'Tags').map((tag) => [tag.get('Key') ?? '', tag.get('Value') ?? '']));

const topics = (state: JsonFile<SnsState>): Record<string, QueryAction> => ({
  CreateTopic: (parameters, { region }) => {
    const name = required(parameters, 'Name');
    if (!/^[\w-]{1,256}$/.test(name))
      throw new AwsError('InvalidParameter', `Invalid parameter: Topic Name (FIFO topics are not supported locally): ${name}`);
    const topicArn = arn('sns', region, name);
    const topic: Topic = { arn: topicArn, attributes: mapParameter(parameters, 'Attributes'), tags: tagParameter(parameters) };
    if (!state.get().topics[topicArn]) state.update((draft) => void (draft.topics[topicArn] = topic));
    return textElement('TopicArn', topicArn);
  },
  DeleteTopic: (parameters) => {
    const topicArn = required(parameters, 'TopicArn');
    state.update((draft) => {
      Reflect.deleteProperty(draft.topics, topicArn);
      for (const subscription of Object.values(draft.subscriptions))
        if (subscription.topicArn === topicArn) Reflect.deleteProperty(draft.subscriptions, subscription.arn);
    });
    return undefined;
  },
  ListTopics: () =>
    element('Topics', ...Object.keys(state.get().topics).map((topicArn) => element('member', textElement('TopicArn', topicArn)))),
  GetTopicAttributes: (parameters) => {
    const topic = topicOf(state, required(parameters, 'TopicArn'));
    const confirmed = Object.values(state.get().subscriptions).filter(({ topicArn }) => topicArn === topic.arn).length;
    return mapElement('Attributes', {
      TopicArn: topic.arn,
      Owner: ACCOUNT_ID,
      DisplayName: '',
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsPending: '0',
      SubscriptionsDeleted: '0',
      ...topic.attributes,
    });
  },
  SetTopicAttributes: (parameters) => {
    const { arn: topicArn } = topicOf(state, required(parameters, 'TopicArn'));
    state.update((draft) =>
      Object.assign(draft.topics[topicArn]?.attributes ?? {}, {
        [required(parameters, 'AttributeName')]: parameters.get('AttributeValue') ?? '',
      }),
    );
    return undefined;
  },
});

const subscriptionElement = ({ arn: subscriptionArn, topicArn, protocol, endpoint }: Subscription): string =>
  element(
    'member',
    textElement('SubscriptionArn', subscriptionArn),
    textElement('Owner', ACCOUNT_ID),
    textElement('Protocol', protocol),
    textElement('Endpoint', endpoint),
    textElement('TopicArn', topicArn),
  );

const subscriptions = (state: JsonFile<SnsState>): Record<string, QueryAction> => ({
  Subscribe: (parameters) => {
    const { arn: topicArn } = topicOf(state, required(parameters, 'TopicArn'));
    const [protocol, endpoint] = [required(parameters, 'Protocol'), parameters.get('Endpoint') ?? ''];
    if (!PROTOCOLS.includes(protocol))
      throw new AwsError('InvalidParameter', `Invalid parameter: Does not support this protocol string: ${protocol}`);
    const present = Object.values(state.get().subscriptions).find(
      (each) => each.topicArn === topicArn && each.protocol === protocol && each.endpoint === endpoint,
    );
    const subscription: Subscription = present ?? {
      arn: `${topicArn}:${randomUUID()}`,
      topicArn,
      protocol,
      endpoint,
      attributes: mapParameter(parameters, 'Attributes'),
    };
    if (!present) state.update((draft) => void (draft.subscriptions[subscription.arn] = subscription));
    return textElement('SubscriptionArn', subscription.arn);
  },
  Unsubscribe: (parameters) => {
    state.update((draft) => void Reflect.deleteProperty(draft.subscriptions, required(parameters, 'SubscriptionArn')));
    return undefined;
  },
  ListSubscriptions: () => element('Subscriptions', ...Object.values(state.get().subscriptions).map(subscriptionElement)),
  ListSubscriptionsByTopic: (parameters) => {
    const { arn: topicArn } = topicOf(state, required(parameters, 'TopicArn'));
    return element(
      'Subscriptions',
      ...Object.values(state.get().subscriptions)
        .filter((each) => each.topicArn === topicArn)
        .map(subscriptionElement),
    );
  },
  GetSubscriptionAttributes: (parameters) => {
    const subscription = state.get().subscriptions[required(parameters, 'SubscriptionArn')];
    if (!subscription) throw new AwsError('NotFound', 'Subscription does not exist', { status: 404 });
    const own = {
      SubscriptionArn: subscription.arn,
      TopicArn: subscription.topicArn,
      Protocol: subscription.protocol,
      Endpoint: subscription.endpoint,
      Owner: ACCOUNT_ID,
      PendingConfirmation: 'false',
    };
    return mapElement('Attributes', { ...own, ...subscription.attributes });
  },
});

const tags = (state: JsonFile<SnsState>): Record<string, QueryAction> => ({
  TagResource: (parameters) => {
    const { arn: topicArn } = topicOf(state, required(parameters, 'ResourceArn'));
    state.update((draft) => Object.assign(draft.topics[topicArn]?.tags ?? {}, tagParameter(parameters)));
    return '';
  },
  ListTagsForResource: (parameters) => {
    const topic = topicOf(state, required(parameters, 'ResourceArn'));
    return element(
      'Tags',
      ...Object.entries(topic.tags).map(([key, value]) => element('member', textElement('Key', key), textElement('Value', value))),
    );
  },
});
