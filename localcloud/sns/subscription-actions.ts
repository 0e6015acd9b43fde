import { randomUUID } from 'node:crypto';
import { AwsError } from '../core/errors.ts';
import type { JsonFile } from '../core/files.ts';
import type { QueryAction } from '../core/query-protocol.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import { element, textElement } from '../core/xml.ts';
import { mapElement, mapParameter, required, topicOf } from './parameters.ts';
import type { SnsState } from './sns-service.ts';
import { checkSubscriptionAttribute } from './subscription-attributes.ts';
import type { Subscription } from './types.ts';

const DELIVERED = ['lambda', 'sqs'];
/** These must be confirmed by whoever gets the mail; none is sent from here, so they wait for ever. */
const UNCONFIRMED = ['email', 'email-json'];
const NOT_HERE = ['application', 'firehose', 'http', 'https', 'sms'];
const PENDING = 'PendingConfirmation';

export const isPending = (protocol: string): boolean => UNCONFIRMED.includes(protocol);

const subscriptionElement = ({ arn: subscriptionArn, topicArn, protocol, endpoint }: Subscription): string =>
  element(
    'member',
    textElement('SubscriptionArn', isPending(protocol) ? PENDING : subscriptionArn),
    textElement('Owner', ACCOUNT_ID),
    textElement('Protocol', protocol),
    textElement('Endpoint', endpoint),
    textElement('TopicArn', topicArn),
  );

const subscribe = (state: JsonFile<SnsState>, parameters: URLSearchParams): string => {
  const { arn: topicArn } = topicOf(state, required(parameters, 'TopicArn'));
  const [protocol, endpoint] = [required(parameters, 'Protocol'), parameters.get('Endpoint') ?? ''];
  checkProtocol(protocol, endpoint);
  const attributes = mapParameter(parameters, 'Attributes');
  for (const [name, value] of Object.entries(attributes)) checkSubscriptionAttribute(name, value);
  const present = Object.values(state.get().subscriptions).find((each) => each.topicArn === topicArn && each.protocol === protocol && each.endpoint === endpoint);
  if (present && Object.entries(attributes).some(([name, value]) => present.attributes[name] !== value))
    throw new AwsError('InvalidParameter', 'Invalid parameter: Attributes Reason: Subscription already exists with different attributes');
  const subscription: Subscription = present ?? { arn: `${topicArn}:${randomUUID()}`, topicArn, protocol, endpoint, attributes };
  if (!present) state.update((draft) => void (draft.subscriptions[subscription.arn] = subscription));
  const answered = isPending(protocol) && parameters.get('ReturnSubscriptionArn') !== 'true' ? 'pending confirmation' : subscription.arn;
  return textElement('SubscriptionArn', answered);
};

const checkProtocol = (protocol: string, endpoint: string): void => {
  if (NOT_HERE.includes(protocol)) throw new AwsError('InvalidParameter', `Invalid parameter: Protocol: ${protocol} subscriptions are not supported locally`);
  if (!DELIVERED.includes(protocol) && !UNCONFIRMED.includes(protocol))
    throw new AwsError('InvalidParameter', `Invalid parameter: Does not support this protocol string: ${protocol}`);
  if (protocol === 'sqs' && !/^arn:aws:sqs:[^:]+:\d{12}:[\w-]+$/.test(endpoint)) throw new AwsError('InvalidParameter', 'Invalid parameter: SQS endpoint ARN');
};

const subscriptionOf = (state: JsonFile<SnsState>, parameters: URLSearchParams): Subscription => {
  const subscription = state.get().subscriptions[required(parameters, 'SubscriptionArn')];
  if (!subscription) throw new AwsError('NotFound', 'Subscription does not exist', { status: 404 });
  return subscription;
};

/** Subscribe, Unsubscribe, the lists and the attributes. */
export const subscriptionActions = (state: JsonFile<SnsState>): Record<string, QueryAction> => ({
  Subscribe: (parameters) => subscribe(state, parameters),
  Unsubscribe: (parameters) => {
    state.update((draft) => void Reflect.deleteProperty(draft.subscriptions, required(parameters, 'SubscriptionArn')));
    return undefined;
  },
  ListSubscriptions: () => element('Subscriptions', ...Object.values(state.get().subscriptions).map(subscriptionElement)),
  ListSubscriptionsByTopic: (parameters) => {
    const { arn: topicArn } = topicOf(state, required(parameters, 'TopicArn'));
    const own = Object.values(state.get().subscriptions).filter((each) => each.topicArn === topicArn);
    return element('Subscriptions', ...own.map(subscriptionElement));
  },
  GetSubscriptionAttributes: (parameters) => {
    const subscription = subscriptionOf(state, parameters);
    const own = {
      SubscriptionArn: subscription.arn,
      TopicArn: subscription.topicArn,
      Protocol: subscription.protocol,
      Endpoint: subscription.endpoint,
      Owner: ACCOUNT_ID,
      PendingConfirmation: String(isPending(subscription.protocol)),
      RawMessageDelivery: 'false',
    };
    return mapElement('Attributes', { ...own, ...subscription.attributes });
  },
  SetSubscriptionAttributes: (parameters) => {
    const { arn: subscriptionArn } = subscriptionOf(state, parameters);
    const [name, value] = [required(parameters, 'AttributeName'), parameters.get('AttributeValue') ?? ''];
    checkSubscriptionAttribute(name, value);
    state.update((draft) => {
      const attributes = draft.subscriptions[subscriptionArn]?.attributes ?? {};
      if (value === '') Reflect.deleteProperty(attributes, name);
      else attributes[name] = value;
    });
    return undefined;
  },
});
