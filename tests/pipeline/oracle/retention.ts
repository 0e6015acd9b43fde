import { comparable } from './gold-rows.ts';
import { printDate, printTime, type BrokenRecord } from './records.ts';
import { expectedGold, rowKey, type GoldRow, type OracleInput } from './sessions.ts';
import { expectedEvents, expectedTransactions, expectedUsers, type SilverRow } from './silver.ts';

const HORIZON = 30n * 86_400_000_000n;

const above = <T extends { time: bigint }>(records: readonly T[], floor: bigint): T[] => records.filter(({ time }) => time >= floor);

/** Of gold as it stood when the floor was set: the sessions that no run touches any more. */
export const frozenRows = (gold: readonly GoldRow[], floor: bigint): GoldRow[] => gold.filter((row) => row['session_date']! < printDate(floor + HORIZON));

/**
 * Silver and gold of everything ever delivered, once retention has left what lies above the floor. Versions of users that had ended when it
 * begins are gone.
 * @param floor midnight, epoch microseconds
 */
export const expectedAfterRetention = (all: OracleInput, floor: bigint, frozen: readonly GoldRow[]): { events: SilverRow[]; transactions: SilverRow[]; users: SilverRow[]; gold: GoldRow[] } => {
  const kept: OracleInput = { events: above(all.events, floor), transactions: above(all.transactions, floor), users: all.users };
  const isFrozen = new Set(frozen.map(rowKey));
  return {
    events: expectedEvents(kept.events),
    transactions: expectedTransactions(kept.transactions),
    users: expectedUsers(kept.users).filter(({ valid_to: to }) => to === null || to! > printTime(floor)),
    gold: comparable([...frozen, ...expectedGold(kept).filter((row) => !isFrozen.has(rowKey(row)))]),
  };
};

/** The deliveries of broken records that were last seen above the floor. */
export const survivingRecords = (broken: readonly BrokenRecord[], floor: bigint): BrokenRecord[] => {
  const seen = new Set(broken.filter(({ arrival }) => arrival >= floor).map(({ hash }) => hash));
  return broken.filter(({ hash }) => seen.has(hash));
};
