import type { QueueConsumer, QueueMessage } from '../../core/ports.ts';
import type { Timers } from '../../core/timers.ts';
import { failedItems } from './partial-response.ts';
import { sqsEvent } from './source-events.ts';
import type { InvokeBatch, Mapping } from './types.ts';

export interface QueuePollerPorts {
  queues: QueueConsumer;
  invoke: InvokeBatch;
  /** Resolves when the function is there, or the signal aborts. */
  untilRegistered: (functionName: string, signal: AbortSignal) => Promise<void>;
  timers: Timers;
  region: string;
}

/** ReceiveMessage gives so many at most. */
const RECEIVE_LIMIT = 10;
/** A batch may be so large as JSON: the limit of a synchronous invocation, nearly. */
const MAX_BATCH_BYTES = 6_200_000;

/**
 * One mapping of a queue: one batch at a time. Messages the function has done are deleted; the others come again after
 * their visibility timeout, or go to the queue's dead-letter queue.
 */
export class QueuePoller {
  private readonly mapping: Mapping;
  private readonly ports: QueuePollerPorts;

  constructor(mapping: Mapping, ports: QueuePollerPorts) {
    this.mapping = mapping;
    this.ports = ports;
  }

  /** Takes and handles one batch; resolves with what became of it, or undefined once the signal is aborted. */
  async poll(signal: AbortSignal): Promise<string | undefined> {
    const { functionName, sourceArn, reportsFailures } = this.mapping;
    const { queues, invoke, untilRegistered, region } = this.ports;
    await untilRegistered(functionName, signal); // nothing is received before somebody can take it
    const messages = signal.aborted ? [] : await this.collect(signal);
    if (messages.length === 0) return undefined;
    let failures = 0;
    for (const batch of thatFit(messages)) {
      const outcome = await invoke(functionName, JSON.stringify(sqsEvent(batch, sourceArn, region)));
      const failed = failedItems(outcome, batch.map(({ messageId }) => messageId), reportsFailures);
      const done = batch.filter(({ messageId }) => !failed.has(messageId));
      await queues.delete(sourceArn, done.map(({ receiptHandle }) => receiptHandle));
      failures += failed.size;
    }
    return failures === 0 ? 'OK' : `PROBLEM: Function call failed for ${failures} of ${messages.length} messages`;
  }

  /** The first messages there are, then more until the batch is full or its window is over. */
  private async collect(signal: AbortSignal): Promise<QueueMessage[]> {
    const { batchSize, windowSeconds, sourceArn } = this.mapping;
    const { queues, timers } = this.ports;
    const messages = await queues.receive(sourceArn, Math.min(batchSize, RECEIVE_LIMIT), signal);
    if (windowSeconds === 0 || messages.length === 0) return messages;
    const window = new AbortController();
    const cancel = timers.after(windowSeconds * 1000, () => window.abort());
    const until = AbortSignal.any([signal, window.signal]);
    let bytes = sizeOf(messages);
    while (messages.length < batchSize && bytes < MAX_BATCH_BYTES && !until.aborted) {
      const more = await queues.receive(sourceArn, Math.min(batchSize - messages.length, RECEIVE_LIMIT), until);
      messages.push(...more);
      bytes += sizeOf(more);
    }
    cancel();
    return messages;
  }
}

/** What a message takes in the event at most: its body with every character escaped that may be, and what stands around it. */
const sizeOf = (messages: readonly QueueMessage[]): number => messages.reduce((sum, message) => sum + Buffer.byteLength(JSON.stringify([message.body, message.attributes])) + 1_000, 0);

/** The messages in batches of which each fits a synchronous invocation. */
const thatFit = (messages: readonly QueueMessage[]): QueueMessage[][] => {
  const batches: QueueMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = sizeOf([message]);
    if (bytes + size > MAX_BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(message);
    bytes += size;
  }
  return batches;
};
