import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../../localcloud/postgres/index.ts';
import type { PostgresServer } from '../../../localcloud/postgres/index.ts';
import { connectPostgres, databaseLoginOf, userRow } from '../../../src/lib/users/index.ts';
import type { UserSource } from '../../../src/lib/users/index.ts';

/** The real statements against a real PostgreSQL with the shop's schema. */

const aws = { region: 'eu-west-1' };
let folder: string;
let server: PostgresServer;
let shop: Client;
let source: UserSource;

const login = () => ({ ...server.connectionInfo, database: 'shop' });

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'floe-oltp-'));
  server = await startPostgres({ dataDir: path.join(folder, 'postgres'), databases: ['shop'] });
  shop = new Client({ ...server.connectionInfo, database: 'shop' });
  await shop.connect();
  const schema = readdirSync('sql/oltp').sort().map((file) => readFileSync(path.join('sql/oltp', file), 'utf8'));
  for (let times = 0; times < 2; times += 1) for (const statements of schema) await shop.query(statements);
  source = await connectPostgres(login(), aws);
});

afterAll(async () => {
  await source.close();
  await shop.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const until = '2999-01-01 00:00:00.000000';
const insert = (...ids: string[]): Promise<unknown> =>
  shop.query(`INSERT INTO users (user_id, name, email, created_at, device_type, country, updated_at) SELECT id, 'Ada', 'ada@example.org', '2025-01-01 00:00:00.123456+02', 'Web', NULL, NULL FROM unnest($1::text[]) id`, [ids]);

test('a version has the contract\'s columns as text, times in UTC with microseconds; name and email stay in the shop', async () => {
  await insert('a', 'b', 'c');
  const [first] = await source.page(undefined, until, 1);
  expect(first).toStrictEqual({
    user_id: 'a', signup_date: '2024-12-31 22:00:00.123456', device_type: 'Web', country: null, updated_at: null, changed_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/) as string,
  });
});

test('pages follow one another by (changed_at, user_id), though all rows were written by one statement', async () => {
  const ids: (string | null)[] = [];
  let after: { changedAt: string; userId: string } | undefined;
  for (;;) {
    const [row] = await source.page(after, until, 1);
    if (!row) break;
    ids.push(row.user_id);
    after = { changedAt: row.changed_at!, userId: row.user_id! };
  }
  expect(ids).toStrictEqual(['a', 'b', 'c']);
});

test('a change moves a user above the watermark, an unchanged one stays below it', async () => {
  const before = await source.page(undefined, until, 10);
  const last = before.at(-1)!;
  await shop.query(`UPDATE users SET country = 'PE' WHERE user_id = 'a'`);
  expect(await source.page({ changedAt: last.changed_at!, userId: last.user_id! }, until, 10)).toMatchObject([{ user_id: 'a', country: 'PE' }]);
});

test('what may be read ends at the database\'s clock less the lag', async () => {
  const [now, earlier] = [await source.readableUntil(0), await source.readableUntil(3_600)];
  expect(Date.parse(`${now.replace(' ', 'T')}Z`) - Date.parse(`${earlier.replace(' ', 'T')}Z`)).toBeGreaterThanOrEqual(3_599_000);
  expect(await source.page(undefined, earlier, 10)).toStrictEqual([]);
  expect(await source.page(undefined, now, 10)).toHaveLength(3);
});

test('the keyset is answered by its index', async () => {
  await shop.query('SET enable_seqscan = off');
  const { rows } = await shop.query<{ 'QUERY PLAN': string }>(`EXPLAIN SELECT user_id FROM lake_users WHERE (changed_at, user_id) > (now(), 'a') ORDER BY changed_at, user_id LIMIT 5`);
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index (?:Only )?Scan using users_changed_at/);
});

