import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';
import { propertiesOf } from './resources.ts';

type Rule = (properties: TemplateObject) => string[];

const objectIn = (value: TemplateValue | undefined): TemplateObject => (isObject(value) ? value : {});
const listIn = (value: TemplateValue | undefined): TemplateObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textIn = (value: TemplateValue | undefined): string => (typeof value === 'string' ? value : '');
const isWithin = (value: TemplateValue | undefined, least: number, most: number): boolean => value !== undefined && Number(value) >= least && Number(value) <= most;
const shown = (value: TemplateValue | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value));
const when = (isBroken: boolean, problem: string): string[] => (isBroken ? [problem] : []);

/** https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
const prefixes: Rule = ({ ExtendedS3DestinationConfiguration: destination }) => {
  const { Prefix, ErrorOutputPrefix } = objectIn(destination);
  return [
    ...when(textIn(Prefix).includes('!{firehose:error-output-type}'), 'Prefix cannot name the type of an error'),
    ...when(textIn(Prefix).includes('!{') && !textIn(ErrorOutputPrefix).includes('!{firehose:error-output-type}'), 'ErrorOutputPrefix has to name the type of an error'),
    ...[Prefix, ErrorOutputPrefix].flatMap((prefix) => [...textIn(prefix).matchAll(/!\{([^}]*)\}/g)].map(([, name = '']) => name).filter((name) => !EXPRESSION.test(name)).map((name) => `!{${name}} is no expression of a prefix`)),
  ];
};
const EXPRESSION = /^(timestamp:[\w\-/. ']+|firehose:(random-string|error-output-type)|partitionKeyFromQuery:\w+|partitionKeyFromLambda:\w+)$/;

/** https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html and …/APIReference/API_BufferingHints.html */
const conversion: Rule = ({ ExtendedS3DestinationConfiguration: destination }) => {
  const { BufferingHints: hints, CompressionFormat, DataFormatConversionConfiguration: format } = objectIn(destination);
  const { SizeInMBs, IntervalInSeconds } = objectIn(hints);
  const isConverted = objectIn(format)['Enabled'] === true;
  return [
    ...when(!isWithin(SizeInMBs, isConverted ? 64 : 1, 128), `a buffer of ${shown(SizeInMBs)} MB`),
    ...when(!isWithin(IntervalInSeconds, 0, 900), `a buffer of ${shown(IntervalInSeconds)} seconds`),
    ...when(isConverted && CompressionFormat !== 'UNCOMPRESSED', 'what is converted is compressed by its format'),
  ];
};

/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
const PROCESSOR: Readonly<Record<string, readonly [least: number, most: number]>> = { BufferSizeInMBs: [0.2, 3], BufferIntervalInSeconds: [0, 900], NumberOfRetries: [0, 300] };
const processors: Rule = ({ ExtendedS3DestinationConfiguration: destination }) =>
  listIn(objectIn(objectIn(destination)['ProcessingConfiguration'])['Processors'])
    .flatMap(({ Parameters }) => listIn(Parameters))
    .flatMap(({ ParameterName: name, ParameterValue: value }) => {
      const range = PROCESSOR[textIn(name)];
      return range && !isWithin(value, ...range) ? [`${textIn(name)} of ${shown(value)}`] : [];
    });

const DAY = 86_400;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const alarmPeriods: Rule = ({ Period, EvaluationPeriods, Metrics }) => {
  const periods = [Period, ...listIn(Metrics).map(({ MetricStat }) => objectIn(MetricStat)['Period'])].filter((period) => period !== undefined).map(Number);
  return [
    ...periods.filter((period) => ![10, 20, 30].includes(period) && period % 60 !== 0).map((period) => `a period of ${period} seconds`),
    ...periods.filter((period) => period * Number(EvaluationPeriods) > (period < 3_600 ? DAY : 7 * DAY)).map((period) => `${Number(EvaluationPeriods)} periods of ${period} seconds are too long`),
  ];
};

/** The same page, and https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html */
const alarmMetrics: Rule = ({ Metrics, MetricName }) => {
  const metrics = listIn(Metrics);
  const returned = metrics.filter(({ ReturnData }) => ReturnData !== false);
  const ids = metrics.map(({ Id }) => textIn(Id));
  return [
    ...when((metrics.length > 0) === (MetricName !== undefined), 'either a metric or metrics'),
    ...when(metrics.length > 0 && returned.length !== 1, `${returned.length} of its metrics are watched`),
    ...when(metrics.length > 10, `${metrics.length} metrics`),
    ...when(new Set(ids).size < ids.length, 'two metrics of one id'),
    ...ids.filter((id) => !/^[a-z]\w*$/.test(id)).map((id) => `${id} is no id of a metric`),
  ];
};

/** Queries that have been run are a part of it, and the tables are made by some: https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html */
const workgroupRemoval: Rule = ({ RecursiveDeleteOption }) => when(RecursiveDeleteOption !== true, 'cannot be removed once it has run a query');
/** https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html */
const workgroupCutoff: Rule = ({ WorkGroupConfiguration: settings }) => when(!isWithin(objectIn(settings)['BytesScannedCutoffPerQuery'], 10_000_000, 7e18), 'a cutoff below 10 MB');

/** All that a network's subnets send to the service passes its endpoint: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html */
const endpointPolicy: Rule = ({ VpcId, PolicyDocument }) => when(typeof VpcId === 'string' && PolicyDocument !== undefined, 'its policy holds for all who are in that network');

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const scheduleRetries: Rule = ({ Target }) => {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = objectIn(objectIn(Target)['RetryPolicy']);
  return [...when(!isWithin(MaximumRetryAttempts, 0, 185), `${shown(MaximumRetryAttempts)} attempts`), ...when(!isWithin(MaximumEventAgeInSeconds, 60, DAY), `calls up to ${shown(MaximumEventAgeInSeconds)} seconds old`)];
};

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  'AWS::KinesisFirehose::DeliveryStream': [prefixes, conversion, processors],
  'AWS::CloudWatch::Alarm': [alarmPeriods, alarmMetrics],
  'AWS::Athena::WorkGroup': [workgroupRemoval, workgroupCutoff],
  'AWS::EC2::VPCEndpoint': [endpointPolicy],
  'AWS::Scheduler::Schedule': [scheduleRetries],
};

/** What services refuse that their schemas do not tell: how properties have to fit one another, and what stands in the way of a removal. */
export const checkServices = (template: Template): string[] => [
  ...Object.entries(RULES).flatMap(([type, rules]) => propertiesOf(template, type).flatMap(([id, properties]) => rules.flatMap((rule) => rule(properties)).map((problem) => `${id}: ${problem}`))),
  ...foreignGroups(template),
];

/** A rule of a group in another network is taken only once the two are peered: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html */
const foreignGroups = (template: Template): string[] => {
  const makesNetwork = propertiesOf(template, 'AWS::EC2::VPC').length > 0;
  return propertiesOf(template, 'AWS::EC2::SecurityGroupIngress').flatMap(([id, { GroupId }]) => when(makesNetwork && typeof GroupId === 'string', `${id}: ${shown(GroupId)} is in another network`));
};
