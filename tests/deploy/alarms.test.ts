import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import type { Template } from '../../localcloud/cloudformation/index.ts';
import { measureCapture } from '../../src/lib/capture/index.ts';
import { measureFiles } from '../../src/lib/files/index.ts';
import type { FileOutcome } from '../../src/lib/files/index.ts';
import { createObservability } from '../../src/lib/observability/index.ts';
import type { Observability } from '../../src/lib/observability/index.ts';
import { measureRedrive } from '../../src/lib/redeliver/index.ts';
import { measureRun } from '../../src/lib/run/index.ts';
import type { RunSummary } from '../../src/lib/run/index.ts';
import { measureUsers } from '../../src/lib/users/index.ts';

/** What watches a deployment looks at metrics that exist, by the names and dimensions under which they are written. */

type Properties = Record<string, unknown>;

const { Resources } = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'prod', region: 'eu-west-1' }).template;
const of = (type: string, from: Template['Resources'] = Resources): [id: string, properties: Properties][] =>
  Object.entries(from).filter(([, resource]) => resource.Type === type).map(([id, resource]) => [id, resource.Properties ?? {}]);

/** A metric as text: `floe RecordsCaptured service=floe-prod source=app`; dimensions in the order of their names. */
const metricText = (namespace: string, name: string, dimensions: readonly (readonly [name: string, value: string])[]): string =>
  [namespace, name, ...dimensions.map(([key, value]) => `${key}=${value}`).sort()].join(' ');

interface Metric {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: unknown }[];
}
/** Of an AWS metric the dimensions' names tell, of the pipeline's own the values too. */
const textOf = ({ Namespace, MetricName, Dimensions }: Metric): string =>
  metricText(Namespace, MetricName, Dimensions.map(({ Name, Value }) => [Name, Namespace === 'floe' ? String(Value) : '']));

const metricsOf = (alarm: Properties): Metric[] => {
  const parts = alarm['Metrics'] as { MetricStat?: { Metric: Metric } }[] | undefined;
  return parts ? parts.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) : [alarm as unknown as Metric];
};

const body = (): { widgets: { type: string; properties: { metrics?: unknown[][] } }[] } => {
  const [[, { DashboardBody }] = ['', {}]] = of('AWS::CloudWatch::Dashboard');
  const [text, names] = (DashboardBody as { 'Fn::Sub': [string, Record<string, string>] })['Fn::Sub'];
  return JSON.parse(text.replace(/\$\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole)) as ReturnType<typeof body>;
};

/** Lines of a dashboard: namespace, name, dimensions by turns, options at the end. */
const dashboardMetrics = (): Metric[] =>
  body().widgets.flatMap(({ properties }) => properties.metrics ?? []).filter((line) => typeof line[0] === 'string').map((line) => {
    const [Namespace = '', MetricName = '', ...rest] = line.filter((part) => typeof part === 'string');
    return { Namespace, MetricName, Dimensions: rest.flatMap((Name, index) => (index % 2 === 0 ? [{ Name, Value: rest[index + 1] }] : [])) };
  });

const watched = (): Metric[] => [...of('AWS::CloudWatch::Alarm').flatMap(([, alarm]) => metricsOf(alarm)), ...dashboardMetrics()];

/** Everything the functions measure, written by the deployment's own environment. */
const emitted = (): Set<string> => {
  const lines: string[] = [];
  const written = jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const { Environment } = Resources['CaptureLambdaFunction']?.Properties as { Environment: { Variables: Record<string, string> } };
  measureAll(createObservability(Environment.Variables));
  written.mockRestore();
  return new Set(lines.flatMap((line) => {
    const record = JSON.parse(line) as Record<string, unknown> & { _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] } };
    return record._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) => Dimensions.map((names) => metricText(Namespace, Name, names.map((name) => [name, String(record[name])])))));
  }));
};

const measureAll = (observability: Observability): void => {
  const counts = { captured: 1, quarantined: 1, unknownFields: new Map([['colour', 1]]) };
  measureCapture({ answer: { records: [] }, counts: new Map([['app', counts], ['shop', counts]]), oversize: 1, refused: 1 }, observability);
  measureFiles([{ file: 'f', state: 'done', rows: 1, quarantined: 0, parts: 1 } satisfies FileOutcome], observability);
  measureUsers({ state: 'done', rows: 1, quarantined: 0, pages: 1, watermark: null, lagSeconds: 0 }, observability);
  measureRedrive({ found: { objects: 1, records: 1, uncounted: 0 }, redriven: 1, quarantined: 0, unreadable: 0, left: { objects: 0, records: 0, uncounted: 0 } }, observability);
  const records = ['app', 'shop', 'transactions', 'users'].map((sourceSystem) => ({ sourceSystem, duplicates: 0 }));
  const times = { startedAt: '2025-11-07T00:00:00Z', committedAt: '2025-11-07T00:01:00Z' };
  for (const kind of ['load', 'sweep', 'maintenance']) measureRun({ kind, records, lateRows: {}, held: [], ...times } as unknown as RunSummary, observability);
};

describe('metrics that are watched', () => {
  test("are the pipeline's own by name, service and source", () => {
    const known = emitted();
    const own = watched().filter(({ Namespace }) => Namespace === 'floe').map(textOf);
    expect(own.filter((metric) => !known.has(metric))).toEqual([]);
    expect(own.length).toBeGreaterThan(40);
  });

  test("are AWS's by name and dimensions", () => {
    const spec = loadAwsServiceSpecSync();
    const known = new Set(spec.all('metric').flatMap((metric) =>
      spec.follow('usesDimensionSet', metric).map(({ entity }) => metricText(metric.namespace, metric.name, entity.dimensions.map(({ name }) => [name, ''])))));
    const aws = watched().filter(({ Namespace }) => Namespace !== 'floe').map(textOf);
    expect(aws.filter((metric) => !known.has(metric))).toEqual([]);
    expect(aws.length).toBeGreaterThan(20);
  });
});

