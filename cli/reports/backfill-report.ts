import { createObjects, createStateTable } from '../../src/lib/aws/index.ts';
import { createLakeItemStore, createRunFiles, DEFAULT_RUN_SETTINGS, heldExcept, ingestionDateOf, listedObjects, planStep, SOURCE_NAMES, startOf, stepLimits } from '../../src/lib/run/index.ts';
import type { BackfillCursor, BackfillProgress, BackfillStep, DateRange } from '../../src/lib/run/index.ts';
import type { Connection } from '../pipeline/connection.ts';
import type { WorkflowInput } from '../pipeline/run-workflow.ts';

/** What a backfill has to do, as bronze stands now. */
export interface BackfillPlan extends DateRange {
  /** Where it begins: further on than `from` where an earlier one of the same range was interrupted. */
  next: BackfillCursor;
  isResumed: boolean;
  dates: number;
  objects: number;
  bytes: number;
  /** Runs it takes. */
  steps: number;
  /** The first date that has objects; null where none has. */
  firstObjects: string | null;
}

export interface BackfillChoice {
  /** Begin at `from`, even where an earlier one was interrupted. */
  restart: boolean;
  /** Gates that are released. */
  accept: NonNullable<WorkflowInput['accept']>;
}

export const readBackfill = async ({ clients, names }: Connection, range: DateRange, { restart, accept }: BackfillChoice): Promise<BackfillPlan> => {
  const objects = createObjects(clients.s3, names.lakeBucket);
  const item = await createLakeItemStore(createStateTable(clients.dynamodb, names.lakeTable, 'item')).read();
  const { held } = await createRunFiles(objects).taken(item?.committed.takenKey ?? null);
  const interrupted = restart ? null : placeIn(item?.committed.backfill ?? null, range);
  const plan: BackfillPlan = { ...range, next: interrupted ?? startOf(range), isResumed: interrupted !== null, dates: 0, objects: 0, bytes: 0, steps: 0, firstObjects: null };
  for (let next: BackfillCursor | null = plan.next; next !== null; ) {
    const step: BackfillStep = await planStep(listedObjects(objects, heldExcept(held, accept)), range, next, stepLimits(DEFAULT_RUN_SETTINGS));
    count(plan, step);
    next = step.next;
  }
  return plan;
};

/** Where the last backfill was interrupted, if it was this one; an older version of the logic does not count. */
const placeIn = (progress: BackfillProgress | null, { from, to }: DateRange): BackfillCursor | null =>
  progress?.from === from && progress.to === to && progress.dataVersion === DEFAULT_RUN_SETTINGS.dataVersion ? progress.next : null;

const count = (plan: BackfillPlan, { dates, objects, next }: BackfillStep): void => {
  const found = SOURCE_NAMES.flatMap((source) => objects[source]);
  plan.steps += 1;
  plan.dates += next?.date === dates[0] ? 0 : dates.length; // a date that is cut counts once, with its last part
  plan.objects += found.length;
  plan.bytes += found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const first = found.map(({ uri }) => ingestionDateOf(uri)).sort()[0];
  plan.firstObjects ??= first ?? null;
};
