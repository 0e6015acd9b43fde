import type { CommandContext } from '../command-context.ts';
import { CliError } from '../cli-error.ts';
import { withConnection } from '../pipeline/open-connection.ts';
import type { TargetOptions } from '../pipeline/target.ts';
import { runWorkflow } from '../pipeline/run-workflow.ts';
import { committedRunOf, workflowFailureOf } from '../output/render-turn.ts';
import { createStepLine } from '../output/steps.ts';

export interface DailyOptions extends TargetOptions {
  json?: boolean;
}

/** `floe sweep` and `floe maintain`: what the schedules do every day, now; tells which tables have changed. */
export const daily = async (kind: 'sweep' | 'maintenance', options: DailyOptions, context: CommandContext): Promise<void> =>
  withConnection(options, context, async (connection) => {
    const line = createStepLine(context.terminal);
    const workflow = await runWorkflow(connection, { onStep: (step) => line.show(step), signal: context.signal, input: { kind } }).finally(() => line.clear());
    const failure = workflowFailureOf(workflow);
    if (options.json === true) context.terminal.print(JSON.stringify(workflow, null, 2));
    if (failure !== undefined) throw new CliError(failure);
    const { changedTables = [] } = committedRunOf({ workflow });
    if (options.json !== true) context.terminal.print(changedTables.length === 0 ? 'nothing to do: no table has a new snapshot' : `done: ${changedTables.join(', ')}`);
  });
