import { isObject, textList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import { runBatch } from './batch.ts';
import { invalidValue, missing, sqsError } from './errors.ts';
import { attributesMd5, attributesOut, checkText, chosenAttributes, md5, messageBytes, readAttributes } from './message-attributes.ts';
import { handleOf } from './queue.ts';
import type { Queue } from './queue.ts';
import { queueNumber } from './queue-attributes.ts';
import type { QueueRegistry } from './queue-registry.ts';
import type { NewMessage, StoredMessage } from './types.ts';

const MAX_VISIBILITY_SECONDS = 43_200;

/** Actions on messages, singly and in batches. `stopping` ends long polls. */
export const messageActions = (queues: QueueRegistry, stopping: AbortSignal): Record<string, JsonAction> => ({
  SendMessage: async (input) => {
    const queue = queues.named(input);
    const message = readMessage(queue, input);
    const [id] = await queue.send([message]);
    return sent(id ?? '', message);
  },
  SendMessageBatch: async (input) => {
    const queue = queues.named(input);
    const read = (entry: JsonObject): NewMessage => readMessage(queue, entry);
    return runBatch('SendMessageBatch', input, read, async (messages) => (await queue.send(messages)).map((id, index) => sent(id, messages[index])), batchBytes);
  },
  ReceiveMessage: async (input) => receive(queues.named(input), input, stopping),
  DeleteMessage: async (input) => queues.named(input).delete([handleIn(input)]),
  DeleteMessageBatch: async (input) => {
    const queue = queues.named(input);
    return runBatch('DeleteMessageBatch', input, checkedHandle, async (handles) => {
      await queue.delete(handles);
      return handles.map(() => ({}));
    });
  },
  ChangeMessageVisibility: (input) => changeVisibility(queues.named(input), input),
  ChangeMessageVisibilityBatch: async (input) => {
    const queue = queues.named(input);
    return runBatch('ChangeMessageVisibilityBatch', input, (entry) => changeVisibility(queue, entry), async (done) => done.map(() => ({})));
  },
  PurgeQueue: async (input) => queues.named(input).purge(),
});

/** A whole number within limits; undefined where it is not given. Throws InvalidParameterValue. */
const numberIn = (input: JsonObject, name: string, min: number, max: number): number | undefined => {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) throw invalidValue(name, value, `Must be between ${min} and ${max}, if provided.`);
  return value;
};

const handleIn = (input: JsonObject): string => {
  const handle = input.ReceiptHandle;
  if (typeof handle !== 'string' || handle === '') throw missing('ReceiptHandle');
  return handle;
};

/** As `handleIn`, and of the form of a handle, so that one bad entry of a batch fails by itself. */
const checkedHandle = (input: JsonObject): string => {
  const handle = handleIn(input);
  if (!/^[0-9a-f-]{36} [0-9a-f-]{36}$/.test(Buffer.from(handle, 'base64').toString('utf8'))) throw sqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
  return handle;
};

const changeVisibility = (queue: Queue, input: JsonObject): void => {
  const handle = checkedHandle(input);
  const seconds = numberIn(input, 'VisibilityTimeout', 0, MAX_VISIBILITY_SECONDS);
  if (seconds === undefined) throw missing('VisibilityTimeout');
  queue.changeVisibility(handle, seconds);
};

const readMessage = (queue: Queue, input: JsonObject): NewMessage => {
  const body = input.MessageBody;
  if (typeof body !== 'string' || body === '') throw missing('MessageBody');
  if (input.MessageDeduplicationId !== undefined) throw invalidValue('MessageDeduplicationId', input.MessageDeduplicationId, 'The request includes a parameter that is not valid for this queue type.');
  if (input.MessageGroupId !== undefined) throw sqsError('UnsupportedOperation', 'Message groups (fair queues) are not supported locally');
  checkText(body);
  const attributes = readAttributes(input.MessageAttributes);
  const systemAttributes = readSystemAttributes(input.MessageSystemAttributes);
  const limit = queueNumber(queue.state().attributes, 'MaximumMessageSize');
  if (messageBytes(body, attributes) > limit) throw sqsError('InvalidParameterValue', `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
  const delaySeconds = numberIn(input, 'DelaySeconds', 0, 900);
  return { body, attributes, systemAttributes, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
};

const readSystemAttributes = (value: unknown): NewMessage['systemAttributes'] => {
  if (!isObject(value)) return {};
  const unknown = Object.keys(value).find((name) => name !== 'AWSTraceHeader');
  if (unknown !== undefined) throw sqsError('InvalidParameterValue', `Message system attribute name '${unknown}' is invalid.`);
  return Object.fromEntries(Object.values(value).map((header) => ['AWSTraceHeader', { dataType: 'String', value: isObject(header) ? String(header.StringValue) : '' }]));
};

const batchBytes = (entries: readonly JsonObject[]): number => entries.reduce((sum, entry) => sum + Buffer.byteLength(String(entry.MessageBody)), 0);

const sent = (id: string, message: NewMessage | undefined): Record<string, unknown> => ({
  MessageId: id,
  MD5OfMessageBody: md5(message?.body ?? ''),
  MD5OfMessageAttributes: attributesMd5(message?.attributes ?? {}),
  MD5OfMessageSystemAttributes: attributesMd5(message?.systemAttributes ?? {}),
});

const receive = async (queue: Queue, input: JsonObject, signal: AbortSignal): Promise<unknown> => {
  const messages = await queue.receive({
    limit: numberIn(input, 'MaxNumberOfMessages', 1, 10) ?? 1,
    visibilitySeconds: numberIn(input, 'VisibilityTimeout', 0, MAX_VISIBILITY_SECONDS),
    waitSeconds: numberIn(input, 'WaitTimeSeconds', 0, 20),
    signal,
  });
  const system = [...textList(input, 'AttributeNames'), ...textList(input, 'MessageSystemAttributeNames')];
  const names = textList(input, 'MessageAttributeNames');
  // Without messages AWS leaves the list out.
  return messages.length === 0 ? {} : { Messages: messages.map((message) => messageOut(message, system, names)) };
};

/** MessageSystemAttributes of a message. */
export const systemAttributesOf = (message: StoredMessage): Record<string, string> => ({
  SenderId: ACCOUNT_ID,
  SentTimestamp: String(message.sentAt),
  ApproximateReceiveCount: String(message.receiveCount),
  ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? 0),
  ...(message.traceHeader === undefined ? {} : { AWSTraceHeader: message.traceHeader }),
  ...(message.deadLetterSource === undefined ? {} : { DeadLetterQueueSourceArn: message.deadLetterSource }),
});

const messageOut = (message: StoredMessage, system: readonly string[], names: readonly string[]): unknown => {
  const wanted = Object.entries(systemAttributesOf(message)).filter(([name]) => system.includes('All') || system.includes(name));
  const attributes = chosenAttributes(message.attributes, names);
  return {
    MessageId: message.id,
    ReceiptHandle: handleOf(message),
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {}),
    ...(Object.keys(attributes).length > 0 ? { MessageAttributes: attributesOut(attributes), MD5OfMessageAttributes: attributesMd5(attributes) } : {}),
  };
};
