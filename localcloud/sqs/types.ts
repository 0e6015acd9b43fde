import type { QueueAttribute } from '../core/ports.ts';

export type MessageAttributes = Readonly<Record<string, QueueAttribute>>;

/** What a sender gives. */
export interface NewMessage {
  body: string;
  attributes: MessageAttributes;
  /** AWSTraceHeader is the only one there is. */
  systemAttributes: MessageAttributes;
  /** undefined: as the queue says. */
  delaySeconds?: number;
}

/** A message in a queue. Times are epoch milliseconds. */
export interface StoredMessage {
  id: string;
  body: string;
  attributes: MessageAttributes;
  traceHeader?: string;
  sentAt: number;
  /** Not received before this time: it is delayed, or in flight. */
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt?: number;
  /** Part of the receipt handle of the last receive. */
  receipt?: string;
  /** ARN of the queue it came from, where it was moved here as a dead letter. */
  deadLetterSource?: string;
}

/** A queue as it is kept in `queues.json`. */
export interface QueueState {
  name: string;
  /** Of the file with its messages: a queue created anew under an old name begins empty. */
  id: string;
  /** As they were set; defaults are not kept. */
  attributes: Record<string, string>;
  tags: Record<string, string>;
  /** Epoch seconds. */
  createdAt: number;
  modifiedAt: number;
}

export interface RedrivePolicy {
  deadLetterTargetArn: string;
  maxReceiveCount: number;
}
