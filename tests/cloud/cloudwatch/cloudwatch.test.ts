import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { callAction } from '../../../localcloud/core/call-action.ts';
import { CloudWatchService } from '../../../localcloud/cloudwatch/index.ts';
import { embeddedMetrics } from '../../../localcloud/cloudwatch/embedded-metrics.ts';
import { LogStore } from '../../../localcloud/cloudwatch/log-store.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const dataDir = temporaryDirectory();
const now = new Date('2026-03-01T10:00:30Z');
const clock = (): Date => now;
const service = new CloudWatchService({ dataDir, clock });
const gateway = gatewayFor(() => [service]);
let client: CloudWatchClient;

beforeAll(() => {
  client = new CloudWatchClient({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(() => client.destroy());

const [from, to] = [new Date('2026-03-01T00:00:00Z'), new Date('2026-03-02T00:00:00Z')];

/** A line as Powertools prints it. */
const line = (values: Record<string, number | number[]>, dimensions: Record<string, string>, timestamp = now): string =>
  JSON.stringify({
    _aws: {
      Timestamp: timestamp.getTime(),
      CloudWatchMetrics: [
        { Namespace: 'shop', Dimensions: [Object.keys(dimensions)], Metrics: Object.keys(values).map((Name) => ({ Name, Unit: 'Count' })) },
      ],
    },
    ...dimensions,
    ...values,
  });

describe('metrics in the embedded format', () => {
  test('become metrics with their dimensions, unit and each of their values', () => {
    expect(embeddedMetrics(line({ captured: [1, 2], late: 3 }, { service: 'capture' }))).toEqual([
      {
        namespace: 'shop',
        name: 'captured',
        dimensions: { service: 'capture' },
        timestampMs: now.getTime(),
        unit: 'Count',
        values: [1, 2],
        counts: [1, 1],
      },
      {
        namespace: 'shop',
        name: 'late',
        dimensions: { service: 'capture' },
        timestampMs: now.getTime(),
        unit: 'Count',
        values: [3],
        counts: [1],
      },
    ]);
  });

  test.each(['plain text', '{"level":"INFO"}', '{"_aws": broken', '{"_aws":{"CloudWatchMetrics":"none"}}'])(
    'are not found in other lines: %s',
    (text) => {
      expect(embeddedMetrics(text)).toEqual([]);
    },
  );

  test('printed to a log group can be read in process and over the API, by period', async () => {
    service.write('/aws/lambda/capture', line({ records: 4 }, { source: 'app' }));
    service.write('/aws/lambda/capture', line({ records: 6 }, { source: 'app' }));
    service.write('/aws/lambda/capture', line({ records: 9 }, { source: 'shop' }));
    service.write('/aws/lambda/capture', line({ records: 1 }, { source: 'app' }, new Date('2026-03-01T10:05:00Z')));
    expect(service.metrics({ name: 'records', dimensions: { source: 'app' } }).map(({ values }) => values)).toEqual([[4], [6], [1]]);
    const metric = { Namespace: 'shop', MetricName: 'records', Dimensions: [{ Name: 'source', Value: 'app' }] };
    const data = await client.send(
      new GetMetricDataCommand({
        StartTime: from,
        EndTime: to,
        ScanBy: 'TimestampAscending',
        MetricDataQueries: [
          { Id: 'a', MetricStat: { Metric: metric, Period: 60, Stat: 'Sum' } },
          { Id: 'b', MetricStat: { Metric: metric, Period: 3600, Stat: 'Maximum' } },
        ],
      }),
    );
    expect(data.MetricDataResults).toMatchObject([
      { Id: 'a', Values: [10, 1], Timestamps: [new Date('2026-03-01T10:00:00Z'), new Date('2026-03-01T10:05:00Z')] },
      { Id: 'b', Values: [6] },
    ]);
    const statistics = await client.send(
      new GetMetricStatisticsCommand({
        ...metric,
        StartTime: from,
        EndTime: to,
        Period: 60,
        Statistics: ['Average', 'SampleCount'],
        ExtendedStatistics: ['p50'],
      }),
    );
    expect(statistics.Datapoints?.[0]).toMatchObject({ Average: 5, SampleCount: 2, Unit: 'Count', ExtendedStatistics: { p50: 4 } });
    expect((await client.send(new ListMetricsCommand({ Namespace: 'shop', MetricName: 'records' }))).Metrics).toHaveLength(2);
  });
});

describe('metrics put by the API', () => {
  test('with values, counts and statistic sets add up', async () => {
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'own',
        MetricData: [
          { MetricName: 'm', Value: 1, Timestamp: now },
          { MetricName: 'm', Values: [2, 3], Counts: [2, 1], Timestamp: now },
          { MetricName: 'm', StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 1, Maximum: 9 }, Timestamp: now },
        ],
      }),
    );
    const { Datapoints } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'own',
        MetricName: 'm',
        StartTime: from,
        EndTime: to,
        Period: 60,
        Statistics: ['Sum', 'SampleCount', 'Minimum', 'Maximum'],
      }),
    );
    expect(Datapoints?.[0]).toMatchObject({ Sum: 28, SampleCount: 8, Minimum: 1, Maximum: 9 });
  });

  test('in a body large enough for the client to compress it arrive', async () => {
    const MetricData = Array.from({ length: 400 }, (_, index) => ({
      MetricName: 'many',
      Value: index,
      Timestamp: now,
      Dimensions: [{ Name: 'number', Value: `value-${index}` }],
    }));
    await client.send(new PutMetricDataCommand({ Namespace: 'own', MetricData }));
    expect(service.metrics({ namespace: 'own', name: 'many' })).toHaveLength(400);
  });

  test('are there after a restart', () => {
    expect(new CloudWatchService({ dataDir, clock }).metrics({ namespace: 'own', name: 'm' })).toEqual(
      service.metrics({ namespace: 'own', name: 'm' }),
    );
  });
});

