import { setTimeout } from 'node:timers/promises';
import { accessTo } from '../../cli/local/access.ts';
import { connect } from '../../cli/pipeline/connection.ts';
import { readRetention } from '../../cli/reports/retention-report.ts';
import { createObjects } from '../../src/lib/aws/index.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';
import type { BrokenRecord, EventRecord, TransactionRecord, UserRecord } from './oracle/records.ts';

const timeOf = (day: string): bigint => BigInt(Date.parse(`${day}T10:00:00Z`)) * 1000n;
const of = (id: string, day: string) => ({ id, time: timeOf(day), hash: `${id}@${day}`, arrival: timeOf(day) });
const event = (id: string, day: string): EventRecord => ({ ...of(id, day), sessionId: id, userId: 'u1', type: 'click', source: 'app' });
const transaction = (id: string, day: string): TransactionRecord => ({ ...of(id, day), sessionId: id, userId: 'u1', amount: '12.50', currency: 'USD' });
const user = (day: string, country: UserRecord['country']): UserRecord => ({ ...of('u1', day), signup: timeOf('2025-01-01'), deviceType: 'Web', country });
const broken = (day: string): BrokenRecord => ({ hash: `broken@${day}`, arrival: timeOf(day), source: 'app', reasons: ['event_id: missing'], contractVersion: 1, origin: day });

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
    await lake.deliver({
      events: [event('old', '2025-05-31'), event('new', '2025-06-01')], transactions: [transaction('old', '2025-05-31'), transaction('new', '2025-06-01')],
      users: [user('2025-01-01', 'PE'), user('2025-05-31', 'CL')], broken: [broken('2025-05-31'), broken('2025-06-01')],
    });
    await lake.run();
    const [{ path: oldFile = null } = {}] = await lake.query(`SELECT "$path" AS path FROM silver.events WHERE event_id = 'old'`);
    const key = oldFile?.replace(`s3://${bucket}/`, '');
    const rows = { 'silver.events': 1, 'silver.transactions': 1, 'silver.users': 1, 'silver.quarantine': 1 };
    const connection = await connect('dev', accessTo(lake.cloud.endpoint, 'eu-west-1'));
    expect(await readRetention(connection, { before: '2025-06-01' }, new Date())).toEqual({ floor: '2025-06-01', standing: null, rows }); // what `floe retain` foretells
    connection.close();
    expect(await lake.retain('2025-06-01')).toMatchObject({ floor: { date: '2025-06-01' }, removed: rows });
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
