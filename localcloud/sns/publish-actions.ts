import { AwsError } from '../core/errors.ts';
import { listMembers } from '../core/query-protocol.ts';
import type { QueryAction } from '../core/query-protocol.ts';
import { element, textElement } from '../core/xml.ts';
import type { PublishedMessage } from './types.ts';

type Accept = (message: Pick<PublishedMessage, 'topicArn' | 'message' | 'subject' | 'attributes'>) => string;

const MAX_BATCH = 10;

/** Publish and PublishBatch. */
export const publishActions = (accept: Accept): Record<string, QueryAction> => ({
  Publish: (parameters) => {
    const topicArn = parameters.get('TopicArn') ?? parameters.get('TargetArn');
    if (topicArn === null)
      throw new AwsError(
        'InvalidParameter',
        'Invalid parameter: TopicArn, TargetArn or PhoneNumber must be given; only topics are supported locally',
      );
    const attributes = attributesOf(listMembers(parameters, 'MessageAttributes'));
    return textElement(
      'MessageId',
      accept(messageOf(topicArn, parameters.get('Message') ?? '', parameters.get('Subject') ?? undefined, attributes)),
    );
  },
  PublishBatch: (parameters) => {
    const entries = listMembers(parameters, 'PublishBatchRequestEntries');
    if (entries.length === 0) throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
    if (entries.length > MAX_BATCH)
      throw new AwsError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible (10).');
    const answers = entries.map((entry) => publishEntry(accept, parameters.get('TopicArn') ?? '', entry));
    return (
      element('Successful', ...answers.filter(({ ok }) => ok).map(({ xml }) => xml)) +
      element('Failed', ...answers.filter(({ ok }) => !ok).map(({ xml }) => xml))
    );
  },
});

const publishEntry = (accept: Accept, topicArn: string, entry: ReadonlyMap<string, string>): { ok: boolean; xml: string } => {
  const id = textElement('Id', entry.get('Id') ?? '');
  const nested = new URLSearchParams([...entry]);
  try {
    const messageId = accept(
      messageOf(topicArn, entry.get('Message') ?? '', entry.get('Subject'), attributesOf(listMembers(nested, 'MessageAttributes'))),
    );
    return { ok: true, xml: element('member', id, textElement('MessageId', messageId)) };
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'NotFound') throw error;
    return {
      ok: false,
      xml: element('member', id, textElement('Code', error.code), textElement('Message', error.message), textElement('SenderFault', true)),
    };
  }
};

const messageOf = (
  topicArn: string,
  message: string,
  subject: string | undefined,
  attributes: PublishedMessage['attributes'],
): Parameters<Accept>[0] => ({
  topicArn,
  message,
  ...(subject === undefined ? {} : { subject }),
  ...(attributes ? { attributes } : {}),
});

const attributesOf = (entries: readonly ReadonlyMap<string, string>[]): PublishedMessage['attributes'] => {
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map((entry) => [
      entry.get('Name') ?? '',
      { Type: entry.get('Value.DataType') ?? 'String', Value: entry.get('Value.StringValue') ?? entry.get('Value.BinaryValue') ?? '' },
    ]),
  );
};
