import { addDays } from './dates.ts';
import type { RunSettings } from './settings.ts';
import { SOURCE_NAMES, type SourceName } from './sources.ts';

/** A range of dates, both included. */
export interface DateRange {
  from: string;
  to: string;
}

/** Where a backfill goes on. */
export interface BackfillCursor {
  date: string;
  /** Of that date, by source: the last object that is done; none where the date has not begun. */
  after: Readonly<Partial<Record<SourceName, string>>>;
}

/** How far a backfill has come: it is committed with the step that came so far, and goes back with a rollback. */
export interface BackfillProgress extends DateRange {
  /** The version of the logic that the steps were done with. */
  dataVersion: number;
  /** null: all is done. */
  next: BackfillCursor | null;
}

export interface BronzeObject {
  uri: string;
  sizeBytes: number;
}

/** What one run of a backfill does. */
export interface BackfillStep {
  /** Whole dates, or one date of which a part is done. */
  dates: string[];
  objects: Readonly<Record<SourceName, readonly BronzeObject[]>>;
  next: BackfillCursor | null;
}

export interface StepLimits {
  dates: number;
  /** Of each source. */
  objects: number;
}

/** Bronze objects of a source and an ingestion date, in the order of their names. */
export type ListObjects = (source: SourceName, date: string) => Promise<readonly BronzeObject[]>;

export const startOf = ({ from }: DateRange): BackfillCursor => ({ date: from, after: {} });

export const isSameCursor = (a: BackfillCursor, b: BackfillCursor): boolean => a.date === b.date && SOURCE_NAMES.every((source) => a.after[source] === b.after[source]);

/** Has the backfill come just as far as that? */
export const standsAt = (progress: BackfillProgress | null, { from, to, dataVersion, next }: BackfillProgress & { next: BackfillCursor }): boolean =>
  progress?.from === from && progress.to === to && progress.dataVersion === dataVersion && progress.next !== null && isSameCursor(progress.next, next);

/** The next dates whose objects fit into one run; a date that has too many alone is cut into several steps. */
export const planStep = async (list: ListObjects, { to }: Pick<DateRange, 'to'>, cursor: BackfillCursor, limits: StepLimits): Promise<BackfillStep> => {
  const step: { dates: string[]; objects: BackfillStep['objects'] } = { dates: [], objects: bySource(() => []) };
  for (let date = cursor.date; date <= to; date = addDays(date, 1)) {
    if (step.dates.length === limits.dates) return { ...step, next: { date, after: {} } };
    const found = await objectsLeft(list, date, date === cursor.date ? cursor.after : {});
    const joined = bySource((source) => [...step.objects[source], ...found[source]]);
    if (SOURCE_NAMES.some((source) => joined[source].length > limits.objects)) return step.dates.length > 0 ? { ...step, next: { date, after: {} } } : partOf(date, found, cursor, limits);
    step.dates.push(date);
    step.objects = joined;
  }
  return { ...step, next: null };
};

const bySource = <T>(valueOf: (source: SourceName) => T): Record<SourceName, T> => Object.fromEntries(SOURCE_NAMES.map((source) => [source, valueOf(source)])) as Record<SourceName, T>;

const objectsLeft = async (list: ListObjects, date: string, after: BackfillCursor['after']): Promise<Record<SourceName, BronzeObject[]>> => {
  const found = await Promise.all(SOURCE_NAMES.map(async (source) => [source, await list(source, date)] as const));
  return Object.fromEntries(found.map(([source, objects]) => [source, objects.filter(({ uri }) => uri > (after[source] ?? ''))])) as Record<SourceName, BronzeObject[]>;
};

const partOf = (date: string, found: Record<SourceName, BronzeObject[]>, { after }: BackfillCursor, limits: StepLimits): BackfillStep => {
  const objects = bySource((source) => found[source].slice(0, limits.objects));
  const done = SOURCE_NAMES.flatMap((source) => {
    const uri = objects[source].at(-1)?.uri ?? after[source];
    return uri === undefined ? [] : [[source, uri] as const];
  });
  return { dates: [date], objects, next: { date, after: Object.fromEntries(done) } };
};

/** A step writes at most as many partitions of gold's dates as one statement may, and takes at most what a load takes. */
export const stepLimits = ({ maxPartitionsPerStatement, maxObjectsPerSource }: RunSettings): StepLimits => ({ dates: maxPartitionsPerStatement, objects: maxObjectsPerSource });
