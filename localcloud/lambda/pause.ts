import type { Timers } from '../core/timers.ts';

/** Resolves after so many milliseconds, or at once when aborted. */
export const pause = (timers: Pick<Timers, 'after'>, milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = timers.after(milliseconds, end);
    signal.addEventListener('abort', end, { once: true });
  });
