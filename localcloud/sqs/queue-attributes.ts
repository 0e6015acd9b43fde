import { isObject } from '../core/json-input.ts';
import { invalidValue, sqsError } from './errors.ts';
import type { RedrivePolicy } from './types.ts';

/**
 * Numbers that can be set, with their limits and defaults
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
 */
const NUMBERS: Readonly<Record<string, { min: number; max: number; fallback: number }>> = {
  DelaySeconds: { min: 0, max: 900, fallback: 0 },
  MaximumMessageSize: { min: 1_024, max: 1_048_576, fallback: 1_048_576 },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, fallback: 345_600 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, fallback: 0 },
  VisibilityTimeout: { min: 0, max: 43_200, fallback: 30 },
};

/** Kept and answered: there is neither access control nor encryption here. */
const WITHOUT_EFFECT = ['Policy', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled'];
const FIFO_ONLY = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];
/** Answered by GetQueueAttributes and never set. */
export const READ_ONLY = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed', 'CreatedTimestamp', 'LastModifiedTimestamp', 'QueueArn'];
const SETTABLE = [...Object.keys(NUMBERS), 'RedrivePolicy', 'RedriveAllowPolicy', ...WITHOUT_EFFECT];
export const READABLE = [...SETTABLE, ...READ_ONLY];

/** A number of a queue, or its default. */
export const queueNumber = (attributes: Readonly<Record<string, string>>, name: keyof typeof NUMBERS): number => Number(attributes[name] ?? NUMBERS[name]?.fallback);

/** What GetQueueAttributes answers of the settings: what was set over the defaults. */
export const withDefaults = (attributes: Readonly<Record<string, string>>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(NUMBERS).map(([name, { fallback }]) => [name, String(fallback)])),
  SqsManagedSseEnabled: 'true',
  ...attributes,
});

/** Throws InvalidAttributeName, InvalidAttributeValue; UnsupportedOperation for FIFO queues. */
export const checkAttributes = (attributes: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(attributes)) {
    if (FIFO_ONLY.includes(name)) throw sqsError('UnsupportedOperation', `FIFO queues are not supported locally: ${name}`);
    if (!SETTABLE.includes(name)) throw sqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    const limits = NUMBERS[name];
    if (limits && !(/^\d+$/.test(value) && Number(value) >= limits.min && Number(value) <= limits.max)) throw sqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    if (name === 'RedrivePolicy' && value !== '') redrivePolicy(attributes);
    if (name === 'RedriveAllowPolicy' && value !== '') redriveAllowPolicy(attributes);
  }
};

const parseObject = (name: string, value: string): Record<string, unknown> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = undefined; // told below, like JSON that is no object
  }
  if (!isObject(parsed)) throw invalidValue(name, value, name === 'RedrivePolicy' ? 'Redrive policy is not a valid JSON map.' : `${name} is not a valid JSON map.`);
  return parsed;
};

/** undefined where a queue has no dead-letter queue. Throws InvalidParameterValue. */
export const redrivePolicy = ({ RedrivePolicy: text = '' }: Readonly<Record<string, string>>): RedrivePolicy | undefined => {
  if (text === '') return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = parseObject('RedrivePolicy', text);
  if (typeof deadLetterTargetArn !== 'string') throw invalidValue('RedrivePolicy', text, 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.');
  if (maxReceiveCount === undefined) throw invalidValue('RedrivePolicy', text, 'Redrive policy does not contain mandatory attribute: maxReceiveCount.');
  const count = Number(maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > 1_000) throw invalidValue('RedrivePolicy', text, 'Invalid value for maxReceiveCount: must be an integer between 1 and 1000.');
  return { deadLetterTargetArn, maxReceiveCount: count };
};

/** Whether a dead-letter queue takes the messages of a source. Throws InvalidParameterValue. */
export const allowsSource = (attributes: Readonly<Record<string, string>>, sourceArn: string): boolean => {
  const { redrivePermission, sourceQueueArns } = redriveAllowPolicy(attributes);
  return redrivePermission === 'allowAll' || (redrivePermission === 'byQueue' && sourceQueueArns.includes(sourceArn));
};

const redriveAllowPolicy = ({ RedriveAllowPolicy: text = '' }: Readonly<Record<string, string>>): { redrivePermission: string; sourceQueueArns: string[] } => {
  if (text === '') return { redrivePermission: 'allowAll', sourceQueueArns: [] };
  const { redrivePermission = 'allowAll', sourceQueueArns = [] } = parseObject('RedriveAllowPolicy', text);
  const isKnown = redrivePermission === 'allowAll' || redrivePermission === 'denyAll' || redrivePermission === 'byQueue';
  if (!isKnown || !Array.isArray(sourceQueueArns)) throw invalidValue('RedriveAllowPolicy', text, 'Amazon SQS can\'t create the redrive allow policy. Enter a valid redrivePermission and sourceQueueArns.');
  return { redrivePermission, sourceQueueArns: sourceQueueArns.map(String) };
};
