import { localTime, pointInTime } from '../time-text.ts';
import { SEVERAL_ZONES, timestamp, timestampIn, zoneOf } from '../types.ts';
import type { TrinoType } from '../types.ts';
import { jodaFormat, mysqlFormat } from './formats.ts';
import { InvalidArgument, RuleLimit, scalarFunction } from './rule.ts';
import type { Argument, FunctionRule } from './rule.ts';

/** Days, hours and the rest of an interval; DuckDB does not carry hours over to days. */
const OF_DAY_TIME: Readonly<Record<string, string>> = { day: '86400000)', hour: '3600000) % 24', minute: '60000) % 60', second: '1000) % 60', millisecond: '1) % 1000' };

const part = (name: string, duck = name): FunctionRule => {
  const ofInterval = OF_DAY_TIME[name];
  const ofTime = ofInterval === undefined || name === 'day' ? [] : [`${name}(time) -> bigint`];
  return scalarFunction([`${name}(instant) -> bigint`, ...(ofInterval === undefined ? [] : [`${name}(interval day to second) -> bigint`]), ...ofTime], (args, call) => {
    if (call[0]?.type?.kind === 'interval day to second') return `((t_interval_ms(${args[0] ?? ''}) // ${ofInterval ?? ''})`;
    return name === 'millisecond' ? `(millisecond(${local(args, call)}) % 1000)` : `${duck}(${local(args, call)})`;
  });
};

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

/** Local time of day, as the zone of a zoned timestamp has it. */
const local = (args: readonly string[], call: readonly Argument[], at = 0): string => {
  const type = call[at]?.type;
  if (!isZoned(type)) return args[at] ?? '';
  return call[at]?.local ?? localTime(args[at] ?? '', singleZone(type));
};

const singleZone = (type: TrinoType | undefined): string => {
  if (zoneOf(type) === SEVERAL_ZONES) throw new RuleLimit('a value that may be of several time zones');
  return zoneOf(type);
};

/** date_format knows milliseconds; its %f has three zeros at the end. */
const inMilliseconds = (sql: string, type: TrinoType | undefined): string => (type?.kind === 'timestamp' && type.precision > 3 ? `date_trunc('millisecond', ${sql})` : sql);

const dateAdd = (args: readonly string[], call: readonly Argument[]): string => {
  const type = call[2]?.type;
  const step = `t_interval(${ofTimeOfDay(call[0], type)}, ${args[1] ?? ''})`;
  if (!type) return `t_date_add(${unit(call[0])}, ${args[1] ?? ''}, ${args[2] ?? ''})`;
  if (type.kind === 'date') return `CAST(${args[2] ?? ''} + ${step} AS DATE)`;
  const byDays = !/millisecond|second|minute|hour/.test(unit(call[0]));
  return byDays && zoneOf(type) !== 'UTC' ? pointInTime(`${local(args, call, 2)} + ${step}`, singleZone(type)) : `(${args[2] ?? ''} + ${step})`;
};

const dateTrunc = (args: readonly string[], call: readonly Argument[]): string => {
  const type = call[1]?.type;
  const truncated = `date_trunc(${ofTimeOfDay(call[0], type)}, ${args[1] ?? ''})`;
  if (!type) return `t_date_trunc(${unit(call[0])}, ${args[1] ?? ''})`;
  if (zoneOf(type) !== 'UTC') return pointInTime(`date_trunc(${unit(call[0])}, ${local(args, call, 1)})`, singleZone(type));
  return type.kind === 'date' ? `CAST(${truncated} AS DATE)` : truncated;
};

/** Complete units between two times, never the boundaries crossed. Trino cuts both to milliseconds first, even where they have six digits. */
const dateDiff = (args: readonly string[], call: readonly Argument[]): string => {
  const types = [call[1]?.type, call[2]?.type];
  if (types.some((type) => !type)) return `t_date_diff(${unit(call[0])}, ${args[1] ?? ''}, ${args[2] ?? ''})`;
  const zone = singleZone(types[0]);
  if (zone !== 'UTC' && !/millisecond|second|minute|hour/.test(unit(call[0]))) return `date_sub(${unit(call[0])}, ${[1, 2].map((at) => `date_trunc('millisecond', ${localTime(`CAST(${args[at] ?? ''} AS TIMESTAMPTZ)`, zone)})`).join(', ')})`;
  const ends = args.slice(1).map((end, index) => (types[index]?.kind !== 'timestamp' ? end : `date_trunc('millisecond', ${end})`));
  return `date_sub(${unit(call[0])}, ${ends.join(', ')})`;
};

/** Without a year Trino's begins in 1970, DuckDB's in 1900. */
const withYear = (format: Argument | undefined): Argument | undefined => {
  if (format?.text !== undefined && !/%[Yy]/.test(format.text)) throw new RuleLimit('a format without a year');
  return format;
};

