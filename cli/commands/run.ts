import type { CommandContext } from '../command-context.ts';
import { CliError } from '../cli-error.ts';
import { withConnection } from '../local/open-connection.ts';
import { runTurn } from '../local/run-workflow.ts';
import type { TurnReport } from '../local/run-workflow.ts';
import { formatDuration } from '../output/format.ts';
import { committedRunOf, failuresOf, filesOf, renderFigures } from '../output/render-turn.ts';
import { createStepLine } from '../output/steps.ts';
import type { Terminal } from '../output/terminal.ts';
import { readRuns } from '../reports/run-report.ts';
import type { RunReport } from '../reports/run-report.ts';

export interface RunOptions {
  dataDir?: string;
  json?: boolean;
}

/** `floe run`: what the schedules do every hour, now; shows its steps and the counts per source. */
export const run = async (options: RunOptions, context: CommandContext): Promise<void> => {
  const { terminal } = context;
  await withConnection(options.dataDir, context, async (connection) => {
    const line = createStepLine(terminal);
    const turn = await runTurn(connection, (step) => line.show(step)).finally(() => line.clear());
    const report = (await readRuns(connection.lake, 1)).find(({ runId }) => runId === committedRunOf(turn).runId);
    if (options.json === true) terminal.print(JSON.stringify({ ...turn, figures: report?.sources ?? [] }, null, 2));
    else printTurn(turn, report, terminal);
    const failures = failuresOf(turn);
    if (failures.length > 0) throw new CliError(failures.join('; '));
  });
};

/** The counts per source, the files met, the tables changed. */
export const printTurn = (turn: TurnReport, report: RunReport | undefined, { print, style }: Terminal, indent = ''): void => {
  if (report !== undefined) print(renderFigures(report.sources, style, indent));
  for (const { file, state, reason } of filesOf(turn)) if (state !== 'done') print(`${indent}${style.yellow(state)}  ${file}${reason === undefined ? '' : `: ${reason}`}`);
  const { changedTables, held } = committedRunOf(turn);
  for (const { source, rule, figure, objects } of held ?? []) print(`${indent}${style.yellow('held back')}  ${source}, ${objects} objects: ${rule} ${figure}`);
  if (changedTables !== undefined) print(`${indent}${style.dim('changed')}  ${changedTables.length === 0 ? 'nothing: no table has a new snapshot' : changedTables.join(', ')}`);
  print(`${indent}${style.dim(`took ${formatDuration(turn.durations.delivery + turn.durations.ingest + turn.durations.workflow)}`)}`);
};
