import { databaseNames, type ResultRow } from '../../lake/index.ts';
import type { Parameter, Parameters } from '../../statements/index.ts';
import { addDays, chunksOf, distinctSorted } from '../dates.ts';
import type { Step } from '../run-files.ts';
import { baseSnapshotOf, commonParameters, count, date, dates, EVERYWHERE, NO_DATE, one, searchSpan, text, type DateSpan, type Phase, type PhaseContext } from './phase.ts';
import { mergedDates, type SourceFacts } from './source.ts';
import type { SweepFacts } from './sweep.ts';

/** What the gold phase found out about the sessions this run touches. */
export interface GoldFacts {
  touchedRows: number;
  /** Dates gold's rows and silver's events of the touched sessions lie between, widened by the horizon. */
  firstDate: string;
  lastDate: string;
  /** Users whose first version appeared or changed: for them gold's keys were read whole. */
  changedFirstVersions: number;
}

const CHANGED_USERS = 'plan/changed_users';
const TOUCHED = 'gold/touched_sessions';
const UNSETTLED = 'sweep/unsettled_sessions';
const TOUCHED_SPAN = 'plan/touched_span';
const GOLD_SPAN = 'plan/gold_span';
const SESSION_DATES = 'plan/session_dates';
const MERGE = 'gold/merge_user_session_analysis';

/** No row was written before it. */
const THE_BEGINNING = '0001-01-01 00:00:00.000000';

const NOTHING: GoldFacts = { touchedRows: 0, firstDate: NO_DATE, lastDate: NO_DATE, changedFirstVersions: 0 };

/** Finds the sessions this run has touched, where they lie, and computes them whole. */
export const goldPhase: Phase<GoldFacts> = {
  async start(context) {
    if (context.input.kind === 'sweep') return { steps: await unsettledSteps(context), facts: NOTHING };
    const merged = await readMerged(context);
    if (merged.users.length === 0 && merged.events.length === 0 && merged.transactions.length === 0) return { steps: [], facts: NOTHING };
    const steps = merged.users.length > 0 ? [changedUsersStep(context)] : touchedSteps(context, merged, { first: NO_DATE, last: NO_DATE });
    return { steps, facts: NOTHING };
  },
  async advance(context, { facts }, step, rows) {
    switch (step.statement) {
      case CHANGED_USERS:
        return afterChangedUsers(context, facts, one(rows, CHANGED_USERS));
      case TOUCHED_SPAN:
        return afterTouchedSpan(context, facts, one(rows, TOUCHED_SPAN));
      case GOLD_SPAN:
        return afterGoldSpan(context, facts, one(rows, GOLD_SPAN));
      case SESSION_DATES:
        return { facts, steps: mergeSteps(context, facts, rows) };
      default:
        throw new Error(`${step.statement} has no result in the gold phase`);
    }
  },
};

interface MergedDates {
  events: string[];
  transactions: string[];
  users: string[];
}

/** The dates on which this run wrote, or computes every session anew. */
const readMerged = async ({ factsOf, input: { recomputedDates = [] } }: PhaseContext): Promise<MergedDates> => {
  const [events, transactions, users] = await Promise.all([factsOf<SourceFacts>('events'), factsOf<SourceFacts>('transactions'), factsOf<SourceFacts>('users')]);
  const withRecomputed = (merged: string[]): string[] => distinctSorted([...merged, ...recomputedDates]);
  return { events: withRecomputed(mergedDates(events?.facts)), transactions: withRecomputed(mergedDates(transactions?.facts)), users: mergedDates(users?.facts) };
};

/** The tables as they were before the run. */
const baseParameters = ({ input, config }: PhaseContext): Parameters => {
  const { silver } = databaseNames(config.names.databasePrefix);
  const base = (name: string): Parameters[string] => ({ kind: 'table-version', table: `${silver}.${name}`, snapshotId: baseSnapshotOf(input, `silver.${name}`) });
  return { events_base: base('events'), transactions_base: base('transactions'), users_base: base('users') };
};

const usersSince = ({ input }: PhaseContext): Parameter => ({ kind: 'timestamp', value: input.writtenSince });

const changedUsersStep = (context: PhaseContext): Step => ({ statement: CHANGED_USERS, hasResult: true, parameters: { ...commonParameters(context), ...baseParameters(context), users_written_since: usersSince(context) } });

const afterChangedUsers = async (context: PhaseContext, facts: GoldFacts, row: ResultRow): Promise<{ steps: Step[]; facts: GoldFacts }> => {
  const changedFirstVersions = count(row, 'changed_first_versions');
  const span: DateSpan =
    count(row, 'changed_versions') === 0 ? { first: NO_DATE, last: NO_DATE } : { first: changedFirstVersions > 0 ? NO_DATE : text(row, 'first_date'), last: EVERYWHERE.last };
  return { steps: touchedSteps(context, await readMerged(context), span), facts: { ...facts, changedFirstVersions } };
};

