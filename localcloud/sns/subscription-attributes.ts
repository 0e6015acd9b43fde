import { AwsError } from '../core/errors.ts';
import { isObject } from '../core/json-input.ts';
import { checkFilterPolicy } from './filter-policy.ts';

const invalid = (problem: string): AwsError => new AwsError('InvalidParameter', `Invalid parameter: ${problem}`);

const CHECKS: Readonly<Record<string, (value: string) => void>> = {
  FilterPolicy: (value) => {
    try {
      checkFilterPolicy(value);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      throw new AwsError('InvalidParameter', `Invalid parameter: FilterPolicy: ${error.message}`, { cause: error });
    }
  },
  FilterPolicyScope: (value) => {
    if (value !== 'MessageAttributes' && value !== 'MessageBody') throw invalid(`FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`);
  },
  RawMessageDelivery: (value) => {
    if (value !== 'true' && value !== 'false') throw invalid(`Attributes Reason: RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
  },
  RedrivePolicy: (value) => {
    let policy: unknown;
    try {
      policy = JSON.parse(value);
    } catch {
      policy = undefined; // told below
    }
    if (!isObject(policy) || !/^arn:aws:sqs:[^:]+:\d{12}:[\w-]+$/.test(String(policy.deadLetterTargetArn))) throw invalid('RedrivePolicy: deadLetterTargetArn is not the ARN of an SQS queue');
  },
};

/** Attributes of a subscription as Subscribe and SetSubscriptionAttributes check them; an empty value takes one away. Throws InvalidParameter. */
export const checkSubscriptionAttribute = (name: string, value: string): void => {
  const check = CHECKS[name];
  if (!check) throw invalid(`AttributeName: ${name} is not supported locally`);
  if (value !== '') check(value);
};
