import type { TurnReport, WorkflowReport } from '../pipeline/run-workflow.ts';
import { isConserved } from '../reports/run-report.ts';
import type { SourceFigures } from '../reports/run-report.ts';
import { formatCount, shorten } from './format.ts';
import type { ShownFinding, ShownHeld } from './print-held.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** What came in per source and where it went; the sum is checked, and what does not add up is marked. */
export const renderFigures = (sources: readonly SourceFigures[], style: Style, indent = ''): string => {
  const numbers = ['came in', '= in silver', '+ duplicates', '+ quarantined'].map((title) => ({ title, align: 'right' as const }));
  const rows = sources.map((figures) => [figures.sourceSystem, ...[figures.bronzeRows, figures.silverRows, figures.duplicates, figures.quarantined].map(formatCount), markOf(figures)]);
  const paint = (padded: string, row: number, column: number): string => {
    const figures = sources[row];
    if (column !== 5 || figures === undefined) return padded;
    return figures.status !== 'committed' || !isConserved(figures) ? style.red(padded) : style.green(padded);
  };
  return renderTable([{ title: 'source' }, ...numbers, { title: '' }], rows, { indent, style, styleCell: paint });
};

const markOf = (figures: SourceFigures): string => {
  if (figures.status !== 'committed') return figures.status;
  return isConserved(figures) ? '✓' : '✗ does not add up';
};

/** One line for each part of a turn that failed. */
export const failuresOf = (turn: TurnReport): string[] => {
  const failures: string[] = [];
  if (!turn.transactions.ok) failures.push(`transactions were not fetched: ${turn.transactions.reason}`);
  else for (const { file, reason, state } of filesOf(turn)) if (state === 'unreadable') failures.push(`${file}: ${reason ?? state}`);
  if (turn.users?.ok === false) failures.push(`users were not fetched: ${turn.users.reason}`);
  if (!turn.redrive.ok) failures.push(`records that could not be delivered were not driven again: ${turn.redrive.reason}`);
  const failure = workflowFailureOf(turn.workflow);
  return failure === undefined ? failures : [...failures, failure];
};

/** Why an execution of the workflow did not succeed, in one line. */
export const workflowFailureOf = ({ status, error, cause }: WorkflowReport): string | undefined => {
  if (status === 'SUCCEEDED') return undefined;
  return `the run ${status === 'FAILED' ? 'failed' : `ended as ${status}`}: ${shorten([error, reasonIn(cause)].filter((text) => text !== undefined && text !== '').join(': '), 300)}`;
};

/** Athena's reason out of a cause that is a query's JSON, else the cause as it is. */
export const reasonIn = (cause: string | undefined): string | undefined => {
  if (cause?.startsWith('{') !== true) return cause;
  try {
    const parsed = JSON.parse(cause) as { errorMessage?: string; QueryExecution?: { Status?: { StateChangeReason?: string } } };
    return parsed.QueryExecution?.Status?.StateChangeReason ?? parsed.errorMessage ?? cause;
  } catch {
    return cause; // cut off by Step Functions at 32,768 characters: shown as it is
  }
};

/** A file the ingest met in this turn. */
export interface MetFile {
  file: string;
  state: string;
  rows: number;
  reason?: string;
}

export const filesOf = (turn: TurnReport): MetFile[] => (turn.transactions.ok ? ((turn.transactions.value as { files?: MetFile[] }).files ?? []) : []);

/** What the workflow's commit answered, as far as it is shown (RunSummary of src/lib/run). */
export interface CommittedRun {
  runId?: string;
  changedTables?: string[];
  /** Rows written by the run whose event came later than the lateness allows, by source_system. */
  lateRows?: Record<string, number>;
  /** Events that Firehose could not deliver and that wait for a re-drive. */
  undelivered?: { records: number; objects: number };
  /** Of a retention: rows that went, by table. */
  removed?: Record<string, number> | null;
  held?: ShownHeld[];
  findings?: ShownFinding[];
}

export const committedRunOf = ({ workflow }: Pick<TurnReport, 'workflow'>): CommittedRun => (workflow.status === 'SUCCEEDED' ? ((workflow.output ?? {})) : {});
