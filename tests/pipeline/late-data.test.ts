import type { Row } from '../support/floe.ts';
import { openTestLake, type Batch, type TestLake } from '../support/test-lake.ts';
import { comparable } from './oracle/gold-rows.ts';
import type { EventRecord, TransactionRecord, UserRecord } from './oracle/records.ts';
import { expectedGold } from './oracle/sessions.ts';

const MINUTE = 60_000_000n;
const DAY = 24n * 60n * MINUTE;
const START = BigInt(Date.parse('2025-06-01T10:00:00Z')) * 1000n;

const at = (days: number, minutes = 0): bigint => START + BigInt(days) * DAY + BigInt(minutes) * MINUTE;
const ARRIVAL = at(300);

const event = (id: string, time: bigint, more: Partial<EventRecord> = {}): EventRecord => ({ id, time, sessionId: `session-${id}`, userId: 'u1', type: 'click', source: 'app', hash: `${id}-${time}`, arrival: ARRIVAL, ...more });
const transaction = (id: string, time: bigint, more: Partial<TransactionRecord> = {}): TransactionRecord => ({ id, time, sessionId: 's', userId: 'u1', amount: '12.50', currency: 'USD', hash: `${id}-${time}`, arrival: ARRIVAL, ...more });
const user = (id: string, time: bigint, more: Partial<UserRecord> = {}): UserRecord => ({ id, time, signup: at(-10), deviceType: 'Web', country: 'BR', hash: `${id}-${time}`, arrival: ARRIVAL, ...more });

type Case = readonly [name: string, batches: (key: string) => Batch[]];

/** Cases that need a batch with nothing else in it: other dates would widen the span in which a run looks. */
const ALONE: readonly Case[] = [
  ['a transaction long after a session of several days', (s) => [
    { events: [event(`${s}1`, at(0), { sessionId: s }), event(`${s}2`, at(15), { sessionId: s })] },
    { transactions: [transaction(`${s}t`, at(40), { sessionId: s })] },
  ]],
  ['a session id that a second user takes up weeks later', (s) => [
    { events: [event(`${s}1`, at(0), { sessionId: s }), event(`${s}2`, at(25), { sessionId: s })] },
    { events: [event(`${s}3`, at(45), { sessionId: s, userId: 'u2' })] },
  ]],
];

/** Each case on keys of its own: what comes late, moves, ties or is known only later. */
const TOGETHER: readonly Case[] = [
  ['an event that moves to another session and another day', (s) => [
    { events: [event(`${s}1`, at(1), { sessionId: s }), event(`${s}2`, at(1, 5), { sessionId: s })] },
    { events: [event(`${s}2`, at(3), { sessionId: `${s}-other`, hash: `${s}moved` })] },
  ]],
  ['the only event of a session moves away: the row goes', (s) => [
    { events: [event(`${s}1`, at(1), { sessionId: s })] },
    { events: [event(`${s}1`, at(2), { sessionId: `${s}-other`, hash: `${s}moved` })] },
  ]],
  ['an older version after a newer one changes nothing', (s) => [
    { events: [event(`${s}1`, at(2), { sessionId: s, type: 'purchase' })] },
    { events: [event(`${s}1`, at(1), { sessionId: s, type: 'view', hash: `${s}older` })] },
  ]],
  ['two records of one event time: the later arrival wins, and a copy of the other one after it does not', (s) => [
    { events: [event(`${s}1`, at(1), { sessionId: s, type: 'first', hash: `${s}a`, arrival: ARRIVAL })] },
    { events: [event(`${s}1`, at(1), { sessionId: s, type: 'second', hash: `${s}b`, arrival: ARRIVAL + 2n * MINUTE }), event(`${s}1`, at(1), { sessionId: s, type: 'first', hash: `${s}a`, arrival: ARRIVAL + 9n * MINUTE })] },
  ]],
  ['three records of one event time: a copy of a loser comes again, then an earlier copy of the winner makes a loser win', (s) => [
    { events: [event(`${s}1`, at(1), { sessionId: s, type: 'first', hash: `${s}a`, arrival: ARRIVAL }), event(`${s}1`, at(1), { sessionId: s, type: 'second', hash: `${s}b`, arrival: ARRIVAL + 2n * MINUTE })] },
    { events: [event(`${s}1`, at(1), { sessionId: s, type: 'first', hash: `${s}a`, arrival: ARRIVAL + 5n * MINUTE }), event(`${s}1`, at(1), { sessionId: `${s}-other`, type: 'third', hash: `${s}c`, arrival: ARRIVAL + 1n * MINUTE })] },
    { events: [event(`${s}1`, at(1), { sessionId: s, type: 'second', hash: `${s}b`, arrival: ARRIVAL - 1n * MINUTE })] },
  ]],
  ['two transactions and two users of one time: an earlier copy of the winner makes the loser win', (s) => [
    { events: [event(`${s}1`, at(4), { sessionId: s, userId: s })], transactions: [transaction(`${s}t`, at(4), { sessionId: s, userId: s, amount: '1.00', hash: `${s}ta`, arrival: ARRIVAL }), transaction(`${s}t`, at(4), { sessionId: s, userId: s, amount: '2.00', hash: `${s}tb`, arrival: ARRIVAL + 1n * MINUTE })], users: [user(s, at(3), { country: 'AR', hash: `${s}ua`, arrival: ARRIVAL })] },
    { users: [user(s, at(3), { country: 'CL', hash: `${s}ub`, arrival: ARRIVAL + 1n * MINUTE })] },
    { transactions: [transaction(`${s}t`, at(4), { sessionId: s, userId: s, amount: '2.00', hash: `${s}tb`, arrival: ARRIVAL - 1n * MINUTE })], users: [user(s, at(3), { country: 'CL', hash: `${s}ub`, arrival: ARRIVAL - 1n * MINUTE })] },
  ]],
  ['an earlier copy of a record makes it be on time', (s) => [
    { events: [event(`${s}1`, at(1), { sessionId: s, arrival: at(1, 90) })] },
    { events: [event(`${s}1`, at(1), { sessionId: s, arrival: at(1, 10) })] },
  ]],
  ['transactions: two in a session, one before its events, one of another user, one beyond the horizon, one corrected', (s) => [
    { events: [event(`${s}1`, at(5), { sessionId: s }), event(`${s}2`, at(5, 30), { sessionId: s })] },
    { transactions: [transaction(`${s}b`, at(5, 20), { sessionId: s, amount: '7.00' }), transaction(`${s}a`, at(4), { sessionId: s }), transaction(`${s}x`, at(5), { sessionId: s, userId: 'u9' }), transaction(`${s}far`, at(40), { sessionId: s })] },
    { transactions: [transaction(`${s}a`, at(6), { sessionId: s, amount: '99.99', hash: `${s}corrected` })] },
  ]],
  ['a user known only later, then an older version, then a newer one', (s) => [
    { events: [event(`${s}1`, at(3), { sessionId: s, userId: s }), event(`${s}2`, at(20), { sessionId: `${s}-b`, userId: s })] },
    { users: [user(s, at(10), { country: 'AR' })] },
    { users: [user(s, at(1), { country: 'CL', deviceType: null }), user(s, at(19), { country: 'PE' })] },
    { users: [user(s, at(20), { country: 'MX' })] },
  ]],
  ['a session over midnight, types that tie, events of one microsecond', (s) => [
    { events: [event(`${s}b`, at(7, 13 * 60 + 59), { sessionId: s, type: 'cart' }), event(`${s}a`, at(7, 13 * 60 + 59), { sessionId: s, type: 'view' })] },
    { events: [event(`${s}c`, at(7, 14 * 60 + 1) + 999n, { sessionId: s, type: 'view' }), event(`${s}d`, at(7, 14 * 60 + 2) + 998n, { sessionId: s, type: 'cart', source: 'shop' })] },
  ]],
  ['a session that becomes earlier by a day through a late event', (s) => [
    { events: [event(`${s}1`, at(9), { sessionId: s })] },
    { events: [event(`${s}0`, at(7), { sessionId: s })] },
  ]],
];

