import { createDecision } from '../../src/lib/quarantine/index.ts';
import { openTestLake, type Batch, type TestLake } from '../support/test-lake.ts';
import { comparable } from './oracle/gold-rows.ts';
import { expectedGold } from './oracle/sessions.ts';
import type { EventRecord } from './oracle/records.ts';

const MINUTE = 60_000_000n;
const START = BigInt(Date.parse('2025-06-01T10:00:00Z')) * 1000n;

const event = (id: string, sessionId: string, minute: number): EventRecord => {
  const time = START + BigInt(minute) * MINUTE;
  return { id, time, sessionId, userId: 'u1', type: 'click', source: 'app', hash: `${id}@${minute}`, arrival: time };
};

describe('a rollback', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openTestLake();
  }, 60_000);
  afterAll(() => lake.stop());

  const gold = async () => comparable(await lake.query('SELECT * FROM gold.user_session_analysis'));
  const silver = () => lake.query('SELECT event_id, record_hash FROM silver.events ORDER BY 1');
  const goldOf = (...batches: Batch[]) => expectedGold({ events: batches.flatMap(({ events }) => events ?? []), transactions: [], users: [] });

  const first: Batch = { events: [event('e1', 's1', 0), event('e2', 's2', 1)] };
  const second: Batch = { events: [event('e1', 's3', 5), event('e3', 's2', 9)], broken: [{ hash: 'broken', source: 'app', reasons: ['event_id: missing'], contractVersion: 1, origin: 'o/1', arrival: START }] };
  const third: Batch = { events: [event('e4', 's4', 20)] };

  test('goes back with all tables and the list of taken objects; the next run brings back exactly what is missing', async () => {
    await lake.deliver(first);
    const one = await lake.run();
    const before = { gold: await gold(), silver: await silver() };
    await lake.deliver(second);
    const two = await lake.run();
    await lake.deliver(third); // in bronze, not yet taken by a run

    const back = await lake.rollback(one.runId);
    expect(back).toMatchObject({ kind: 'rollback', target: one.runId, tables: one.tables });
    expect([...back.changedTables].sort()).toEqual(['gold.user_session_analysis', 'silver.events', 'silver.quarantine']);
    expect({ gold: await gold(), silver: await silver() }).toEqual(before);
    expect(await gold()).toEqual(goldOf(first));
    expect(await lake.query('SELECT count(*) AS n FROM silver.quarantine')).toEqual([{ n: '0' }]);

    await lake.run();
    expect(await gold()).toEqual(goldOf(first, second, third));
    expect(await lake.query('SELECT count(*) AS n FROM silver.quarantine')).toEqual([{ n: '1' }]);
    expect((await lake.run()).changedTables).toEqual([]);

    // forward again is a rollback too: to the state before the first one
    expect((await lake.rollback(two.runId)).tables).toEqual(two.tables);
    expect(await gold()).toEqual(goldOf(first, second));
    await lake.run();
    expect(await gold()).toEqual(goldOf(first, second, third));
  }, 120_000);

  test('to a time means the last run committed by then; where none was, nothing is changed', async () => {
    const before = await gold();
    await expect(lake.rollback('2020-01-01')).rejects.toThrow('no run was committed at or before 2020-01-01');
    await expect(lake.rollback('nonsense')).rejects.toThrow('no committed run is named nonsense');
    expect((await lake.rollback(new Date().toISOString())).changedTables).toEqual([]);
    await lake.run();
    expect(await gold()).toEqual(before);
  }, 60_000);

  test('leaves a record replayed that was judged anew between the run it goes back to and the decision', async () => {
    const record = { hash: 'judged-anew', source: 'app', reasons: ['event_id: missing'], contractVersion: 1, origin: 'o/2', arrival: START } as const;
    await lake.deliver({ broken: [record] });
    const { runId } = await lake.run();
    await lake.deliver({ broken: [{ ...record, contractVersion: 2 }] });
    await lake.run();
    const rows = [{ recordHash: record.hash, sourceSystem: 'app', seenCount: 1, firstSeenDate: '2025-06-01', replayedAs: null }];
    await lake.decide(createDecision({ action: 'replay', note: null, patch: null, selection: {}, rows }, new Date()));
    await lake.rollback(runId);
    await lake.run();
    expect(await lake.query(`SELECT status, contract_version FROM silver.quarantine WHERE record_hash = '${record.hash}'`)).toEqual([{ status: 'replayed', contract_version: '2' }]);
  }, 60_000);
});
