import type { Terminal } from './terminal.ts';

/** Shows the step under way on one line that is rewritten; leaves nothing behind. */
export interface StepLine {
  show(step: string): void;
  clear(): void;
}

const eraseLine = '\r\u001b[2K';

/** On standard error, and only where that is a terminal. */
export const createStepLine = (terminal: Terminal): StepLine => {
  if (!terminal.isInteractive) return { show: () => undefined, clear: () => undefined };
  return {
    show: (step) => terminal.noteRaw(`${eraseLine}  ${terminal.noteStyle.dim(`… ${step}`.slice(0, 76))}`),
    clear: () => terminal.noteRaw(eraseLine),
  };
};
