import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runningCloud, type RunningCloud } from '../cli/local/data-dir.ts';

const POLL_MILLISECONDS = 20;
/** Far above every aim: a benchmark that hangs ends all the same. */
const LONGEST_SECONDS = 600;

/** The `floe` command in a process of its own, as a user starts it. What it prints is thrown away, errors are shown. */
export const spawnFloe = (projectRoot: string, args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [path.join(projectRoot, 'bin', 'floe.mjs'), ...args], { stdio: ['ignore', 'ignore', 'inherit'], timeout: LONGEST_SECONDS * 1000, killSignal: 'SIGKILL' });

/** Waits until a process has ended. @throws Error where it did not end with 0 */
export const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  if (child.exitCode !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode ?? child.signalCode ?? 'no code'}`);
};

/** `floe up` on a directory, ready to be used. */
export interface CloudProcess {
  cloud: RunningCloud;
  /** From the start of the process until the cloud is announced, with the pipeline deployed. */
  secondsToReady: number;
  /** As Ctrl-C does. */
  stop(): Promise<void>;
}

export const startCloudProcess = async (projectRoot: string, dataDir: string): Promise<CloudProcess> => {
  const start = performance.now();
  const child = spawnFloe(projectRoot, ['up', '--data-dir', dataDir, '--port', '0']);
  for (;;) {
    const cloud = existsSync(path.join(dataDir, 'cloud.json')) ? runningCloud(dataDir) : undefined;
    if (cloud !== undefined) {
      const secondsToReady = (performance.now() - start) / 1000;
      return {
        cloud,
        secondsToReady,
        async stop() {
          child.kill('SIGINT');
          await new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('close', resolve) : resolve(undefined)));
        },
      };
    }
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`floe up ended with ${child.exitCode ?? child.signalCode ?? 'no code'} before it was ready`);
    await sleep(POLL_MILLISECONDS);
  }
};
