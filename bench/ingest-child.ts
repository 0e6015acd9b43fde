import { performance } from 'node:perf_hooks';
import { createHandler } from '../src/handlers/ingest-transactions.ts';

/** What the process that ran the function tells of it. */
export interface IngestMeasured {
  seconds: number;
  rows: number;
  parts: number;
  /** Peak resident memory before the first event, and at the end. */
  idleBytes: number;
  peakBytes: number;
}

/** `resourceUsage` counts in kilobytes on every system. */
const peakResidentBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** One cold environment of the function, with the environment the deployment gives it; called until every file is done. */
const main = async (): Promise<void> => {
  const handler = createHandler(process.env);
  const idleBytes = peakResidentBytes();
  const start = performance.now();
  const deadline = start + 900_000; // the function's time on AWS
  const context = { functionName: 'bench', awsRequestId: 'bench', getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())) };
  const { files, rows } = await handler({}, context as never);
  const problem = files.find(({ state }) => state !== 'done');
  if (problem !== undefined || files.length === 0) throw new Error(problem === undefined ? 'no file was found' : `${problem.file} is ${problem.state}: ${problem.reason ?? ''}`);
  const measured: IngestMeasured = { seconds: (performance.now() - start) / 1000, rows, parts: files.reduce((sum, { parts }) => sum + parts, 0), idleBytes, peakBytes: peakResidentBytes() };
  process.stdout.write(`\n${JSON.stringify(measured)}\n`, () => process.exit(0));
};

void main();
