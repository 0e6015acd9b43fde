import type { CommandContext } from '../command-context.ts';
import { CliError } from '../cli-error.ts';
import type { RedriveOutcome } from '../../src/lib/redeliver/index.ts';
import type { Connection } from '../pipeline/connection.ts';
import { withConnection } from '../pipeline/open-connection.ts';
import type { TargetOptions } from '../pipeline/target.ts';
import { formatCount, plural } from '../output/format.ts';
import type { Terminal } from '../output/terminal.ts';

export interface RedriveOptions extends TargetOptions {
  json?: boolean;
}

/** `floe redrive`: what the schedule does every hour, now, and to the end. */
export const redrive = async (options: RedriveOptions, context: CommandContext): Promise<void> =>
  withConnection(options, context, async (connection) => {
    const { terminal, signal } = context;
    const total = await redriveAll(connection, signal);
    if (options.json === true) terminal.print(JSON.stringify(total, null, 2));
    else printOutcome(total, terminal);
    if (total.left.objects > 0) throw new CliError(`${plural(total.left.records, 'event')} in ${plural(total.left.objects, 'object')} could not be driven again yet; another re-drive may be at work on them`);
  });

/** A call ends with its time; the next one goes on. A call that brings nothing on is the last one. */
const redriveAll = async (connection: Connection, signal: AbortSignal): Promise<RedriveOutcome> => {
  const total = await redriveOnce(connection);
  for (let last = total; last.redriven > 0 && last.left.objects > 0;) {
    signal.throwIfAborted();
    last = await redriveOnce(connection);
    total.redriven += last.redriven;
    total.quarantined += last.quarantined;
    total.unreadable += last.unreadable;
    total.left = last.left;
  }
  return total;
};

const redriveOnce = async (connection: Connection): Promise<RedriveOutcome> => {
  const answer = await connection.invoke(connection.names.redrive, {});
  if (!answer.ok) throw new CliError(`the re-drive failed: ${answer.reason}`);
  return answer.value as RedriveOutcome;
};

const printOutcome = ({ found, redriven, quarantined, unreadable }: RedriveOutcome, { print }: Terminal): void => {
  if (found.objects === 0) {
    print('nothing to do: every event has been delivered');
    return;
  }
  print(`${plural(redriven, 'event')} driven again, of ${formatCount(found.records)} in ${plural(found.objects, 'object')}; the next run takes them`);
  if (quarantined > 0) print(`${formatCount(quarantined)} of them broke a rule and go to quarantine${unreadable > 0 ? `, ${formatCount(unreadable)} since the error object held no record` : ''}`);
};
