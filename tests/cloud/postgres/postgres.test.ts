import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../../localcloud/postgres/index.ts';
import type { PostgresServer } from '../../../localcloud/postgres/index.ts';
import { temporaryFolder } from '../kinesis/support.ts';

const withClient = async <T>(server: PostgresServer, work: (client: pg.Client) => Promise<T>, change: pg.ClientConfig = {}): Promise<T> => {
  const client = new pg.Client({ ...server.connectionInfo, database: 'shop', ...change });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

describe('postgres', () => {
  const temporary = temporaryFolder();
  const dataDir = path.join(temporary.folder, 'postgres');
  let server: PostgresServer | undefined;

  beforeAll(() => chmodSync(temporary.folder, 0o755));
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });
  afterAll(() => temporary.remove());

  const start = async () => (server = await startPostgres({ dataDir, databases: ['shop'] }));

  test('a real server with real passwords; data is there after a restart', async () => {
    const first = await start();
    await withClient(first, (client) => client.query('CREATE TABLE users (user_id text PRIMARY KEY)'));
    await withClient(first, (client) => client.query("INSERT INTO users VALUES ('USR_1')"));
    await expect(withClient(first, async () => undefined, { password: 'wrong' })).rejects.toThrow('password authentication failed');
    await first.stop();
    const second = await start();
    expect(second.connectionInfo.password).toBe(first.connectionInfo.password);
    expect((await withClient(second, (client) => client.query('SELECT user_id FROM users'))).rows).toEqual([{ user_id: 'USR_1' }]);
  });

  test('after kill -9 of its owner the server left behind is ended, and commits are there', async () => {
    const owner = spawn(process.execPath, ['--import', 'tsx', 'tests/cloud/postgres/owner.ts', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const orphan = Number(line.toString());
    await expect(startPostgres({ dataDir })).rejects.toThrow(`in use by process ${owner.pid}`);
    const ended = once(owner, 'exit');
    owner.kill('SIGKILL');
    await ended;
    const next = await start();
    expect(next.pid).not.toBe(orphan);
    expect(() => process.kill(orphan, 0)).toThrow('ESRCH');
    expect((await withClient(next, (client) => client.query("SELECT count(*)::int AS n FROM users WHERE user_id = 'USR_KILLED'"))).rows).toEqual([{ n: 1 }]);
  });

  test('a stale postmaster.pid that names another living process does not stop it', async () => {
    await (await start()).stop();
    const cluster = path.join(dataDir, 'cluster');
    writeFileSync(path.join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n`);
    expect((await start()).pid).toBeGreaterThan(0);
  });

  test('a data folder closed to other users works too', async () => {
    const closed = path.join(temporary.folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    server = await startPostgres({ dataDir: path.join(closed, 'postgres'), databases: ['shop'] });
    expect((await withClient(server, (client) => client.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }]);
    expect(existsSync(path.join(server.dataDir, 'PG_VERSION'))).toBe(true);
    await server.stop();
    if (!server.dataDir.startsWith(closed)) rmSync(path.dirname(server.dataDir), { recursive: true });
  });

  test('a taken port is named', async () => {
    const first = await start();
    await expect(startPostgres({ dataDir: path.join(temporary.folder, 'other'), port: first.connectionInfo.port })).rejects.toThrow(`port ${first.connectionInfo.port} is taken`);
  });

  test('a place without the server package is named', async () => {
    await expect(startPostgres({ dataDir, packagesFrom: temporary.folder })).rejects.toThrow('cannot be found from');
  });
});
