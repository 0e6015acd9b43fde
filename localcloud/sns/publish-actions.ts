import { AwsError } from '../core/errors.ts';
import { isObject } from '../core/json-input.ts';
import { listMembers } from '../core/query-protocol.ts';
import type { QueryAction } from '../core/query-protocol.ts';
import { element, textElement } from '../core/xml.ts';
import type { PublishedMessage } from './types.ts';

/** What a publisher gives. */
export type NewPublication = Omit<PublishedMessage, 'messageId' | 'published'>;

type Accept = (message: NewPublication) => Promise<string>;

const MAX_BATCH = 10;

/** Publish and PublishBatch. */
export const publishActions = (accept: Accept): Record<string, QueryAction> => ({
  Publish: async (parameters) => {
    const topicArn = parameters.get('TopicArn') ?? parameters.get('TargetArn');
    if (topicArn === null)
      throw new AwsError(
        'InvalidParameter',
        'Invalid parameter: TopicArn, TargetArn or PhoneNumber must be given; only topics are supported locally',
      );
    const messageId = await accept(publicationOf(topicArn, (name) => parameters.get(name) ?? undefined, listMembers(parameters, 'MessageAttributes')));
    return textElement('MessageId', messageId);
  },
  PublishBatch: async (parameters) => {
    const entries = listMembers(parameters, 'PublishBatchRequestEntries');
    if (entries.length === 0) throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
    if (entries.length > MAX_BATCH)
      throw new AwsError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible (10).');
    const answers = await Promise.all(entries.map((entry) => publishEntry(accept, parameters.get('TopicArn') ?? '', entry)));
    return (
      element('Successful', ...answers.filter(({ ok }) => ok).map(({ xml }) => xml)) +
      element('Failed', ...answers.filter(({ ok }) => !ok).map(({ xml }) => xml))
    );
  },
});

const publishEntry = async (accept: Accept, topicArn: string, entry: ReadonlyMap<string, string>): Promise<{ ok: boolean; xml: string }> => {
  const id = textElement('Id', entry.get('Id') ?? '');
  const nested = new URLSearchParams([...entry]);
  try {
    const messageId = await accept(publicationOf(topicArn, (name) => entry.get(name), listMembers(nested, 'MessageAttributes')));
    return { ok: true, xml: element('member', id, textElement('MessageId', messageId)) };
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'NotFound') throw error;
    return {
      ok: false,
      xml: element('member', id, textElement('Code', error.code), textElement('Message', error.message), textElement('SenderFault', true)),
    };
  }
};

const publicationOf = (topicArn: string, member: (name: string) => string | undefined, attributeEntries: readonly ReadonlyMap<string, string>[]): NewPublication => {
  const [message = '', subject, structure] = [member('Message'), member('Subject'), member('MessageStructure')];
  const attributes = attributesOf(attributeEntries);
  return {
    topicArn,
    ...(structure === 'json' ? textsOf(message) : { message }),
    ...(subject === undefined ? {} : { subject }),
    ...(attributes ? { attributes } : {}),
  };
};

/** MessageStructure `json`: a text for each protocol, and one for all others. Throws InvalidParameter. */
const textsOf = (message: string): { message: string; texts: Record<string, string> } => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch (cause) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Message Structure - JSON message body failed to parse', { cause });
  }
  const texts = Object.fromEntries(Object.entries(isObject(parsed) ? parsed : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  if (texts.default === undefined) throw new AwsError('InvalidParameter', 'Invalid parameter: Message Structure - No default entry in JSON message body');
  return { message: texts.default, texts };
};

const attributesOf = (entries: readonly ReadonlyMap<string, string>[]): PublishedMessage['attributes'] => {
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map((entry) => [
      entry.get('Name') ?? '',
      { Type: entry.get('Value.DataType') ?? 'String', Value: entry.get('Value.StringValue') ?? entry.get('Value.BinaryValue') ?? '' },
    ]),
  );
};
