import { AwsError } from '../core/errors.ts';
import { isObject, optionalText, requiredObject, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { readExpression } from './schedule-expression.ts';
import type { ScheduleSettings, Target } from './types.ts';

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
const notHere = (what: string): AwsError => invalid(`${what} is not supported locally`);

/** Targets by the service in their ARN; their Input must be JSON where `json`. */
const TARGETS: readonly { pattern: RegExp; json: boolean }[] = [
  { pattern: /^arn:aws:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/, json: true },
  { pattern: /^arn:aws:states:[\w-]+:\d{12}:stateMachine:[\w-]+$/, json: true },
  { pattern: /^arn:aws:sqs:[\w-]+:\d{12}:[\w-]+$/, json: false },
  { pattern: /^arn:aws:sns:[\w-]+:\d{12}:[\w-]+$/, json: false },
];
const PARAMETERS_OF_OTHERS = ['EcsParameters', 'EventBridgeParameters', 'KinesisParameters', 'SageMakerPipelineParameters', 'SqsParameters'];

/** What AWS takes where a target has no RetryPolicy. */
const DEFAULT_RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

/** The settings in a CreateSchedule or UpdateSchedule request. Throws ValidationException; its texts are not AWS's own. */
export const readSettings = (input: JsonObject): ScheduleSettings => {
  const expression = requiredText(input, 'ScheduleExpression');
  const timezone = optionalText(input, 'ScheduleExpressionTimezone') ?? 'UTC';
  const timetable = readExpression(expression, timezone);
  if (typeof timetable === 'string') throw invalid(timetable);
  const [startAt, endAt] = [timeIn(input, 'StartDate'), timeIn(input, 'EndDate')];
  if (startAt !== undefined && endAt !== undefined && startAt >= endAt) throw invalid('The StartDate you specify must come before the EndDate.');
  const [description, kmsKeyArn] = [optionalText(input, 'Description'), optionalText(input, 'KmsKeyArn')];
  return {
    expression,
    timezone,
    ...(startAt === undefined ? {} : { startAt }),
    ...(endAt === undefined ? {} : { endAt }),
    state: choiceIn(input, 'State', ['ENABLED', 'DISABLED']),
    flexibleTimeWindow: readWindow(requiredObject(input, 'FlexibleTimeWindow')),
    target: readTarget(requiredObject(input, 'Target')),
    ...(description === undefined ? {} : { description }),
    afterCompletion: choiceIn(input, 'ActionAfterCompletion', ['NONE', 'DELETE']),
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
  };
};

/** Epoch milliseconds of a timestamp: epoch seconds, or ISO text. */
const timeIn = (input: JsonObject, name: string): number | undefined => {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`${name} is not a timestamp`);
  return time;
};

/** One of some values; the first where there is none. */
const choiceIn = <T extends string>(input: JsonObject, name: string, values: readonly [T, ...T[]]): T => {
  const value = optionalText(input, name) ?? values[0];
  const found = values.find((each) => each === value);
  if (found === undefined) throw invalid(`1 validation error detected: Value '${value}' at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must satisfy enum value set: [${values.join(', ')}]`);
  return found;
};

const wholeIn = (input: JsonObject, name: string, min: number, max: number, fallback: number): number => {
  const value = input[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) throw invalid(`1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must be between ${min} and ${max}`);
  return value;
};

const readWindow = (input: JsonObject): ScheduleSettings['flexibleTimeWindow'] => {
  const mode = choiceIn({ Mode: requiredText(input, 'Mode') }, 'Mode', ['OFF', 'FLEXIBLE']);
  if (mode === 'OFF') {
    if (input.MaximumWindowInMinutes !== undefined) throw invalid('MaximumWindowInMinutes must not be set when the flexible time window is OFF');
    return { Mode: mode };
  }
  return { Mode: mode, MaximumWindowInMinutes: wholeIn(input, 'MaximumWindowInMinutes', 1, 1_440, 0) };
};

const readTarget = (input: JsonObject): Target => {
  const Arn = requiredText(input, 'Arn');
  if (/^arn:aws:scheduler:::/.test(Arn)) throw notHere(`The universal target ${Arn}`);
  const kind = TARGETS.find(({ pattern }) => pattern.test(Arn));
  if (!kind) throw notHere(`The target ${Arn}`);
  const foreign = PARAMETERS_OF_OTHERS.find((name) => input[name] !== undefined);
  if (foreign !== undefined) throw notHere(`${foreign} of the target ${Arn}`);
  const Input = optionalText(input, 'Input');
  if (kind.json && Input !== undefined && !isJson(Input)) throw invalid(`Invalid Input: the target ${Arn} takes JSON`);
  const retry = isObject(input.RetryPolicy) ? input.RetryPolicy : {};
  const letters = isObject(input.DeadLetterConfig) ? optionalText(input.DeadLetterConfig, 'Arn') : undefined;
  return {
    Arn,
    RoleArn: requiredText(input, 'RoleArn'),
    ...(Input === undefined ? {} : { Input }),
    ...(letters === undefined ? {} : { DeadLetterConfig: { Arn: letters } }),
    RetryPolicy: {
      MaximumEventAgeInSeconds: wholeIn(retry, 'MaximumEventAgeInSeconds', 60, 86_400, DEFAULT_RETRY_POLICY.MaximumEventAgeInSeconds),
      MaximumRetryAttempts: wholeIn(retry, 'MaximumRetryAttempts', 0, 185, DEFAULT_RETRY_POLICY.MaximumRetryAttempts),
    },
  };
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // asked exactly this
  }
};