/** https://trino.io/docs/current/functions/datetime.html */
export const TIME_FUNCTIONS: Record<string, FunctionRule> = {
  date_diff: scalarFunction('date_diff(varchar, I, I) -> bigint', dateDiff),
  date_add: scalarFunction('date_add(varchar, bigint, I) -> I', dateAdd),
  date_trunc: scalarFunction('date_trunc(varchar, I) -> I', dateTrunc),
  date: scalarFunction(['date(instant) -> date', 'date(varchar) -> date'], (args, call) => `CAST(${local(args, call)} AS DATE)`),
  date_parse: scalarFunction('date_parse(varchar, varchar) -> timestamp(3)', (args, call) => `date_trunc('millisecond', strptime(${args[0] ?? ''}, ${mysqlFormat(withYear(call[1]))}))`),
  date_format: scalarFunction('date_format(instant, varchar) -> varchar', (args, call) => `strftime(${inMilliseconds(local(args, call), call[0]?.type)}, ${mysqlFormat(call[1])})`),
  format_datetime: scalarFunction('format_datetime(instant, varchar) -> varchar', (args, call) => `strftime(${local(args, call)}, ${jodaFormat(call[1])})`),
  parse_datetime: scalarFunction('parse_datetime(varchar, varchar) -> timestamp(3) with time zone', (args, call) => `CAST(strptime(${args[0] ?? ''}, ${jodaFormat(call[1])}) AS TIMESTAMPTZ)`),
  with_timezone: {
    ...scalarFunction('with_timezone(timestamp(3), varchar) -> timestamp(3) with time zone', (args, call) => pointInTime(args[0] ?? '', call[1]?.text ?? '')),
    returnsFor: ([instant, zone]) => {
      if (zone?.text === undefined) throw new RuleLimit('a zone that is no literal');
      return timestampIn(instant?.type?.kind === 'timestamp' ? instant.type.precision : 3, zone.text);
    },
  },
  timezone_hour: scalarFunction('timezone_hour(timestamp(3) with time zone) -> bigint', (args, call) => `CAST(trunc((epoch_us(${local(args, call)}) - epoch_us(${args[0] ?? ''})) / 3600000000) AS BIGINT)`),
  timezone_minute: scalarFunction('timezone_minute(timestamp(3) with time zone) -> bigint', (args, call) => `(((epoch_us(${local(args, call)}) - epoch_us(${args[0] ?? ''})) // 60000000) % 60)`),
  current_timezone: scalarFunction('current_timezone() -> varchar', () => `'UTC'`),
  to_milliseconds: scalarFunction('to_milliseconds(interval day to second) -> bigint', 't_interval_ms'),
  from_iso8601_timestamp: { ...scalarFunction('from_iso8601_timestamp(varchar) -> timestamp(3) with time zone', 't_from_iso'), local: ([text = '']) => `t_from_iso_local(${text})` },
  from_iso8601_date: scalarFunction('from_iso8601_date(varchar) -> date', 't_from_iso_date'),
  to_iso8601: scalarFunction('to_iso8601(instant) -> varchar', (args, call) => {
    const type = call[0]?.type;
    if (type?.kind !== 'timestamp') return type ? `CAST(${args[0] ?? ''} AS VARCHAR)` : `t_to_iso(${args[0] ?? ''})`;
    const digits = type.precision === 0 ? '' : type.precision > 3 ? '.%f' : '.%g';
    const text = `strftime(${type.zone ? localTime(args[0] ?? '', singleZone(type)) : (args[0] ?? '')}, '%Y-%m-%dT%H:%M:%S${digits}')`;
    if (!type.zone) return text;
    return `(${text} || ${zoneOf(type) === 'UTC' ? `'Z'` : `t_offset(${localTime(args[0] ?? '', zoneOf(type))}, ${args[0] ?? ''})`})`;
  }),
  from_unixtime: {
    ...scalarFunction(['from_unixtime(double) -> timestamp(3) with time zone', 'from_unixtime(double, varchar) -> timestamp(3) with time zone'], (args) => `t_round_zoned(to_timestamp(CAST(${args[0] ?? ''} AS DOUBLE)), 1000)`),
    returnsFor: (call) => {
      if (call.length > 1 && call[1]?.text === undefined) throw new RuleLimit('a zone that is no literal');
      return timestampIn(3, call[1]?.text ?? 'UTC');
    },
  },
  to_unixtime: scalarFunction('to_unixtime(instant) -> double', 'epoch'),
  now: { ...scalarFunction('now() -> timestamp(3) with time zone', () => `date_trunc('millisecond', now())`), returns: () => timestamp(3, true) },
  last_day_of_month: scalarFunction('last_day_of_month(instant) -> date', (args, call) => `last_day(${local(args, call)})`),
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
  millisecond: part('millisecond'),
};
