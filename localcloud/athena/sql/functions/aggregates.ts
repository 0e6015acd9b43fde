import { averageOfDecimals } from '../operators.ts';
import { decimal, duckType } from '../types.ts';
import type { TrinoType } from '../types.ts';
import { RuleLimit, aggregateFunction, printAggregate, windowFunction } from './rule.ts';
import type { AggregateCall, FunctionRule } from './rule.ts';

const asBigint = (name: string) => (call: AggregateCall): string => `CAST(${printAggregate(name, call)} AS BIGINT)`;

/** DuckDB adds up ones: over no rows that is NULL. */
const countIf = (call: AggregateCall): string => `CAST(coalesce(${printAggregate('count_if', call)}, 0) AS BIGINT)`;

/** DuckDB adds integers up to a HUGEINT. */
const sum = (call: AggregateCall, result: TrinoType | undefined): string => (result?.kind === 'bigint' ? asBigint('sum')(call) : printAggregate('sum', call));

const average = (call: AggregateCall, result: TrinoType | undefined): string =>
  result?.kind === 'decimal' ? averageOfDecimals(printAggregate('sum', call), printAggregate('count', call), result) : printAggregate('avg', call);

const mapOf = (call: AggregateCall): string => {
  const [key, value] = call.args;
  if (call.distinct !== '') throw new RuleLimit('map_agg(DISTINCT …)');
  return `map_from_entries(list(row(${key?.sql ?? ''}, ${value?.sql ?? ''})${call.order})${call.tail})`;
};

/** Trino raises the element that lies at the fraction; DuckDB's quantile_disc is exact where Trino estimates. */
const percentile = (call: AggregateCall): string => printAggregate('quantile_disc', call);

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
    ...aggregateFunction('sum(N) -> bigint', sum),
    returns: ([type]) => (type?.kind === 'decimal' ? decimal(38, type.scale) : type && (type.kind === 'double' || type.kind === 'real') ? type : type && { kind: 'bigint' }),
  },
  avg: { ...aggregateFunction('avg(N) -> double', average), returns: ([type]) => (type?.kind === 'decimal' || type?.kind === 'real' ? type : type && { kind: 'double' }) },
  min: aggregateFunction('min(T) -> T', 'min'),
  max: aggregateFunction('max(T) -> T', 'max'),
  min_by: aggregateFunction(['min_by(T, U) -> T', 'min_by(T, U, bigint) -> array(T)'], (call) => printAggregate(call.args.length === 3 ? 'arg_min' : 'arg_min_null', call)),
  max_by: aggregateFunction(['max_by(T, U) -> T', 'max_by(T, U, bigint) -> array(T)'], (call) => printAggregate(call.args.length === 3 ? 'arg_max' : 'arg_max_null', call)),
  arbitrary: aggregateFunction('arbitrary(T) -> T', 'any_value'),
  any_value: aggregateFunction('any_value(T) -> T', 'any_value'),
  bool_and: aggregateFunction('bool_and(boolean) -> boolean', 'bool_and'),
  bool_or: aggregateFunction('bool_or(boolean) -> boolean', 'bool_or'),
  every: aggregateFunction('every(boolean) -> boolean', 'bool_and'),
  array_agg: aggregateFunction('array_agg(T) -> array(T)', 'array_agg'),
  map_agg: aggregateFunction('map_agg(K, V) -> map(K, V)', mapOf),
  histogram: aggregateFunction('histogram(K) -> map(K, bigint)', (call, result) => (result ? `CAST(${printAggregate('histogram', call)} AS ${duckType(result)})` : printAggregate('histogram', call))),
  approx_distinct: aggregateFunction(['approx_distinct(any) -> bigint', 'approx_distinct(any, double) -> bigint'], (call) => asBigint('approx_count_distinct')({ ...call, args: call.args.slice(0, 1) })),
  approx_percentile: aggregateFunction(['approx_percentile(N, double) -> N', 'approx_percentile(N, array(double)) -> array(N)'], percentile),
  skewness: aggregateFunction('skewness(double) -> double', skewness),
  geometric_mean: aggregateFunction('geometric_mean(N) -> double', 'geomean'),
  bitwise_and_agg: aggregateFunction('bitwise_and_agg(bigint) -> bigint', asBigint('bit_and')),
  bitwise_or_agg: aggregateFunction('bitwise_or_agg(bigint) -> bigint', asBigint('bit_or')),
  ...Object.fromEntries(OF_DOUBLE.map((name) => [name, aggregateFunction(`${name}(double) -> double`, name)])),
  ...Object.fromEntries(OF_TWO_DOUBLES.map((name) => [name, aggregateFunction(`${name}(double, double) -> double`, name)])),
};

/** https://trino.io/docs/current/functions/window.html */
export const WINDOW_FUNCTIONS: Record<string, FunctionRule> = {
  row_number: windowFunction('row_number() -> bigint', 'row_number'),
  rank: windowFunction('rank() -> bigint', 'rank'),
  dense_rank: windowFunction('dense_rank() -> bigint', 'dense_rank'),
  percent_rank: windowFunction('percent_rank() -> double', 'percent_rank'),
  cume_dist: windowFunction('cume_dist() -> double', 'cume_dist'),
  ntile: windowFunction('ntile(bigint) -> bigint', 'ntile'),
  lag: windowFunction(['lag(T) -> T', 'lag(T, bigint) -> T', 'lag(T, bigint, T) -> T'], 'lag'),
  lead: windowFunction(['lead(T) -> T', 'lead(T, bigint) -> T', 'lead(T, bigint, T) -> T'], 'lead'),
  first_value: windowFunction('first_value(T) -> T', 'first_value'),
  last_value: windowFunction('last_value(T) -> T', 'last_value'),
  nth_value: windowFunction('nth_value(T, bigint) -> T', 'nth_value'),
};
