import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

/** One bar for one piece of work at a time. */
export interface Progress {
  /** Shows how far the work named is; another name begins another bar. */
  update(label: string, done: number, total: number): void;
  stop(): void;
}

const silent: Progress = { update: () => undefined, stop: () => undefined };

/** A progress bar on standard error; nothing at all where that is not a terminal. */
export const createProgress = (terminal: Terminal): Progress => {
  if (!terminal.isInteractive) return silent;
  let bar: SingleBar | undefined;
  let current = '';
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update: (label, done, total) => {
      if (label !== current) {
        stop();
        current = label;
      }
      if (bar === undefined) {
        bar = new SingleBar({ format: `  ${label}  {bar}  {percentage} %  {value} of {total}`, hideCursor: true, clearOnComplete: true, stopOnComplete: true }, Presets.shades_classic);
        bar.start(Math.max(1, Math.round(total)), 0);
      }
      bar.update(Math.min(done, Math.round(total)));
    },
    stop,
  };
};
