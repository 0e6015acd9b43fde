import type { MessageAttributes } from '../core/ports.ts';

export interface PublishedMessage {
  messageId: string;
  topicArn: string;
  subject?: string;
  message: string;
  /** With MessageStructure `json`: the texts for single protocols; `message` is the default one. */
  texts?: Record<string, string>;
  attributes?: MessageAttributes;
  /** ISO time. */
  published: string;
}

export interface Subscription {
  arn: string;
  topicArn: string;
  /** lambda and sqs; email and email-json wait for ever to be confirmed, since no mail is sent. */
  protocol: string;
  endpoint: string;
  attributes: Record<string, string>;
}

export interface Topic {
  arn: string;
  attributes: Record<string, string>;
  tags: Record<string, string>;
}
