import { existsSync } from 'node:fs';
import path from 'node:path';
import { floe, queryStopped, temporaryDirectory, type Ended, type Row } from '../support/floe.ts';
import { readIcebergRows } from '../support/iceberg-reader.ts';
import { comparable } from './oracle/gold-rows.ts';
import { appEvents, shopEvents, transactions, users } from './oracle/sample-files.ts';
import { expectedGold } from './oracle/sessions.ts';
import { currentVersions } from './oracle/versions.ts';

/**
 * The pipeline on real input. The samples are not part of the project; where they lie is told by FLOE_SAMPLES, or they lie in
 * ../shared/data. Without them these tests are reported as skipped.
 */
const samples = path.resolve(process.env['FLOE_SAMPLES'] ?? '../shared/data');
const file = (name: string): string => path.join(samples, name);
const FILES = { events: file('app_events.jsonl.gz'), transactions: file('app_transactions.csv.gz'), users: file('app_users.csv.gz'), shop: file('shop_events_2019-10-01.csv.gz') };
const describeWithSamples = Object.values(FILES).every((name) => existsSync(name)) ? describe : describe.skip;

describeWithSamples(`real input (${samples})`, () => {
  const { directory, remove } = temporaryDirectory();
  const demo = (name: string, passes: number): Promise<Ended> =>
    floe(['demo', '--events', FILES.events, '--transactions', FILES.transactions, '--users', FILES.users, '--shop-events', FILES.shop, '--data-dir', path.join(directory, name), '--passes', String(passes), '--port', '0']);
  const query = (name: string, sql: string): Promise<Row[]> => queryStopped(path.join(directory, name), sql);
  const gold = async (name: string): Promise<Row[]> => comparable(await query(name, 'SELECT * FROM gold.user_session_analysis'));
  let one: Ended;

  beforeAll(async () => {
    one = await demo('one', 1);
  }, 120_000);
  afterAll(remove);

  test('the demo ends well and prints nothing to stumble over', () => {
    expect({ code: one.code, stderr: one.stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('every column of gold equals a recomputation by other means', async () => {
    const expected = expectedGold({
      events: [...appEvents(FILES.events), ...shopEvents(FILES.shop).valid],
      transactions: transactions(FILES.transactions),
      users: users(FILES.users),
    });
    const actual = await gold('one');
    expect(actual).toHaveLength(expected.length);
    expect(actual).toEqual(expected);
  });

  test('the counts of an independent look at the files', async () => {
    const [counts] = await query('one', `SELECT count_if(source_system = 'app') AS app_sessions, sum(CASE WHEN source_system = 'app' THEN total_events END) AS app_events FROM gold.user_session_analysis`);
    expect(counts).toEqual({ app_sessions: '487', app_events: '2000' });
    expect(await query('one', 'SELECT count(*) AS n, count(DISTINCT transaction_id) AS ids FROM silver.transactions')).toEqual([{ n: '300', ids: '300' }]);
    const shop = shopEvents(FILES.shop);
    const distinct = currentVersions(shop.valid);
    const pairs = new Set(distinct.map(({ sessionId, userId }) => JSON.stringify([sessionId, userId])));
    expect(await query('one', `SELECT count(*) AS n FROM gold.user_session_analysis WHERE source_system = 'shop'`)).toEqual([{ n: String(pairs.size) }]);
    expect(await query('one', `SELECT count(*) AS n FROM silver.events WHERE source_system = 'shop'`)).toEqual([{ n: String(distinct.length) }]);
    expect(shop.valid.length - distinct.length).toBe(4);
  });

  test('the nine shop rows with price 0 are in quarantine with their reason', async () => {
    const rows = await query('one', `SELECT source_system, reasons, count(*) AS records FROM silver.quarantine GROUP BY 1, 2`);
    expect(rows).toEqual([{ source_system: 'shop', reasons: '[price: below 0.01]', records: '9' }]);
  });

  test('bronze = silver + duplicates + quarantined, per source', async () => {
    const rows = await query('one', 'SELECT source_system, bronze_rows, silver_rows, duplicates, quarantined, status FROM gold.run_audit ORDER BY 1');
    expect(rows).toEqual([
      { source_system: 'app', bronze_rows: '2000', silver_rows: '2000', duplicates: '0', quarantined: '0', status: 'committed' },
      { source_system: 'shop', bronze_rows: '9000', silver_rows: '8987', duplicates: '4', quarantined: '9', status: 'committed' },
      { source_system: 'transactions', bronze_rows: '307', silver_rows: '300', duplicates: '7', quarantined: '0', status: 'committed' },
      { source_system: 'users', bronze_rows: '100', silver_rows: '100', duplicates: '0', quarantined: '0', status: 'committed' },
    ]);
  });

  test('seven batches give the same gold as one', async () => {
    const seven = await demo('seven', 7);
    expect({ code: seven.code, stderr: seven.stderr }).toEqual({ code: 0, stderr: '' });
    expect(await gold('seven')).toEqual(await gold('one'));
  }, 180_000);

  test.each([['silver', 'events'], ['silver', 'transactions'], ['silver', 'users'], ['silver', 'quarantine']])('a second, independent Iceberg reader finds every row of %s.%s', async (database, table) => {
    const [count] = await query('one', `SELECT count(*) AS n FROM ${database}.${table}`);
    expect(readIcebergRows(path.join(directory, 'one'), database, table)).toHaveLength(Number(count!['n']));
  });

  test('a second, independent Iceberg reader reads the same rows of gold', async () => {
    const plain = (row: Record<string, unknown>): string =>
      JSON.stringify([row['session_id'], row['user_id'], row['country'] ?? null, Number(row['total_events']), row['event_types'], row['transaction_id'] ?? null, Number(row['transaction_amount'] ?? 0).toFixed(2), Number(row['session_duration_seconds'])]);
    const athena = (await gold('one')).map((row) => plain({ ...row, event_types: row['event_types']!.slice(1, -1).split(', ') }));
    expect(readIcebergRows(path.join(directory, 'one'), 'gold', 'user_session_analysis').map(plain).sort()).toEqual(athena.sort());
  });
});
