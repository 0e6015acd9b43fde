import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Timers } from '../core/timers.ts';
import { invalidValue, sqsError } from './errors.ts';
import { MessageStore } from './message-store.ts';
import { queueNumber, redrivePolicy } from './queue-attributes.ts';
import type { NewMessage, QueueState, StoredMessage } from './types.ts';

/** Messages received and not deleted that a standard queue holds at most. */
const MAX_IN_FLIGHT = 120_000;

/** What a queue asks of the service around it. */
export interface QueueSurroundings {
  timers: Timers;
  arn: string;
  /** As it is now. */
  state: () => QueueState;
  /** undefined where there is no such queue. */
  queue: (arn: string) => Queue | undefined;
}

export interface ReceiveOptions {
  limit: number;
  /** undefined: as the queue says. */
  visibilitySeconds?: number | undefined;
  waitSeconds?: number | undefined;
  signal?: AbortSignal;
}

/** One queue: its messages, and those who wait for some. */
export class Queue {
  private readonly surroundings: QueueSurroundings;
  private readonly file: string;
  private readonly store: MessageStore;
  private readonly waiting = new Set<() => void>();

  constructor(file: string, surroundings: QueueSurroundings) {
    this.file = file;
    this.surroundings = surroundings;
    this.store = new MessageStore(file);
  }

  /** As it is now. */
  state(): QueueState {
    return this.surroundings.state();
  }

  private now(): number {
    return this.surroundings.timers.now().getTime();
  }

  /** Resolves with the ids, once the messages are on disk. */
  async send(messages: readonly NewMessage[]): Promise<string[]> {
    const { attributes } = this.surroundings.state();
    const sentAt = this.now();
    const stored = messages.map((message): StoredMessage => {
      const delay = message.delaySeconds ?? queueNumber(attributes, 'DelaySeconds');
      const trace = message.systemAttributes.AWSTraceHeader?.value;
      return { id: randomUUID(), body: message.body, attributes: message.attributes, ...(trace === undefined ? {} : { traceHeader: trace }), sentAt, visibleAt: sentAt + delay * 1000, receiveCount: 0 };
    });
    await this.add(stored);
    return stored.map(({ id }) => id);
  }

  private async add(messages: readonly StoredMessage[]): Promise<void> {
    await this.store.add(messages);
    this.wake();
  }

  /** Receives what there is, or waits for something as long as it may; empty when the time is up. */
  async receive(options: ReceiveOptions): Promise<StoredMessage[]> {
    const waitSeconds = options.waitSeconds ?? queueNumber(this.surroundings.state().attributes, 'ReceiveMessageWaitTimeSeconds');
    const until = this.now() + waitSeconds * 1000;
    for (;;) {
      if (options.signal?.aborted) return [];
      const received = await this.take(options);
      if (received.length > 0 || this.now() >= until || options.signal?.aborted) return received;
      await this.untilSomethingChanges(until, options.signal);
    }
  }

  private async take({ limit, visibilitySeconds }: ReceiveOptions): Promise<StoredMessage[]> {
    const now = this.now();
    const { attributes } = this.surroundings.state();
    this.store.expire(now - queueNumber(attributes, 'MessageRetentionPeriod') * 1000);
    if (this.store.hiddenCount >= MAX_IN_FLIGHT && this.store.counts(now).inFlight >= MAX_IN_FLIGHT) throw sqsError('OverLimit', `The maximum number of in flight messages is reached (${MAX_IN_FLIGHT}).`);
    const policy = redrivePolicy(attributes);
    const deadLetters = policy === undefined ? undefined : this.surroundings.queue(policy.deadLetterTargetArn);
    const [taken, dead]: [StoredMessage[], StoredMessage[]] = [[], []];
    for (const message of this.store.receivable(now)) {
      if (taken.length >= limit) break;
      if (policy && deadLetters && message.receiveCount >= policy.maxReceiveCount) dead.push(message);
      else taken.push(message);
    }
    const visibleAt = now + (visibilitySeconds ?? queueNumber(attributes, 'VisibilityTimeout')) * 1000;
    const received = taken.map((message) => ({ ...message, visibleAt, receiveCount: message.receiveCount + 1, firstReceivedAt: message.firstReceivedAt ?? now, receipt: randomUUID() }));
    for (const message of received) this.store.change(message);
    if (deadLetters && dead.length > 0) await this.moveTo(deadLetters, dead, { deadLetterSource: this.surroundings.arn });
    return received;
  }

