import type { ResultRow } from '../../lake/index.ts';
import type { Parameters } from '../../statements/index.ts';
import { chunksOf } from '../dates.ts';
import type { Step } from '../run-files.ts';
import { SWEPT_SOURCES } from '../sources.ts';
import { commonParameters, count, date, dates, identifier, text, type Phase, type PhaseContext } from './phase.ts';

/** Rows that go, by table. */
export type RetentionFacts = Readonly<Record<string, number>>;

/** How a table's rows below the floor are found, date by date, and deleted. */
interface RetainedTable {
  table: string;
  find: string;
  remove: string;
  columns: Parameters;
}

const TABLES: readonly RetainedTable[] = [
  ...Object.values(SWEPT_SOURCES).map(({ table, dateColumn }) => ({
    table: `silver.${table}`,
    find: 'retention/dates_below_floor',
    remove: 'retention/delete_dates',
    columns: { silver_table: identifier(table), date_column: identifier(dateColumn) },
  })),
  { table: 'silver.users', find: 'retention/users_below_floor', remove: 'retention/delete_users', columns: {} },
  { table: 'silver.quarantine', find: 'retention/quarantine_below_floor', remove: 'retention/delete_quarantine', columns: {} },
];

/** Deletes from silver what lies below the floor. Gold keeps what it has. */
export const retentionPhase: Phase<RetentionFacts> = {
  async start(context) {
    return { steps: TABLES.map(({ find, columns }) => ({ statement: find, hasResult: true, parameters: { ...floorOf(context), ...columns } })), facts: {} };
  },
  async advance(context, { facts }, step, rows) {
    const table = tableOf(step);
    return { steps: deleteSteps(context, table, rows), facts: { ...facts, [table.table]: rows.reduce((sum, row) => sum + count(row, 'row_count'), 0) } };
  },
};

const tableOf = ({ statement, parameters }: Step): RetainedTable => {
  const table = TABLES.find(({ find, columns }) => find === statement && JSON.stringify(columns['silver_table']) === JSON.stringify(parameters['silver_table']));
  if (table === undefined) throw new Error(`${statement} has no result in the retention phase`);
  return table;
};

const floorOf = (context: PhaseContext): Parameters => {
  const { floor } = context.input;
  if (floor === null) throw new Error(`run ${context.input.runId} has no floor`);
  return { ...commonParameters(context), floor: date(floor.date) };
};

/** One DELETE per group of partitions that Athena can write at once; the history of users has none, and its rows come as of one date. */
const deleteSteps = (context: PhaseContext, { remove, columns }: RetainedTable, rows: readonly ResultRow[]): Step[] =>
  chunksOf(rows.map((row) => text(row, 'date_text')), context.config.settings.maxPartitionsPerStatement).map((days) => ({
    statement: remove,
    parameters: { ...floorOf(context), ...columns, dates: dates(days) },
  }));
