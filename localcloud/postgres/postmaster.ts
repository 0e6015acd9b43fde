import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { PostgresBinaries } from './binaries.ts';
import type { RunAs } from './run-as.ts';

const START_TIMEOUT_MS = 60_000;
const FAST_SHUTDOWN_MS = 15_000;
const READY = 'database system is ready to accept connections';

/** The environment of the server's programs: its messages are read here, so they must be English. */
export const serverEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C', TZ: 'UTC' });

/** Starts a server on a cluster; resolves when it takes connections, rejects with its own words when it ends before. */
export const startPostmaster = async (binaries: PostgresBinaries, cluster: string, port: number, runAs: RunAs | undefined): Promise<ChildProcess> => {
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'on', shared_buffers: '32MB', max_connections: '50', timezone: 'UTC', log_timezone: 'UTC' };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // In a process group of its own: Ctrl-C reaches this process, which ends the server when it is done with it.
  const child = spawn(binaries.postgres, ['-D', cluster, '-p', String(port), ...flags], { ...runAs, cwd: path.parse(cluster).root, env: serverEnvironment(), stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGQUIT');
      reject(new Error(`PostgreSQL did not start within ${START_TIMEOUT_MS / 1000} s: ${log}`));
    }, START_TIMEOUT_MS);
    child.stderr.on('data', (chunk: Buffer) => {
      log = `${log}${chunk.toString()}`.slice(-4000);
      if (log.includes(READY)) {
        clearTimeout(timer);
        resolve();
      }
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`PostgreSQL ended at its start (${code ?? 'killed'}): ${log.trim()}`));
    });
  });
  if (child.stderr instanceof Socket) child.stderr.unref();
  child.unref();
  return child;
};

/** Asks a server to end, its connections with it (SIGINT, "fast shutdown"); one that does not is ended at once. */
export const stopProcess = async (pid: number): Promise<void> => {
  for (const [signal, patience] of [['SIGINT', FAST_SHUTDOWN_MS], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]] as const) {
    if (!sendSignal(pid, signal)) return;
    for (let waited = 0; waited < patience; waited += 20) {
      await wait(20);
      if (!sendSignal(pid, 0)) return;
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) cannot be ended`);
};

const sendSignal = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

/** Parent and command line of a process; undefined where there is none. */
const processInfo = (pid: number): { parent: number; command: string } | undefined => {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? undefined : { parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
    }
    const [, parent = '0', command = ''] = /^\s*(\d+)\s+(.*)$/s.exec(execFileSync('ps', ['-o', 'ppid=,command=', '-p', String(pid)], { encoding: 'utf8' })) ?? [];
    return { parent: Number(parent), command };
  } catch {
    return undefined; // neither /proc nor ps knows it: there is no such process
  }
};

/**
 * Clears what a killed process left on a cluster: a server that still runs is ended, a stale `postmaster.pid` removed.
 * Throws where the server belongs to a process that is alive: then the folder is in use.
 */
export const clearLeftovers = async (cluster: string, ownerPid: number | undefined): Promise<void> => {
  const file = path.join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const [pidLine = '', folder = ''] = readFileSync(file, 'utf8').split('\n');
  const pid = Number(pidLine);
  const info = Number.isInteger(pid) && pid > 1 ? processInfo(pid) : undefined;
  const isOurs = info !== undefined && folder === cluster && info.command.includes('postgres') && info.command.includes(cluster);
  if (isOurs) {
    if (info.parent === ownerPid) throw new Error(`${cluster} is in use by process ${ownerPid}`);
    await stopProcess(pid);
  }
  rmSync(file, { force: true });
};
