import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gaps } from './gaps.ts';

/** Why an emulator cannot be had on this machine; nothing was deployed. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** An emulator of AWS that takes a deployment, running on loopback with nothing in it. */
export interface Emulator {
  readonly endpoint: string;
  readonly gaps: Gaps;
  stop(): Promise<void>;
}

/**
 * @param folder takes its log and its files
 * @param port of loopback
 * @param variables what every function finds in its environment besides its own
 * @throws Unavailable
 */
export type StartEmulator = (folder: string, port: number, variables: Readonly<Record<string, string>>) => Promise<Emulator>;

const INSTALL_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 60_000;

/**
 * A virtual environment with a package of PyPI below the user's cache folder, made with the first run.
 * @param requirement `name==version`
 * @param python the interpreter it is made with
 * @param uploadedBefore nothing newer is taken along with it, where what it was built upon has moved on since; ISO 8601
 * @returns the folder with its commands @throws Unavailable
 */
export const pythonPackage = (requirement: string, { python = 'python3', uploadedBefore }: { python?: string; uploadedBefore?: string } = {}): string => {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const folder = path.join(cache, 'floe', requirement.replace(/\[\w+\]/, '').replace('==', '-'));
  const commands = path.join(folder, 'bin');
  if (existsSync(path.join(folder, 'complete'))) return commands;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  step(python, ['-m', 'venv', folder]);
  const install = (...parameters: readonly string[]): void => step(path.join(commands, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...parameters]);
  if (uploadedBefore !== undefined) install('pip>=26'); // the first that knows the option
  install(...(uploadedBefore === undefined ? [] : ['--uploaded-prior-to', uploadedBefore]), requirement);
  mkdirSync(path.join(folder, 'complete'));
  return commands;
};

const step = (command: string, parameters: readonly string[]): void => {
  const { status, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8', timeout: INSTALL_TIMEOUT_MS });
  if (status === 0) return;
  throw new Unavailable(`\`${path.basename(command)} ${parameters.slice(0, 3).join(' ')} …\` failed: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? ''}`);
};

/** A program and what it is given; its output goes to `logFile`. */
export interface Program {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** Starts a program and waits until it answers at `healthUrl`. @returns how to end it @throws Error, naming the log, where it ends or is silent for a minute */
export const startProgram = async ({ command, parameters, environment, logFile }: Program, healthUrl: string): Promise<() => Promise<void>> => {
  const log = openSync(logFile, 'w');
  const child = spawn(command, parameters, { env: environment, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(10_000).then(() => child.kill('SIGKILL'))]);
    await ended;
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(healthUrl))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${path.basename(command)} did not start: ${logFile}`);
    }
    await sleep(200);
  }
  return stop;
};

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false; // not listening yet
  }
};

/** A port of loopback that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};
