import { databaseNames, type ResultRow } from '../../lake/index.ts';
import { STATUS_AFTER, type DecidedRow, type Decision } from '../../quarantine/index.ts';
import type { Parameters } from '../../statements/index.ts';
import { chunksOf, distinctSorted } from '../dates.ts';
import type { Step } from '../run-files.ts';
import { baseSnapshotOf, commonParameters, dates, text, type Phase, type PhaseContext } from './phase.ts';

/** Two hashes and a number, 150 bytes: 400 rows stay well below the renderer's 128 KiB. */
export const ROWS_PER_STATEMENT = 400;

/** Marks the rows of a decision. */
export const decisionPhase: Phase<null> = {
  async start(context) {
    const { decision } = context.input;
    if (decision === undefined) throw new Error(`run ${context.input.runId} has no decision to apply`);
    return { steps: decisionSteps(context, decision), facts: null };
  },
  async advance(_context, _progress, step) {
    throw new Error(`${step.statement} has no result in the decision phase`);
  },
};

const decisionSteps = (context: PhaseContext, decision: Decision): Step[] =>
  chunksOfRows(decision.rows, context.config.settings.maxPartitionsPerStatement).map((rows) => ({
    statement: 'quarantine/apply_decision',
    parameters: {
      ...commonParameters(context),
      dates: dates(distinctSorted(rows.map(({ firstSeenDate }) => firstSeenDate))),
      decided_rows: {
        kind: 'rows',
        value: rows.map(({ recordHash, seenCount, replayedAs }) => [
          { kind: 'id', value: recordHash },
          { kind: 'integer', value: String(seenCount) },
          { kind: 'id', value: replayedAs ?? recordHash },
        ]),
      },
      status: { kind: 'id', value: STATUS_AFTER[decision.action] },
      decision_id: { kind: 'id', value: decision.id },
    },
  }));

/** Rows of at most so many dates, and at most {@link ROWS_PER_STATEMENT}. */
const chunksOfRows = (rows: readonly DecidedRow[], mostDates: number): DecidedRow[][] =>
  chunksOf(distinctSorted(rows.map(({ firstSeenDate }) => firstSeenDate)), mostDates).flatMap((days) => {
    const [first = '', last = ''] = [days[0], days.at(-1)];
    return chunksOf(rows.filter(({ firstSeenDate }) => firstSeenDate >= first && firstSeenDate <= last), ROWS_PER_STATEMENT);
  });

const KEPT_DATES = 'quarantine/kept_dates';

/** Once a rollback has restored the quarantine: brings back what persons have decided since, and the rows they decided about. */
export const keptDecisionsPhase: Phase<null> = {
  async start(context) {
    return { steps: [{ statement: KEPT_DATES, hasResult: true, parameters: keptParameters(context) }], facts: null };
  },
  async advance(context, _progress, _step, rows) {
    return { steps: keepSteps(context, rows), facts: null };
  },
};

const keepSteps = (context: PhaseContext, rows: readonly ResultRow[]): Step[] =>
  chunksOf(rows.map((row) => text(row, 'date_text')), context.config.settings.maxPartitionsPerStatement).map((days) => ({
    statement: 'quarantine/keep_decisions',
    parameters: { ...keptParameters(context), dates: dates(days) },
  }));

const keptParameters = (context: PhaseContext): Parameters => {
  const { silver } = databaseNames(context.config.names.databasePrefix);
  const snapshotId = baseSnapshotOf(context.input, 'silver.quarantine');
  return { ...commonParameters(context), quarantine_base: { kind: 'table-version', table: `${silver}.quarantine`, snapshotId } };
};
