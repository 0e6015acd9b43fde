import { createInterface } from 'node:readline';
import { styleFor } from './style.ts';
import type { Style } from './style.ts';

/** The two streams a command writes to; tests give their own. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where a command reads answers; tests give their own. */
export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Where a command prints: results to standard output, everything about its progress to standard error. */
export interface Terminal {
  /** A line of the result. */
  print: (line?: string) => void;
  /** A line about the work, not part of the result. */
  note: (line: string) => void;
  /** Text to standard error as it is, for lines that are rewritten. */
  noteRaw: (text: string) => void;
  readonly style: Style;
  readonly noteStyle: Style;
  /** Progress bars and rewritten lines only where standard error is a terminal. */
  readonly isInteractive: boolean;
  /** Width of the standard output, 100 where it is not a terminal. */
  readonly columns: number;
  /** Puts a question on standard error and reads a line; absent where nobody sits at a terminal. */
  readonly ask?: (question: string) => Promise<string>;
}

export const createTerminal = (stdout: OutputStream, stderr: OutputStream, environment: Readonly<Record<string, string | undefined>>, input?: { stdin: InputStream; signal: AbortSignal }): Terminal => ({
  print: (line = '') => void stdout.write(`${line}\n`),
  note: (line) => void stderr.write(`${line}\n`),
  noteRaw: (text) => void stderr.write(text),
  style: styleFor(stdout.isTTY === true, environment),
  noteStyle: styleFor(stderr.isTTY === true, environment),
  isInteractive: stderr.isTTY === true,
  columns: stdout.isTTY === true && stdout.columns !== undefined ? Math.max(60, stdout.columns) : 100,
  ...(stderr.isTTY === true && input?.stdin.isTTY === true ? { ask: askOn(stderr, input.stdin, input.signal) } : {}),
});

const askOn = (stderr: OutputStream, stdin: InputStream, signal: AbortSignal) => async (question: string): Promise<string> => {
  stderr.write(question);
  const lines = createInterface({ input: stdin, signal });
  const { value } = (await lines[Symbol.asyncIterator]().next()) as { value?: string };
  lines.close();
  signal.throwIfAborted();
  return value ?? ''; // the input has ended
};
