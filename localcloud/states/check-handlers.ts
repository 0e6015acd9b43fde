import type { Catcher, Retrier } from './definition.ts';

const namesProblem = (list: readonly { ErrorEquals: string[] }[], where: string): string | undefined => {
  for (const [index, { ErrorEquals }] of list.entries()) {
    if (ErrorEquals.length === 0) return `${where}[${index}].ErrorEquals must not be empty`;
    if (!ErrorEquals.includes('States.ALL')) continue;
    if (ErrorEquals.length > 1) return `${where}[${index}].ErrorEquals: States.ALL must appear alone`;
    if (index < list.length - 1) return `${where}[${index}].ErrorEquals: States.ALL must appear in the last element of ${where}`;
  }
  return undefined;
};

const retrierProblem = ({ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts, JitterStrategy }: Retrier): string | undefined => {
  if (IntervalSeconds !== undefined && !(Number.isInteger(IntervalSeconds) && IntervalSeconds >= 1)) return 'IntervalSeconds must be a positive integer';
  if (MaxAttempts !== undefined && !(Number.isInteger(MaxAttempts) && MaxAttempts >= 0 && MaxAttempts <= 99_999_999)) return 'MaxAttempts must be an integer from 0 to 99999999';
  if (BackoffRate !== undefined && BackoffRate < 1) return 'BackoffRate must be 1.0 or more';
  if (MaxDelaySeconds !== undefined && !(Number.isInteger(MaxDelaySeconds) && MaxDelaySeconds >= 1 && MaxDelaySeconds < 31_622_400)) return 'MaxDelaySeconds must be a positive integer below 31622400';
  if (JitterStrategy !== undefined && !['FULL', 'NONE'].includes(JitterStrategy)) return 'JitterStrategy must be FULL or NONE';
  return undefined;
};

/**
 * What is wrong with a state's Retry and Catch, beyond their form: https://states-language.net/spec.html#errors and
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html. AWS's texts for these are not confirmed.
 */
export const handlersProblem = ({ Retry = [], Catch = [] }: { Retry?: Retrier[]; Catch?: Catcher[] }): string | undefined => {
  const bad = Retry.findIndex((retrier) => retrierProblem(retrier) !== undefined);
  const retrier = Retry[bad];
  return namesProblem(Retry, 'Retry') ?? namesProblem(Catch, 'Catch') ?? (retrier && `Retry[${bad}].${retrierProblem(retrier) ?? ''}`);
};
