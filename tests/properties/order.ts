import { comparable } from '../pipeline/oracle/gold-rows.ts';
import { expectedGold } from '../pipeline/oracle/sessions.ts';
import { expectedEvents, expectedQuarantine, expectedTransactions, expectedUsers, type DecidedRecord } from '../pipeline/oracle/silver.ts';
import { createDecision, STATUS_AFTER, type DecisionAction } from '../../src/lib/quarantine/index.ts';
import type { RunSummary } from '../../src/lib/run/index.ts';
import type { Row } from '../support/floe.ts';
import { daysAgo, type Batch, type TestLake } from '../support/test-lake.ts';
import { BATCHES, type Delivery, type Upkeep } from './scenario.ts';

/** The tables that must not depend on the order of their input. */
export interface LakeState {
  events: Row[];
  transactions: Row[];
  users: Row[];
  quarantine: Row[];
  gold: Row[];
}

const COLUMNS = {
  events: 'event_id, session_id, user_id, event_type, event_timestamp, event_date, source_system, record_hash, arrival_timestamp, is_late',
  transactions: 'transaction_id, session_id, user_id, amount, currency, transaction_timestamp, transaction_date, record_hash, arrival_timestamp',
  users: 'user_id, signup_date, device_type, country, valid_from, valid_to, is_current, record_hash, arrival_timestamp',
  quarantine: 'record_hash, source_system, reasons, origins, first_seen_at, last_seen_at, seen_count, status, contract_version',
} as const;

/** A scenario's records with keys of their own, so that many scenarios share a lake; `-` ends the prefix. */
const named = (prefix: string, { kind, record }: Delivery): Batch => {
  const name = (text: string): string => `${prefix}-${text}`;
  const hash = name(record.hash);
  if (kind === 'event') return { events: [{ ...record, hash, id: name(record.id), sessionId: name(record.sessionId), userId: name(record.userId) }] };
  if (kind === 'transaction') return { transactions: [{ ...record, hash, id: name(record.id), sessionId: name(record.sessionId), userId: name(record.userId) }] };
  if (kind === 'user') return { users: [{ ...record, hash, id: name(record.id) }] };
  return { broken: [{ ...record, hash }] };
};

const together = (batches: readonly Batch[]): Required<Batch> => ({
  events: batches.flatMap(({ events }) => events ?? []),
  broken: batches.flatMap(({ broken }) => broken ?? []),
  transactions: batches.flatMap(({ transactions }) => transactions ?? []),
  users: batches.flatMap(({ users }) => users ?? []),
});

/** Deliveries as bronze gets them. */
export const batchOf = (prefix: string, deliveries: readonly Delivery[]): Batch => together(deliveries.map((delivery) => named(prefix, delivery)));

/** Delivers a scenario in its batches, each on a date of its own that loads still look at, a run after each, and what `afterRun` does then. */
export const playInBatches = async (lake: TestLake, prefix: string, deliveries: readonly Delivery[], afterRun: (batch: number, run: RunSummary) => Promise<void> = async () => {}): Promise<void> => {
  for (let number = 0; number < BATCHES; number += 1) {
    const batch = deliveries.filter((delivery) => delivery.batch === number);
    if (batch.length === 0) continue;
    await lake.deliver(batchOf(prefix, batch), daysAgo(BATCHES - 1 - number));
    await afterRun(number, await lake.run());
  }
};

/** The same in one delivery and one run. */
export const playAtOnce = async (lake: TestLake, prefix: string, deliveries: readonly Delivery[]): Promise<void> => {
  await lake.deliver(batchOf(prefix, deliveries));
  await lake.run();
};

/** What the lake holds of a scenario, its keys without the prefix. */
export const stateOf = async (lake: TestLake, prefix: string): Promise<LakeState> => {
  const read = async (columns: string, table: string, key: string): Promise<Row[]> => {
    const rows = await lake.query(`SELECT ${columns} FROM ${table} WHERE ${key} LIKE '${prefix}-%'`);
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value?.replaceAll(`${prefix}-`, '') ?? null])));
  };
  const inOrder = (rows: Row[]): Row[] => rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    events: inOrder(await read(COLUMNS.events, 'silver.events', 'event_id')),
    transactions: inOrder(await read(COLUMNS.transactions, 'silver.transactions', 'transaction_id')),
    users: inOrder(await read(COLUMNS.users, 'silver.users', 'user_id')),
    quarantine: inOrder(await read(COLUMNS.quarantine, 'silver.quarantine', 'record_hash')),
    gold: comparable(await read('*', 'gold.user_session_analysis', 'session_id')),
  };
};

