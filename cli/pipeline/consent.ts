import type { CommandContext } from '../command-context.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Connection } from './connection.ts';
import { deployedTarget } from './target.ts';
import type { TargetOptions } from './target.ts';

export interface ConsentOptions extends TargetOptions {
  /** Agreed to beforehand. */
  yes?: boolean;
  dryRun?: boolean;
}

/** Tells what is about to be done and where; comes back where the user agrees. @throws CliError where not */
export type AskConsent = (what: string) => Promise<void>;

/**
 * A command that changes a deployment others rely on has its user agree first; a cloud of this machine is the user's own.
 * @throws CliError at once where nobody could be asked
 */
export const consentFor = (options: ConsentOptions, { stack, stage }: Connection, { environment, terminal }: CommandContext): AskConsent => {
  if (options.dryRun === true || options.yes === true || deployedTarget(options, environment) === undefined) return async () => undefined;
  const where = `stage ${stage}, account ${stack.accountId}, ${stack.region}`;
  const { ask } = terminal;
  if (ask === undefined) throw usageError(`this would change a deployment (${where}), and there is no terminal to ask on: with --yes it is done`);
  return async (what) => {
    const answer = await ask(`${where}: ${what}. Go on? Type ${stage}: `);
    if (answer.trim() !== stage) throw new CliError('nothing has been changed');
  };
};
