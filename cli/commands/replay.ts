import { createObjects } from '../../src/lib/aws/index.ts';
import { epochMillisOf } from '../../src/lib/contracts/index.ts';
import { BeforeRetentionError, createKinesisEventStream, replay as replayStream } from '../../src/lib/redeliver/index.ts';
import type { ReplayOutcome, ReplayRequest } from '../../src/lib/redeliver/index.ts';
import type { CommandContext } from '../command-context.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Connection } from '../pipeline/connection.ts';
import { consentFor } from '../pipeline/consent.ts';
import type { ConsentOptions } from '../pipeline/consent.ts';
import { withConnection } from '../pipeline/open-connection.ts';
import { formatBytes, plural } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';
import type { Terminal } from '../output/terminal.ts';

export interface ReplayOptions extends ConsentOptions {
  /** Bronze's text, UTC. */
  from: string;
  to?: string;
  json?: boolean;
}

/** `floe replay --from T [--to T]`: what the stream still holds goes through capture into bronze again. */
export const replay = async (options: ReplayOptions, context: CommandContext): Promise<void> => {
  const { terminal } = context;
  const request = requestOf(options, context.now());
  await withConnection(options, context, async (connection) => {
    await consentFor(options, connection, context)(`the stream's events from ${request.from.toISOString()} to ${request.to.toISOString()} through capture into bronze again`);
    const outcome = await replayWithProgress(connection, request, context);
    if (options.json === true) terminal.print(JSON.stringify({ ...request, ...outcome }, null, 2));
    else printOutcome(request, outcome, terminal);
  });
};

const requestOf = (options: ReplayOptions, now: Date): ReplayRequest => {
  const from = new Date(epochMillisOf(options.from));
  const to = options.to === undefined ? now : new Date(epochMillisOf(options.to));
  if (from > now) throw usageError('--from lies in the future');
  if (from >= to) throw usageError('--from must lie before --to');
  return { from, to: to < now ? to : now, dryRun: options.dryRun ?? false };
};

const replayWithProgress = async ({ clients, names }: Connection, request: ReplayRequest, { terminal, now, signal }: CommandContext): Promise<ReplayOutcome> => {
  const progress = createProgress(terminal);
  try {
    return await replayStream(
      {
        stream: await createKinesisEventStream(clients.kinesis, names.eventStream),
        objects: createObjects(clients.s3, names.lakeBucket),
        clock: now,
        signal,
        onProgress: ({ doneMillis, totalMillis }) => progress.update('minutes of the stream, by shard', Math.round(doneMillis / 60_000), totalMillis / 60_000),
      },
      request,
    );
  } catch (error) {
    if (error instanceof BeforeRetentionError) throw new CliError(error.message, { cause: error });
    throw error;
  } finally {
    progress.stop();
  }
};

const printOutcome = ({ from, to, dryRun }: ReplayRequest, { shards, records, bytes, objectsWritten, objectsFound }: ReplayOutcome, { print, style }: Terminal): void => {
  print(`${plural(records, 'event')} (${formatBytes(bytes)}) of ${plural(shards, 'shard')}, arrived from ${from.toISOString()} to ${to.toISOString()}`);
  if (dryRun === true) print('Nothing has been written; without --dry-run they go through capture again.');
  else {
    const found = objectsFound > 0 ? `; ${objectsFound} more lay there from an earlier replay and ${objectsFound === 1 ? 'was' : 'were'} passed over` : '';
    print(`${plural(objectsWritten, 'object')} written to ${style.bold('bronze')}${found}. The next run takes them; what is known already changes nothing.`);
  }
};
