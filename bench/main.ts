import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import { machine, type Figure } from './figures.ts';

/** In the order they are run; each in a process of its own. */
const BENCHMARKS = ['capture', 'package', 'start-up', 'demo', 'ingest', 'growth', 'large', 'athena'];

const runBenchmark = (name: string, directory: string): Promise<Figure[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'bench/child.ts', name, directory], {
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      const line = Buffer.concat(output).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
      if (code !== 0) reject(new Error(`benchmark ${name} ended with ${code ?? 'a signal'}`));
      else resolve((JSON.parse(line) as { figures: Figure[] }).figures);
    });
  });

const main = async (asked: string[]): Promise<void> => {
  for (const name of asked) if (!BENCHMARKS.includes(name)) throw new Error(`no benchmark ${name}; there are ${BENCHMARKS.join(', ')}`);
  process.stdout.write(`${machine()}\n`);
  const table = new Table({ head: ['what', 'figure', 'note'], wordWrap: true, colWidths: [44, 24, 72], style: { head: [], border: [] } });
  for (const name of asked.length > 0 ? asked : BENCHMARKS) {
    const directory = await mkdtemp(path.join(os.tmpdir(), `floe-bench-${name}-`));
    try {
      for (const { what, value, note } of await runBenchmark(name, directory)) table.push([what, value, note ?? '']);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  process.stdout.write(`${table.toString()}\n`);
};

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
