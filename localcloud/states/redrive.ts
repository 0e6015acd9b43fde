import type { ExecutionRecord } from './execution-store.ts';

const DAY_MS = 86_400_000;
const REDRIVABLE_DAYS = 14;
const MAX_EVENTS_TO_REDRIVE = 24_999;
const TOKENS_KEPT = 10;
const TOKEN_MS = 15 * 60_000;

/** What is known of an execution's attempts besides its record. */
export interface Attempts {
  events: number;
  /** False for one that a killed process left: how far it came was not written. */
  hasProgress: boolean;
}

/**
 * Why an execution cannot be redriven, in AWS's words where they are known; undefined where it can
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html, redriveStatusReason).
 */
export const notRedrivableReason = (record: ExecutionRecord, { events, hasProgress }: Attempts, now: Date): string | undefined => {
  if (record.status === 'RUNNING' || record.status === 'SUCCEEDED') return `Execution is ${record.status} and cannot be redriven`;
  if (!hasProgress) return 'How far the execution came is not known: the process that ran it ended before it';
  if (events >= MAX_EVENTS_TO_REDRIVE) return 'Execution history event limit exceeded';
  if (now.getTime() - (record.stoppedAt ?? record.startedAt) > REDRIVABLE_DAYS * DAY_MS) return 'Execution redrivable period exceeded';
  return undefined;
};

/** When the request with this token redrove the execution (epoch milliseconds), where it is still remembered: then it is answered again. */
export const redrivenBy = (record: ExecutionRecord, token: string | undefined, now: Date): number | undefined =>
  token === undefined ? undefined : record.redriveTokens?.find((known) => known.token === token && now.getTime() - known.date <= TOKEN_MS)?.date;

/** The record of an execution that goes on: nothing in it says any more how it had ended. */
export const redriven = (ended: ExecutionRecord, token: string | undefined, now: Date): ExecutionRecord => {
  const record: ExecutionRecord = {
    ...ended,
    status: 'RUNNING',
    redriveCount: (ended.redriveCount ?? 0) + 1,
    redrivenAt: now.getTime(),
    redriveTokens: [...(ended.redriveTokens ?? []), ...(token === undefined ? [] : [{ token, date: now.getTime() }])].slice(-TOKENS_KEPT),
  };
  delete record.stoppedAt;
  delete record.error;
  delete record.cause;
  return record;
};
