import { Cron } from 'croner';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  min: number;
  max: number;
  names?: readonly string[];
  /** Items of this field alone, as AWS writes them: `L`, `15W`, `3#2`. */
  special?: RegExp;
}

/** The six fields, in order (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based). */
const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, special: /^(L|LW|([1-9]|[12]\d|3[01])W)$/ },
  { min: 1, max: 12, names: MONTHS },
  { min: 1, max: 7, names: DAYS, special: /^(L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/ },
  { min: 1970, max: 2199 },
];
const [DAY_OF_MONTH, DAY_OF_WEEK] = [2, 4];

/**
 * Reads the fields of `cron(…)`. Croner computes the times; where its notation differs from AWS's, fields are rewritten: days
 * of the week count from 0 there, a step needs a range, `L` alone as a day of the week is Saturday.
 * @returns undefined where AWS would refuse the fields
 */
export const readCron = (text: string, timezone: string): Cron | undefined => {
  const fields = text.trim().toUpperCase().split(/\s+/);
  if (fields.length !== FIELDS.length) return undefined;
  const unspecified = [fields[DAY_OF_MONTH], fields[DAY_OF_WEEK]].filter((field) => field === '?').length;
  if (unspecified !== 1) return undefined; // exactly one of the two days says which days; the other is ?
  const rewritten = fields.map((field, place) => rewriteField(field, place));
  if (rewritten.includes(undefined)) return undefined;
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = rewritten;
  return new Cron(`0 ${minutes} ${hours} ${dayOfMonth} ${month} ${dayOfWeek} ${year}`, { timezone, paused: true });
};

const rewriteField = (field: string, place: number): string | undefined => {
  if (field === '*') return '*';
  if (field === '?') return place === DAY_OF_MONTH || place === DAY_OF_WEEK ? '*' : undefined;
  const items = field.split(',').map((item) => rewriteItem(item, place));
  return items.includes(undefined) ? undefined : items.join(',');
};

const ITEM = /^(?:(\*)|([A-Z]{3}|\d{1,4})(?:-([A-Z]{3}|\d{1,4}))?)(?:\/(\d{1,4}))?$/;

const rewriteItem = (item: string, place: number): string | undefined => {
  const field = FIELDS[place];
  if (!field) return undefined;
  if (field.special?.test(item)) return place === DAY_OF_WEEK ? rewriteSpecialDay(item, field) : item;
  const [matched, all, first = '', last, step] = ITEM.exec(item) ?? [];
  if (matched === undefined) return undefined;
  if (all !== undefined) return step === undefined ? undefined : `*/${step}`; // a lone * is no item of a list
  const from = numberOf(first, field);
  const to = last === undefined ? (step === undefined ? from : field.max) : numberOf(last, field);
  if (from === undefined || to === undefined || step === '0') return undefined;
  const shift = place === DAY_OF_WEEK ? 1 : 0;
  return `${rangeOf(from, to, field, shift)}${step === undefined ? '' : `/${step}`}`;
};

/** A range that runs over the end, FRI-MON, is two. Steps over it are not read (AWS does not document them). */
const rangeOf = (from: number, to: number, field: Field, shift: number): string => {
  if (from === to) return String(from - shift);
  if (from < to) return `${from - shift}-${to - shift}`;
  return `${from - shift}-${field.max - shift},${field.min - shift}-${to - shift}`;
};

const numberOf = (text: string, { min, max, names }: Field): number | undefined => {
  const named = names?.indexOf(text) ?? -1;
  const number = named >= 0 ? named + 1 : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
};

const rewriteSpecialDay = (item: string, field: Field): string => {
  if (item === 'L') return String(DAYS.length - 1);
  const [, day = '', rest = ''] = /^([A-Z]{3}|\d)(L|#\d)$/.exec(item) ?? [];
  return `${(numberOf(day, field) ?? 1) - 1}${rest}`;
};

/**
 * The first time after another. A time that the clock leaps over when summer begins is left out, as AWS does it; croner moves
 * it behind the leap, where it does not match.
 */
export const nextOfCron = (cron: Cron, after: Date): Date | undefined => {
  for (let next = cron.nextRun(after); next; next = cron.nextRun(next)) {
    if (cron.match(next)) return next;
  }
  return undefined;
};