test('a page of large rows ends early, and none is left out', async () => {
  await shop.query(`CREATE TABLE large AS SELECT i::text AS user_id, now() AS signup_date, repeat('d', 7000000) AS device_type, 'PE' AS country, now() AS updated_at, now() AS changed_at FROM generate_series(1, 5) i`);
  const large = await connectPostgres(login(), aws, 'large');
  const pages: (string | null)[][] = [];
  let after: { changedAt: string; userId: string } | undefined;
  for (let rows = await large.page(after, until, 10); rows.length > 0; rows = await large.page(after, until, 10)) {
    pages.push(rows.map(({ user_id }) => user_id));
    after = { changedAt: rows.at(-1)!.changed_at!, userId: rows.at(-1)!.user_id! };
  }
  await large.close();
  expect(pages).toStrictEqual([['1', '2', '3'], ['4', '5']]);
});

test('times that bronze\'s text cannot tell are told as PostgreSQL tells them, and a page can end at one', async () => {
  await shop.query(`CREATE TABLE odd AS SELECT t::text AS user_id, t AS signup_date, 'Web' AS device_type, 'PE' AS country, t AS updated_at, t AS changed_at
    FROM unnest(ARRAY['-infinity', '0044-03-15 BC', '0001-01-01', '9999-12-31 23:59:59.999999', '10000-01-01', 'infinity']::timestamptz[]) t`);
  const odd = await connectPostgres(login(), aws, 'odd');
  const times: (string | null)[] = [];
  for (let [row] = await odd.page(undefined, '10001-01-01 00:00:00+00', 1); row; [row] = await odd.page({ changedAt: row.changed_at!, userId: row.user_id! }, '10001-01-01 00:00:00+00', 1)) {
    times.push(row.signup_date);
    expect(userRow(row, until)).toMatchObject({ payload: JSON.stringify(row), arrival_timestamp: /^\d{4}-\S+ \S{15}$/.test(row.changed_at!) ? row.changed_at : until });
  }
  await odd.close();
  expect(times).toStrictEqual(['-infinity', '0044-03-15 00:00:00+00 BC', '0001-01-01 00:00:00.000000', '9999-12-31 23:59:59.999999', '10000-01-01 00:00:00+00']);
});

test('a database out of reach, a wrong password, a missing table: one clear line each', async () => {
  const nobody = { ...login(), port: 1 };
  await expect(connectPostgres(nobody, aws)).rejects.toThrow(/^cannot reach the database \S+@\S+:1\/shop: .*ECONNREFUSED/);
  await expect(connectPostgres({ ...login(), password: 'no' }, aws)).rejects.toThrow(/^cannot reach the database .*password authentication failed/);
  const other = await connectPostgres(login(), aws, 'nowhere');
  await expect(other.page(undefined, until, 1)).rejects.toThrow(/^cannot read nowhere of the database .*"nowhere" does not exist/);
  await other.close();
  await expect(connectPostgres(login(), aws, 'users; DROP TABLE users')).rejects.toThrow('not a table name');
});

test('a login is told by the environment; what is missing or no port is said', () => {
  const variables = { DATABASE_HOST: 'db', DATABASE_PORT: '5433', DATABASE_NAME: 'shop', DATABASE_USER: 'floe' };
  expect(databaseLoginOf(variables)).toStrictEqual({ host: 'db', port: 5433, database: 'shop', user: 'floe' });
  expect(databaseLoginOf({ ...variables, DATABASE_PASSWORD: 'p' })).toMatchObject({ password: 'p' });
  for (const name of Object.keys(variables)) expect(() => databaseLoginOf({ ...variables, [name]: '' })).toThrow(`no database is configured: ${name} is not set`);
  expect(() => databaseLoginOf({ ...variables, DATABASE_PORT: '99999' })).toThrow('DATABASE_PORT is not a port: 99999');
});

test('without a password the function signs in by a token of its own, and only over TLS', async () => {
  const { host, port } = server.connectionInfo;
  const attempt = connectPostgres({ host, port, user: 'floe', database: 'shop' }, { ...aws, credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } });
  await expect(attempt).rejects.toThrow('The server does not support SSL connections');
});
