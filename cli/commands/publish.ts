import type { CommandContext } from '../command-context.ts';
import { CliError } from '../cli-error.ts';
import { cutIntoBatches } from '../input/batches.ts';
import { inspectInput, requireInput } from '../input/given-input.ts';
import type { InputOptions } from '../input/given-input.ts';
import { requireRunning } from '../pipeline/open-connection.ts';
import { createProgress } from '../output/progress.ts';
import { describeSent, problemsOf } from '../output/render-sent.ts';
import { send } from '../publish/send.ts';

export interface PublishOptions extends InputOptions {
  dataDir?: string;
  json?: boolean;
}

/** `floe publish`: sends given files to the sources of a running cloud. */
export const publish = async (options: PublishOptions, context: CommandContext): Promise<void> => {
  requireInput(options);
  const { terminal, workingDirectory, signal } = context;
  const connection = requireRunning(options.dataDir, context);
  const progress = createProgress(terminal);
  try {
    const input = await inspectInput(options, workingDirectory);
    const [batch] = cutIntoBatches(input, 1);
    if (batch === undefined) throw new RangeError('one batch was asked for');
    const expected = [...input.events, ...input.shopEvents].reduce((sum, file) => sum + file.records, 0);
    const sent = await send(connection, batch, { signal, onPublished: (published) => progress.update('events', published, expected) });
    progress.stop();
    if (options.json === true) terminal.print(JSON.stringify({ ...sent, problems: input.problems }, null, 2));
    else for (const line of describeSent(sent)) terminal.print(line);
    const problems = [...input.problems, ...problemsOf(sent)];
    if (problems.length > 0) throw new CliError(problems.join('; '));
  } finally {
    progress.stop();
    connection.close();
  }
};
