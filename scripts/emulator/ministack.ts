import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CREDENTIALS, REGION } from './lake-cloud.ts';

/** Why the emulator cannot be had on this machine; nothing was deployed. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** The version docs/emulator.md was measured with. */
const PACKAGE = 'ministack==1.5.33';
/** Resource types its CloudFormation refuses: the one altogether, the other where it has metric math. */
export const UNKNOWN_TYPES = ['AWS::Athena::NamedQuery', 'AWS::CloudWatch::Alarm'];
const INSTALL_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 60_000;

export interface MiniStack {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** A virtual environment below the user's cache folder, made with the first run. @returns the path of the command @throws Unavailable */
export const installMiniStack = (): string => {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const folder = path.join(cache, 'floe', PACKAGE.replace('==', '-'));
  const command = path.join(folder, 'bin', 'ministack');
  if (existsSync(path.join(folder, 'complete'))) return command;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  step('python3', ['-m', 'venv', folder]);
  step(path.join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE]);
  mkdirSync(path.join(folder, 'complete'));
  return command;
};

const step = (command: string, parameters: readonly string[]): void => {
  const { status, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8', timeout: INSTALL_TIMEOUT_MS });
  if (status === 0) return;
  throw new Unavailable(`\`${path.basename(command)} ${parameters.slice(0, 3).join(' ')} …\` failed: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? ''}`);
};

/**
 * Starts MiniStack on loopback with nothing in it. Its functions run as processes of this machine's Node and inherit its environment.
 * @param folder takes its log and its files
 * @param variables what every function finds in its environment besides its own
 */
export const startMiniStack = async (command: string, folder: string, port: number, variables: Readonly<Record<string, string>>): Promise<MiniStack> => {
  const endpoint = `http://127.0.0.1:${port}`;
  const logFile = path.join(folder, 'ministack.log');
  const log = openSync(logFile, 'w');
  const environment = {
    PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder, STATE_DIR: path.join(folder, 'state'),
    GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1', MINISTACK_HOST: '127.0.0.1', MINISTACK_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey, ...variables,
  };
  const child = spawn(command, [], { env: environment, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(5_000).then(() => child.kill('SIGKILL'))]);
    await ended;
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`MiniStack did not start: ${logFile}`);
    }
    await sleep(200);
  }
  return { endpoint, stop };
};

const answers = async (endpoint: string): Promise<boolean> => {
  try {
    return (await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(2_000) })).ok;
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
