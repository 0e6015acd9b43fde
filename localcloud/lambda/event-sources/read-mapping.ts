import { AwsError } from '../../core/errors.ts';
import { isObject, optionalFlag, optionalNumber, optionalText, textList } from '../../core/json-input.ts';
import type { JsonObject } from '../../core/json-input.ts';
import { checkDestination } from '../destinations.ts';
import type { Mapping, StartingPosition } from './types.ts';

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValueException', message, { detail: { Type: 'User' } });

/** Members whose meaning is not here: refused, so that no filter or window is silently missing. */
const NOT_HERE = ['FilterCriteria', 'TumblingWindowInSeconds', 'SelfManagedEventSource', 'SourceAccessConfigurations', 'Topics', 'Queues', 'AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig', 'DocumentDBEventSourceConfig', 'ProvisionedPollerConfig', 'KMSKeyArn'];
const STREAMS_ONLY = ['StartingPosition', 'StartingPositionTimestamp', 'BisectBatchOnFunctionError', 'MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'ParallelizationFactor'];

const LARGEST_BATCH = 10_000;
const LARGEST_UNBUFFERED_SQS_BATCH = 10;

export const kindOfSource = (sourceArn: string): Mapping['kind'] => {
  if (/^arn:aws:sqs:[\w-]+:\d{12}:[\w-]+$/.test(sourceArn)) return 'sqs';
  if (/^arn:aws:kinesis:[\w-]+:\d{12}:stream\/[\w.-]+$/.test(sourceArn)) return 'kinesis';
  throw invalid(`Event sources other than SQS queues and Kinesis streams are not supported locally: ${sourceArn}`);
};

/** What Create- and UpdateEventSourceMapping can set; `base` has what the request leaves out. Throws InvalidParameterValueException. */
export const readMapping = <T extends Omit<Mapping, 'uuid' | 'modifiedAt'>>(input: JsonObject, base: T): T => {
  for (const name of NOT_HERE) if (input[name] !== undefined && input[name] !== null) throw invalid(`${name} is not supported locally`);
  if (base.kind === 'sqs') refuseStreamMembers(input);
  if ((optionalNumber(input, 'ParallelizationFactor') ?? 1) !== 1) throw invalid('ParallelizationFactor above 1 is not supported locally');
  const windowSeconds = within(input, 'MaximumBatchingWindowInSeconds', 0, 300, base.windowSeconds);
  const batchSize = within(input, 'BatchSize', 1, LARGEST_BATCH, base.batchSize);
  if (base.kind === 'sqs' && batchSize > LARGEST_UNBUFFERED_SQS_BATCH && windowSeconds < 1)
    throw invalid('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10');
  const types = input.FunctionResponseTypes === undefined ? undefined : textList(input, 'FunctionResponseTypes');
  if (types?.some((type) => type !== 'ReportBatchItemFailures')) throw invalid('FunctionResponseTypes: Member must satisfy enum value set: [ReportBatchItemFailures]');
  return {
    ...base,
    enabled: optionalFlag(input, 'Enabled') ?? base.enabled,
    batchSize,
    windowSeconds,
    reportsFailures: types ? types.length > 0 : base.reportsFailures,
    ...(base.kind === 'kinesis' ? readStreamMembers(input, base) : {}),
  };
};

const refuseStreamMembers = (input: JsonObject): void => {
  const foreign = STREAMS_ONLY.find((name) => input[name] !== undefined && input[name] !== null);
  if (foreign !== undefined) throw invalid(`${foreign} is not supported for event source type SQS`);
  if (onFailureOf(input) !== undefined) throw invalid('Unsupported DestinationConfig parameter for given event source mapping type.');
};

const onFailureOf = ({ DestinationConfig: config }: JsonObject): string | undefined => (isObject(config) && isObject(config.OnFailure) ? optionalText(config.OnFailure, 'Destination') : undefined);

const readStreamMembers = (input: JsonObject, base: Omit<Mapping, 'uuid' | 'modifiedAt'>): Partial<Mapping> => {
  const onFailure = input.DestinationConfig === undefined ? base.onFailure : onFailureOf(input);
  if (onFailure !== undefined) checkDestination(onFailure, ['sqs', 'sns', 's3']);
  return {
    bisects: optionalFlag(input, 'BisectBatchOnFunctionError') ?? base.bisects ?? false,
    maximumRetries: within(input, 'MaximumRetryAttempts', -1, 10_000, base.maximumRetries ?? -1),
    maximumAgeSeconds: within(input, 'MaximumRecordAgeInSeconds', -1, 604_800, base.maximumAgeSeconds ?? -1),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
};

/** Where a new mapping of a stream begins. */
export const readStart = (input: JsonObject): { startingPosition: StartingPosition; startingAt?: number } => {
  const position = optionalText(input, 'StartingPosition');
  if (position === undefined) throw invalid('1 validation error detected: Value null at \'startingPosition\' failed to satisfy constraint: Member must not be null.');
  if (position !== 'TRIM_HORIZON' && position !== 'LATEST' && position !== 'AT_TIMESTAMP') throw invalid(`1 validation error detected: Value '${position}' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]`);
  if (position !== 'AT_TIMESTAMP') return { startingPosition: position };
  const seconds = optionalNumber(input, 'StartingPositionTimestamp');
  if (seconds === undefined) throw invalid('StartingPositionTimestamp is required for AT_TIMESTAMP');
  return { startingPosition: position, startingAt: seconds * 1000 };
};

const within = (input: JsonObject, name: string, min: number, max: number, fallback: number): number => {
  const value = optionalNumber(input, name) ?? fallback;
  if (!Number.isInteger(value) || value < min || value > max) throw invalid(`1 validation error detected: Value '${value}' at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must be between ${min} and ${max}`);
  return value;
};