  /** Moves messages: first they are safe there, then gone here. A crash in between leaves them in both. */
  private async moveTo(target: Queue, messages: readonly StoredMessage[], more: { deadLetterSource?: string }): Promise<void> {
    const now = this.now();
    const moved = messages.map((message): StoredMessage => {
      const { id, body, attributes, traceHeader, sentAt } = message;
      return { id, body, attributes, ...(traceHeader === undefined ? {} : { traceHeader }), sentAt, visibleAt: now, receiveCount: message.receiveCount, ...more };
    });
    const ids = messages.map(({ id }) => id);
    this.store.withhold(ids);
    await target.add(moved);
    await this.store.remove(ids);
  }

  /** Takes one message out for another queue, as StartMessageMoveTask does; undefined where there is none left to receive. */
  async moveOne(targetOf: (message: StoredMessage) => Queue | undefined): Promise<'moved' | 'no target' | undefined> {
    const [first] = this.store.receivable(this.now());
    if (!first) return undefined;
    const target = targetOf(first);
    if (!target) return 'no target';
    await this.moveTo(target, [{ ...first, sentAt: this.now(), receiveCount: 0 }], {}); // a redriven message begins anew
    return 'moved';
  }

  /** A message by its receipt handle: undefined where it is gone or has been received again since. Throws ReceiptHandleIsInvalid. */
  private byHandle(handle: string): StoredMessage | undefined {
    const { id, receipt } = readHandle(handle);
    const message = this.store.get(id);
    return message?.receipt === receipt ? message : undefined;
  }

  /** Resolves once it is on disk that the messages are gone. Throws ReceiptHandleIsInvalid. */
  async delete(handles: readonly string[]): Promise<void> {
    const ids = handles.map((handle) => this.byHandle(handle)?.id).filter((id) => id !== undefined);
    if (ids.length > 0) await this.store.remove(ids);
  }

  /** Throws ReceiptHandleIsInvalid, and InvalidParameterValue where the message is not in flight. */
  changeVisibility(handle: string, seconds: number): void {
    const message = this.byHandle(handle);
    const now = this.now();
    if (!message || message.visibleAt <= now) throw invalidValue('ReceiptHandle', handle, 'Message does not exist or is not available for visibility timeout change.');
    this.store.change({ ...message, visibleAt: now + seconds * 1000 });
    this.wake();
  }

  async purge(): Promise<void> {
    const ids = this.store.ids();
    if (ids.length > 0) await this.store.remove(ids);
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    this.store.expire(this.now() - queueNumber(this.surroundings.state().attributes, 'MessageRetentionPeriod') * 1000);
    return this.store.counts(this.now());
  }

  /** Lets those who wait look again. */
  wake(): void {
    for (const look of [...this.waiting]) look();
  }

  private untilSomethingChanges(until: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.surroundings.timers.after(Math.min(until, this.store.wakeAt) - this.now(), done);
      this.waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  async destroy(): Promise<void> {
    this.wake();
    await this.store.close();
    rmSync(this.file, { force: true });
  }
}

/** A receipt handle names the message and the receive: that of an earlier receive deletes nothing. */
export const handleOf = ({ id, receipt }: StoredMessage): string => Buffer.from(`${id} ${receipt ?? ''}`).toString('base64');

const readHandle = (handle: string): { id: string; receipt: string } => {
  const [id, receipt] = Buffer.from(handle, 'base64').toString('utf8').split(' ');
  if (id === undefined || receipt === undefined) throw sqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
  return { id, receipt };
};