test('alarms are kept and described, and say that nothing watches them', async () => {
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: 'stale',
      Namespace: 'shop',
      MetricName: 'age',
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  expect((await client.send(new DescribeAlarmsCommand({ AlarmNames: ['stale'] }))).MetricAlarms).toMatchObject([
    { AlarmName: 'stale', StateValue: 'INSUFFICIENT_DATA', StateReason: 'Alarms are not evaluated locally' },
  ]);
});

describe('logs', () => {
  test('can be listed and searched over the API', async () => {
    service.write('/aws/lambda/searched', 'one two');
    service.write('/aws/lambda/searched', 'three');
    const ask = (action: string, input: Record<string, unknown>) => callAction(gateway.endpoint(), `Logs_20140328.${action}`, input);
    expect(await ask('DescribeLogGroups', { logGroupNamePrefix: '/aws/lambda/sea' })).toMatchObject({
      logGroups: [{ logGroupName: '/aws/lambda/searched' }],
    });
    expect(await ask('FilterLogEvents', { logGroupName: '/aws/lambda/searched', filterPattern: 'two "one"' })).toMatchObject({
      events: [{ message: 'one two', timestamp: now.getTime() }],
    });
    expect(await ask('GetLogEvents', { logGroupName: '/aws/lambda/searched', logStreamName: 'local', limit: 1 })).toMatchObject({
      events: [{ message: 'three' }],
    });
    await expect(ask('GetLogEvents', { logGroupName: '/aws/lambda/none', logStreamName: 'local' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  test('do not grow without end, and the newest lines stay', () => {
    const directory = path.join(dataDir, 'bounded');
    const store = new LogStore({ directory, clock, maxFileBytes: 1_000 });
    for (let index = 0; index < 200; index++) store.write('/aws/lambda/f', `line ${index}`);
    expect(readdirSync(directory).sort()).toEqual(['f.log', 'f.log.1']);
    expect(store.storedBytes('/aws/lambda/f')).toBeLessThanOrEqual(2_000);
    expect(store.events('/aws/lambda/f').at(-1)?.message).toBe('line 199');
  });

  test('of groups whose names are no file names are kept too', () => {
    const store = new LogStore({ directory: path.join(dataDir, 'named'), clock });
    store.write('/aws/kinesisfirehose/../x', 'a\nb');
    expect(store.groups()).toEqual(['/aws/kinesisfirehose/../x']);
    expect(store.events('/aws/kinesisfirehose/../x')).toEqual([{ timestamp: now, message: 'a\nb' }]);
  });
});
