import type { Retained } from '../../src/lib/run/index.ts';
import type { CommandContext } from '../command-context.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Connection } from '../pipeline/connection.ts';
import { consentFor } from '../pipeline/consent.ts';
import type { ConsentOptions } from '../pipeline/consent.ts';
import { withConnection } from '../pipeline/open-connection.ts';
import { runWorkflow } from '../pipeline/run-workflow.ts';
import { formatCount, plural } from '../output/format.ts';
import { committedRunOf, workflowFailureOf } from '../output/render-turn.ts';
import { createStepLine } from '../output/steps.ts';
import { renderTable } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { readRetention, type RetentionPlan } from '../reports/retention-report.ts';

export interface RetainOptions extends ConsentOptions {
  days?: number;
  before?: string;
  json?: boolean;
}

/** `floe retain --days N`: deletes from silver what it has kept long enough, as is done daily. */
export const retain = async (options: RetainOptions, context: CommandContext): Promise<void> => {
  const { days, before, dryRun = false, json = false } = options;
  const retained = days !== undefined && before === undefined ? { days } : before !== undefined && days === undefined ? { before } : undefined;
  if (retained === undefined) throw usageError('either --days or --before is needed');
  await withConnection(options, context, async (connection) => {
    const { terminal, signal } = context;
    const askConsent = consentFor(options, connection, context);
    const plan = await readRetention(connection, retained, context.now());
    if (!dryRun) await askConsent(`silver loses what is dated before ${plan.floor}: ${Object.entries(plan.rows).map(([table, rows]) => `${plural(rows, 'row')} of ${table}`).join(', ')}`);
    const outcome = dryRun ? plan : { ...plan, rows: (await runRetention(connection, retained, { terminal, signal })) ?? plan.rows };
    if (json) terminal.print(JSON.stringify({ ...outcome, done: !dryRun }, null, 2));
    else printRetention(outcome, dryRun, terminal);
  });
};

/** Rows that went, by table. */
const runRetention = async (connection: Connection, retained: Retained, { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>): Promise<Record<string, number> | null | undefined> => {
  const line = createStepLine(terminal);
  const workflow = await runWorkflow(connection, { onStep: (step) => line.show(step), signal, input: { kind: 'retention', ...retained } }).finally(() => line.clear());
  const failure = workflowFailureOf(workflow);
  if (failure !== undefined) throw new CliError(failure);
  return committedRunOf({ workflow }).removed;
};

const printRetention = ({ floor, standing, rows }: RetentionPlan, dryRun: boolean, { print, style }: Terminal): void => {
  const past = standing === null ? 'it had no floor' : `its floor stood at ${standing}`;
  print(`${dryRun ? 'silver would keep' : 'silver keeps'} what is dated ${style.bold(floor)} or later; ${past}`);
  print(renderTable([{ title: 'table' }, { title: dryRun ? 'rows that would go' : 'rows that went', align: 'right' }], Object.entries(rows).map(([table, count]) => [table, formatCount(count)]), { style }));
  print(dryRun ? 'Nothing has been changed; without --dry-run it will be.' : 'Their files go once no snapshot that is kept needs them (floe maintain).');
};
