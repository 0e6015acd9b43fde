import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Connection } from '../cli/local/connection.ts';
import { connectRunning } from '../cli/local/open-connection.ts';
import { runWorkflow } from '../cli/local/run-workflow.ts';
import { toObjects } from '../cli/reports/lake-reader.ts';
import { isConserved, readRuns, type RunReport } from '../cli/reports/run-report.ts';
import { megabytes, rate, seconds, timed, type Benchmark, type Figure } from './figures.ts';
import { startCloudProcess } from './floe-process.ts';
import { peakMemoryOf, type PeakMemory } from './memory.ts';

/** FLOE_BENCH_LARGE_EVENTS: other numbers of shop events, to try it out. */
const SIZES = (process.env['FLOE_BENCH_LARGE_EVENTS'] ?? '250000,1000000').split(',').map(Number);
const LONGEST_MILLISECONDS = 480_000;
const LOOK_MILLISECONDS = 50;

/** Beside a thousand shop events. Transactions are those of app sessions, so these have an event or two each. */
const PER_THOUSAND = { events: 100, sessions: 50, users: 10, transactions: 100 };

/** A part of the way from files to gold, with what it took. */
interface Step {
  name: string;
  seconds: number;
  /** Resident, of the command where the step is one, and of the cloud; undefined where it is not measured. */
  commandBytes?: number | undefined;
  cloudBytes?: number | undefined;
}

interface Pass {
  shopEvents: number;
  /** By file: generated records, duplicates and broken ones among them. */
  generated: ReadonlyMap<string, number>;
  steps: Step[];
  run: RunReport;
  sessions: number;
  layerBytes: ReadonlyMap<string, number>;
}

/** Runs a command of floe to its end. */
const floe = (projectRoot: string, args: readonly string[], signal: AbortSignal): Promise<{ output: string; peakBytes: number | undefined }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(projectRoot, 'bin', 'floe.mjs'), ...args], { stdio: ['ignore', 'pipe', 'inherit'], signal, killSignal: 'SIGKILL' });
    const memory = peakMemoryOf(child.pid ?? 0);
    let peakBytes: number | undefined;
    const looking = setInterval(() => (peakBytes = memory.peakBytes() ?? peakBytes), LOOK_MILLISECONDS);
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(looking);
      if (code === 0) resolve({ output: Buffer.concat(output).toString('utf8'), peakBytes });
      else reject(new Error(`floe ${args[0] ?? ''} ended with ${code ?? 'a signal'}`));
    });
  });

const generate = async (projectRoot: string, folder: string, shopEvents: number, signal: AbortSignal): Promise<{ generated: Map<string, number>; step: Step }> => {
  const numbers = Object.entries(PER_THOUSAND).flatMap(([name, share]) => [`--${name}`, String(Math.round((shopEvents * share) / 1000))]);
  const measured = await timed(() => floe(projectRoot, ['generate', '--out', folder, '--shop-events', String(shopEvents), ...numbers, '--json'], signal));
  const { files } = JSON.parse(measured.result.output) as { files: { file: string; records: number }[] };
  return {
    generated: new Map(files.map(({ file, records }) => [path.basename(file), records])),
    step: { name: 'generate', seconds: measured.seconds, commandBytes: measured.result.peakBytes },
  };
};

const publish = async (projectRoot: string, folder: string, dataDir: string, cloud: PeakMemory, signal: AbortSignal): Promise<Step> => {
  const file = (name: string): string => path.join(folder, name);
  const input = ['--events', file('events.jsonl'), '--shop-events', file('shop-events.csv'), '--transactions', file('transactions.csv'), '--users', file('users.csv')];
  cloud.reset();
  const { seconds: taken, result } = await timed(() => floe(projectRoot, ['publish', '--data-dir', dataDir, ...input, '--json'], signal));
  return { name: 'publish', seconds: taken, commandBytes: result.peakBytes, cloudBytes: cloud.peakBytes() };
};

/** Calls a function of the cloud. @throws Error where it fails */
const invoke = async (connection: Connection, name: string, functionName: string, cloud: PeakMemory): Promise<Step> => {
  cloud.reset();
  const { seconds: taken, result } = await timed(() => connection.invoke(functionName, {}));
  if (!result.ok) throw new Error(`${functionName}: ${result.reason}`);
  return { name, seconds: taken, cloudBytes: cloud.peakBytes() };
};

