import { AwsError } from '../core/errors.ts';

/**
 * Codes of the query protocol that differ from the JSON protocol's names. SQS answers both: the JSON one in `__type`, the
 * older one in `x-amzn-query-error`, by which clients that were written for the query protocol go on.
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#smithy-protocoltests-awsquerycompatible-trait
 */
const QUERY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

/** An error of SQS, with its code in both protocols. */
export const sqsError = (code: string, message: string): AwsError =>
  new AwsError(`com.amazonaws.sqs#${code}`, message, { headers: { 'x-amzn-errortype': code, 'x-amzn-query-error': `${queryCodeOf(code)};Sender` } });

const queryCodeOf = (code: string): string => QUERY_CODES[code] ?? code;

/** The code as lists of failed entries name it: without the namespace. */
export const plainCode = (error: AwsError): string => error.code.slice(error.code.indexOf('#') + 1);

export const noSuchQueue = (): AwsError => sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
export const missing = (parameter: string): AwsError => sqsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
export const invalidValue = (parameter: string, value: unknown, reason: string): AwsError =>
  sqsError('InvalidParameterValue', `Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
