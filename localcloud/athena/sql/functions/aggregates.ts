import { averageOfDecimals } from '../operators.ts';
import { decimal, duckType, isInterval } from '../types.ts';
import type { TrinoType } from '../types.ts';
import { InvalidArgument, RuleLimit, aggregateFunction, printAggregate, windowFunction } from './rule.ts';
import type { AggregateCall, FunctionRule } from './rule.ts';

const asBigint = (name: string) => (call: AggregateCall): string => `CAST(${printAggregate(name, call)} AS BIGINT)`;

/** DuckDB adds up ones: over no rows that is NULL. */
const countIf = (call: AggregateCall): string => `CAST(coalesce(${printAggregate('count_if', call)}, 0) AS BIGINT)`;

/** DuckDB adds integers up to a HUGEINT. */
/** DuckDB adds no intervals. */
const sumOfIntervals = (call: AggregateCall, result: TrinoType): string => {
  const months = result.kind === 'interval year to month';
  const added = `CAST(${printAggregate('sum', { ...call, args: call.args.map((argument) => ({ ...argument, sql: `${months ? 't_months' : 't_interval_ms'}(${argument.sql})` })) })} AS BIGINT)`;
  return months ? `to_months(CAST(${added} AS INTEGER))` : `t_interval('millisecond', ${added})`;
};

const sum = (call: AggregateCall, result: TrinoType | undefined): string =>
  result?.kind === 'bigint' ? asBigint('sum')(call) : result && isInterval(result) ? sumOfIntervals(call, result) : printAggregate('sum', call);

const average = (call: AggregateCall, result: TrinoType | undefined): string =>
  result?.kind === 'decimal' ? averageOfDecimals(printAggregate('sum', call), printAggregate('count', call), result) : result?.kind === 'interval day to second' ? `(${sumOfIntervals(call, result)} / ${printAggregate('count', call)})` : printAggregate('avg', call);

/** The pairs of a group, then what they become. */
const ofPairs = (macro: string) => (call: AggregateCall): string => {
  const [key, value] = call.args;
  if (call.distinct !== '') throw new RuleLimit('DISTINCT');
  return `${macro}(list(struct_pack(k := ${key?.sql ?? ''}, v := ${value?.sql ?? ''})${call.order})${call.tail})`;
};

const unionOfMaps = (call: AggregateCall): string => {
  if (call.distinct !== '') throw new RuleLimit('DISTINCT');
  return `t_map_of(list_transform(flatten(list_transform(${printAggregate('list', call)}, lambda m: map_entries(m))), lambda e: struct_pack(k := e.key, v := e.value)))`;
};

/** Trino's is an estimate that is exact while there are no more values than it may hold; this one always is. */
const mostFrequent = (call: AggregateCall): string => {
  const [buckets, value] = call.args;
  const counted = `map_entries(${printAggregate('histogram', { ...call, args: value ? [value] : [] })})`;
  return `map_from_entries(list_transform(list_reverse_sort(list_transform(${counted}, lambda e: struct_pack(n := CAST(e.value AS BIGINT), k := e.key)))[1:${buckets?.sql ?? ''}], lambda e: row(e.k, e.n)))`;
};

/** Trino raises the element that lies at the fraction; DuckDB's quantile_disc is exact where Trino estimates. */
const percentile = (call: AggregateCall): string => {
  if (call.args.length !== 2) throw new RuleLimit('weights and accuracy');
  return printAggregate('quantile_disc', call);
};

const OF_TWO_DOUBLES = ['corr', 'covar_pop', 'covar_samp', 'regr_slope', 'regr_intercept'];
const OF_DOUBLE = ['stddev', 'stddev_samp', 'stddev_pop', 'variance', 'var_samp', 'var_pop', 'kurtosis'];

/** Trino's is the population's, DuckDB's is adjusted for a sample. */
const skewness = (call: AggregateCall): string => {
  const n = printAggregate('count', call);
  return `(${printAggregate('skewness', call)} * (${n} - 2) / sqrt(CAST(${n} AS DOUBLE) * (${n} - 1)))`;
};

