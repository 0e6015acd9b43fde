import { createWatermark, ingestUsers, userRow, usersDefaults } from '../../../src/lib/users/index.ts';
import type { UserRecord, UserSource, UsersConfig } from '../../../src/lib/users/index.ts';
import { memoryObjects, memoryTable } from '../support/fakes.ts';
import { parquetRows } from '../support/parquet.ts';

const version = (userId: string, changedAt: string, change: Partial<UserRecord> = {}): UserRecord => ({
  user_id: userId, signup_date: '2025-01-01 00:00:00.000000', device_type: 'Web', country: 'PE', updated_at: '2025-02-01 00:00:00.000000', changed_at: `2025-11-01 ${changedAt}`, ...change,
});

/** A table of users in memory that answers as the keyset statement does; time is moved by hand. */
const world = (records: UserRecord[]) => {
  const table = memoryTable();
  const objects = memoryObjects();
  const database = { records, now: '2025-11-02 00:00:00.000000' };
  const keyOf = (record: UserRecord): string => `${record.changed_at ?? ''}\0${record.user_id ?? ''}`;
  const source: UserSource = {
    readableUntil: async () => database.now,
    page: async (after, until, limit) =>
      database.records
        .filter((record) => record.changed_at! < until && (!after || keyOf(record) > `${after.changedAt}\0${after.userId}`))
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
        .slice(0, limit),
    close: async () => undefined,
  };
  const run = (change: Partial<UsersConfig> & { put?: typeof objects.put; beforePage?: () => void; remainingMillis?: () => number } = {}) => {
    const { put = (...args: Parameters<typeof objects.put>) => objects.put(...args), beforePage = () => undefined, remainingMillis = () => Infinity, ...config } = change;
    const watched: UserSource = { ...source, page: async (...args) => { beforePage(); return source.page(...args); } };
    return ingestUsers(
      { source: watched, watermark: createWatermark(table), objects: { put }, clock: () => new Date('2025-11-02T10:00:00Z'), remainingMillis },
      { ...usersDefaults, ...config },
    );
  };
  const origins = async (): Promise<unknown[]> => (await Promise.all([...objects.stored.values()].map((bytes) => parquetRows(bytes)))).flat().map((row) => row['origin']).sort();
  return { table, objects, database, run, origins };
};

const five = ['a', 'b', 'c', 'd', 'e'].map((id, index) => version(id, `00:00:0${index}.000001`));

test('a version becomes a row with the contract\'s columns as payload, arrived when it was changed', () => {
  const record = version('U1', '10:00:00.123456', { updated_at: null });
  expect(userRow(record, '2025-11-02 10:00:00.000000')).toMatchObject({
    payload: JSON.stringify(record), origin: 'users/U1@2025-11-01 10:00:00.123456', arrival_timestamp: '2025-11-01 10:00:00.123456', updated_at: '2025-01-01 00:00:00.000000',
    source_system: 'users', validation_errors: [], unknown_fields: [],
  });
});

test('all pages are read, each one object and one step of the watermark', async () => {
  const { run, objects, origins, table } = world(five);
  expect(await run({ pageRows: 2 })).toStrictEqual({
    state: 'done', rows: 5, quarantined: 0, pages: 3, lagSeconds: 0, watermark: { changed_at: '2025-11-01 00:00:04.000001', user_id: 'e' },
  });
  expect(objects.puts).toHaveLength(3);
  expect(objects.puts[1]).toMatch(/^bronze\/users\/ingestion_date=2025-11-02\/20251101T000001000001-b--20251101T000003000001-d-[0-9a-f]{16}\.parquet$/);
  expect(await origins()).toStrictEqual(five.map(({ user_id, changed_at }) => `users/${user_id}@${changed_at}`));
  expect(table.items.get('users')).toMatchObject({ changed_at: '2025-11-01 00:00:04.000001', user_id: 'e' });
});

test('nothing new writes nothing', async () => {
  const { run, objects } = world(five);
  await run();
  expect(await run()).toMatchObject({ state: 'done', rows: 0, pages: 0, watermark: { user_id: 'e' } });
  expect(objects.puts).toHaveLength(1);
});

test('users changed in the same microsecond are told apart by their id, across pages', async () => {
  const { run, origins } = world(['a', 'b', 'c', 'd'].map((id) => version(id, '00:00:00.000001')));
  await run({ pageRows: 3 });
  expect(await origins()).toHaveLength(4);
});

test('rows younger than the database allows are left for the next run', async () => {
  const { run, database } = world(five);
  database.now = '2025-11-01 00:00:02.000001';
  expect(await run()).toMatchObject({ rows: 2 });
  database.now = '2025-11-02 00:00:00.000000';
  expect(await run()).toMatchObject({ rows: 3 });
});

test('a crash between object and watermark repeats the page under the same name', async () => {
  const { run, objects, table } = world(five);
  await run();
  table.items.clear();
  await run();
  expect(objects.puts[0]).toBe(objects.puts[1]);
  expect(objects.stored.size).toBe(1);
});

test('a row changed between the crash and its retry does not replace what was written', async () => {
  const { run, objects, table, database, origins } = world(five);
  await run({ pageRows: 5 });
  table.items.clear();
  database.records = five.map((record) => (record.user_id === 'b' ? { ...record, changed_at: '2025-11-01 00:00:03.500000', country: 'MX' } : record));
  await run({ pageRows: 5 });
  expect(objects.stored.size).toBe(2);
  expect(await origins()).toEqual(expect.arrayContaining(['users/b@2025-11-01 00:00:01.000001', 'users/b@2025-11-01 00:00:03.500000']));
});

test('of two runs at once one moves the watermark and the other stops; no row is lost', async () => {
  const { run, origins } = world(five);
  const outcomes = await Promise.all([run({ pageRows: 2 }), run({ pageRows: 2 })]);
  expect(outcomes.map(({ state }) => state).sort()).toStrictEqual(['done', 'overtaken']);
  expect([...new Set(await origins())]).toHaveLength(5);
});

test('S3 out of reach leaves the watermark where it was', async () => {
  const { run, table } = world(five);
  await expect(run({ put: () => Promise.reject(new Error('S3 is down')) })).rejects.toThrow('S3 is down');
  expect(table.items.size).toBe(0);
});

test('the end of the time stops between pages and tells the lag; the next run goes on', async () => {
  const { run } = world(five);
  expect(await run({ pageRows: 2, remainingMillis: () => 0 })).toMatchObject({ state: 'unfinished', rows: 2, lagSeconds: 86_399 });
  expect(await run({ pageRows: 2 })).toMatchObject({ state: 'done', rows: 3 });
});

test('a version that breaks a rule is a row with its reason', async () => {
  const { run, objects } = world([version('a', '00:00:00.000000', { country: 'Peru', signup_date: null })]);
  expect(await run()).toMatchObject({ rows: 1, quarantined: 1 });
  expect(await parquetRows([...objects.stored.values()][0]!)).toMatchObject([{ validation_errors: ['signup_date: missing', 'country: unknown value "Peru"'], user_id: 'a', country: null }]);
});