const touchedSteps = (context: PhaseContext, merged: MergedDates, users: DateSpan): Step[] => {
  const events = searchSpan(context, merged.events);
  const transactions = searchSpan(context, merged.transactions);
  const isBackfill = context.input.kind === 'backfill';
  return [
    {
      statement: TOUCHED,
      parameters: {
        ...commonParameters(context),
        ...baseParameters(context),
        written_since: { kind: 'timestamp', value: isBackfill ? THE_BEGINNING : context.input.writtenSince },
        users_written_since: usersSince(context),
        gold_dates: dates(isBackfill ? merged.events : []),
        event_dates: dates(merged.events),
        first_event_date: date(events.first),
        last_event_date: date(events.last),
        transaction_dates: dates(merged.transactions),
        first_transaction_date: date(transactions.first),
        last_transaction_date: date(transactions.last),
        first_user_date: date(users.first),
        last_user_date: date(users.last),
      },
    },
    { statement: TOUCHED_SPAN, hasResult: true, parameters: commonParameters(context) },
  ];
};

/** A sweep has no input whose sessions could be found: it compares gold with silver. */
const unsettledSteps = async (context: PhaseContext): Promise<Step[]> => {
  const [events, transactions] = await Promise.all([context.factsOf<SweepFacts>('sweep-events'), context.factsOf<SweepFacts>('sweep-transactions')]);
  return [
    {
      statement: UNSETTLED,
      parameters: { ...commonParameters(context), ...baseParameters(context), event_dates: dates(events?.facts.dates ?? []), transaction_dates: dates(transactions?.facts.dates ?? []) },
    },
    { statement: TOUCHED_SPAN, hasResult: true, parameters: commonParameters(context) },
  ];
};

const spanStep = (context: PhaseContext, statement: string, firstDate: string, lastDate: string): Step => ({
  statement,
  hasResult: true,
  parameters: { ...commonParameters(context), first_date: date(firstDate), last_date: date(lastDate) },
});

const afterTouchedSpan = (context: PhaseContext, facts: GoldFacts, row: ResultRow): { steps: Step[]; facts: GoldFacts } => {
  const touchedRows = count(row, 'touched_rows');
  if (touchedRows === 0) return { steps: [], facts };
  const { horizonDays } = context.config.settings;
  const [first, last] = [text(row, 'first_date'), text(row, 'last_date')];
  const found = { ...facts, touchedRows, firstDate: addDays(first, -horizonDays), lastDate: addDays(last, horizonDays) };
  // What touches a session lies within the horizon of one of its events, and its first event within the horizon of that one.
  const near: DateSpan = { first: addDays(first, -2 * horizonDays), last: addDays(last, 2 * horizonDays) };
  const search = context.input.kind === 'backfill' ? EVERYWHERE : near;
  return { steps: [spanStep(context, GOLD_SPAN, search.first, search.last)], facts: found };
};

/** Gold may know a session's events farther out than this run touched it: the span grows by them and the horizon. */
const afterGoldSpan = (context: PhaseContext, facts: GoldFacts, row: ResultRow): { steps: Step[]; facts: GoldFacts } => {
  const { horizonDays } = context.config.settings;
  const [first, last] = [row['first_date'], row['last_date']];
  const found = {
    ...facts,
    firstDate: distinctSorted([facts.firstDate, ...(first ? [addDays(first, -horizonDays)] : [])])[0] ?? facts.firstDate,
    lastDate: distinctSorted([facts.lastDate, ...(last ? [addDays(last, horizonDays)] : [])]).at(-1) ?? facts.lastDate,
  };
  return { steps: [spanStep(context, SESSION_DATES, found.firstDate, found.lastDate)], facts: found };
};

const mergeSteps = (context: PhaseContext, facts: GoldFacts, rows: ResultRow[]): Step[] => {
  const datesOf = (kind: string): string[] => distinctSorted(rows.filter((row) => row['kind'] === kind).map((row) => text(row, 'date_text')));
  const eventDates = datesOf('event');
  return chunksOf(datesOf('session'), context.config.settings.maxPartitionsPerStatement).map(
    (sessionDates): Step => ({
      statement: MERGE,
      parameters: {
        ...commonParameters(context),
        event_dates: dates(eventDates),
        session_dates: dates(sessionDates),
        first_date: date(facts.firstDate),
        last_date: date(facts.lastDate),
      },
    }),
  );
};
