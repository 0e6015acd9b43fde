import type { CommandContext } from '../command-context.ts';
import { CliError } from '../cli-error.ts';
import { withConnection } from '../pipeline/open-connection.ts';
import { commandOf } from '../pipeline/target.ts';
import type { TargetOptions } from '../pipeline/target.ts';
import { runTurn } from '../pipeline/run-workflow.ts';
import { printTurn } from '../output/print-turn.ts';
import { committedRunOf, failuresOf } from '../output/render-turn.ts';
import { createStepLine } from '../output/steps.ts';
import { printHeld } from '../output/print-held.ts';
import { readHeld } from '../reports/held-report.ts';
import { readRuns } from '../reports/run-report.ts';
import { acceptedGates } from './accepted-gates.ts';

export interface RunOptions extends TargetOptions {
  accept?: string[];
  source?: string;
  json?: boolean;
}

/** `floe run`: what the schedules do every hour, now; shows its steps and the counts per source. */
export const run = async (options: RunOptions, context: CommandContext): Promise<void> => {
  const { terminal } = context;
  const floe = commandOf(options, context.environment);
  const input = { accept: acceptedGates(options) };
  await withConnection(options, context, async (connection) => {
    const line = createStepLine(terminal);
    const turn = await runTurn(connection, { onStep: (step) => line.show(step), signal: context.signal, input }).finally(() => line.clear());
    const report = (await readRuns(connection.lake, 1)).find(({ runId }) => runId === committedRunOf(turn).runId);
    if (options.json === true) terminal.print(JSON.stringify({ ...turn, figures: report?.sources ?? [] }, null, 2));
    else printTurn(turn, report, floe, terminal);
    const failures = failuresOf(turn);
    if (turn.workflow.status !== 'SUCCEEDED' && options.json !== true) printHeld(await readHeld(connection), floe, terminal);
    if (failures.length > 0) throw new CliError(failures.join('; '));
  });
};
