import { isObject } from '../../core/json-input.ts';
import type { InvocationOutcome } from '../invocation.ts';

/**
 * The items a batch's function did not do, of the identifiers it was given. Without ReportBatchItemFailures it is all or
 * nothing. With it an empty answer is success; one that cannot be trusted (an error, a wrong shape, an empty or an unknown
 * identifier) fails the whole batch.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export const failedItems = (outcome: InvocationOutcome, identifiers: readonly string[], reportsFailures: boolean): ReadonlySet<string> => {
  const all = new Set(identifiers);
  if (!outcome.ok) return all;
  if (!reportsFailures) return new Set();
  const answer: unknown = JSON.parse(outcome.payload);
  if (answer === null || (isObject(answer) && Object.keys(answer).length === 0)) return new Set();
  if (!isObject(answer) || !('batchItemFailures' in answer)) return all;
  const failures = answer.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return all;
  const failed = new Set<string>();
  for (const failure of failures as unknown[]) {
    const identifier = isObject(failure) ? failure.itemIdentifier : undefined;
    if (typeof identifier !== 'string' || !all.has(identifier)) return all;
    failed.add(identifier);
  }
  return failed;
};
