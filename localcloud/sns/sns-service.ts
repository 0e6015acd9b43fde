import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { administrator, requireAccess } from '../core/caller.ts';
import type { Caller } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import type { MessageAttributes, Publisher } from '../core/ports.ts';
import { queryProtocol } from '../core/query-protocol.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { snsAccess, snsAccessDenied } from './access.ts';
import { deliverToAll } from './delivery.ts';
import type { DeliveryPorts } from './delivery.ts';
import { MessageLog } from './message-log.ts';
import { publishActions } from './publish-actions.ts';
import type { NewPublication } from './publish-actions.ts';
import { topicActions } from './topic-actions.ts';
import type { PublishedMessage, Subscription, Topic } from './types.ts';

export interface SnsOptions extends DeliveryPorts {
  dataDir: string;
  region: string;
  clock?: Clock;
}

export interface SnsState {
  topics: Record<string, Topic>;
  subscriptions: Record<string, Subscription>;
}

const MAX_MESSAGE_BYTES = 262_144;

/**
 * What SNS gives a topic without a policy of its own. Its condition holds for services that act for the account; a role needs an Allow of its
 * own: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
const DEFAULT_POLICY = JSON.stringify({
  Version: '2008-10-17',
  Statement: [{ Sid: '__default_statement_ID', Effect: 'Allow', Principal: { AWS: '*' }, Action: ['sns:GetTopicAttributes', 'sns:SetTopicAttributes', 'sns:AddPermission', 'sns:RemovePermission', 'sns:DeleteTopic', 'sns:Subscribe', 'sns:ListSubscriptionsByTopic', 'sns:Publish'], Resource: '*', Condition: { StringEquals: { 'AWS:SourceOwner': ACCOUNT_ID } } }],
});

/** Topics; what is published is kept, and given to the functions and queues subscribed before the publisher has its answer. */
export class SnsService implements Service, Publisher {
  readonly signingNames = ['sns'];
  readonly handle: RequestHandler;
  private readonly options: SnsOptions;
  private readonly state: JsonFile<SnsState>;
  private readonly log: MessageLog;

  constructor(options: SnsOptions) {
    this.options = options;
    this.state = new JsonFile<SnsState>(path.join(options.dataDir, 'sns', 'topics.json'), { topics: {}, subscriptions: {} });
    this.log = new MessageLog(path.join(options.dataDir, 'sns', 'messages.jsonl'));
    this.handle = queryProtocol('SNS', 'http://sns.amazonaws.com/doc/2010-03-31/', {
      ...topicActions(this.state),
      ...publishActions((message) => this.accept(message)),
    }, snsAccess((topicArn) => this.policyOf(topicArn)), snsAccessDenied);
  }

  /** The topic's policy, JSON: its own, or the one SNS gives every topic. */
  policyOf(topicArn: string): string | undefined {
    const topic = this.state.get().topics[topicArn];
    return topic && (topic.attributes['Policy'] ?? DEFAULT_POLICY);
  }

  async publish(topicArn: string, message: string, subject?: string, attributes?: MessageAttributes, caller: Caller = administrator): Promise<string> {
    requireAccess(caller, () => [{ action: 'sns:Publish', resource: topicArn, resourcePolicy: this.policyOf(topicArn) }], snsAccessDenied);
    return this.accept({ topicArn, message, ...(subject === undefined ? {} : { subject }), ...(attributes === undefined ? {} : { attributes }) });
  }

  /** All that was published (to one topic), oldest first. */
  messages(topicArn?: string): PublishedMessage[] {
    return this.log.read().filter((message) => topicArn === undefined || message.topicArn === topicArn);
  }

  /** Keeps a message and hands it on; answers its id. Throws NotFound, InvalidParameter. */
  private async accept(input: NewPublication): Promise<string> {
    if (!this.state.get().topics[input.topicArn]) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
    if (input.message === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message');
    if (Buffer.byteLength(input.message) > MAX_MESSAGE_BYTES) throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long');
    if (input.subject !== undefined && (input.subject.length > 100 || input.subject === '' || /[\n\r]/.test(input.subject)))
      throw new AwsError('InvalidParameter', 'Invalid parameter: Subject');
    const message: PublishedMessage = {
      messageId: randomUUID(),
      ...input,
      published: (this.options.clock?.() ?? new Date()).toISOString(),
    };
    this.log.append([message]);
    await deliverToAll(Object.values(this.state.get().subscriptions), message, this.options);
    return message.messageId;
  }
}
