import { databaseNames } from '../../lake/index.ts';
import { chunksOf, distinctSorted } from '../dates.ts';
import type { Step } from '../run-files.ts';
import { SWEPT_SOURCES, type SweptSource } from '../sources.ts';
import { baseSnapshotOf, commonParameters, date, dates, identifier, text, type Phase, type PhaseContext } from './phase.ts';

/** What a sweep found in one table. */
export interface SweepFacts {
  /** Dates on which keys stand that were kept twice. */
  dates: string[];
}

const KEPT_TWICE = 'sweep/keys_kept_twice';

/** Finds keys that a table keeps in several rows, wherever they lie, and leaves the greatest version of each. */
export const createSweepPhase = (source: SweptSource): Phase<SweepFacts> => ({
  async start(context) {
    return { steps: [{ statement: KEPT_TWICE, hasResult: true, parameters: tableParameters(context, source) }], facts: { dates: [] } };
  },
  async advance(context, _progress, _step, rows) {
    const found = distinctSorted(rows.map((row) => text(row, 'date_text')));
    const steps = chunksOf(found, context.config.settings.maxPartitionsPerStatement).map(
      (chunk): Step => ({ statement: 'sweep/settle_versions', parameters: { ...tableParameters(context, source), dates: dates(chunk) } }),
    );
    return { steps, facts: { dates: found } };
  },
});

const tableParameters = (context: PhaseContext, source: SweptSource): Step['parameters'] => {
  const { table, keyColumn, dateColumn, timeColumn } = SWEPT_SOURCES[source];
  const { silver } = databaseNames(context.config.names.databasePrefix);
  return {
    ...commonParameters(context),
    silver_table: identifier(table),
    key_column: identifier(keyColumn),
    date_column: identifier(dateColumn),
    time_column: identifier(timeColumn),
    table_base: { kind: 'table-version', table: `${silver}.${table}`, snapshotId: baseSnapshotOf(context.input, `silver.${table}`) },
  };
};

/** The gate over what was settled: no key may stand twice any more. */
export const sweepGate = (context: PhaseContext, source: SweptSource, facts: SweepFacts, statement: string): Step[] => {
  const [first, last] = [facts.dates[0], facts.dates.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { table, keyColumn, dateColumn } = SWEPT_SOURCES[source];
  return chunksOf(facts.dates, context.config.settings.maxPartitionsPerStatement).map((chunk) => ({
    statement,
    hasResult: true,
    parameters: { ...commonParameters(context), silver_table: identifier(table), key_column: identifier(keyColumn), date_column: identifier(dateColumn), dates: dates(chunk), first_date: date(first), last_date: date(last) },
  }));
};
