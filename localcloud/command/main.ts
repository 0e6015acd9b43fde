import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { CommandContext } from './command-context.ts';
import type { QueryOptions } from './query.ts';
import { withSignals } from './signals.ts';
import type { UpOptions } from './up.ts';

const port = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('Expected a port, 0 to 65535.');
  return value;
};

/** What a command does is imported when it runs, so that `--help` answers at once. */
const createProgram = (context: CommandContext): Command => {
  const program = new Command('localcloud')
    .description('An AWS for one process: S3, Kinesis, Firehose, Glue, Athena on Iceberg and more, behind one port of this machine.')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.print(text),
      writeErr: (text) => context.printError(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'localcloud: ')),
    })
    .addHelpText('after', '\nExit codes:  0 done, 1 failed, 2 wrong use');
  program
    .command('up')
    .description('start the cloud, until Ctrl-C')
    .option('--port <n>', 'port of all services; 0 takes a free one', port, 4566)
    .option('--data-dir <dir>', 'directory of everything it keeps', '.localcloud')
    .option('--functions <file>', 'an ES module whose export `functions` is a list of Lambda functions: { name, handler, timeoutSeconds }')
    .option('--template <file>', 'a CloudFormation template (YAML or JSON) to create; its functions are looked up by name in --functions')
    .option('--stack <name>', 'name of the template\'s stack', 'local')
    .option('--json', 'print the environment as one JSON object')
    .action(async (options: UpOptions) => (await import('./up.ts')).up(options, context));
  program
    .command('query')
    .description('ask Athena: of the cloud AWS_ENDPOINT_URL names, or of a stopped one\'s directory; prints CSV')
    .argument('<sql>', 'one statement of Athena SQL')
    .option('--data-dir <dir>', 'directory of a stopped cloud')
    .option('--database <name>', 'database of tables named without one', 'default')
    .action(async (sql: string, options: QueryOptions) => (await import('./query.ts')).query(sql, options, context));
  return program;
};

/**
 * Runs one command line.
 * @param argv the arguments after `localcloud`
 * @returns the exit code: 0 done, 1 failed, 2 wrong use; 130 and 143 after Ctrl-C and SIGTERM
 */
export const main = (argv: readonly string[], options: Partial<Omit<CommandContext, 'signal'>> = {}): Promise<number> =>
  withSignals(async (signal) => {
    const context: CommandContext = {
      print: options.print ?? ((text) => void process.stdout.write(text)),
      printError: options.printError ?? ((text) => void process.stderr.write(text)),
      workingDirectory: options.workingDirectory ?? process.cwd(),
      environment: options.environment ?? process.env,
      signal,
    };
    try {
      await createProgram(context).parseAsync([...argv], { from: 'user' });
      return 0;
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
      context.printError(`localcloud: ${reasonOf(error)}\n`);
      return 1;
    }
  });

/** Errors whose message is all that a user needs; those of the system have a code. Known by name: their modules load only where used. */
const FORESEEN = ['CommandError', 'DirectoryInUseError', 'PortInUseError', 'AthenaFailure', 'InvalidRequestException'];

/** One line for what a user can mend, the whole trace for a defect. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return FORESEEN.includes(error.name) || 'code' in error ? error.message.replace(/\s+/g, ' ') : (error.stack ?? error.message);
};
