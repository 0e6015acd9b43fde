import { readExpression } from '../../../localcloud/scheduler/schedule-expression.ts';

/** The next times after another, to the minute. */
const times = (expression: string, after: string, count = 3, timezone = 'UTC', anchor = after): string[] => {
  const timetable = readExpression(expression, timezone);
  if (typeof timetable === 'string') throw new Error(timetable);
  const found: string[] = [];
  for (let time = timetable.next(new Date(after), new Date(anchor)); time && found.length < count; time = timetable.next(time, new Date(anchor))) found.push(time.toISOString().slice(0, 16));
  return found;
};

/** The examples of the user guide, and each notation that differs from other crons: days of the week count from Sunday = 1. */
test.each<[expression: string, after: string, next: string[]]>([
  ['cron(0 10 * * ? *)', '2026-01-31T10:00:00Z', ['2026-02-01T10:00', '2026-02-02T10:00', '2026-02-03T10:00']],
  ['cron(15 12 * * ? *)', '2026-01-31T12:14:59Z', ['2026-01-31T12:15', '2026-02-01T12:15', '2026-02-02T12:15']],
  ['cron(0 18 ? * MON-FRI *)', '2026-01-30T18:00:00Z', ['2026-02-02T18:00', '2026-02-03T18:00', '2026-02-04T18:00']],
  ['cron(0 18 ? * 2-6 *)', '2026-01-30T18:00:00Z', ['2026-02-02T18:00', '2026-02-03T18:00', '2026-02-04T18:00']],
  ['cron(0 8 1 * ? *)', '2026-01-01T08:00:00Z', ['2026-02-01T08:00', '2026-03-01T08:00', '2026-04-01T08:00']],
  ['cron(0/15 * * * ? *)', '2026-01-01T08:50:00Z', ['2026-01-01T09:00', '2026-01-01T09:15', '2026-01-01T09:30']],
  ['cron(5/25 8 * * ? *)', '2026-01-01T08:00:00Z', ['2026-01-01T08:05', '2026-01-01T08:30', '2026-01-01T08:55']],
  ['cron(*/30 8 * * ? *)', '2026-01-01T08:00:00Z', ['2026-01-01T08:30', '2026-01-02T08:00', '2026-01-02T08:30']],
  ['cron(0/30 20-2 ? * MON-FRI *)', '2026-01-02T23:30:00Z', ['2026-01-05T00:00', '2026-01-05T00:30', '2026-01-05T01:00']],
  ['cron(0,30 8-9 ? JAN,MAR 7 2027-2028)', '2026-01-01T00:00:00Z', ['2027-01-02T08:00', '2027-01-02T08:30', '2027-01-02T09:00']],
  ['cron(0 10 L * ? *)', '2026-01-31T10:00:00Z', ['2026-02-28T10:00', '2026-03-31T10:00', '2026-04-30T10:00']],
  ['cron(0 10 15W * ? *)', '2026-01-15T10:00:00Z', ['2026-02-16T10:00', '2026-03-16T10:00', '2026-04-15T10:00']],
  ['cron(0 10 1W * ? *)', '2026-07-31T12:00:00Z', ['2026-08-03T10:00', '2026-09-01T10:00', '2026-10-01T10:00']],
  ['cron(0 10 ? * 6L *)', '2026-01-01T00:00:00Z', ['2026-01-30T10:00', '2026-02-27T10:00', '2026-03-27T10:00']],
  ['cron(0 10 ? * L *)', '2026-01-01T00:00:00Z', ['2026-01-03T10:00', '2026-01-10T10:00', '2026-01-17T10:00']],
  ['cron(0 10 ? * 3#2 *)', '2026-01-01T00:00:00Z', ['2026-01-13T10:00', '2026-02-10T10:00', '2026-03-10T10:00']],
  ['cron(0 10 ? * FRI-MON *)', '2026-01-01T00:00:00Z', ['2026-01-02T10:00', '2026-01-03T10:00', '2026-01-04T10:00']],
  ['cron(0 0 29 2 ? *)', '2026-01-01T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
  ['cron(0 0 1 1 ? 2025)', '2026-01-01T00:00:00Z', []],
  ['rate(5 minutes)', '2026-01-01T00:00:00Z', ['2026-01-01T00:05', '2026-01-01T00:10', '2026-01-01T00:15']],
  ['rate(1 day)', '2026-01-01T00:00:00Z', ['2026-01-02T00:00', '2026-01-03T00:00', '2026-01-04T00:00']],
  ['at(2026-02-03T04:05:06)', '2026-01-01T00:00:00Z', ['2026-02-03T04:05']],
  ['at(2026-02-03T04:05:06)', '2026-02-03T04:05:06Z', []],
])('%s after %s: %j', (expression, after, next) => {
  expect(times(expression, after)).toEqual(next);
});

test('a rate begins at its anchor and keeps to it', () => {
  expect(times('rate(2 hours)', '2026-01-01T00:00:00Z', 2, 'UTC', '2026-01-01T00:30:00Z')).toEqual(['2026-01-01T00:30', '2026-01-01T02:30']);
  expect(times('rate(2 hours)', '2026-01-01T07:00:00Z', 1, 'UTC', '2026-01-01T00:30:00Z')).toEqual(['2026-01-01T08:30']);
});

test('cron and at are read in their time zone; a time that summer time leaps over is left out, one that winter time repeats comes once', () => {
  expect(times('cron(30 2 * * ? *)', '2026-03-27T12:00:00Z', 3, 'Europe/Berlin')).toEqual(['2026-03-28T01:30', '2026-03-30T00:30', '2026-03-31T00:30']);
  expect(times('cron(30 2 * * ? *)', '2026-10-24T12:00:00Z', 2, 'Europe/Berlin')).toEqual(['2026-10-25T00:30', '2026-10-26T01:30']);
  expect(times('at(2026-07-01T12:00:00)', '2026-01-01T00:00:00Z', 1, 'America/New_York')).toEqual(['2026-07-01T16:00']);
});

test.each([
  'cron(0 10 * * *)',
  'cron(0 10 * * * *)',
  'cron(0 10 ? * ? *)',
  'cron(60 10 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 10 ? * 0 *)',
  'cron(0 10 ? * 8 *)',
  'cron(0 10 ? * MON#6 *)',
  'cron(0 10 * 13 ? *)',
  'cron(0/0 10 * * ? *)',
  'cron(0 10 W * ? *)',
  'cron(0 10 * * ? 1969)',
  'cron(? 10 * * ? *)',
  'rate(0 minutes)',
  'rate(1 week)',
  'rate(1.5 hours)',
  'at(2026-02-30)',
  'at(2026-02-30T00:00:00)',
  'at(2026-02-03 04:05:06)',
  'every day',
])('%s is refused', (expression) => {
  expect(typeof readExpression(expression, 'UTC')).toBe('string');
});

test('a time zone that is none is refused', () => {
  expect(typeof readExpression('rate(1 hour)', 'Europe/Atlantis')).toBe('string');
});
