import { spawn } from 'node:child_process';
import { mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { transactionsHeader } from '../cli/generate/transactions.ts';
import { connectRunning } from '../cli/pipeline/open-connection.ts';
import type { RunningCloud } from '../cli/local/data-dir.ts';
import { megabytes, rate, type Benchmark } from './figures.ts';
import { startCloudProcess } from './floe-process.ts';
import type { IngestMeasured } from './ingest-child.ts';

/** FLOE_BENCH_INGEST_MB: a smaller file, to try it out. */
const MEGABYTES = Number(process.env['FLOE_BENCH_INGEST_MB'] ?? 500);
const ROWS_PER_WRITE = 10_000;
const LONGEST_MILLISECONDS = 600_000;

const { BUNDLING } = createRequire(import.meta.url)('../scripts/bundle-functions.cjs') as { BUNDLING: BuildOptions };

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** Valid rows, all different, over the days of a month. */
const rowOf = (index: number): string => {
  const time = `2026-01-${twoDigits((index % 28) + 1)} ${twoDigits(index % 24)}:${twoDigits(index % 60)}:${twoDigits((index * 7) % 60)}`;
  return `TXN_${String(index).padStart(9, '0')},SESSION_${String(index % 1_000_000).padStart(8, '0')},USER_${String(index % 50_000).padStart(6, '0')},${(index % 90_000) + 1}.${twoDigits(index % 100)},USD,${time}\n`;
};

const writeCsv = async (file: string, bytes: number): Promise<void> => {
  const handle = await open(file, 'w');
  try {
    let written = (await handle.write(`${transactionsHeader}\n`)).bytesWritten;
    for (let row = 0; written < bytes; row += ROWS_PER_WRITE) {
      const text = Array.from({ length: ROWS_PER_WRITE }, (_, index) => rowOf(row + index)).join('');
      written += (await handle.write(text)).bytesWritten;
    }
  } finally {
    await handle.close();
  }
};

/** The function as it is deployed: one file, made by esbuild as by scripts/bundle-functions.cjs. */
const bundle = async (projectRoot: string, outfile: string): Promise<void> => {
  await build({ ...BUNDLING, entryPoints: [path.join(projectRoot, 'bench', 'ingest-child.ts')], outfile });
};

const environmentOf = async (cloud: RunningCloud): Promise<NodeJS.ProcessEnv> => {
  const { endpoint, region, stage } = cloud;
  const connection = await connectRunning(cloud);
  const { names } = connection;
  connection.close();
  return {
    ...process.env,
    STAGE: stage,
    LAKE_BUCKET: names.lakeBucket,
    LEDGER_TABLE: names.ledgerTable,
    SFTP_SECRET_ID: names.sftpSecret,
    POWERTOOLS_SERVICE_NAME: 'floe',
    POWERTOOLS_METRICS_NAMESPACE: 'floe',
    POWERTOOLS_TRACE_ENABLED: 'false',
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
};

const runFunction = (file: string, environment: NodeJS.ProcessEnv): Promise<IngestMeasured> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], { env: environment, stdio: ['ignore', 'pipe', 'inherit'], timeout: LONGEST_MILLISECONDS, killSignal: 'SIGKILL' });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) reject(new Error(`the function's process ended with ${code ?? 'a signal'}`));
      else resolve(JSON.parse(Buffer.concat(output).toString('utf8').trimEnd().split('\n').at(-1) ?? '') as IngestMeasured);
    });
  });

/**
 * One large file of transactions from the SFTP server to bronze. The cloud runs in one process, the function in another, so
 * that the memory measured is the function's.
 */
export const run: Benchmark = async ({ projectRoot, directory }) => {
  const dataDir = path.join(directory, 'cloud');
  const cloudProcess = await startCloudProcess(projectRoot, dataDir);
  try {
    // What the shop would upload is put where the server keeps its files: the upload is not what is measured.
    const folder = path.join(dataDir, 'sftp', 'files', 'floe');
    await mkdir(folder, { recursive: true });
    await writeCsv(path.join(directory, 'large.csv'), MEGABYTES * 1e6);
    const { size } = await stat(path.join(directory, 'large.csv'));
    await rename(path.join(directory, 'large.csv'), path.join(folder, 'large.csv'));
    await writeFile(path.join(folder, 'large.csv.done'), '');
    const functionFile = path.join(directory, 'function.cjs');
    await bundle(projectRoot, functionFile);
    const { seconds, rows, parts, idleBytes, peakBytes } = await runFunction(functionFile, await environmentOf(cloudProcess.cloud));
    return [
      { what: `ingest of ${megabytes(size)} of transactions`, value: `${seconds.toFixed(1)} s`, note: `${rows.toLocaleString('en')} rows, ${rate(rows, seconds)}, ${megabytes(size / seconds)}/s, ${parts} Parquet parts` },
      { what: 'peak memory of the function', value: megabytes(peakBytes), note: `resident, of the whole process; ${megabytes(idleBytes)} before its first event; aim: under 300 MB` },
    ];
  } finally {
    await cloudProcess.stop();
  }
};
