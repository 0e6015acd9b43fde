import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { objectList, optionalNumber, optionalObject, optionalText, requiredNumber, requiredText, textList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { arn } from '../core/service.ts';
import type { Clock } from '../core/service.ts';
import type { MetricDatum, MetricStore } from './metric-store.ts';
import { byPeriod, statistic } from './statistics.ts';

interface MonitoringParts {
  metrics: MetricStore;
  alarms: JsonFile<Record<string, Record<string, unknown>>>;
  clock: Clock;
}

/** CloudWatch's actions. Alarms are kept and answered; nothing watches them. */
export const monitoringActions = ({ metrics, alarms, clock }: MonitoringParts): Record<string, JsonAction> => ({
  PutMetricData: (input) => {
    const namespace = requiredText(input, 'Namespace');
    metrics.add(objectList(input, 'MetricData').map((datum) => datumOf(namespace, datum, clock)));
  },
  ListMetrics: (input) => ({ Metrics: listMetrics(metrics, input) }),
  GetMetricData: (input) => ({
    MetricDataResults: objectList(input, 'MetricDataQueries')
      .filter((query) => query['ReturnData'] !== false)
      .map((query) => metricData(metrics, input, query)),
    Messages: [],
  }),
  GetMetricStatistics: (input) => metricStatistics(metrics, input),
  PutMetricAlarm: (input, { region }) => {
    const name = requiredText(input, 'AlarmName');
    const state = {
      AlarmArn: arn('cloudwatch', region, `alarm:${name}`),
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Alarms are not evaluated locally',
    };
    alarms.update((draft) => void (draft[name] = { ...input, ...state, AlarmConfigurationUpdatedTimestamp: clock().getTime() / 1000 }));
  },
  DescribeAlarms: (input) => {
    const [names, prefix] = [textList(input, 'AlarmNames'), optionalText(input, 'AlarmNamePrefix') ?? ''];
    const chosen = Object.entries(alarms.get()).filter(([name]) => name.startsWith(prefix) && (names.length === 0 || names.includes(name)));
    return { MetricAlarms: chosen.map(([, alarm]) => alarm), CompositeAlarms: [] };
  },
  DeleteAlarms: (input) =>
    void alarms.update((draft) => textList(input, 'AlarmNames').forEach((name) => Reflect.deleteProperty(draft, name))),
});

const dimensionsOf = (input: JsonObject): Record<string, string> =>
  Object.fromEntries(
    objectList(input, 'Dimensions').map((dimension) => [requiredText(dimension, 'Name'), optionalText(dimension, 'Value') ?? '']),
  );
const dimensionList = (dimensions: Readonly<Record<string, string>>): { Name: string; Value: string }[] =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

/** Epoch seconds, as the JSON protocol writes times, or text. */
const timeOf = (input: JsonObject, member: string): Date => {
  const value = input[member];
  const time = typeof value === 'number' ? new Date(value * 1000) : new Date(typeof value === 'string' ? value : NaN);
  if (Number.isNaN(time.getTime())) throw new AwsError('InvalidParameterValue', `The value of the parameter ${member} is not a time`);
  return time;
};

const datumOf = (namespace: string, input: JsonObject, clock: Clock): MetricDatum => {
  const common = {
    namespace,
    name: requiredText(input, 'MetricName'),
    dimensions: dimensionsOf(input),
    timestampMs: input['Timestamp'] === undefined ? clock().getTime() : timeOf(input, 'Timestamp').getTime(),
    unit: optionalText(input, 'Unit') ?? 'None',
  };
  const statisticValues = optionalObject(input, 'StatisticValues');
  if (statisticValues) return { ...common, ...valuesOfSet(statisticValues) };
  const values = Array.isArray(input['Values']) ? input['Values'].map(Number) : [requiredNumber(input, 'Value')];
  const counts = Array.isArray(input['Counts']) ? input['Counts'].map(Number) : values.map(() => 1);
  if (values.length !== counts.length)
    throw new AwsError('InvalidParameterValue', 'The parameters Values and Counts must have the same length');
  return { ...common, values, counts };
};

/** A statistic set as values with its minimum, maximum, sum and count; what lies between is not known. */
const valuesOfSet = (set: JsonObject): { values: number[]; counts: number[] } => {
  const [count, sum, minimum, maximum] = [
    requiredNumber(set, 'SampleCount'),
    requiredNumber(set, 'Sum'),
    requiredNumber(set, 'Minimum'),
    requiredNumber(set, 'Maximum'),
  ];
  if (count <= 1) return { values: [sum], counts: [1] };
  if (count === 2) return { values: [minimum, maximum], counts: [1, 1] };
  return { values: [minimum, (sum - minimum - maximum) / (count - 2), maximum], counts: [1, count - 2, 1] };
};

const listMetrics = (metrics: MetricStore, input: JsonObject): unknown[] => {
  const [namespace, name] = [optionalText(input, 'Namespace'), optionalText(input, 'MetricName')];
  const wanted = objectList(input, 'Dimensions').map((filter) => ({
    name: requiredText(filter, 'Name'),
    value: optionalText(filter, 'Value'),
  }));
  const found = metrics
    .find({ ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) })
    .filter(({ dimensions }) =>
      wanted.every((filter) => filter.name in dimensions && (filter.value === undefined || dimensions[filter.name] === filter.value)),
    );
  const distinct = new Map(
    found.map((datum) => [JSON.stringify([datum.namespace, datum.name, Object.entries(datum.dimensions).sort()]), datum]),
  );
  return [...distinct.values()].map((datum) => ({
    Namespace: datum.namespace,
    MetricName: datum.name,
    Dimensions: dimensionList(datum.dimensions),
  }));
};

