import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runningCloud } from '../../cli/local/data-dir.ts';
import { floe, queryStopped, startFloe, temporaryDirectory, type Row } from '../support/floe.ts';
import { comparable } from './oracle/gold-rows.ts';
import { appEvents, shopEvents, transactions, users } from './oracle/sample-files.ts';
import { expectedGold, type GoldRow } from './oracle/sessions.ts';

/** Where a pipeline is killed: as soon as the folder of the lake holds a file. */
export interface KillPoint {
  name: string;
  folder: string;
}

export const KILL_POINTS = {
  bronze: { name: 'while it delivers to bronze', folder: 'bronze/events' },
  silver: { name: 'while it writes silver', folder: 'silver/events/data' },
  gold: { name: 'while it writes gold', folder: 'gold/user_session_analysis/data' },
} as const satisfies Record<string, KillPoint>;

/** Tests: `kill -9` in the middle of a run; then the cloud is started again, everything is sent again, and a run is made. */
export const testKilledPipelines = (points: readonly KillPoint[]): void => {
  const { directory, remove } = temporaryDirectory();
  const data = path.join(directory, 'data');
  const files = { events: path.join(data, 'events.jsonl'), shop: path.join(data, 'shop-events.csv'), transactions: path.join(data, 'transactions.csv'), users: path.join(data, 'users.csv'), changed: path.join(data, 'users-changed.csv') };
  const input = ['--events', files.events, '--shop-events', files.shop, '--transactions', files.transactions, '--users', files.users];
  let expected: GoldRow[];

  beforeAll(async () => {
    const generated = await floe(['generate', '--out', data, '--users', '60', '--sessions', '200', '--events', '900', '--shop-events', '500', '--transactions', '120', '--broken-rate', '0', '--changed-user-rate', '30%', '--until', '2026-01-01T00:00:00Z', '--span', '40d', '--seed', '5']);
    expect(generated).toMatchObject({ code: 0, stderr: '' });
    expected = expectedGold({
      events: [...appEvents(files.events), ...shopEvents(files.shop).valid],
      transactions: transactions(files.transactions),
      users: [...users(files.users), ...users(files.changed)],
    });
  }, 60_000);
  afterAll(remove);

  const gold = async (dataDir: string): Promise<Row[]> => comparable(await queryStopped(dataDir, 'SELECT * FROM gold.user_session_analysis'));

  /** Waits until a folder holds a file, and says whether it ever did before the process ended. */
  const untilWritten = async (folder: string, ended: Promise<unknown>): Promise<boolean> => {
    const process = { isOver: false };
    void ended.then(() => (process.isOver = true));
    for (;;) {
      if (existsSync(folder) && readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile())) return true;
      if (process.isOver) return false;
      await sleep(2);
    }
  };

  const untilUp = async (dataDir: string, started: ReturnType<typeof startFloe>): Promise<void> => {
    while (runningCloud(dataDir)?.pid !== started.child.pid) {
      if (started.child.exitCode !== null) throw new Error((await started.ended).stderr);
      await sleep(20);
    }
  };

  test.each(points)('$name ends with the same gold as one that was not', async ({ folder }) => {
    const dataDir = path.join(directory, path.dirname(folder).replaceAll('/', '-'));
    const lake = path.join(dataDir, 's3', 'floe-dev-lake-000000000000');
    const killed = startFloe(['demo', ...input, '--data-dir', dataDir, '--port', '0']);
    expect(await untilWritten(path.join(lake, folder), killed.ended)).toBe(true);
    killed.child.kill('SIGKILL');
    expect((await killed.ended).signal).toBe('SIGKILL');

    const again = startFloe(['up', '--data-dir', dataDir, '--port', '0']);
    try {
      await untilUp(dataDir, again);
      const published = await floe(['publish', ...input, '--data-dir', dataDir]);
      expect(published).toMatchObject({ code: 0, stderr: '' });
      expect(await floe(['run', '--data-dir', dataDir])).toMatchObject({ code: 0, stderr: '' });
      expect(await floe(['publish', '--users', files.changed, '--data-dir', dataDir])).toMatchObject({ code: 0, stderr: '' });
      expect(await floe(['run', '--data-dir', dataDir])).toMatchObject({ code: 0, stderr: '' });
    } finally {
      again.child.kill('SIGINT');
      await again.ended;
    }
    expect(await gold(dataDir)).toEqual(expected);
  }, 180_000);
};
