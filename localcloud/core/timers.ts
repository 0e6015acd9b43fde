import type { Clock } from './service.ts';

/** Time as a port: what the clock says, and being called later. Tests move both together. */
export interface Timers {
  now: Clock;
  /** Calls once after so many milliseconds (at once where they are not above 0); the function returned takes it back. */
  after(milliseconds: number, call: () => void): () => void;
}

/** A Node timer set for longer than this fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Timers of this process. They keep no process alive by themselves. */
export const processTimers = (now: Clock): Timers => ({
  now,
  after(milliseconds, call) {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      timer = setTimeout(() => (left > LONGEST_TIMER_MS ? wait(left - LONGEST_TIMER_MS) : call()), Math.max(0, Math.min(left, LONGEST_TIMER_MS)));
      timer.unref();
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  },
});
