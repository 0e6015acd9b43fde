import { setMaxListeners } from 'node:events';
import { administrator, requireAccess } from '../core/caller.ts';
import type { Caller } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { QueueAttribute, QueueConsumer, QueueMessage, QueueSender } from '../core/ports.ts';
import type { RequestHandler, Service } from '../core/service.ts';
import { sqsAccess, sqsAccessDenied } from './access.ts';
import { noSuchQueue, sqsError } from './errors.ts';
import { messageActions, systemAttributesOf } from './message-actions.ts';
import { checkText, md5, messageBytes } from './message-attributes.ts';
import { MoveTasks } from './move-tasks.ts';
import { handleOf } from './queue.ts';
import type { Queue } from './queue.ts';
import { queueActions } from './queue-actions.ts';
import { queueNumber } from './queue-attributes.ts';
import { QueueRegistry } from './queue-registry.ts';
import type { RegistryOptions } from './queue-registry.ts';

/** A poll of a consumer in this process lasts so long, then the queue is asked again: it may have been made anew. */
const POLL_SECONDS = 20;

/**
 * SQS standard queues in the JSON protocol. Messages sent and deleted are on disk when the answer goes out; after a crash a
 * message may be received again, as it may at any time on AWS. Not here: FIFO queues, permissions, the query protocol.
 */
export class SqsService implements Service, QueueSender, QueueConsumer {
  readonly signingNames = ['sqs'];
  readonly handle: RequestHandler;
  private readonly queues: QueueRegistry;
  private readonly moves: MoveTasks;
  private readonly stopping = new AbortController();

  constructor(options: RegistryOptions) {
    setMaxListeners(0, this.stopping.signal); // every long poll listens
    this.queues = new QueueRegistry(options);
    this.moves = new MoveTasks(this.queues, options.timers.now);
    this.handle = jsonProtocol('SQS', { ...queueActions(this.queues), ...messageActions(this.queues, this.stopping.signal), ...this.moves.actions }, sqsAccess((queueArn) => this.policyOf(queueArn)), sqsAccessDenied);
  }

  private queue(queueArn: string): Queue {
    const queue = this.queues.byArn(queueArn);
    if (!queue) throw noSuchQueue();
    return queue;
  }

  /** The queue's policy, JSON, where it has one. */
  policyOf(queueArn: string): string | undefined {
    return this.queues.byArn(queueArn)?.state().attributes['Policy'];
  }

  exists(queueArn: string): boolean {
    return this.queues.byArn(queueArn) !== undefined;
  }

  /** `http://127.0.0.1:4566/000000000000/name` to the queue's ARN, whatever the host; undefined where there is no such queue. */
  arnOfUrl(url: string): string | undefined {
    const name = url.slice(url.lastIndexOf('/') + 1);
    return this.queues.byName(name) ? this.queues.arnOf(name) : undefined;
  }

  visibilitySeconds(queueArn: string): number {
    return queueNumber(this.queue(queueArn).state().attributes, 'VisibilityTimeout');
  }

  async send(queueArn: string, body: string, attributes: Readonly<Record<string, QueueAttribute>> = {}, caller: Caller = administrator): Promise<string> {
    requireAccess(caller, () => [{ action: 'sqs:SendMessage', resource: queueArn, resourcePolicy: this.policyOf(queueArn) }], sqsAccessDenied);
    const queue = this.queue(queueArn);
    checkText(body);
    const limit = queueNumber(queue.state().attributes, 'MaximumMessageSize');
    if (messageBytes(body, attributes) > limit) throw sqsError('InvalidParameterValue', `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
    const [id = ''] = await queue.send([{ body, attributes, systemAttributes: {} }]);
    return id;
  }

  async receive(queueArn: string, limit: number, signal: AbortSignal): Promise<QueueMessage[]> {
    const messages = await this.queue(queueArn).receive({ limit, waitSeconds: POLL_SECONDS, signal });
    return messages.map((message) => ({
      messageId: message.id,
      receiptHandle: handleOf(message),
      body: message.body,
      attributes: message.attributes,
      md5OfBody: md5(message.body),
      systemAttributes: systemAttributesOf(message),
    }));
  }

  delete(queueArn: string, receiptHandles: readonly string[]): Promise<void> {
    return this.queue(queueArn).delete(receiptHandles);
  }

  /** Ends long polls of the API, so that the gateway need not wait for them. */
  endWaiting(): void {
    this.stopping.abort();
  }

  async stop(): Promise<void> {
    this.endWaiting();
    await this.moves.stop();
    await Promise.all(this.queues.all().map((queue) => queue.close()));
  }
}

/** Whether an error says that there is no such queue. */
export const isNoSuchQueue = (error: unknown): boolean => error instanceof AwsError && error.code.endsWith('#QueueDoesNotExist');