describe('data that comes late', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openTestLake();
  }, 60_000);
  afterAll(() => lake.stop());

  const gold = async (): Promise<Row[]> => comparable(await lake.query('SELECT * FROM gold.user_session_analysis'));

  const all: Omit<Required<Batch>, 'broken'> = { events: [], transactions: [], users: [] };
  const deliverAndRun = async (batch: Batch): Promise<void> => {
    all.events = [...all.events, ...(batch.events ?? [])];
    all.transactions = [...all.transactions, ...(batch.transactions ?? [])];
    all.users = [...all.users, ...(batch.users ?? [])];
    await lake.deliver(batch);
    await lake.run();
  };

  test.each(ALONE)('%s', async (name, batches) => {
    for (const batch of batches(name)) await deliverAndRun(batch);
    expect(await gold()).toEqual(expectedGold(all));
  });

  test(`all together: ${TOGETHER.map(([name]) => name).join('; ')}`, async () => {
    const cases = TOGETHER.map(([, batches], index) => batches(`case${index}`));
    for (let round = 0; round < Math.max(...cases.map(({ length }) => length)); round++) {
      await deliverAndRun({ events: cases.flatMap((batches) => batches[round]?.events ?? []), transactions: cases.flatMap((batches) => batches[round]?.transactions ?? []), users: cases.flatMap((batches) => batches[round]?.users ?? []) });
    }
    expect(await gold()).toEqual(expectedGold(all));
  }, 120_000);

  test('everything once more changes no table', async () => {
    await lake.deliver(all);
    expect((await lake.run()).changedTables).toEqual([]);
  });

  test('maintenance leaves fewer files and the same rows; the next runs go on from it', async () => {
    // five more runs on one date: Athena compacts a partition from five small files on
    for (let hour = 0; hour < 5; hour += 1) await deliverAndRun({ events: [event(`hour${hour}`, at(2, hour))] });
    const filesOf = async (table: string): Promise<number> => Number((await lake.query(`SELECT count(*) AS n FROM ${table}`))[0]?.['n']);
    const before = await filesOf('silver."events$files"');
    const { changedTables } = await lake.maintain();
    expect(changedTables).toContain('silver.events');
    expect(await filesOf('silver."events$files"')).toBeLessThan(before);
    expect(await gold()).toEqual(expectedGold(all));
    await lake.deliver(all);
    expect((await lake.run()).changedTables).toEqual([]);
    expect((await lake.sweep()).changedTables).toEqual([]);
  }, 120_000);
});
