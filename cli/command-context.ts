import type { Environment } from '../src/lib/aws/index.ts';
import type { Terminal } from './output/terminal.ts';

/** What every command is given besides its own arguments and options. */
export interface CommandContext {
  /** The folder with serverless.yml, src, sql and workflows. */
  projectRoot: string;
  /** Relative paths of the command line are taken from here. */
  workingDirectory: string;
  terminal: Terminal;
  /** The shell's variables. */
  environment: Environment;
  now: () => Date;
  /** Aborted by the first Ctrl-C or SIGTERM: the command ends in order. */
  signal: AbortSignal;
}
