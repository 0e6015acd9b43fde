import { createHash } from 'node:crypto';
import { isObject } from '../core/json-input.ts';
import { invalidValue, sqsError } from './errors.ts';
import type { MessageAttributes } from './types.ts';

const NAME = /^(?!AWS\.|Amazon\.)[A-Za-z0-9_.-]{1,256}$/i;
const TYPE = /^(String|Number|Binary)(\.[^\s]{1,249})?$/;
/** What XML 1.0 does not allow: control characters but tab and line ends, lone surrogates, U+FFFE and U+FFFF. */
const FORBIDDEN = /[^\P{Cc}\t\n\r\u007F-\u009F]|\p{Cs}|[\uFFFE\uFFFF]/u;

export const md5 = (text: string | Buffer): string => createHash('md5').update(text).digest('hex');

/** Throws InvalidMessageContents. */
export const checkText = (text: string): void => {
  if (FORBIDDEN.test(text)) throw sqsError('InvalidMessageContents', 'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF');
};

/** The MessageAttributes of a request. Throws InvalidParameterValue, InvalidMessageContents. */
export const readAttributes = (value: unknown): MessageAttributes => {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw sqsError('InvalidParameterValue', 'MessageAttributes is not a map.');
  if (Object.keys(value).length > 10) throw sqsError('InvalidParameterValue', `Number of message attributes [${Object.keys(value).length}] exceeds the allowed maximum [10].`);
  return Object.fromEntries(Object.entries(value).map(([name, attribute]) => [name, readAttribute(name, attribute)]));
};

const readAttribute = (name: string, attribute: unknown): { dataType: string; value: string } => {
  if (!NAME.test(name)) throw invalidValue('MessageAttributeName', name, 'The attribute name must not begin with AWS. or Amazon., and can hold letters, digits, underscores, hyphens and periods.');
  const { DataType: dataType, StringValue: text, BinaryValue: bytes } = isObject(attribute) ? attribute : {};
  if (typeof dataType !== 'string' || dataType === '') throw sqsError('InvalidParameterValue', `The message attribute '${name}' must contain non-empty message attribute type.`);
  if (!TYPE.test(dataType)) throw sqsError('InvalidParameterValue', `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`);
  const value = dataType.startsWith('Binary') ? bytes : text;
  if (typeof value !== 'string' || value === '') throw sqsError('InvalidParameterValue', `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${dataType}'.`);
  if (!dataType.startsWith('Binary')) checkText(value);
  if (dataType.startsWith('Number') && !Number.isFinite(Number(value))) throw sqsError('InvalidParameterValue', `Can't cast the value of message (user) attribute '${name}' to a number.`);
  return { dataType, value };
};

/** The attributes as ReceiveMessage answers them. */
export const attributesOut = (attributes: MessageAttributes): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes).map(([name, { dataType, value }]) => [name, { DataType: dataType, [dataType.startsWith('Binary') ? 'BinaryValue' : 'StringValue']: value }]));

/** Those a receiver asked for: by name, by `prefix.*`, or `All`. */
export const chosenAttributes = (attributes: MessageAttributes, names: readonly string[]): MessageAttributes => {
  const isChosen = (name: string): boolean =>
    names.some((wanted) => wanted === name || wanted === 'All' || wanted === '.*' || (wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -1))));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isChosen(name)));
};

const valueBytes = ({ dataType, value }: { dataType: string; value: string }): Buffer => Buffer.from(value, dataType.startsWith('Binary') ? 'base64' : 'utf8');

/** What a message counts for against MaximumMessageSize: body, and names, types and values of its attributes. */
export const messageBytes = (body: string, attributes: MessageAttributes): number =>
  Object.entries(attributes).reduce((sum, [name, attribute]) => sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.dataType) + valueBytes(attribute).length, Buffer.byteLength(body));

const lengthAnd = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/**
 * The digest clients compare, undefined where there are no attributes: by name, each of name, type and value behind its
 * length, the value behind 1 for text and 2 for bytes too.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export const attributesMd5 = (attributes: MessageAttributes): string | undefined => {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts = names.flatMap((name) => {
    const attribute = attributes[name] ?? { dataType: '', value: '' };
    const kind = Buffer.from([attribute.dataType.startsWith('Binary') ? 2 : 1]);
    return [lengthAnd(Buffer.from(name)), lengthAnd(Buffer.from(attribute.dataType)), kind, lengthAnd(valueBytes(attribute))];
  });
  return md5(Buffer.concat(parts));
};
