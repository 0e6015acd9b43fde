export interface PublishedMessage {
  messageId: string;
  topicArn: string;
  subject?: string;
  message: string;
  /** By name; values as text (binary ones in base64). */
  attributes?: Record<string, { Type: string; Value: string }>;
  /** ISO time. */
  published: string;
}

export interface Subscription {
  arn: string;
  topicArn: string;
  /** lambda is delivered to; sqs, email, email-json, sms, http, https, firehose and application are kept only. */
  protocol: string;
  endpoint: string;
  attributes: Record<string, string>;
}

export interface Topic {
  arn: string;
  attributes: Record<string, string>;
  tags: Record<string, string>;
}
