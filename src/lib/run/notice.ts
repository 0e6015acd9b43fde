import { countHeld } from './held.ts';
import type { HeldObjects } from './run-files.ts';

/** SNS takes subjects of up to 100 characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const LONGEST_SUBJECT = 100;

const subject = (runId: string, parts: readonly string[]): string => {
  const text = `floe: run ${runId} ${parts.filter((part) => part !== '').join('; ')}`;
  return text.length <= LONGEST_SUBJECT ? text : `${text.slice(0, LONGEST_SUBJECT - 3)}...`;
};

const listed = (held: readonly HeldObjects[]): string => held.map(({ source, rule }) => `${source} (${rule})`).join(', ');

/** Subject of a committed run's notification: what it holds back itself comes first, then what is held since earlier. */
export const committedSubject = (runId: string, held: readonly HeldObjects[], findings: number): string => {
  const now = held.filter((entry) => entry.runId === runId);
  const earlier = countHeld(held) - countHeld(now);
  return subject(runId, ['committed', now.length === 0 ? '' : `held: ${listed(now)}`, findings === 0 ? '' : `${findings} findings`, earlier === 0 ? '' : `${earlier} objects held since earlier`]);
};

/** @param reason the rules that refused the run, or the error's name */
export const failedSubject = (runId: string, reason: string, held: readonly HeldObjects[]): string => subject(runId, [`failed: ${reason}`, held.length === 0 ? '' : `held: ${listed(held)}`]);
