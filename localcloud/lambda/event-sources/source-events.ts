import type { QueueMessage, StreamRecord } from '../../core/ports.ts';
import { ACCOUNT_ID } from '../../core/service.ts';

/** The event of a batch of messages (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
export const sqsEvent = (messages: readonly QueueMessage[], sourceArn: string, region: string): unknown => ({
  Records: messages.map((message) => ({
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.systemAttributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, { dataType, value }]) => [
        name,
        { [dataType.startsWith('Binary') ? 'binaryValue' : 'stringValue']: value, stringListValues: [], binaryListValues: [], dataType },
      ]),
    ),
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: sourceArn,
    awsRegion: region,
  })),
});

/** The event of a batch of one shard's records (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html). */
export const kinesisEvent = (records: readonly StreamRecord[], sourceArn: string, region: string): unknown => ({
  Records: records.map(({ data, partitionKey, sequenceNumber, shardId, approximateArrivalTimestamp }) => ({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: data.toString('base64'),
      approximateArrivalTimestamp: approximateArrivalTimestamp.getTime() / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: `arn:aws:iam::${ACCOUNT_ID}:role/local`,
    awsRegion: region,
    eventSourceARN: sourceArn,
  })),
});
