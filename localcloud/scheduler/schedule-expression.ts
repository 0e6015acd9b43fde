import { Cron } from 'croner';
import { nextOfCron, readCron } from './cron-expression.ts';

/** When a schedule fires, read from its expression. */
export interface Timetable {
  kind: 'rate' | 'cron' | 'at';
  /** The first time after another, both UTC; undefined where there is none any more. `anchor`: where rates count from. */
  next(after: Date, anchor: Date): Date | undefined;
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

const isTimezone = (timezone: string): boolean => {
  try {
    Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false; // asked exactly this
  }
};

/**
 * Reads `rate(…)`, `cron(…)` or `at(…)` of EventBridge Scheduler (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
 * `timezone` is an IANA name.
 * @returns a text that says what is wrong where AWS would refuse it
 */
export const readExpression = (expression: string, timezone: string): Timetable | string => {
  if (!isTimezone(timezone)) return `Invalid Schedule Expression Timezone ${timezone}.`;
  const [, kind = '', inner = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  const timetable = READERS[kind]?.(inner.trim(), timezone);
  return timetable ?? `Invalid Schedule Expression ${expression}.`;
};

/** The anchor itself is the first time: a rate begins at once. */
const rate = (text: string): Timetable | undefined => {
  const [, value = '0', unit = ''] = /^([1-9]\d{0,5}) (minute|hour|day)s?$/.exec(text) ?? [];
  const period = Number(value) * (UNITS[unit] ?? 0);
  if (period === 0) return undefined;
  return {
    kind: 'rate',
    next: (after, anchor) => {
      const passed = after.getTime() - anchor.getTime();
      return new Date(anchor.getTime() + (passed < 0 ? 0 : Math.floor(passed / period) + 1) * period);
    },
  };
};

const cron = (text: string, timezone: string): Timetable | undefined => {
  const fields = readCron(text, timezone);
  return fields && { kind: 'cron', next: (after) => nextOfCron(fields, after) };
};

const at = (text: string, timezone: string): Timetable | undefined => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text)) return undefined;
  const asUtc = new Date(`${text}Z`);
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, 19) !== text) return undefined; // February 30 would be March 2
  const time = new Cron(text, { timezone, paused: true }).nextRun(new Date(0));
  return { kind: 'at', next: (after) => (time && time > after ? time : undefined) };
};

const READERS: Readonly<Record<string, (text: string, timezone: string) => Timetable | undefined>> = { rate, cron, at };