describe('alarms', () => {
  const alarms = of('AWS::CloudWatch::Alarm');
  const referredTo = (name: string): unknown[] => alarms.flatMap(([, alarm]) => metricsOf(alarm)).flatMap(({ Dimensions }) => Dimensions.filter((dimension) => dimension.Name === name).map(({ Value }) => Value));

  test('each says what to do, and tells the topic when it rings and when it is over', () => {
    for (const [id, alarm] of alarms) {
      expect([id, alarm['AlarmActions'], alarm['OKActions']]).toEqual([id, [{ Ref: 'NotificationTopic' }], [{ Ref: 'NotificationTopic' }]]);
      expect([id, alarm['AlarmDescription']]).toEqual([id, expect.stringMatching(/\. .+\.$/)]);
      expect([id, alarm['TreatMissingData']]).toEqual([id, expect.stringMatching(alarm['InsufficientDataActions'] ? /^missing$/ : /^(breaching|notBreaching|ignore)$/)]);
    }
    expect(alarms.length).toBeGreaterThan(30);
  });

  test('a math expression names the metrics beside it, of one period', () => {
    for (const [id, alarm] of alarms) {
      const parts = (alarm['Metrics'] ?? []) as { Id: string; Expression?: string; ReturnData?: boolean; MetricStat?: { Period: number } }[];
      if (parts.length === 0) continue;
      const ids = parts.filter(({ MetricStat }) => MetricStat).map((part) => part.Id);
      const expression = parts.find(({ Expression }) => Expression)?.Expression ?? '';
      const named = expression.includes('METRICS()') ? ids : [...new Set(expression.match(/\b[a-z]\w*/g))];
      expect([id, [...named].sort(), new Set(parts.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])).size]).toEqual([id, [...ids].sort(), 1]);
      expect(parts.filter(({ ReturnData }) => ReturnData !== false)).toHaveLength(1);
    }
  });

  test('every function, stream, delivery, workflow and dead-letter queue has one', () => {
    const refs = (type: string): unknown[] => of(type).map(([id]) => ({ Ref: id }));
    expect(referredTo('FunctionName')).toEqual(expect.arrayContaining(refs('AWS::Lambda::Function')));
    expect(referredTo('StreamName')).toEqual(expect.arrayContaining(refs('AWS::Kinesis::Stream')));
    expect(referredTo('DeliveryStreamName')).toEqual(expect.arrayContaining(refs('AWS::KinesisFirehose::DeliveryStream')));
    expect(referredTo('StateMachineArn')).toEqual(expect.arrayContaining(refs('AWS::StepFunctions::StateMachine')));
    expect(referredTo('QueueName')).toEqual(of('AWS::SQS::Queue').map(([id]) => ({ 'Fn::GetAtt': [id, 'QueueName'] })));
  });

  test('CloudWatch may publish to the topic, and nobody without TLS', () => {
    const [[, { PolicyDocument }] = ['', {}]] = of('AWS::SNS::TopicPolicy');
    const { Statement } = PolicyDocument as { Statement: Properties[] };
    expect(Statement).toEqual([
      expect.objectContaining({ Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish' }),
      expect.objectContaining({ Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
  });
});

describe('schedules', () => {
  test('a run that meets another one waits for it', () => {
    const inputs = of('AWS::Scheduler::Schedule').map(([, { Target }]) => Target as Properties).filter(({ Arn }) => (Arn as { Ref?: string }).Ref === 'HourlyWorkflow').map(({ Input }) => JSON.parse(Input as string) as unknown);
    expect(inputs.length).toBeGreaterThan(2);
    for (const input of inputs) expect(input).toMatchObject({ ifBusy: 'wait' });
  });

  test('a call that could not be made is kept, encrypted, and the scheduler may send it there', () => {
    const queue = { 'Fn::GetAtt': ['ScheduleDeadLetters', 'Arn'] };
    for (const [id, { Target }] of of('AWS::Scheduler::Schedule')) expect([id, (Target as Properties)['DeadLetterConfig']]).toEqual([id, { Arn: queue }]);
    expect(Resources['ScheduleDeadLetters']?.Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
    expect(JSON.stringify(Resources['SchedulerRole']?.Properties)).toContain(JSON.stringify({ Sid: 'DeadLetters', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue }));
  });
});

describe('the dashboard', () => {
  test('is one page of text and metrics in which no two widgets overlap', () => {
    const { widgets } = body() as unknown as { widgets: { type: string; x: number; y: number; width: number; height: number }[] };
    const cells = widgets.flatMap(({ x, y, width, height }) => Array.from({ length: width * height }, (_, index) => `${x + (index % width)},${y + Math.floor(index / width)}`));
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(widgets.map(({ type }) => type))).toEqual(new Set(['text', 'metric']));
    expect(widgets.every(({ x, width }) => x + width <= 24)).toBe(true);
  });
});

describe('what prod keeps', () => {
  test('tables of state cannot be deleted, there alone', () => {
    const dev = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'dev', region: 'eu-west-1' }).template.Resources;
    const isProtected = (resources: Template['Resources']): unknown[] => of('AWS::DynamoDB::Table', resources).map(([, properties]) => properties['DeletionProtectionEnabled']);
    expect([isProtected(Resources), isProtected(dev)]).toEqual([[true, true, true], [false, false, false]]);
  });
});
