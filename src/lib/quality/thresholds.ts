import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';

/** The file of the thresholds, beside sql/: change it and deploy. docs/gates.md explains every member. */
export const THRESHOLDS_FILE = 'config/gates.json';

/** The thresholds' file is missing, or is not what it must be. */
export class ThresholdsError extends Error {
  override readonly name = 'ThresholdsError';
}

const count = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0, 'must be 0 or more'));
const share = v.pipe(v.number(), v.minValue(0, 'must be a share from 0 to 1'), v.maxValue(1, 'must be a share from 0 to 1'));

/** What can differ between source systems. */
const shares = {
  /** Below this many rows of one source_system no share is judged: a handful of broken rows must not hold back a small batch. */
  minimumRows: count,
  /** Largest share of rows with validation errors. */
  invalidShare: share,
  /** Largest share of rows that repeat a record of the same batch. */
  duplicateShare: share,
  /** Largest share of rows without user_id. */
  nullUserShare: share,
  /** Largest share of rows with fields that no contract knows; 1: never judged, for a new field alone breaks nothing. */
  unknownFieldsShare: share,
};

const thresholds = v.strictObject({
  preflight: v.strictObject({
    ...shares,
    /** Most distinct dates of a source's valid rows in one run: statements name each of them. Not a share, judged at any size. */
    touchedDates: v.pipe(count, v.minValue(1, 'must be 1 or more')),
  }),
  /** Other limits for one source_system. */
  sourceSystems: v.partial(v.strictObject(Object.fromEntries(['app', 'shop', 'transactions', 'users'].map((name) => [name, v.partial(v.strictObject(shares))])))),
  /** How many of each the audit lets pass among what a run wrote. Conservation has no threshold: no row may vanish. */
  audit: v.strictObject({
    repeatedKeys: count,
    brokenUsers: count,
    differingSessions: count,
    repeatedSessions: count,
    negativeDurations: count,
  }),
});

/** What the gates tolerate. */
export type Thresholds = v.InferOutput<typeof thresholds>;

export type ShareThresholds = Omit<Thresholds['preflight'], 'touchedDates'>;

/** The limits of a source_system: its own, else those of all. */
export const sharesOf = ({ preflight, sourceSystems }: Thresholds, sourceSystem: string): ShareThresholds => {
  const own = sourceSystems[sourceSystem] ?? {};
  return {
    minimumRows: own.minimumRows ?? preflight.minimumRows,
    invalidShare: own.invalidShare ?? preflight.invalidShare,
    duplicateShare: own.duplicateShare ?? preflight.duplicateShare,
    nullUserShare: own.nullUserShare ?? preflight.nullUserShare,
    unknownFieldsShare: own.unknownFieldsShare ?? preflight.unknownFieldsShare,
  };
};

/** @throws ThresholdsError naming the first member that is wrong */
export const parseThresholds = (text: string): Thresholds => {
  const result = v.safeParse(thresholds, parsed(text));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ThresholdsError(`${THRESHOLDS_FILE}: ${v.getDotPath(issue) ?? 'the file'} ${reasonOf(issue)}`);
};

/** @param directory the one in which config/ lies: a function's package, or the project. @throws ThresholdsError */
export const readThresholds = (directory: string): Thresholds => {
  let text: string;
  try {
    text = readFileSync(path.join(directory, THRESHOLDS_FILE), 'utf8');
  } catch (cause) {
    throw new ThresholdsError(`${THRESHOLDS_FILE} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return parseThresholds(text);
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ThresholdsError(`${THRESHOLDS_FILE} is not JSON: ${(cause as Error).message}`, { cause });
  }
};

const reasonOf = ({ kind, message, expected, received }: v.BaseIssue<unknown>): string => {
  if (kind === 'validation') return `${message}, got ${received}`;
  if (expected === 'never') return 'is not a threshold';
  return received === 'undefined' ? 'is missing' : `must be ${expected}, got ${received}`;
};
