import { timestamp } from '../types.ts';
import type { TrinoType } from '../types.ts';
import { jodaFormat, mysqlFormat } from './formats.ts';
import { InvalidArgument, RuleLimit, scalarFunction } from './rule.ts';
import type { Argument, FunctionRule } from './rule.ts';

const part = (name: string, duck = name): FunctionRule => scalarFunction(`${name}(instant) -> bigint`, duck);

const UNITS = ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];

/** A unit must be known before the types of DuckDB's macros are. */
const unit = (argument: Argument | undefined): string => {
  const name = argument?.text?.toLowerCase();
  if (name === undefined) throw new RuleLimit('a unit that is no literal');
  if (!UNITS.includes(name)) throw new InvalidArgument(`'${name}' is not a valid DATE field`);
  return `'${name}'`;
};

/** What a DATE has no part of: Trino refuses it there. */
const ofTimeOfDay = (argument: Argument | undefined, type: TrinoType | undefined): string => {
  const name = unit(argument);
  if (type?.kind === 'date' && UNITS.indexOf(name.slice(1, -1)) < UNITS.indexOf('day')) throw new InvalidArgument(`${name} is not a valid DATE field`);
  return name;
};

const isZoned = (type: TrinoType | undefined): boolean => type?.kind === 'timestamp' && type.zone;

/** Local time of day: a zoned timestamp is shown in UTC, the session's zone. */
const local = (args: readonly string[], call: readonly Argument[]): string => (isZoned(call[0]?.type) ? `((${args[0] ?? ''}) AT TIME ZONE 'UTC')` : (args[0] ?? ''));

/** date_format knows milliseconds; its %f has three zeros at the end. */
const inMilliseconds = (sql: string, type: TrinoType | undefined): string => (type?.kind === 'timestamp' && type.precision > 3 ? `date_trunc('millisecond', ${sql})` : sql);

const dateAdd = (args: readonly string[], call: readonly Argument[]): string => {
  const type = call[2]?.type;
  const step = `t_interval(${ofTimeOfDay(call[0], type)}, ${args[1] ?? ''})`;
  if (!type) return `t_date_add(${unit(call[0])}, ${args[1] ?? ''}, ${args[2] ?? ''})`;
  return type.kind === 'date' ? `CAST(${args[2] ?? ''} + ${step} AS DATE)` : `(${args[2] ?? ''} + ${step})`;
};

const dateTrunc = (args: readonly string[], call: readonly Argument[]): string => {
  const type = call[1]?.type;
  const truncated = `date_trunc(${ofTimeOfDay(call[0], type)}, ${args[1] ?? ''})`;
  if (!type) return `t_date_trunc(${unit(call[0])}, ${args[1] ?? ''})`;
  return type.kind === 'date' ? `CAST(${truncated} AS DATE)` : truncated;
};

/** Complete units between two times, never the boundaries crossed. Trino cuts both to milliseconds first, even where they have six digits. */
const dateDiff = (args: readonly string[], call: readonly Argument[]): string => {
  const types = [call[1]?.type, call[2]?.type];
  if (types.some((type) => !type)) return `t_date_diff(${unit(call[0])}, ${args[1] ?? ''}, ${args[2] ?? ''})`;
  const ends = args.slice(1).map((end, index) => (types[index]?.kind !== 'timestamp' ? end : `date_trunc('millisecond', ${end})`));
  return `date_sub(${unit(call[0])}, ${ends.join(', ')})`;
};

/** https://trino.io/docs/current/functions/datetime.html */
export const TIME_FUNCTIONS: Record<string, FunctionRule> = {
  date_diff: scalarFunction('date_diff(varchar, I, I) -> bigint', dateDiff),
  date_add: scalarFunction('date_add(varchar, bigint, I) -> I', dateAdd),
  date_trunc: scalarFunction('date_trunc(varchar, I) -> I', dateTrunc),
  date: scalarFunction(['date(instant) -> date', 'date(varchar) -> date'], (args) => `CAST(${args[0] ?? ''} AS DATE)`),
  date_parse: scalarFunction('date_parse(varchar, varchar) -> timestamp(3)', (args, call) => `date_trunc('millisecond', strptime(${args[0] ?? ''}, ${mysqlFormat(call[1])}))`),
  date_format: scalarFunction('date_format(instant, varchar) -> varchar', (args, call) => `strftime(${inMilliseconds(local(args, call), call[0]?.type)}, ${mysqlFormat(call[1])})`),
  format_datetime: scalarFunction('format_datetime(instant, varchar) -> varchar', (args, call) => `strftime(${local(args, call)}, ${jodaFormat(call[1])})`),
  parse_datetime: scalarFunction('parse_datetime(varchar, varchar) -> timestamp(3) with time zone', (args, call) => `CAST(strptime(${args[0] ?? ''}, ${jodaFormat(call[1])}) AS TIMESTAMPTZ)`),
  with_timezone: scalarFunction('with_timezone(timestamp(3), varchar) -> timestamp(3) with time zone', 't_with_timezone'),
  from_iso8601_timestamp: scalarFunction('from_iso8601_timestamp(varchar) -> timestamp(3) with time zone', 't_from_iso'),
  from_iso8601_date: scalarFunction('from_iso8601_date(varchar) -> date', 't_from_iso_date'),
  to_iso8601: scalarFunction('to_iso8601(instant) -> varchar', (args, call) => {
    const type = call[0]?.type;
    return type?.kind === 'timestamp' && !type.zone && type.precision > 3 ? `strftime(${args[0] ?? ''}, '%Y-%m-%dT%H:%M:%S.%f')` : `t_to_iso(${args[0] ?? ''})`;
  }),
  from_unixtime: scalarFunction('from_unixtime(double) -> timestamp(3) with time zone', (args) => `date_trunc('millisecond', to_timestamp(CAST(${args[0] ?? ''} AS DOUBLE)))`),
  to_unixtime: scalarFunction('to_unixtime(instant) -> double', 'epoch'),
  now: { ...scalarFunction('now() -> timestamp(3) with time zone', () => `date_trunc('millisecond', now())`), returns: () => timestamp(3, true) },
  last_day_of_month: scalarFunction('last_day_of_month(instant) -> date', 'last_day'),
  year: part('year'),
  quarter: part('quarter'),
  month: part('month'),
  day: part('day'),
  day_of_month: part('day_of_month', 'day'),
  day_of_week: part('day_of_week', 'isodow'),
  dow: part('dow', 'isodow'),
  day_of_year: part('day_of_year', 'dayofyear'),
  doy: part('doy', 'dayofyear'),
  week: part('week'),
  week_of_year: part('week_of_year', 'week'),
  year_of_week: part('year_of_week', 'isoyear'),
  yow: part('yow', 'isoyear'),
  hour: part('hour'),
  minute: part('minute'),
  second: part('second'),
  millisecond: scalarFunction('millisecond(instant) -> bigint', (args) => `(millisecond(${args[0] ?? ''}) % 1000)`),
};
