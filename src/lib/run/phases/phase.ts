import type { ResultRow } from '../../lake/index.ts';
import { lakeParameters } from '../../lake/index.ts';
import type { Parameter, Parameters } from '../../statements/index.ts';
import { ingestionDateOf } from '../bronze-objects.ts';
import { addDays, distinctSorted } from '../dates.ts';
import { floorParameters, frozenParameters } from '../floor.ts';
import type { RunConfig } from '../ports.ts';
import type { Progress, RunInput, Step } from '../run-files.ts';
import type { SourceDefinition } from '../sources.ts';

/** Reads what another phase of the run has found out; undefined where it had nothing to do. */
export type FactsReader = <Facts>(phase: string) => Promise<Progress<Facts> | undefined>;

export interface PhaseContext {
  input: RunInput;
  config: RunConfig;
  factsOf: FactsReader;
  /** Now, for what a phase records. */
  now: Date;
}

/**
 * A part of a run: statements one after the other, where results of some decide about the next. Pure: what is run, and when
 * again, is the workflow's business.
 */
export interface Phase<Facts> {
  start(context: PhaseContext): Promise<{ steps: Step[]; facts: Facts }>;
  /**
   * A step with a result has ended: the facts it adds, and the steps that follow at the end of the list.
   */
  advance(context: PhaseContext, progress: Progress<Facts>, step: Step, rows: ResultRow[]): Promise<{ steps: Step[]; facts: Facts }>;
}

/** What every statement of a run may name. */
export const commonParameters = ({ input, config }: PhaseContext): Parameters => ({
  ...lakeParameters(config.names),
  run_id: { kind: 'id', value: input.runId },
  run_folder: { kind: 'name', value: input.runId },
  processing_timestamp: { kind: 'timestamp', value: input.processingTimestamp },
  data_version: { kind: 'integer', value: String(config.settings.dataVersion) },
  lateness_seconds: { kind: 'integer', value: String(config.settings.latenessSeconds) },
  horizon_days: { kind: 'integer', value: String(config.settings.horizonDays) },
  ...frozenParameters(input.floor, config.settings),
});

/** Bronze objects, and the partitions they lie in: `"$path"` alone would have Athena list every partition there can be. */
export const pathParameters = (objects: readonly string[]): Parameters => ({
  paths: { kind: 'paths', value: objects },
  ingestion_dates: dateTexts(distinctSorted(objects.map(ingestionDateOf))),
});

/** Of which source a statement reads bronze, and which of its rows are too old for silver. */
export const sourceParameters = (input: Pick<RunInput, 'floor' | 'kind'>, source: SourceDefinition): Parameters => ({
  bronze_table: identifier(source.bronzeTable),
  event_time_column: identifier(source.eventTimeColumn),
  ...floorParameters(input, source),
});

/** A table's snapshot before the run; null where it was empty. */
export const baseSnapshotOf = ({ base }: RunInput, table: string): string | null => {
  const snapshotId = base[table];
  if (snapshotId === undefined) throw new Error(`the run has no base snapshot of ${table}`);
  return snapshotId;
};

export const date = (value: string): Parameter => ({ kind: 'date', value });
export const dates = (value: readonly string[]): Parameter => ({ kind: 'dates', value });
export const dateTexts = (value: readonly string[]): Parameter => ({ kind: 'date-texts', value });
export const identifier = (value: string): Parameter => ({ kind: 'identifier', value });

/** A span of dates, widened by the horizon on both sides. An empty list gives a span that no row lies in. */
const widened = (values: readonly string[], days: number): DateSpan => {
  const [first, last] = [values[0], values.at(-1)];
  return first === undefined || last === undefined ? { first: NO_DATE, last: NO_DATE } : { first: addDays(first, -days), last: addDays(last, days) };
};

export const NO_DATE = '0001-01-01';

export interface DateSpan {
  first: string;
  last: string;
}

export const EVERYWHERE: DateSpan = { first: NO_DATE, last: '9999-12-31' };

/**
 * Where the other rows of keys are looked for that stand on these dates: within the horizon; a backfill looks everywhere, since
 * what the sweep has settled farther apart must not be unsettled. No date gives a span that no row lies in.
 */
export const searchSpan = ({ input, config }: Pick<PhaseContext, 'input' | 'config'>, values: readonly string[]): DateSpan =>
  input.kind === 'backfill' && values.length > 0 ? EVERYWHERE : widened(values, config.settings.horizonDays);

/** A whole number of a result row; null counts as 0, as for sums over no rows. @throws Error where it is not a number */
export const count = (row: ResultRow, column: string): number => {
  const value = row[column];
  if (value === undefined) throw new Error(`the result has no column ${column}`);
  if (value !== null && !/^-?\d+$/.test(value)) throw new Error(`${column} is not a whole number: ${value}`);
  return Number(value ?? 0);
};

export const text = (row: ResultRow, column: string): string => {
  const value = row[column];
  if (value === undefined || value === null) throw new Error(`the result has no value for ${column}`);
  return value;
};

export const one = (rows: ResultRow[], statement: string): ResultRow => {
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`${statement}: expected one row, got ${rows.length}`);
  return row;
};
