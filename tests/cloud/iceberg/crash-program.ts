/**
 * Runs one statement and is killed by the system, with SIGKILL, before its n-th change of a file.
 *
 * usage: node crash-program.cjs <data directory> <n> <statement> <ms the clock is later>
 */
import { FileWatch } from './crash-files.ts';
import type { FileEvent } from './crash-files.ts';
import { runSql } from './crash-lake.ts';

const main = async ([dataDir = '', at = '', sql = '', laterMs = '0']: readonly string[]): Promise<void> => {
  let count = 0;
  const before = (event: FileEvent): void => {
    if (event.kind !== 'query' && (count += 1) > Number(at)) process.kill(process.pid, 'SIGKILL');
  };
  new FileWatch(dataDir, { before, after: () => undefined });
  await runSql(dataDir, [sql], Number(laterMs));
};

void main(process.argv.slice(2));
