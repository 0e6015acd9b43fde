import type { TurnReport } from '../pipeline/run-workflow.ts';
import type { RunReport } from '../reports/run-report.ts';
import { formatBytes, formatCount, formatDuration } from './format.ts';
import { committedRunOf, filesOf, renderFigures } from './render-turn.ts';
import { printFindings, printHeld } from './print-held.ts';
import type { Terminal } from './terminal.ts';

/**
 * The counts per source, the files met, the tables changed.
 * @param floe how a command reaches the same pipeline
 */
export const printTurn = (turn: TurnReport, report: RunReport | undefined, floe: string, terminal: Terminal, indent = ''): void => {
  const { print, style } = terminal;
  if (report !== undefined) print(renderFigures(report.sources, style, indent));
  for (const { file, state, reason } of filesOf(turn)) if (state !== 'done') print(`${indent}${style.yellow(state)}  ${file}${reason === undefined ? '' : `: ${reason}`}`);
  const { changedTables, held = [], findings = [], lateRows = {}, undelivered } = committedRunOf(turn);
  const late = Object.entries(lateRows).filter(([, rows]) => rows > 0);
  if (late.length > 0) print(`${indent}${style.dim('late')}  ${late.map(([source, rows]) => `${formatCount(rows)} of ${source}`).join(', ')}: their sessions are rebuilt`);
  printHeld(held, floe, terminal, indent);
  printFindings(findings, floe, terminal, indent);
  if ((undelivered?.objects ?? 0) > 0) print(`${indent}${style.yellow('not delivered')}  ${formatCount(undelivered?.records ?? 0)} events in ${formatCount(undelivered?.objects ?? 0)} objects wait for a re-drive`);
  if (changedTables !== undefined) print(`${indent}${style.dim('changed')}  ${changedTables.length === 0 ? 'nothing: no table has a new snapshot' : changedTables.join(', ')}`);
  const took = formatDuration(turn.durations.delivery + turn.durations.ingest + turn.durations.workflow);
  print(`${indent}${style.dim(`took ${took}${report === undefined ? '' : `, ${formatBytes(report.bytesScanned)} scanned`}`)}`);
};
