import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Connection } from '../cli/pipeline/connection.ts';
import { connectRunning } from '../cli/pipeline/open-connection.ts';
import { runWorkflow } from '../cli/pipeline/run-workflow.ts';
import { isConserved, readRuns } from '../cli/reports/run-report.ts';
import { megabytes, rate, seconds, timed, type Benchmark, type Figure } from './figures.ts';
import { startCloudProcess } from './floe-process.ts';
import { peakMemoryOf, type PeakMemory } from './memory.ts';

/** FLOE_BENCH_LARGE_EVENTS: other numbers of shop events, to try it out. */
const SIZES = (process.env['FLOE_BENCH_LARGE_EVENTS'] ?? '250000,1000000').split(',').map(Number);
const LONGEST_MILLISECONDS = 480_000;
const LOOK_MILLISECONDS = 50;

/** Beside a thousand shop events. Transactions are those of app sessions, so these have an event or two each. */
const PER_THOUSAND = { events: 100, sessions: 50, users: 10, transactions: 100 };

/** The options of `floe publish`, and the generator's files. */
const SENT_FILES = [['--events', 'events.jsonl'], ['--shop-events', 'shop-events.csv'], ['--transactions', 'transactions.csv'], ['--users', 'users.csv']] as const;

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
  /** Of all sources, duplicates and broken ones among them. */
  records: number;
  sessions: number;
  steps: Step[];
  bytesScanned: number;
  /** On disk. */
  layerBytes: Readonly<Record<'bronze' | 'silver' | 'gold', number>>;
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

/** Writes the files. @returns also how many records lie in those that are sent. */
const generate = async (projectRoot: string, folder: string, shopEvents: number, signal: AbortSignal): Promise<{ records: number; step: Step }> => {
  const numbers = Object.entries(PER_THOUSAND).flatMap(([name, share]) => [`--${name}`, String(Math.round((shopEvents * share) / 1000))]);
  const measured = await timed(() => floe(projectRoot, ['generate', '--out', folder, '--shop-events', String(shopEvents), ...numbers, '--json'], signal));
  const { files } = JSON.parse(measured.result.output) as { files: { file: string; records: number }[] };
  return {
    records: files.filter(({ file }) => SENT_FILES.some(([, name]) => name === path.basename(file))).reduce((sum, file) => sum + file.records, 0),
    step: { name: 'generate', seconds: measured.seconds, commandBytes: measured.result.peakBytes },
  };
};

const publish = async (projectRoot: string, folder: string, dataDir: string, cloud: PeakMemory, signal: AbortSignal): Promise<Step> => {
  const input = SENT_FILES.flatMap(([option, name]) => [option, path.join(folder, name)]);
  cloud.reset();
  const { seconds: taken, result } = await timed(() => floe(projectRoot, ['publish', '--data-dir', dataDir, ...input, '--json'], signal));
  return { name: 'publish', seconds: taken, commandBytes: result.peakBytes, cloudBytes: cloud.peakBytes() };
};

const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });

/** Calls a function of the cloud. @throws Error where it fails */
const invoke = async (connection: Connection, name: string, functionName: string | undefined, cloud: PeakMemory, signal: AbortSignal): Promise<Step> => {
  if (functionName === undefined) throw new Error(`the deployment has no function to ${name}`);
  cloud.reset();
  const { seconds: taken, result } = await timed(() => orAborted(connection.invoke(functionName, {}), signal));
  if (!result.ok) throw new Error(`${functionName}: ${result.reason}`);
  return { name, seconds: taken, cloudBytes: cloud.peakBytes() };
};

/** Sources are worked on side by side, so they are one stage. */
const stageOf = (state: string): string => {
  const [phase, statement] = state.split(': ');
  if (statement === undefined) return 'run: begin and commit';
  return phase === 'gold' || phase === 'audit' ? `run: ${phase}` : 'run: sources';
};

/** The hourly workflow, by stages. */
const runHour = async (connection: Connection, cloud: PeakMemory, signal: AbortSignal): Promise<Step[]> => {
  const stages = new Map<string, Step>();
  let current = stageOf('begin');
  let since = performance.now();
  const enter = (next: string): void => {
    const { seconds: before = 0, cloudBytes } = stages.get(current) ?? {};
    stages.set(current, { name: current, seconds: before + (performance.now() - since) / 1000, cloudBytes: larger(cloudBytes, cloud.peakBytes()) });
    cloud.reset();
    current = next;
    since = performance.now();
  };
  cloud.reset();
  const workflow = await runWorkflow(connection, { onStep: (state) => enter(stageOf(state)), signal });
  enter('');
  if (workflow.status !== 'SUCCEEDED') throw new Error(`the workflow ended with ${workflow.status}: ${workflow.error ?? ''} ${workflow.cause ?? ''}`);
  return [...stages.values()];
};

const larger = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined || b === undefined ? (a ?? b) : Math.max(a, b));

const bytesOf = (folder: string): number => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true, recursive: true }) : []).filter((entry) => entry.isFile()).reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);

