import path from 'node:path';
import { runTurn } from '../cli/pipeline/run-workflow.ts';
import { startPipeline, type LocalPipeline } from '../cli/local/start-pipeline.ts';
import { readRuns } from '../cli/reports/run-report.ts';
import { writeBronzeEvents, type EventsOfDay } from './bronze-events.ts';
import { median, megabytes, seconds, type Benchmark, type Figure } from './figures.ts';

/** FLOE_BENCH_GROWTH_DAYS, FLOE_BENCH_GROWTH_SESSIONS: other stages, or fewer sessions, to try it out. */
const STAGES = (process.env['FLOE_BENCH_GROWTH_DAYS'] ?? '1,10,30,45').split(',').map(Number);
const SESSIONS_PER_DAY = Number(process.env['FLOE_BENCH_GROWTH_SESSIONS'] ?? 20_000);
const EVENTS_PER_SESSION = 2;
const NEW_SESSIONS = 5_000;
const RUNS_PER_STAGE = 3;
const DAY = 86_400_000;

interface MeasuredRun {
  seconds: number;
  bytesScanned: number;
}

const runHour = async ({ connection }: LocalPipeline): Promise<MeasuredRun> => {
  const { workflow, durations } = await runTurn(connection, { onStep: () => undefined, signal: AbortSignal.timeout(600_000) });
  if (workflow.status !== 'SUCCEEDED') throw new Error(`the workflow ended with ${workflow.status}: ${workflow.error ?? ''} ${workflow.cause ?? ''}`);
  const [run] = await readRuns(connection.lake, 1);
  if (run?.status !== 'committed') throw new Error(`the run ended as ${run?.status ?? 'nothing'}`);
  return { seconds: durations.workflow / 1000, bytesScanned: run.bytesScanned };
};

/** Whole days before today, the latest first. */
const dayBefore = (now: Date, days: number): string => new Date(now.getTime() - days * DAY).toISOString().slice(0, 10);

const measureStage = async (pipeline: LocalPipeline, bucketFolder: string, days: number, prepared: number): Promise<Figure[]> => {
  const now = new Date();
  const older = Array.from({ length: days - prepared }, (_, index): EventsOfDay => ({ day: dayBefore(now, prepared + index + 1), sessions: SESSIONS_PER_DAY, eventsPerSession: EVENTS_PER_SESSION, part: 'first' }));
  await writeBronzeEvents(bucketFolder, older, now);
  const preparation = await runHour(pipeline);
  const runs: MeasuredRun[] = [];
  for (let round = 0; round < RUNS_PER_STAGE; round++) {
    const part = `day${days}-round${round}`;
    await writeBronzeEvents(bucketFolder, [{ day: dayBefore(now, 1), sessions: NEW_SESSIONS, eventsPerSession: EVENTS_PER_SESSION, knownSessions: NEW_SESSIONS / 2, part }], new Date());
    runs.push(await runHour(pipeline));
  }
  const events = (NEW_SESSIONS * EVENTS_PER_SESSION).toLocaleString('en');
  return [
    {
      what: `run over ${events} new events, ${days} ${days === 1 ? 'day' : 'days'} in gold`,
      value: `${seconds(median(runs.map((run) => run.seconds)))}, ${megabytes(median(runs.map((run) => run.bytesScanned)))}`,
      note: `median of ${runs.map((run) => `${run.seconds.toFixed(1)} s`).join(', ')}; aim: flat. The run that brought in the ${older.length} days before it: ${seconds(preparation.seconds)}`,
    },
  ];
};

/**
 * The hourly workflow over the same number of new events, with more and more days of sessions in silver and gold. All days
 * lie within the horizon (30 days to either side of a touched date), in which a run looks for earlier versions of its keys.
 * Bytes scanned are those Athena would bill: the run's own sum in gold.run_audit.
 */
export const run: Benchmark = async ({ projectRoot, directory }) => {
  const dataDir = path.join(directory, 'cloud');
  const pipeline = await startPipeline({ projectRoot, dataDir, port: 0 });
  try {
    const bucketFolder = path.join(dataDir, 's3', pipeline.connection.names.lakeBucket);
    const figures: Figure[] = [];
    let prepared = 0;
    for (const days of STAGES) {
      figures.push(...(await measureStage(pipeline, bucketFolder, days, prepared)));
      prepared = days;
    }
    return figures;
  } finally {
    await pipeline.stop();
  }
};