/** https://trino.io/docs/current/functions/aggregate.html */
export const AGGREGATE_FUNCTIONS: Record<string, FunctionRule> = {
  count: aggregateFunction(['count() -> bigint', 'count(any) -> bigint'], 'count'),
  count_if: aggregateFunction('count_if(boolean) -> bigint', countIf),
  sum: {
    ...aggregateFunction(['sum(N) -> bigint', 'sum(interval day to second) -> interval day to second', 'sum(interval year to month) -> interval year to month'], sum),
    returns: ([type]) => (type && isInterval(type) ? type : type?.kind === 'decimal' ? decimal(38, type.scale) : type && (type.kind === 'double' || type.kind === 'real') ? type : type && { kind: 'bigint' }),
  },
  avg: { ...aggregateFunction(['avg(N) -> double', 'avg(interval day to second) -> interval day to second'], average), returns: ([type]) => ((type && isInterval(type)) || type?.kind === 'decimal' || type?.kind === 'real' ? type : type && { kind: 'double' }) },
  min: aggregateFunction(['min(T) -> T', 'min(T, bigint) -> array(T)'], 'min'),
  max: aggregateFunction(['max(T) -> T', 'max(T, bigint) -> array(T)'], 'max'),
  min_by: aggregateFunction(['min_by(T, U) -> T', 'min_by(T, U, bigint) -> array(T)'], (call) => printAggregate(call.args.length === 3 ? 'arg_min' : 'arg_min_null', call)),
  max_by: aggregateFunction(['max_by(T, U) -> T', 'max_by(T, U, bigint) -> array(T)'], (call) => printAggregate(call.args.length === 3 ? 'arg_max' : 'arg_max_null', call)),
  arbitrary: aggregateFunction('arbitrary(T) -> T', 'any_value'),
  any_value: aggregateFunction('any_value(T) -> T', 'any_value'),
  bool_and: aggregateFunction('bool_and(boolean) -> boolean', 'bool_and'),
  bool_or: aggregateFunction('bool_or(boolean) -> boolean', 'bool_or'),
  every: aggregateFunction('every(boolean) -> boolean', 'bool_and'),
  array_agg: aggregateFunction('array_agg(T) -> array(T)', 'array_agg'),
  map_agg: aggregateFunction('map_agg(K, V) -> map(K, V)', ofPairs('t_map_of')),
  multimap_agg: aggregateFunction('multimap_agg(K, V) -> map(K, array(V))', ofPairs('t_multimap_of')),
  map_union: aggregateFunction('map_union(map(K, V)) -> map(K, V)', unionOfMaps),
  approx_most_frequent: aggregateFunction('approx_most_frequent(bigint, K, bigint) -> map(K, bigint)', mostFrequent),
  histogram: aggregateFunction('histogram(K) -> map(K, bigint)', (call, result) => (result ? `CAST(${printAggregate('histogram', call)} AS ${duckType(result)})` : printAggregate('histogram', call))),
  approx_distinct: aggregateFunction(['approx_distinct(any) -> bigint', 'approx_distinct(any, double) -> bigint'], (call) => asBigint('approx_count_distinct')({ ...call, args: call.args.slice(0, 1) })),
  approx_percentile: aggregateFunction(['approx_percentile(N, double) -> N', 'approx_percentile(N, array(double)) -> array(N)', 'approx_percentile(N, any, any) -> N', 'approx_percentile(N, any, any, any) -> N'], percentile),
  skewness: aggregateFunction('skewness(double) -> double', skewness),
  geometric_mean: aggregateFunction('geometric_mean(N) -> double', 'geomean'),
  bitwise_and_agg: aggregateFunction('bitwise_and_agg(bigint) -> bigint', asBigint('bit_and')),
  bitwise_or_agg: aggregateFunction('bitwise_or_agg(bigint) -> bigint', asBigint('bit_or')),
  ...Object.fromEntries(OF_DOUBLE.map((name) => [name, aggregateFunction(`${name}(double) -> double`, name)])),
  ...Object.fromEntries(OF_TWO_DOUBLES.map((name) => [name, aggregateFunction(`${name}(double, double) -> double`, name)])),
};

/** A literal that is too small is refused. */
const atLeast = (rule: FunctionRule, place: number, least: number, message: string): FunctionRule => ({
  ...rule,
  print: (call, result) => {
    const number = call.args[place]?.number;
    if (number !== undefined && number < least) throw new InvalidArgument(message);
    return rule.print(call, result);
  },
});

/** https://trino.io/docs/current/functions/window.html */
export const WINDOW_FUNCTIONS: Record<string, FunctionRule> = {
  row_number: windowFunction('row_number() -> bigint', 'row_number'),
  rank: windowFunction('rank() -> bigint', 'rank'),
  dense_rank: windowFunction('dense_rank() -> bigint', 'dense_rank'),
  percent_rank: windowFunction('percent_rank() -> double', 'percent_rank'),
  cume_dist: windowFunction('cume_dist() -> double', 'cume_dist'),
  ntile: atLeast(windowFunction('ntile(bigint) -> bigint', 'ntile'), 0, 1, 'Buckets must be greater than 0'),
  lag: atLeast(windowFunction(['lag(T) -> T', 'lag(T, bigint) -> T', 'lag(T, bigint, T) -> T'], 'lag'), 1, 0, 'Offset must be at least 0'),
  lead: atLeast(windowFunction(['lead(T) -> T', 'lead(T, bigint) -> T', 'lead(T, bigint, T) -> T'], 'lead'), 1, 0, 'Offset must be at least 0'),
  first_value: windowFunction('first_value(T) -> T', 'first_value'),
  last_value: windowFunction('last_value(T) -> T', 'last_value'),
  nth_value: atLeast(windowFunction('nth_value(T, bigint) -> T', 'nth_value'), 1, 1, 'Offset must be at least 1'),
};
