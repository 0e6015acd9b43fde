import { AwsError } from '../core/errors.ts';
import type { MetricDatum } from './metric-store.ts';

export interface Period {
  /** Begin of the period, a multiple of its length since 1970. */
  start: Date;
  data: MetricDatum[];
}

/** Data by periods of so many seconds, oldest first; periods without data are left out, as CloudWatch does. */
export const byPeriod = (data: readonly MetricDatum[], seconds: number): Period[] => {
  const periods = new Map<number, MetricDatum[]>();
  for (const datum of data) {
    const start = Math.floor(datum.timestampMs / (seconds * 1000)) * seconds * 1000;
    periods.set(start, [...(periods.get(start) ?? []), datum]);
  }
  return [...periods].sort(([left], [right]) => left - right).map(([start, members]) => ({ start: new Date(start), data: members }));
};

const countOf = (data: readonly MetricDatum[]): number => data.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
const sumOf = (data: readonly MetricDatum[]): number =>
  data.flatMap(({ values, counts }) => values.map((value, index) => value * (counts[index] ?? 1))).reduce((sum, value) => sum + value, 0);
const valuesOf = (data: readonly MetricDatum[]): number[] => data.flatMap(({ values }) => values);

/** One of CloudWatch's statistics: Sum, Average, Minimum, Maximum, SampleCount or a percentile such as p99. Throws InvalidParameterValue. */
export const statistic = (name: string, data: readonly MetricDatum[]): number => {
  switch (name) {
    case 'Sum':
      return sumOf(data);
    case 'SampleCount':
      return countOf(data);
    case 'Average':
      return sumOf(data) / countOf(data);
    case 'Minimum':
      return valuesOf(data).reduce((least, value) => Math.min(least, value), Infinity);
    case 'Maximum':
      return valuesOf(data).reduce((greatest, value) => Math.max(greatest, value), -Infinity);
    default:
      return percentile(name, data);
  }
};

const percentile = (name: string, data: readonly MetricDatum[]): number => {
  const percent = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name)?.[1];
  if (percent === undefined) throw new AwsError('InvalidParameterValue', `The statistic ${name} is not supported locally`);
  const sorted = data
    .flatMap(({ values, counts }) => values.flatMap((value, index) => Array.from({ length: counts[index] ?? 1 }, () => value)))
    .sort((left, right) => left - right);
  const rank = Math.max(1, Math.ceil((Number(percent) / 100) * sorted.length));
  return sorted[rank - 1] ?? NaN;
};
