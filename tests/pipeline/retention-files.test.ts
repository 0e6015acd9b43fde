import { setTimeout } from 'node:timers/promises';
import { createObjects } from '../../src/lib/aws/index.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';
import type { EventRecord } from './oracle/records.ts';

const event = (id: string, day: string): EventRecord => {
  const time = BigInt(Date.parse(`${day}T10:00:00Z`)) * 1000n;
  return { id, time, sessionId: id, userId: 'u1', type: 'click', source: 'app', hash: `${id}@${day}`, arrival: time };
};

describe('what retention has taken', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openTestLake();
  }, 60_000);
  afterAll(() => lake.stop());

  test('has left the bucket once maintenance has expired the snapshots that still knew it', async () => {
    const { clients } = lake;
    const bucket = 'floe-dev-lake-000000000000';
    const dataFiles = async (): Promise<string[]> => {
      const keys: string[] = [];
      for await (const { key } of createObjects(clients.s3, bucket).list('silver/events/')) if (key.endsWith('.parquet')) keys.push(key);
      return keys;
    };
    await lake.deliver({ events: [event('old', '2025-05-31'), event('new', '2025-06-01')] });
    await lake.run();
    const [{ path: oldFile = null } = {}] = await lake.query(`SELECT "$path" AS path FROM silver.events WHERE event_id = 'old'`);
    const key = oldFile?.replace(`s3://${bucket}/`, '');
    expect(await lake.retain('2025-06-01')).toMatchObject({ floor: { date: '2025-06-01' }, removed: { 'silver.events': 1, 'silver.transactions': 0, 'silver.users': 0, 'silver.quarantine': 0 }, changedTables: ['silver.events'] });
    expect(await dataFiles()).toContain(key);

    await lake.query(`ALTER TABLE silver.events SET TBLPROPERTIES ('vacuum_min_snapshots_to_keep' = '1', 'vacuum_max_snapshot_age_seconds' = '1')`);
    await setTimeout(1_100); // the age of a snapshot is given in whole seconds
    await lake.maintain();
    const left = await dataFiles();
    expect(left).toHaveLength(1);
    expect(left).not.toContain(key);
    expect(await lake.query('SELECT event_id FROM silver.events')).toEqual([{ event_id: 'new' }]);
    expect(await lake.query('SELECT session_id FROM gold.user_session_analysis ORDER BY 1')).toEqual([{ session_id: 'new' }, { session_id: 'old' }]);
  }, 120_000);
});
