import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Aborted, StateFailure } from './failure.ts';
import type { WaitingTask } from './task-tokens.ts';

/** A Node timer set for longer than this fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits so long; throws Aborted as soon as the signal says so. */
export const realSleep = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  try {
    for (let left = milliseconds; left > 0; left -= LONGEST_TIMER_MS) await wait(Math.min(left, LONGEST_TIMER_MS), undefined, { signal });
  } catch (error) {
    if (signal.aborted) throw new Aborted();
    throw error;
  }
};

/** Calls back after so many seconds (none: never); the function returned takes it back. */
export const afterSeconds = (seconds: number | undefined, call: () => void): (() => void) => {
  if (seconds === undefined || seconds * 1000 > LONGEST_TIMER_MS) return () => undefined;
  const timer = setTimeout(call, seconds * 1000);
  return () => clearTimeout(timer);
};

/** A signal that aborts with an outer one or by itself. Many branches may listen to it. */
export const linkedSignal = (outer?: AbortSignal): { signal: AbortSignal; abort: () => void } => {
  const own = new AbortController();
  const signal = outer ? AbortSignal.any([outer, own.signal]) : own.signal;
  setMaxListeners(0, signal);
  return { signal, abort: () => own.abort() };
};

/** Work that is given up after so many seconds (States.Timeout), or when the branch ends (Aborted). */
export const withTimeout = async <T>(seconds: number | undefined, outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const { signal, abort } = linkedSignal(outer);
  let cleanUp = (): void => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(new Aborted());
    outer.addEventListener('abort', onAbort, { once: true });
    const cancel = afterSeconds(seconds, () => {
      reject(new StateFailure('States.Timeout', `The task did not end within ${seconds} seconds`));
      abort();
    });
    cleanUp = () => {
      cancel();
      outer.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([work(signal), givenUp]);
  } finally {
    cleanUp();
  }
};

/** The answer to a token, unless no heartbeat comes for so many seconds (none: for ever): States.HeartbeatTimeout. */
export const withHeartbeat = async (seconds: number | undefined, task: WaitingTask, signal: AbortSignal): Promise<unknown> => {
  let cancel = (): void => undefined;
  const silent = new Promise<never>((_, reject) => {
    const wait = (): void => {
      cancel();
      cancel = afterSeconds(seconds, () => reject(new StateFailure('States.HeartbeatTimeout', `No heartbeat for ${seconds} seconds`)));
    };
    task.onHeartbeat = wait;
    wait();
    signal.addEventListener('abort', () => reject(new Aborted()), { once: true }); // the task was given up for another reason
  });
  try {
    return await Promise.race([task.answer, silent]);
  } finally {
    cancel();
  }
};
