import type { CommandContext } from '../command-context.ts';
import { CliError, usageError } from '../cli-error.ts';
import { cutIntoBatches } from '../input/batches.ts';
import { inspectInput, requireInput } from '../input/given-input.ts';
import type { InputOptions } from '../input/given-input.ts';
import type { Connection } from '../pipeline/connection.ts';
import { consentFor } from '../pipeline/consent.ts';
import type { ConsentOptions } from '../pipeline/consent.ts';
import { withRunning } from '../pipeline/open-connection.ts';
import { plural } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';
import { describeSent, problemsOf } from '../output/render-sent.ts';
import { send } from '../publish/send.ts';

export interface PublishOptions extends InputOptions, ConsentOptions {
  json?: boolean;
}

/** `floe publish`: sends given files to the sources of a running cloud, events to the stream of a deployment. */
export const publish = async (options: PublishOptions, context: CommandContext): Promise<void> => {
  requireInput(options);
  await withRunning(options, context, async (connection) => {
    requireSources(options, connection);
    const { terminal, workingDirectory, signal } = context;
    const askConsent = consentFor(options, connection, context);
    const input = await inspectInput(options, workingDirectory);
    const [batch] = cutIntoBatches(input, 1);
    if (batch === undefined) throw new RangeError('one batch was asked for');
    const expected = [...input.events, ...input.shopEvents].reduce((sum, file) => sum + file.records, 0);
    await askConsent(`${plural(expected, 'event')} onto the stream ${connection.names.eventStream}`);
    const progress = createProgress(terminal);
    const sent = await send(connection, batch, { signal, onPublished: (published) => progress.update('events', published, expected) }).finally(() => progress.stop());
    if (options.json === true) terminal.print(JSON.stringify({ ...sent, problems: input.problems }, null, 2));
    else for (const line of describeSent(sent)) terminal.print(line);
    const problems = [...input.problems, ...problemsOf(sent)];
    if (problems.length > 0) throw new CliError(problems.join('; '));
  });
};

/** Files lie on the SFTP server and users in the database of who owns them, and floe may only read there; on this machine it plays the owner too. */
const requireSources = ({ transactions, users }: InputOptions, { stack, names }: Connection): void => {
  if (names.shopSecret !== undefined || (transactions === undefined && users === undefined)) return;
  throw usageError(`${stack.name} takes events alone from this command: its transaction files come from the SFTP server, its users from the shop's database, and floe only reads there`);
};
