import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openAthena } from '../../localcloud/athena/index.ts';
import { FileObjectStore } from '../../localcloud/s3/index.ts';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Starts the `floe` command in a process of its own, as a user would. */
export const startFloe = (args: readonly string[], options: { cwd?: string } = {}): { child: ChildProcess; ended: Promise<Ended> } => {
  const child = spawn(process.execPath, [path.resolve('bin/floe.mjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...(options.cwd === undefined ? {} : { cwd: options.cwd }) });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  return { child, ended };
};

export const floe = (args: readonly string[], options: { cwd?: string } = {}): Promise<Ended> => startFloe(args, options).ended;

/** A directory for a test's clouds, and how to remove it. */
export const temporaryDirectory = (): { directory: string; remove: () => void } => {
  const directory = mkdtempSync(path.join(tmpdir(), 'floe-test-'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }) };
};

export type Row = Record<string, string | null>;

/** Rows of a query on a stopped cloud's directory, as Athena prints them. */
export const queryStopped = async (dataDir: string, sql: string): Promise<Row[]> => {
  const athena = openAthena({ dataDir, store: new FileObjectStore({ dataDir }) });
  try {
    const { columns, rows } = await athena.execute(sql);
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
  } finally {
    await athena.close();
  }
};
