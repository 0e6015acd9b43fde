import fc from 'fast-check';
import type { DecisionAction } from '../../src/lib/quarantine/index.ts';
import type { BrokenRecord, EventRecord, TransactionRecord, UserRecord } from '../pipeline/oracle/records.ts';

/**
 * Random input: few keys, so that they meet; few instants, so that they tie; each record can be delivered several times, with
 * arrivals of its own, in any batch.
 */
export type Delivery = { batch: number } & (
  | { kind: 'event'; record: EventRecord }
  | { kind: 'transaction'; record: TransactionRecord }
  | { kind: 'user'; record: UserRecord }
  | { kind: 'broken'; record: BrokenRecord }
);

export const BATCHES = 4;

const MINUTE = 60_000_000n;
const DAY = 1_440n * MINUTE;
export const START = BigInt(Date.parse('2025-06-01T00:00:00Z')) * 1000n;

/** Midnight and the seconds around it, a tie to the microsecond, and days. `days` lie within the horizon of each other, or do not. */
const instant = (days: readonly number[]): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.constantFrom(...days), fc.constantFrom(0n, 1n, 599n, 600n, 1_439n), fc.constantFrom(0n, 1n, 999_999n, 1_000_000n, 59_999_999n))
    .map(([day, minute, micros]) => START + BigInt(day) * DAY + minute * MINUTE + micros);

/** On time, late by a microsecond, days late; as a difference to the time of the event. */
const delay = fc.constantFrom(0n, 1n, MINUTE, 60n * MINUTE, 60n * MINUTE + 1n, 2n * DAY, 40n * DAY);
const batch = fc.nat(BATCHES - 1);
const sessionId = fc.constantFrom('s0', 's1', 's2');
const userId = fc.constantFrom('u0', 'u1');
/** Names a content: equal contents are copies of one record. Letters that a decision may hold. */
const hashOf = (...content: (string | bigint | null)[]): string => content.map(String).join('-');

const eventDelivery = (days: readonly number[]): fc.Arbitrary<Delivery> =>
  fc
    .record({
      id: fc.constantFrom('e0', 'e1', 'e2', 'e3', 'e4', 'e5'),
      time: instant(days),
      sessionId,
      userId,
      type: fc.constantFrom('view', 'cart', 'purchase'),
      source: fc.constantFrom('app' as const, 'shop' as const),
      delay,
      batch,
    })
    .map(({ delay: late, batch: number, ...event }) => ({
      kind: 'event',
      batch: number,
      record: { ...event, arrival: event.time + late, hash: hashOf('event', event.id, event.time, event.sessionId, event.userId, event.type, event.source) },
    }));

const transactionDelivery = (days: readonly number[]): fc.Arbitrary<Delivery> =>
  fc
    .record({ id: fc.constantFrom('t0', 't1', 't2'), time: instant(days), sessionId, userId, amount: fc.constantFrom('0.01', '12.50'), currency: fc.constantFrom('USD', 'PEN'), delay, batch })
    .map(({ delay: late, batch: number, ...transaction }) => ({
      kind: 'transaction',
      batch: number,
      record: { ...transaction, arrival: transaction.time + late, hash: hashOf('transaction', transaction.id, transaction.time, transaction.sessionId, transaction.userId, transaction.amount, transaction.currency) },
    }));

const userDelivery = (days: readonly number[]): fc.Arbitrary<Delivery> =>
  fc
    .record({ id: userId, time: instant(days), signup: fc.constant(START - 10n * DAY), deviceType: fc.constantFrom('Web', null), country: fc.constantFrom('BR', 'CL', null), delay, batch })
    .map(({ delay: late, batch: number, ...user }) => ({
      kind: 'user',
      batch: number,
      record: { ...user, arrival: user.time + late, hash: hashOf('user', user.id, user.time, user.deviceType, user.country) },
    }));

/** Where a broken record came from. An origin is one delivery: whenever it is read, its arrival is the same. */
const ORIGINS = new Map([['shard/1', 0n], ['shard/2', 5n * MINUTE], ['shard/3', 3n * DAY]]);

const brokenSource = fc.constantFrom('app' as const, 'shop' as const);
const brokenName = fc.constantFrom('b0', 'b1');

const brokenDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    source: brokenSource,
    name: brokenName,
    reasons: fc.constantFrom(['event_id: missing'], ['event_id: missing', 'event_type: missing'], ['price: below 0.01']),
    contractVersion: fc.constantFrom(1, 2),
    origin: fc.constantFrom(...ORIGINS.keys()),
    batch,
  })
  .map(({ batch: number, name, ...broken }) => ({ kind: 'broken', batch: number, record: { ...broken, arrival: START + (ORIGINS.get(broken.origin) ?? 0n), hash: hashOf('broken', broken.source, name) } }));

/** Deliveries in the order of their batches; some are sent again as they are, in another batch and with another arrival. */
export const scenario = (days: readonly number[]): fc.Arbitrary<Delivery[]> => {
  const any = fc.oneof(
    { weight: 8, arbitrary: eventDelivery(days) },
    { weight: 3, arbitrary: transactionDelivery(days) },
    { weight: 3, arbitrary: userDelivery(days) },
    { weight: 2, arbitrary: brokenDelivery },
  );
  const again = fc.record({ of: fc.nat(40), batch, delay });
  return fc.tuple(fc.array(any, { minLength: 1, maxLength: 40 }), fc.array(again, { maxLength: 15 })).map(([first, repeats]) => [
    ...first,
    ...repeats.map(({ of, batch: number, delay: late }): Delivery => {
      const delivery = first[of % first.length]!;
      if (delivery.kind === 'broken') return { ...delivery, batch: number };
      const arrival = delivery.record.arrival + late - 60n * MINUTE;
      return { ...delivery, batch: number, record: { ...delivery.record, arrival } } as Delivery;
    }),
  ]);
};

/**
 * What else is done to the lake after a batch's run. A rollback goes back by so many committed runs, or as far as there are any; a
 * backfill begins and ends so many days ago, and may be left after its first step; a decision is about an open record of that name.
 */
export type Upkeep =
  | { kind: 'sweep' }
  | { kind: 'maintain' }
  | { kind: 'rollback'; runs: number }
  | { kind: 'backfill'; from: number; to: number; isLeft: boolean }
  | { kind: 'decision'; action: DecisionAction; hash: string };

/** One list for each batch. */
export const upkeep: fc.Arbitrary<Upkeep[][]> = fc.array(
  fc.array(
    fc.oneof(
      fc.constant<Upkeep>({ kind: 'sweep' }),
      fc.constant<Upkeep>({ kind: 'maintain' }),
      fc.integer({ min: 1, max: 4 }).map((runs): Upkeep => ({ kind: 'rollback', runs })),
      fc.record({ from: fc.constantFrom(0, 2, 5, 100), to: fc.nat(3), isLeft: fc.boolean() }).map(({ from, to, isLeft }): Upkeep => ({ kind: 'backfill', from, to: Math.min(from, to), isLeft })),
      fc.record({ action: fc.constantFrom<DecisionAction>('replay', 'discard'), source: brokenSource, name: brokenName }).map(({ action, source, name }): Upkeep => ({ kind: 'decision', action, hash: hashOf('broken', source, name) })),
    ),
    { maxLength: 3 },
  ),
  { minLength: BATCHES, maxLength: BATCHES },
);

/** Days that lie within the horizon (30 days) of each other. */
export const NEAR_DAYS: readonly number[] = [0, 1, 2, 14, 28];
/** Days farther apart than the horizon. */
export const FAR_DAYS: readonly number[] = [0, 1, 29, 45, 80, 140];
