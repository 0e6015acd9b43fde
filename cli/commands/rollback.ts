import type { CommandContext } from '../command-context.ts';
import { CliError } from '../cli-error.ts';
import { consentFor } from '../pipeline/consent.ts';
import type { ConsentOptions } from '../pipeline/consent.ts';
import { withConnection } from '../pipeline/open-connection.ts';
import { runWorkflow } from '../pipeline/run-workflow.ts';
import { formatCount, plural } from '../output/format.ts';
import { workflowFailureOf } from '../output/render-turn.ts';
import { createStepLine } from '../output/steps.ts';
import { renderTable } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { readRollback } from '../reports/rollback-report.ts';
import type { RollbackReport } from '../reports/rollback-report.ts';

export interface RollbackOptions extends ConsentOptions {
  to: string;
  json?: boolean;
}

/** `floe rollback --to RUN|TIME`: all tables and the list of taken objects, together, back to what a run committed. */
export const rollback = async (options: RollbackOptions, context: CommandContext): Promise<void> =>
  withConnection(options, context, async (connection) => {
    const { terminal, signal } = context;
    const askConsent = consentFor(options, connection, context);
    const report = await readRollback(connection, options.to);
    const isDone = options.dryRun !== true && report.tables.length > 0;
    if (isDone) {
      await askConsent(`${plural(report.tables.length, 'table')} (${report.tables.map(({ table }) => table).join(', ')}) back to what run ${report.runId} committed ${report.committedAt}`);
      const line = createStepLine(terminal);
      const workflow = await runWorkflow(connection, { onStep: (step) => line.show(step), signal, input: { kind: 'rollback', to: report.runId } }).finally(() => line.clear());
      const failure = workflowFailureOf(workflow);
      if (failure !== undefined) throw new CliError(failure);
    }
    if (options.json === true) terminal.print(JSON.stringify({ ...report, done: isDone }, null, 2));
    else printRollback(report, isDone, terminal);
  });

const printRollback = ({ runId, committedAt, tables, decisions }: RollbackReport, isDone: boolean, { print, style }: Terminal): void => {
  if (tables.length === 0) {
    print(`the tables are as run ${runId} committed them (${committedAt}); nothing to do`);
    return;
  }
  print(`${isDone ? 'back to' : 'would go back to'} run ${style.bold(runId)}, committed ${committedAt}`);
  const numbers = ['rows that go', 'rows that come back'].map((title) => ({ title, align: 'right' as const }));
  print(renderTable([{ title: 'table' }, ...numbers], tables.map(({ table, rowsThatGo, rowsThatComeBack }) => [table, formatCount(rowsThatGo), formatCount(rowsThatComeBack)]), { style }));
  for (const { id, action, records, note } of decisions) print(`kept: ${action} of ${plural(records, 'quarantined record')}, decision ${id}${note === null ? '' : ` (${note})`}`);
  print(isDone ? 'The next run takes what came in since then once more.' : 'Nothing has been changed; without --dry-run it will be.');
};