const metricData = (metrics: MetricStore, input: JsonObject, query: JsonObject): unknown => {
  const id = requiredText(query, 'Id');
  const stat = optionalObject(query, 'MetricStat');
  const metric = stat && optionalObject(stat, 'Metric');
  if (!stat || !metric) throw new AwsError('ValidationError', `The query ${id} is an expression: only MetricStat is supported locally`);
  const name = requiredText(metric, 'MetricName');
  const data = metrics.find({
    namespace: requiredText(metric, 'Namespace'),
    name,
    dimensions: dimensionsOf(metric),
    from: timeOf(input, 'StartTime'),
    to: timeOf(input, 'EndTime'),
  });
  const periods = byPeriod(data, requiredNumber(stat, 'Period'));
  if (input['ScanBy'] !== 'TimestampAscending') periods.reverse();
  const statisticName = requiredText(stat, 'Stat');
  return {
    Id: id,
    Label: optionalText(query, 'Label') ?? name,
    Timestamps: periods.map(({ start }) => start.getTime() / 1000),
    Values: periods.map((period) => statistic(statisticName, period.data)),
    StatusCode: 'Complete',
  };
};

const metricStatistics = (metrics: MetricStore, input: JsonObject): unknown => {
  const name = requiredText(input, 'MetricName');
  const data = metrics.find({
    namespace: requiredText(input, 'Namespace'),
    name,
    dimensions: dimensionsOf(input),
    from: timeOf(input, 'StartTime'),
    to: timeOf(input, 'EndTime'),
  });
  const [plain, extended] = [textList(input, 'Statistics'), textList(input, 'ExtendedStatistics')];
  const datapoints = byPeriod(data, optionalNumber(input, 'Period') ?? 60).map((period) => ({
    Timestamp: period.start.getTime() / 1000,
    Unit: period.data[0]?.unit ?? 'None',
    ...Object.fromEntries(plain.map((statisticName) => [statisticName, statistic(statisticName, period.data)])),
    ...(extended.length > 0
      ? { ExtendedStatistics: Object.fromEntries(extended.map((statisticName) => [statisticName, statistic(statisticName, period.data)])) }
      : {}),
  }));
  return { Label: name, Datapoints: datapoints };
};
