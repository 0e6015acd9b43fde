import { setTimeout as sleep } from 'node:timers/promises';
import { awsConfigOf } from '../../src/lib/aws/index.ts';
import { connect, type Connection } from '../../cli/pipeline/connection.ts';
import { runBackfill, type BackfillOptions } from '../../cli/pipeline/run-backfill.ts';
import { readBackfill } from '../../cli/reports/backfill-report.ts';
import { daysAgo, openTestLake, type Batch, type TestLake } from '../support/test-lake.ts';
import { backfillDays, damage, lakeItemOf } from './backfill.ts';
import { comparable } from './oracle/gold-rows.ts';
import type { EventRecord, TransactionRecord, UserRecord } from './oracle/records.ts';
import { expectedGold } from './oracle/sessions.ts';

const MINUTE = 60_000_000n;
const START = BigInt(Date.parse('2025-06-01T10:00:00Z')) * 1000n;
const at = (minute: number): bigint => START + BigInt(minute) * MINUTE;

const event = (id: string, sessionId: string, minute: number): EventRecord => ({ id, time: at(minute), sessionId, userId: 'u1', type: 'click', source: 'app', hash: `${id}@${minute}`, arrival: at(minute) });
const transaction = (id: string, sessionId: string, minute: number): TransactionRecord => ({ id, time: at(minute), sessionId, userId: 'u1', amount: '12.50', currency: 'USD', hash: `${id}@${minute}`, arrival: at(minute) });
const user = (id: string, minute: number, country: string): UserRecord => ({ id, time: at(minute), signup: at(0), deviceType: 'Web', country, hash: `${id}@${minute}`, arrival: at(minute) });

describe('a backfill', () => {
  let lake: TestLake;
  let connection: Connection;
  beforeAll(async () => {
    lake = await openTestLake();
    connection = await connect('dev', awsConfigOf({ ...lake.cloud.environment }));
  }, 60_000);
  afterAll(async () => {
    connection.close();
    await lake.stop();
  });

  /** Nothing but gold is damaged of these. */
  const untouched = ['lost', 'older', 'renamed'].map((session, minute): EventRecord => ({ ...event(`e${6 + minute}`, session, minute), userId: 'u2' }));
  const first = { events: [event('e1', 's1', 0), event('e2', 's1', 1), event('e3', 's2', 2), ...untouched], transactions: [transaction('t1', 's1', 3)], users: [user('u1', -90, 'BR'), user('u1', 1, 'CL')] };
  const broken: Batch = { broken: [{ hash: 'broken', source: 'app', reasons: ['event_id: missing'], contractVersion: 1, origin: 'o/1', arrival: START }] };
  const missed = [event('e4', 's2', 5)];
  const between = [event('e5', 's3', 60 * 24)];

  const contents = async () => ({
    events: await lake.query('SELECT event_id, session_id, event_type, event_timestamp, is_late, data_version FROM silver.events ORDER BY 1'),
    transactions: await lake.query('SELECT transaction_id, amount, data_version FROM silver.transactions ORDER BY 1'),
    users: await lake.query('SELECT user_id, valid_from, valid_to, is_current, country FROM silver.users ORDER BY 1, 2'),
    quarantine: await lake.query('SELECT record_hash, reasons, status FROM silver.quarantine ORDER BY 1'),
    gold: await lake.query('SELECT session_id, total_events, country, transaction_count, data_version FROM gold.user_session_analysis ORDER BY 1'),
  });

  const range = { from: daysAgo(100), to: daysAgo(0) };
  const goOn = { restart: false, accept: [] };
  const follow = (more: Partial<BackfillOptions> = {}): BackfillOptions => ({ onStep: () => undefined, signal: new AbortController().signal, onCommitted: () => undefined, onWait: () => undefined, ...more });

  test('brings back what was lost, damaged, missed or written by another version of the logic, though it is interrupted and other runs come between', async () => {
    await lake.deliver({ ...first, ...broken });
    await lake.run();
    const before = await contents();
    await damage(lake, [
      "DELETE FROM silver.events WHERE event_id = 'e1'",
      "UPDATE silver.events SET event_type = 'damaged', data_version = 0 WHERE event_id = 'e3'",
      "UPDATE silver.transactions SET amount = DECIMAL '0.01', data_version = 0",
      "DELETE FROM silver.users WHERE country = 'BR'",
      "UPDATE silver.users SET country = 'XX', is_current = false",
      'DELETE FROM silver.quarantine',
      "DELETE FROM gold.user_session_analysis WHERE session_id IN ('s2', 'lost')",
      "UPDATE gold.user_session_analysis SET data_version = 0 WHERE session_id = 'older'",
      "UPDATE gold.user_session_analysis SET session_id = 'nobody' WHERE session_id = 'renamed'",
      "UPDATE gold.user_session_analysis SET total_events = 99 WHERE session_id = 's1'",
    ]);
    await lake.deliver({ events: missed }, daysAgo(99)); // a load looks back 8 days

    const plan = await readBackfill(connection, range, goOn);
    expect(plan).toMatchObject({ dates: 101, objects: 4, steps: 2, isResumed: false, firstObjects: daysAgo(99) });
    const interrupted = new AbortController();
    await expect(runBackfill(connection, range, plan.next, follow({ signal: interrupted.signal, onCommitted: () => interrupted.abort() }))).rejects.toThrow('abort');
    const rest = await readBackfill(connection, range, goOn);
    expect(rest).toMatchObject({ dates: 11, objects: 3, steps: 1, isResumed: true });
    expect(await readBackfill(connection, range, { restart: true, accept: [] })).toMatchObject({ steps: 2, isResumed: false });
    expect(await readBackfill(connection, { ...range, to: daysAgo(1) }, goOn)).toMatchObject({ isResumed: false });

    await lake.deliver({ events: between });
    const hourly = lake.run();
    while ((await lakeItemOf(lake).read())?.open == null) await sleep(5);
    const waits: string[] = [];
    expect(await runBackfill(connection, range, rest.next, follow({ onWait: (reason) => waits.push(reason) }))).toMatchObject({ steps: 1, held: [] });
    await hourly;
    expect(waits).toEqual([expect.stringMatching(/^run \S+ is in progress/)]);

    const gold = comparable(await lake.query('SELECT * FROM gold.user_session_analysis'));
    expect(gold).toEqual(expectedGold({ events: [...first.events, ...missed, ...between], transactions: first.transactions, users: first.users }));
    const after = await contents();
    expect({ ...after, gold: [], events: after.events.filter(({ event_id: id }) => id !== 'e4' && id !== 'e5') }).toEqual({ ...before, gold: [] });
    expect(new Set(after.gold.map(({ data_version: version }) => version))).toEqual(new Set(['1']));
  }, 240_000);

  test('once more changes nothing, and every record is accounted for', async () => {
    expect(await readBackfill(connection, range, goOn)).toMatchObject({ steps: 2, isResumed: false }); // the last one was done
    const steps = await backfillDays(lake, 100);
    expect(steps.map(({ changedTables }) => changedTables)).toEqual([[], []]);
    expect(steps.map(({ records }) => records.map(({ sourceSystem, bronzeRows, silverRows, quarantined, status }) => [sourceSystem, bronzeRows, silverRows, quarantined, status]))).toEqual([
      [['app', 1, 1, 0, 'committed']],
      [['app', 8, 7, 1, 'committed'], ['transactions', 1, 1, 0, 'committed'], ['users', 2, 2, 0, 'committed']],
    ]);
  }, 60_000);
});
