import fc from 'fast-check';
import { printTime, type BrokenRecord } from '../pipeline/oracle/records.ts';
import { expectedAfterRetention, frozenRows, survivingRecords } from '../pipeline/oracle/retention.ts';
import { expectedQuarantine } from '../pipeline/oracle/silver.ts';
import type { Row } from '../support/floe.ts';
import type { RunSummary } from '../../src/lib/run/index.ts';
import { openTestLake, daysAgo, type TestLake } from '../support/test-lake.ts';
import { batchOf, expectedState, stateOf } from './order.ts';
import { BATCHES, FAR_DAYS, scenario, START, type Delivery } from './scenario.ts';

/** A scenario, of which the first batches come before retention, the rest after it. */
export interface RetentionCase {
  deliveries: Delivery[];
  /** Days after the scenario's first. */
  floorDay: number;
  backfills: boolean;
  /** Back behind the retention in the end. */
  goesBack: boolean;
}

export const retentionCase: fc.Arbitrary<RetentionCase> = fc.record({ deliveries: scenario(FAR_DAYS), floorDay: fc.constantFrom(1, 14, 29, 30, 46, 100), backfills: fc.boolean(), goesBack: fc.boolean() });

const KEY = 'case';
const BEFORE = BATCHES / 2;
const DAY = 86_400_000_000n;

/** Without the places that deliveries come from: the test lake makes them up. */
const withoutOrigins = (rows: readonly Row[]): Row[] => rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'origins')));

/** What is delivered after the floor was set, and dated below it. */
const tooOld = (deliveries: readonly Delivery[], floor: bigint): BrokenRecord[] =>
  deliveries.flatMap((delivery, index) => {
    if (delivery.kind !== 'event' && delivery.kind !== 'transaction' || delivery.record.time >= floor) return [];
    const { hash, arrival } = delivery.record;
    const source = delivery.kind === 'event' ? delivery.record.source : 'transactions';
    return [{ hash, arrival, source, reasons: [`${delivery.kind}_timestamp: older than retention`], contractVersion: 1, origin: String(index) }];
  });

const brokenOf = (deliveries: readonly Delivery[]): BrokenRecord[] => deliveries.flatMap((delivery) => (delivery.kind === 'broken' ? [delivery.record] : []));

/**
 * Retention between batches: silver keeps what lies above the floor and gold all it had; what comes later, in whatever order, ends as one
 * computation over what lies above the floor, beside the frozen sessions; what is dated below it is quarantined. A rollback behind it,
 * and a load, give all of it back.
 */
export const retentionKeepsTheRest = async (of: RetentionCase): Promise<void> => {
  const lake = await openTestLake();
  try {
    await playRetention(lake, of);
  } finally {
    await lake.stop();
  }
};

const playRetention = async (lake: TestLake, { deliveries, floorDay, backfills, goesBack }: RetentionCase): Promise<void> => {
  const floor = START + BigInt(floorDay) * DAY;
  const floorDate = printTime(floor).slice(0, 10);
  const runs: RunSummary[] = [];
  const play = async (batch: number): Promise<void> => {
    const delivered = deliveries.filter((delivery) => delivery.batch === batch);
    if (delivered.length === 0) return;
    await lake.deliver(batchOf(KEY, delivered), daysAgo(BATCHES - 1 - batch));
    runs.push(await lake.run());
  };
  const [early, late] = [deliveries.filter(({ batch }) => batch < BEFORE), deliveries.filter(({ batch }) => batch >= BEFORE)];

  for (let batch = 0; batch < BEFORE; batch += 1) await play(batch);
  const settled = await lake.sweep();
  const before = await stateOf(lake, KEY);
  expect(before).toEqual(expectedState(early));

  const retained = await lake.retain(floorDate);
  expect(retained.floor?.date).toBe(floorDate);
  const frozen = frozenRows(before.gold, floor);
  expect(await stateOf(lake, KEY)).toEqual({ ...expectedAfterRetention(recordsOf(early), floor, frozen), gold: before.gold, quarantine: expectedQuarantine(survivingRecords(brokenOf(early), floor)) });

  for (let batch = BEFORE; batch < BATCHES; batch += 1) await play(batch);
  runs.push(await lake.sweep());
  const quarantined = [...survivingRecords(brokenOf(early), floor), ...brokenOf(late), ...tooOld(late, floor)];
  expect(withoutOrigins((await stateOf(lake, KEY)).quarantine)).toEqual(withoutOrigins(expectedQuarantine(quarantined)));
  if (backfills) runs.push(await lake.backfill({ from: daysAgo(BATCHES), to: daysAgo(0) }));

  await lake.retain(floorDate); // what has come since and ended below the floor: versions of users, broken records that arrived then
  expect(await stateOf(lake, KEY)).toMatchObject(expectedAfterRetention(recordsOf(deliveries), floor, frozen));
  for (const kind of ['run', 'sweep'] as const) expect((await lake[kind]()).changedTables).toEqual([]);
  for (const { bronzeRows, silverRows, duplicates, quarantined: found } of runs.flatMap(({ records }) => records)) expect(silverRows + duplicates + found).toBe(bronzeRows);

  if (!goesBack) return;
  expect((await lake.rollback(settled.runId)).floor).toBeNull();
  await lake.run();
  await lake.sweep();
  expect(await stateOf(lake, KEY)).toEqual(expectedState(deliveries));
};

const recordsOf = (deliveries: readonly Delivery[]): Parameters<typeof expectedAfterRetention>[0] => ({
  events: deliveries.flatMap((delivery) => (delivery.kind === 'event' ? [delivery.record] : [])),
  transactions: deliveries.flatMap((delivery) => (delivery.kind === 'transaction' ? [delivery.record] : [])),
  users: deliveries.flatMap((delivery) => (delivery.kind === 'user' ? [delivery.record] : [])),
});
