import { CommanderError } from 'commander';
import { CliError, exitCodes, fromSystem, reasonOf } from './cli-error.ts';
import type { CommandContext } from './command-context.ts';
import { oneLine } from './output/format.ts';
import { createTerminal } from './output/terminal.ts';
import type { InputStream, OutputStream } from './output/terminal.ts';
import { createProgram } from './program.ts';
import { withSignals } from '../localcloud/command/signals.ts';

export interface MainOptions {
  /** The folder with serverless.yml, src, sql and workflows. */
  projectRoot: string;
  /** Where the command prints; the process's own streams by default. */
  stdout?: OutputStream;
  stderr?: OutputStream;
  /** Where answers are read from. */
  stdin?: InputStream;
  workingDirectory?: string;
  environment?: Readonly<Record<string, string | undefined>>;
  now?: () => Date;
}

/**
 * Runs one command line.
 * @param argv the arguments after `floe`.
 * @returns the exit code: 0 done, 1 failed, 2 wrong use; 130 and 143 after Ctrl-C and SIGTERM.
 */
export const main = async (argv: readonly string[], options: MainOptions): Promise<number> => {
  const stdout = options.stdout ?? process.stdout;
  const stderr = options.stderr ?? process.stderr;
  const environment = options.environment ?? process.env;
  if (options.stdout === undefined) endQuietlyWithoutReader();
  return withSignals(async (signal) => {
    const context: CommandContext = {
      projectRoot: options.projectRoot,
      workingDirectory: options.workingDirectory ?? process.cwd(),
      terminal: createTerminal(stdout, stderr, environment, { stdin: options.stdin ?? process.stdin, signal }),
      environment,
      now: options.now ?? ((): Date => new Date()),
      signal,
    };
    try {
      await createProgram(context, stdout, stderr).parseAsync([...argv], { from: 'user' });
      return exitCodes.ok;
    } catch (error) {
      return report(error, argv, stderr, signal);
    }
  });
};

/** One line for the user, and the exit code. The stack is shown on demand only: it is of use to floe's developers. */
const report = (error: unknown, argv: readonly string[], stderr: OutputStream, signal: AbortSignal): number => {
  // commander has printed its own messages; its code is 0 for --help and --version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (signal.aborted && (error as Error | undefined)?.name === 'AbortError') return exitCodes.failed;
  const known = error instanceof CliError ? error : fromSystem(error);
  stderr.write(`floe: ${oneLine(known?.message ?? reasonOf(error))}\n`);
  if (argv.includes('--debug')) stderr.write(`${traceOf(error)}\n`);
  else if (known === undefined) stderr.write('floe: this was not foreseen; the same command with --debug shows where it happened\n');
  return known?.exitCode ?? exitCodes.failed;
};

const traceOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const trace = error.stack ?? error.message;
  return error.cause === undefined ? trace : `${trace}\ncaused by: ${traceOf(error.cause)}`;
};

/** `floe query … | head` closes our output early: that is an end, not a failure. */
const endQuietlyWithoutReader = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
};
