import { AwsError } from '../core/errors.ts';
import type { JsonFile } from '../core/files.ts';
import { listMembers } from '../core/query-protocol.ts';
import type { QueryAction } from '../core/query-protocol.ts';
import { ACCOUNT_ID, arn } from '../core/service.ts';
import { element, textElement } from '../core/xml.ts';
import type { SnsState } from './sns-service.ts';
import { mapElement, mapParameter, required, topicOf } from './parameters.ts';
import { isPending, subscriptionActions } from './subscription-actions.ts';
import type { Topic } from './types.ts';

/** Actions on topics, subscriptions and tags. */
export const topicActions = (state: JsonFile<SnsState>): Record<string, QueryAction> => ({
  ...topics(state),
  ...subscriptionActions(state),
  ...tags(state),
});

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
    const own = Object.values(state.get().subscriptions).filter(({ topicArn }) => topicArn === topic.arn);
    const pending = own.filter(({ protocol }) => isPending(protocol)).length;
    return mapElement('Attributes', {
      TopicArn: topic.arn,
      Owner: ACCOUNT_ID,
      DisplayName: '',
      SubscriptionsConfirmed: String(own.length - pending),
      SubscriptionsPending: String(pending),
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

const tags = (state: JsonFile<SnsState>): Record<string, QueryAction> => ({
  TagResource: (parameters) => {
    const { arn: topicArn } = topicOf(state, required(parameters, 'ResourceArn'));
    state.update((draft) => Object.assign(draft.topics[topicArn]?.tags ?? {}, tagParameter(parameters)));
    return '';
  },
  UntagResource: (parameters) => {
    const { arn: topicArn } = topicOf(state, required(parameters, 'ResourceArn'));
    const keys = listMembers(parameters, 'TagKeys').map((key) => key.get(''));
    state.update((draft) => {
      const topic = draft.topics[topicArn];
      if (topic) topic.tags = Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !keys.includes(key)));
    });
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