/** @throws Error where records are missing, or sessions: figures of a pass that lost some would say nothing */
const check = async ({ lake }: Connection, sent: number): Promise<Pick<Pass, 'sessions' | 'bytesScanned'>> => {
  const [run] = await readRuns(lake, 1);
  if (run?.status !== 'committed') throw new Error(`the run ended as ${run?.status ?? 'nothing'}`);
  for (const source of run.sources) if (!isConserved(source)) throw new Error(`${source.sourceSystem} does not add up: ${JSON.stringify(source)}`);
  const cameIn = run.sources.reduce((sum, { bronzeRows }) => sum + bronzeRows, 0);
  if (cameIn !== sent) throw new Error(`${sent} records were sent, ${cameIn} came in`);
  const { columns, rows } = await lake.ask(`SELECT
    (SELECT count(*) FROM (SELECT DISTINCT session_id, user_id FROM silver.events)), (SELECT count(*) FROM user_session_analysis),
    (SELECT count(*) FROM silver.events), (SELECT sum(total_events) FROM user_session_analysis)`);
  const [sessions, goldSessions, events, goldEvents] = (rows[0] ?? []).map(Number);
  if (columns.length !== 4 || sessions === undefined || sessions !== goldSessions || events !== goldEvents) throw new Error(`gold does not hold what silver does: ${JSON.stringify(rows)}`);
  return { sessions, bytesScanned: run.bytesScanned };
};

const pass = async (projectRoot: string, directory: string, shopEvents: number, signal: AbortSignal): Promise<Pass> => {
  const [files, dataDir] = [path.join(directory, 'files'), path.join(directory, 'cloud')];
  await mkdir(files, { recursive: true });
  const { records, step } = await generate(projectRoot, files, shopEvents, signal);
  const up = await startCloudProcess(projectRoot, dataDir);
  const memory = peakMemoryOf(up.cloud.pid);
  const connection = await connectRunning(up.cloud);
  try {
    const { names } = connection;
    const steps = [
      step,
      await publish(projectRoot, files, dataDir, memory, signal),
      await invoke(connection, 'deliver', names.deliverNow, memory, signal),
      await invoke(connection, 'ingest transactions', names.ingestTransactions, memory, signal),
      await invoke(connection, 'ingest users', names.ingestUsers, memory, signal),
      ...(await runHour(connection, memory, signal)),
    ];
    const bucket = path.join(dataDir, 's3', names.lakeBucket);
    const layerBytes = { bronze: bytesOf(path.join(bucket, 'bronze')), silver: bytesOf(path.join(bucket, 'silver')), gold: bytesOf(path.join(bucket, 'gold')) };
    return { shopEvents, records, steps, layerBytes, ...(await check(connection, records)) };
  } finally {
    connection.close();
    await up.stop();
    await rm(directory, { recursive: true, force: true });
  }
};


/** A slow machine has fewer figures; any other failure is one. */
const unlessOverdue = (signal: AbortSignal) => (error: unknown): undefined => {
  if (!signal.aborted) throw error;
};

/** `830.0 MB, 1.04 times`: the peak, and how it compares with that of the smaller pass. */
const peak = (bytes: number | undefined, before: number | undefined): string => {
  if (bytes === undefined) return 'not measured';
  return before === undefined ? megabytes(bytes) : `${megabytes(bytes)} (${(bytes / before).toFixed(2)} times)`;
};

const stepFigure = ({ shopEvents, records }: Pass, step: Step, smaller: Step | undefined): Figure => {
  const command = step.commandBytes === undefined && step.cloudBytes !== undefined ? [] : [`of the command ${peak(step.commandBytes, smaller?.commandBytes)}`];
  const cloud = step.cloudBytes === undefined ? [] : [`of the cloud ${peak(step.cloudBytes, smaller?.cloudBytes)}`];
  const speed = step.name.startsWith('ingest') ? '' : `${rate(records, step.seconds)}; `;
  return { what: `${shopEvents.toLocaleString('en')} shop events: ${step.name}`, value: seconds(step.seconds), note: `${speed}peak memory ${[...command, ...cloud].join(', ')}` };
};

const passFigures = (pass: Pass, smaller: Pass | undefined): Figure[] => {
  const { layerBytes, records, sessions, shopEvents, steps } = pass;
  const total = steps.reduce((sum, step) => sum + step.seconds, 0);
  const layers = Object.entries(layerBytes).map(([layer, bytes]) => `${layer} ${megabytes(bytes)}`);
  return [
    ...steps.map((step) => stepFigure(pass, step, smaller?.steps.find(({ name }) => name === step.name))),
    {
      what: `${shopEvents.toLocaleString('en')} shop events: from files to gold`,
      value: `${seconds(total)}, ${megabytes(pass.bytesScanned)} scanned`,
      note: `${records.toLocaleString('en')} records of all sources, ${rate(records, total)}; ${sessions.toLocaleString('en')} sessions; on disk ${layers.join(', ')}`,
    },
  ];
};

/**
 * Generated files through every real way in and one run, checked to the last record; first a smaller number, so that the peaks
 * of memory can be compared. The cloud's is that of its process: functions and DuckDB are in it, PostgreSQL is not.
 */
export const run: Benchmark = async ({ projectRoot, directory }) => {
  const signal = AbortSignal.timeout(LONGEST_MILLISECONDS);
  const figures: Figure[] = [];
  let smaller: Pass | undefined;
  for (const size of SIZES) {
    const measured = await pass(projectRoot, path.join(directory, String(size)), size, signal).catch(unlessOverdue(signal));
    if (measured === undefined) return [...figures, { what: `${size.toLocaleString('en')} shop events`, value: 'not done', note: `${LONGEST_MILLISECONDS / 60_000} minutes were over` }];
    figures.push(...passFigures(measured, smaller));
    smaller ??= measured;
  }
  return figures;
};