/** The hourly workflow; a step for each of its states. Sources are worked on side by side: a state ends here where the next begins. */
const runHour = async (connection: Connection, cloud: PeakMemory, signal: AbortSignal): Promise<Step[]> => {
  const steps: Step[] = [];
  let name = 'start';
  let since = performance.now();
  const endStep = (next: string): void => {
    steps.push({ name: `run: ${name}`, seconds: (performance.now() - since) / 1000, cloudBytes: cloud.peakBytes() });
    cloud.reset();
    name = next;
    since = performance.now();
  };
  cloud.reset();
  const workflow = await runWorkflow(connection, { onStep: endStep, signal });
  endStep('');
  if (workflow.status !== 'SUCCEEDED') throw new Error(`the workflow ended with ${workflow.status}: ${workflow.error ?? ''} ${workflow.cause ?? ''}`);
  return steps;
};

const bytesOf = (folder: string): number => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true, recursive: true }) : []).filter((entry) => entry.isFile()).reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);

/** @throws Error where records are missing, or sessions: figures of a pass that lost some would say nothing. */
const check = async ({ lake }: Connection, generated: ReadonlyMap<string, number>): Promise<{ run: RunReport; sessions: number }> => {
  const [run] = await readRuns(lake, 1);
  if (run?.status !== 'committed') throw new Error(`the run ended as ${run?.status ?? 'nothing'}`);
  for (const source of run.sources) if (!isConserved(source)) throw new Error(`${source.sourceSystem}: ${JSON.stringify(source)} does not add up`);
  const cameIn = run.sources.reduce((sum, { bronzeRows }) => sum + bronzeRows, 0);
  const sent = ['events.jsonl', 'shop-events.csv', 'transactions.csv', 'users.csv'].reduce((sum, file) => sum + (generated.get(file) ?? 0), 0);
  if (cameIn !== sent) throw new Error(`${sent} records were sent and ${cameIn} came in`);
  const [row] = toObjects(await lake.ask(`SELECT count(*) AS sessions, (SELECT count(*) FROM (SELECT DISTINCT session_id, user_id FROM silver.events)) AS expected FROM gold.user_session_analysis`));
  if (row?.['sessions'] !== row?.['expected']) throw new Error(`gold has ${row?.['sessions'] ?? 'no'} sessions, silver's events ${row?.['expected'] ?? 'none'}`);
  return { run, sessions: Number(row?.['sessions']) };
};

const pass = async (projectRoot: string, directory: string, shopEvents: number, signal: AbortSignal): Promise<Pass> => {
  const [files, dataDir] = [path.join(directory, 'files'), path.join(directory, 'cloud')];
  await mkdir(files, { recursive: true });
  const { generated, step } = await generate(projectRoot, files, shopEvents, signal);
  const up = await startCloudProcess(projectRoot, dataDir);
  const memory = peakMemoryOf(up.cloud.pid);
  const connection = connectRunning(up.cloud);
  try {
    const { names } = connection;
    const steps = [
      step,
      await publish(projectRoot, files, dataDir, memory, signal),
      await invoke(connection, 'deliver', names.deliverNow, memory),
      await invoke(connection, 'ingest transactions', names.ingestTransactions, memory),
      await invoke(connection, 'ingest users', names.ingestUsers, memory),
      ...(await runHour(connection, memory, signal)),
    ];
    const { run, sessions } = await check(connection, generated);
    const layers = ['bronze', 'silver', 'gold'].map((layer) => [layer, bytesOf(path.join(dataDir, 's3', names.lakeBucket, layer))] as const);
    return { shopEvents, generated, steps, run, sessions, layerBytes: new Map(layers) };
  } finally {
    connection.close();
    await up.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

export const run: Benchmark = async ({ projectRoot, directory }) => {
  const signal = AbortSignal.timeout(LONGEST_MILLISECONDS);
  for (const size of SIZES) {
    const p = await pass(projectRoot, path.join(directory, String(size)), size, signal);
    for (const s of p.steps) process.stderr.write(`${size} ${s.name.padEnd(50)} ${seconds(s.seconds).padStart(8)} ${megabytes(s.commandBytes ?? 0).padStart(10)} ${megabytes(s.cloudBytes ?? 0).padStart(10)}\n`);
    process.stderr.write(`${JSON.stringify([...p.generated])} ${p.sessions} ${JSON.stringify([...p.layerBytes])} ${JSON.stringify(p.run)}\n`);
  }
  return [] as Figure[];
};
void rate;