/** The same computed over everything at once, in plain TypeScript. @param decided the last decision about each quarantined record */
export const expectedState = (deliveries: readonly Delivery[], decided: ReadonlyMap<string, DecidedRecord> = new Map()): LakeState => {
  const all: Batch[] = deliveries.map(({ kind, record }) => ({ [kind === 'broken' ? kind : `${kind}s`]: [record] }));
  const { events, broken, transactions, users } = together(all);
  return {
    events: expectedEvents(events),
    transactions: expectedTransactions(transactions),
    users: expectedUsers(users),
    quarantine: expectedQuarantine(broken, decided),
    gold: expectedGold({ events, transactions, users }),
  };
};

let scenarios = 0;

/** Random batches end as one run over everything does, and as a second implementation says. */
export const orderDoesNotMatter = async (lake: TestLake, deliveries: readonly Delivery[]): Promise<void> => {
  scenarios += 1;
  await playInBatches(lake, `case${scenarios}`, deliveries);
  await playAtOnce(lake, `once${scenarios}`, deliveries);
  const state = await stateOf(lake, `case${scenarios}`);
  expect(state).toEqual(expectedState(deliveries));
  expect(await stateOf(lake, `once${scenarios}`)).toEqual(state);
};

/** The same for what lies farther apart than the horizon, once a sweep has run; the next sweep changes nothing. */
export const orderDoesNotMatterAfterSweep = async (lake: TestLake, deliveries: readonly Delivery[]): Promise<void> => {
  scenarios += 1;
  await playInBatches(lake, `case${scenarios}`, deliveries);
  await lake.sweep();
  expect(await stateOf(lake, `case${scenarios}`)).toEqual(expectedState(deliveries));
  expect((await lake.sweep()).changedTables).toEqual([]);
};

/** Decides about an open record, as `floe quarantine` does but for the sending. @returns undefined where there is none */
const decide = async (lake: TestLake, recordHash: string, action: DecisionAction): Promise<{ run: RunSummary; row: DecidedRecord } | undefined> => {
  const [row] = await lake.query(`SELECT source_system, origins, reasons, contract_version, seen_count, CAST(first_seen_at AS date) AS day FROM silver.quarantine WHERE record_hash = '${recordHash}' AND status = 'open'`);
  if (row === undefined) return undefined;
  const text = (column: string): string => row[column] ?? '';
  const decided = { recordHash, sourceSystem: text('source_system'), seenCount: Number(text('seen_count')), firstSeenDate: text('day'), replayedAs: null };
  const run = await lake.decide(createDecision({ action, note: null, patch: null, selection: {}, rows: [decided] }, new Date()));
  return { run, row: { status: STATUS_AFTER[action], origins: text('origins'), reasons: text('reasons'), contract_version: text('contract_version') } };
};

/**
 * The same with sweeps, maintenance, rollbacks, backfills and decisions about quarantined records between the batches: a last run and a
 * sweep bring back whatever was undone, and no decision is forgotten.
 */
export const upkeepDoesNotMatter = async (lake: TestLake, deliveries: readonly Delivery[], upkeep: readonly (readonly Upkeep[])[]): Promise<void> => {
  const prefix = `case${(scenarios += 1)}`;
  const committed: RunSummary[] = [];
  const decisions = new Map<string, DecidedRecord>();
  const keepUp = async (action: Upkeep): Promise<RunSummary[]> => {
    switch (action.kind) {
      case 'sweep':
        return [await lake.sweep()];
      case 'maintain':
        return [await lake.maintain()];
      case 'rollback':
        return [await lake.rollback((committed.at(-1 - action.runs) ?? committed[0]!).runId)];
      case 'backfill': {
        const range = { from: daysAgo(action.from), to: daysAgo(action.to) };
        const steps = [await lake.backfill(range)];
        for (let next = steps[0]!.backfill!.next; next !== null && !action.isLeft; next = steps.at(-1)!.backfill!.next) steps.push(await lake.backfill(range, next));
        return steps;
      }
      case 'decision': {
        const decided = await decide(lake, `${prefix}-${action.hash}`, action.action);
        if (decided === undefined) return [];
        decisions.set(action.hash, decided.row);
        return [decided.run];
      }
    }
  };
  await playInBatches(lake, prefix, deliveries, async (batch, run) => {
    committed.push(run);
    for (const action of upkeep[batch] ?? []) committed.push(...(await keepUp(action)));
  });
  committed.push(await lake.run(), await lake.sweep());
  expect(await stateOf(lake, prefix)).toEqual(expectedState(deliveries, decisions));
  for (const { bronzeRows, silverRows, duplicates, quarantined } of committed.flatMap(({ records }) => records)) expect(silverRows + duplicates + quarantined).toBe(bronzeRows);
};
