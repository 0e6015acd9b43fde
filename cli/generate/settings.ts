import { usageError } from '../cli-error.ts';

/** What to generate. The same settings give the same bytes. */
export interface GenerateSettings {
  seed: number;
  /** The end of the generated time: no record is dated above it. */
  until: Date;
  /** How far back from `until` the sessions of records in time are spread, in minutes. */
  spanMinutes: number;
  /** Users of the app; also the rows of the users file. */
  users: number;
  /** Sessions of the app. */
  sessions: number;
  /** Different app events, spread over the sessions; duplicates come on top. */
  events: number;
  /** Different shop events; duplicates come on top. Their users, sessions and products follow from DATA.md 1.1. */
  shopEvents: number;
  /** Different transactions of the app's sessions; duplicates come on top. */
  transactions: number;
  /** Share of events whose time is moved back by 2 to 48 hours. */
  lateRate: number;
  /** Share of records that are sent a second time, unchanged. */
  duplicateRate: number;
  /** Share of records that break a rule of their contract. */
  brokenRate: number;
  /** Share of users who have a second, changed version. */
  changedUserRate: number;
}

export type GenerateOptions = Omit<GenerateSettings, 'until'> & { until?: string };

/** What is generated where nothing is said. The span keeps records in time below the hour at which an event counts as late. */
export const defaultOptions: GenerateOptions = {
  seed: 1,
  spanMinutes: 45,
  users: 100,
  sessions: 500,
  events: 2000,
  shopEvents: 2000,
  transactions: 300,
  lateRate: 0.05,
  duplicateRate: 0.02,
  brokenRate: 0.01,
  changedUserRate: 0.03,
};

const counts = ['users', 'sessions', 'events', 'shopEvents', 'transactions'] as const;
const rates = ['lateRate', 'duplicateRate', 'brokenRate', 'changedUserRate'] as const;
const names: readonly string[] = [...Object.keys(defaultOptions), 'until'];

/**
 * Checks options of the command line or a configuration file, laid over the defaults.
 * @param options by name; an unknown name is an error, so that a typing error does not pass as a default.
 * @param source where they come from, for the message: `generate.yml`.
 * @param now what `until` is where it is not given.
 */
export const toSettings = (options: Readonly<Record<string, unknown>>, source: string, now: Date): GenerateSettings => {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw usageError(`${source}: unknown option "${name}" (known: ${names.join(', ')})`);
  }
  const merged: Record<string, unknown> = { ...defaultOptions, ...options };
  const numberOf = (name: string, least: number, most: number, whole: boolean): number => {
    const value = merged[name];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least || value > most || (whole && !Number.isInteger(value))) {
      throw usageError(`${source}: ${name} must be ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}, not ${JSON.stringify(value)}`);
    }
    return value;
  };
  const [users, sessions, events, shopEvents, transactions] = counts.map((name) => numberOf(name, 0, 1e9, true)) as [number, number, number, number, number];
  const [lateRate, duplicateRate, brokenRate, changedUserRate] = rates.map((name) => numberOf(name, 0, 1, false)) as [number, number, number, number];
  if ((events > 0 || transactions > 0) && (users === 0 || sessions === 0)) throw usageError(`${source}: events and transactions need users and sessions`);
  return {
    seed: numberOf('seed', 0, Number.MAX_SAFE_INTEGER, true),
    until: untilOf(merged['until'], source, now),
    spanMinutes: numberOf('spanMinutes', 1, 525_600, false),
    users, sessions, events, shopEvents, transactions,
    lateRate, duplicateRate, brokenRate, changedUserRate,
  };
};

const untilOf = (value: unknown, source: string, now: Date): Date => {
  if (value === undefined) return now;
  const text = value instanceof Date ? value.toISOString() : typeof value === 'string' ? value : '';
  const time = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text) ? Date.parse(zoned(text)) : Number.NaN;
  if (Number.isNaN(time)) throw usageError(`${source}: until must be a time like 2026-01-31T12:00:00Z, not ${JSON.stringify(value)}`);
  return new Date(time);
};

/** A time without a zone means UTC here, where Date.parse would take it for local time. */
const zoned = (text: string): string => (text.length > 10 && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text.replace(' ', 'T')}Z` : text.replace(' ', 'T'));
