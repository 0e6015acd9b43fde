import type { Catcher, Retrier } from './definition.ts';
import { matchesError, StateFailure } from './failure.ts';
import type { Branch, InterpreterPorts } from './interpreter.ts';
import { placeResult } from './json-path.ts';

const DEFAULTS = { intervalSeconds: 1, maxAttempts: 3, backoffRate: 2 };

/** Seconds before the n-th retry (from 1). With FULL jitter anything from 0 up to it. */
export const retryDelay = (retrier: Retrier, retry: number, random: () => number): number => {
  const interval = retrier.IntervalSeconds ?? DEFAULTS.intervalSeconds;
  const delay = Math.min(interval * (retrier.BackoffRate ?? DEFAULTS.backoffRate) ** (retry - 1), retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return retrier.JitterStrategy === 'FULL' ? delay * random() : delay;
};

/** Tries, and tries again as the retriers say; each counts its own retries. The branch carries RetryCount in its context. */
export const withRetries = async <T>(retriers: readonly Retrier[], ports: Pick<InterpreterPorts, 'sleep' | 'random'>, branch: Branch, attempt: (branch: Branch) => Promise<T>): Promise<T> => {
  const used = new Map<Retrier, number>();
  for (let retries = 0; ; retries += 1) {
    if (retries > 0) delete branch.progress.branches; // a retry of a Parallel or Map begins all of them anew
    try {
      return await attempt({ ...branch, context: { ...branch.context, State: { ...(branch.context.State as object), RetryCount: retries } } });
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      const retrier = retriers.find((candidate) => matchesError(candidate.ErrorEquals, error.error));
      const count = (retrier && used.get(retrier)) ?? 0;
      if (!retrier || count >= (retrier.MaxAttempts ?? DEFAULTS.maxAttempts)) throw error;
      used.set(retrier, count + 1);
      await ports.sleep(retryDelay(retrier, count + 1, ports.random) * 1000, branch.signal);
    }
  }
};

/** Work whose failures go where a Catch says, with `{Error, Cause}` placed into the state's input. */
export const catching = async (state: { Catch?: Catcher[] }, input: unknown, work: () => Promise<{ output: unknown; next: string | undefined }>): Promise<{ output: unknown; next: string | undefined }> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    const catcher = (state.Catch ?? []).find((candidate) => matchesError(candidate.ErrorEquals, error.error));
    if (!catcher) throw error;
    return { output: placeResult(catcher.ResultPath, input, { Error: error.error, Cause: error.causeText }), next: catcher.Next };
  }
};
