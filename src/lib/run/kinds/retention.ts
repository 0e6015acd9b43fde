import { addDays, dateOf, isDate } from '../dates.ts';
import type { Floor } from '../floor.ts';
import { inputWithoutObjects, type KindContext, type RunKindDefinition } from './kind.ts';

/** As long as bronze: what a run may have to read again must not be too old for silver. The command and
 * the check of parameters (scripts/check-parameters.cjs) have the same bound; tests compare them. */
export const FEWEST_SILVER_DAYS = 90;

/** What silver keeps: so many days, or what is dated on a date or later. */
export type Retained = { days: number } | { before: string };

/** The daily end of what silver has kept long enough. The floor only ever rises; asked for a lower one, a run clears up below the one that stands. */
export const retention: RunKindDefinition = {
  request: ({ days, before }) => ({ retained: retainedOf(days, before) }),
  input: async (context) => ({ ...inputWithoutObjects(context), floor: floorAfter(context) }),
  stages: () => [['retention']],
};

const retainedOf = (days: unknown, before: unknown): Retained => {
  if (before === undefined && typeof days === 'number' && Number.isInteger(days) && days >= FEWEST_SILVER_DAYS) return { days };
  if (days === undefined && isDate(before)) return { before };
  throw new Error(`retention needs \`days\`, a whole number from ${FEWEST_SILVER_DAYS} on, or the date \`before\`: ${JSON.stringify({ days, before })}`);
};

/** The first date that is kept. @throws Error where that is within the last 90 days */
export const firstKeptDate = (retained: Retained, now: Date): string => {
  const latest = addDays(dateOf(now), -FEWEST_SILVER_DAYS);
  const date = 'before' in retained ? retained.before : addDays(dateOf(now), -retained.days);
  if (date > latest) throw new Error(`silver keeps at least ${FEWEST_SILVER_DAYS} days: what is dated before ${date} cannot go, at most what is dated before ${latest}`);
  return date;
};

const floorAfter = ({ request: { retained }, committed: { floor = null }, now, processingTimestamp }: KindContext): Floor => {
  if (retained === undefined) throw new Error('a retention without its days');
  const date = firstKeptDate(retained, now);
  return floor !== null && floor.date >= date ? floor : { date, since: processingTimestamp };
};
