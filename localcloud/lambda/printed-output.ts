import { AsyncLocalStorage } from 'node:async_hooks';
import { StringDecoder } from 'node:string_decoder';

/** Where the lines go that code prints while it runs in one context. */
export type LineSink = (line: string) => void;

interface Context {
  sink: LineSink;
  decoder: StringDecoder;
  /** Printed, but not ended by a newline yet. */
  pending: string;
}

type Write = typeof process.stdout.write;

const contexts = new AsyncLocalStorage<Context>();
let users = 0;
let originals: { stdout: Write; stderr: Write } | undefined;

const accept = (context: Context, chunk: unknown): void => {
  const text = typeof chunk === 'string' ? chunk : context.decoder.write(Buffer.from(chunk as Uint8Array));
  const lines = (context.pending + text).split('\n');
  context.pending = lines.pop() ?? '';
  for (const line of lines) context.sink(line);
};

/** A `write` that keeps its overloads: `(chunk, callback)` and `(chunk, encoding, callback)`. */
const wrap =
  (original: Write): Write =>
  (chunk: unknown, ...rest: unknown[]): boolean => {
    const context = contexts.getStore();
    if (!context) return Reflect.apply(original, undefined, [chunk, ...rest]) as boolean;
    accept(context, chunk);
    const callback = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    if (callback) process.nextTick(callback);
    return true;
  };

/**
 * From now on what code prints within {@link printingTo} goes to its sink and not to the terminal; everything else prints as
 * before. Counted: as many calls of `releaseOutput` bring the streams' own `write` back.
 */
export const captureOutput = (): void => {
  users += 1;
  if (originals) return;
  originals = { stdout: process.stdout.write.bind(process.stdout), stderr: process.stderr.write.bind(process.stderr) };
  process.stdout.write = wrap(originals.stdout);
  process.stderr.write = wrap(originals.stderr);
};

export const releaseOutput = (): void => {
  users -= 1;
  if (users > 0 || !originals) return;
  process.stdout.write = originals.stdout;
  process.stderr.write = originals.stderr;
  originals = undefined;
};

/** Runs a task, whatever it prints (also after it has been given up) going line by line to the sink. */
export const printingTo = async <T>(sink: LineSink, task: () => Promise<T>): Promise<T> => {
  const context: Context = { sink, decoder: new StringDecoder('utf8'), pending: '' };
  try {
    return await contexts.run(context, task);
  } finally {
    if (context.pending !== '') sink(context.pending);
    context.pending = '';
  }
};
