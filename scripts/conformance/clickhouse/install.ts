import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** ClickHouse in a Python package: https://pypi.org/project/chdb/ */
const PACKAGE = 'chdb==4.4.0';

/** Why there is no ClickHouse to compare with; not a failure. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

const cacheFolder = (): string => path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'floe', PACKAGE.replace('==', '-'));

const run = (command: string, args: readonly string[], otherwise: string): void => {
  try {
    execFileSync(command, args, { stdio: 'pipe', timeout: 600_000 });
  } catch (error) {
    const lines = String((error as { stderr?: Buffer }).stderr ?? (error as Error).message).trim().split('\n');
    throw new Unavailable(`${otherwise} (${lines.at(-1) ?? ''})`);
  }
};

/**
 * A Python that has chdb, in a virtual environment of its own in the user's cache folder; made once.
 * @returns the path of its `python`
 * @throws Unavailable where there is no Python 3, or PyPI cannot be reached, or has no chdb for this system
 */
export const pythonWithChdb = async (): Promise<string> => {
  const folder = cacheFolder();
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(path.dirname(folder), { recursive: true });
  try {
    run('python3', ['-m', 'venv', unfinished], 'there is no python3 with venv');
    run(path.join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', PACKAGE], `${PACKAGE} cannot be installed from PyPI`);
    run(path.join(unfinished, 'bin', 'python'), ['-c', 'import chdb; chdb.query("SELECT 1")'], `${PACKAGE} does not run here`);
    await rename(unfinished, folder);
    return python;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
};
