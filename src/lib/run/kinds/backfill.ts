import { isSameCursor, planStep, standsAt, startOf, stepLimits, type BackfillCursor, type DateRange } from '../backfill-steps.ts';
import { isDate } from '../dates.ts';
import { heldExcept, listedObjects } from '../bronze-objects.ts';
import { isSourceName, SOURCE_NAMES, type SourceName } from '../sources.ts';
import { inputWithoutObjects, type RunKindDefinition } from './kind.ts';

/** What the steps before have done is not what the lake holds: to go on would leave dates out. The backfill has to begin anew. */
export class BackfillOvertakenError extends Error {
  override readonly name = 'BackfillOvertakenError';
}

/**
 * One step of a backfill: bronze objects of the next ingestion dates are merged again, taken or not, and the sessions of those
 * dates are computed anew. The step after it is in what it commits; the next load searches as if it had not been.
 */
export const backfill: RunKindDefinition = {
  request: ({ from, to, next }) => {
    const range = rangeOf(from, to);
    return { backfill: { ...range, next: next === undefined ? startOf(range) : cursorOf(next) } };
  },
  async input(context) {
    const { ports, config, request, committed } = context;
    if (request.backfill === undefined) throw new Error('a backfill without its range');
    const { from, to, next } = request.backfill;
    const { dataVersion } = config.settings;
    if (!isSameCursor(next, startOf({ from, to })) && !standsAt(committed.backfill ?? null, { from, to, dataVersion, next })) {
      throw new BackfillOvertakenError(`the backfill from ${from} to ${to} does not stand at ${next.date}: a rollback, another backfill or another version of the logic came between`);
    }
    const { held } = await ports.files.taken(committed.takenKey);
    const step = await planStep(listedObjects(ports.objects, heldExcept(held, request.accept)), { to }, next, stepLimits(config.settings));
    const objects = Object.fromEntries(SOURCE_NAMES.map((source) => [source, step.objects[source].map(({ uri }) => uri)])) as Record<SourceName, string[]>;
    return { ...inputWithoutObjects(context), objects, recomputedDates: step.dates, backfill: { from, to, dataVersion, next: step.next } };
  },
  stages: ({ objects }) => [SOURCE_NAMES.filter((source) => objects[source].length > 0), ['gold'], ['audit']].filter((phases) => phases.length > 0),
};

const rangeOf = (from: unknown, to: unknown): DateRange => {
  if (!isDate(from) || !isDate(to)) throw new Error(`a backfill needs the dates \`from\` and \`to\`: ${JSON.stringify({ from, to })}`);
  if (from > to) throw new Error(`a backfill cannot go from ${from} to ${to}`);
  return { from, to };
};

const cursorOf = (next: unknown): BackfillCursor => {
  const { date, after } = (typeof next === 'object' && next !== null ? next : {}) as Record<string, unknown>;
  const isAfter = typeof after === 'object' && after !== null && Object.entries(after).every(([source, uri]) => isSourceName(source) && typeof uri === 'string');
  if (!isDate(date) || !isAfter) throw new Error(`a backfill goes on from { date, after }: ${JSON.stringify(next)}`);
  return { date, after };
};
