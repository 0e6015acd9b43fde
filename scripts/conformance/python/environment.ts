import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Why the comparison cannot be made on this machine; nothing was compared. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

const PACKAGES = ['boto3', 'awscli', 'awswrangler', 'pyiceberg[pyarrow,glue,pyiceberg-core]'];
const INSTALL_TIMEOUT_MS = 600_000;

/**
 * Python with the packages, in a virtual environment below the user's cache folder, made with the first run.
 * @returns the path of its interpreter
 * @throws Unavailable where Python or a package cannot be had
 */
export const pythonEnvironment = (): string => {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const folder = path.join(cache, 'floe', 'conformance-python');
  const python = path.join(folder, 'bin', 'python');
  const complete = path.join(folder, 'complete');
  if (existsSync(complete)) return python;
  if (spawnSync('python3', ['-c', 'import venv'], { stdio: 'ignore' }).status !== 0) throw new Unavailable('`python3` with its module venv is not there');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  step('python3', ['-m', 'venv', folder]);
  step(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES]);
  mkdirSync(complete);
  return python;
};

const step = (command: string, parameters: string[]): void => {
  const { status, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8', timeout: INSTALL_TIMEOUT_MS });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  throw new Unavailable(`\`${path.basename(command)} ${parameters.slice(0, 3).join(' ')} …\` failed: ${reason}`);
};
