import type { CommandContext } from '../command-context.ts';
import type { Connection } from '../pipeline/connection.ts';
import { runTurn } from '../pipeline/run-workflow.ts';
import type { TurnReport } from '../pipeline/run-workflow.ts';
import { printTurn } from '../output/print-turn.ts';
import { committedRunOf, failuresOf } from '../output/render-turn.ts';
import { problemsOf } from '../output/render-sent.ts';
import { createStepLine } from '../output/steps.ts';
import { send } from '../publish/send.ts';
import type { SentBatch } from '../publish/send.ts';
import { readRuns } from '../reports/run-report.ts';
import type { SourceFigures } from '../reports/run-report.ts';
import type { DemoPass } from './pass.ts';

/** A pass as it went. */
export interface PlayedPass {
  title: string;
  sent: SentBatch;
  turn: TurnReport;
  figures: SourceFigures[];
  failures: string[];
}

const indent = '   ';

/** Sends a pass's batch, runs the workflow, tells what came of it. */
export const playPass = async (connection: Connection, pass: DemoPass, options: { number: number; isQuiet: boolean }, context: CommandContext): Promise<PlayedPass> => {
  const { terminal } = context;
  const { print, style } = terminal;
  if (!options.isQuiet) {
    print(`\n${style.bold(`${options.number}  ${pass.title}`)}`);
    for (const line of pass.lines) print(`${indent}${line}`);
  }
  const line = createStepLine(terminal);
  const { sent, turn } = await sendAndRun(connection, pass, (step) => line.show(step), context.signal).finally(() => line.clear());
  const report = (await readRuns(connection.lake, 1)).find(({ runId }) => runId === committedRunOf(turn).runId);
  const failures = [...problemsOf(sent), ...failuresOf(turn)];
  if (!options.isQuiet) {
    printTurn(turn, report, 'floe', terminal, indent);
    for (const failure of failures) print(`${indent}${style.red('failed')}  ${failure}`);
  }
  return { title: pass.title, sent, turn, figures: report?.sources ?? [], failures };
};

const sendAndRun = async (connection: Connection, pass: DemoPass, onStep: (step: string) => void, signal: AbortSignal): Promise<{ sent: SentBatch; turn: TurnReport }> => {
  onStep('sending');
  const sent = await send(connection, pass.batch, { signal, ...(pass.unfinished ? { unfinished: pass.unfinished } : {}), onPublished: (published) => onStep(`sending: ${published} events`) });
  return { sent, turn: await runTurn(connection, { onStep, signal }) };
};
