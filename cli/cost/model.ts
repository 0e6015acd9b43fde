import assumptionsFile from './assumptions.json' with { type: 'json' };
import pricesFile from './prices.json' with { type: 'json' };

/** What comes in on an average day. */
export interface Volumes {
  eventsPerDay: number;
  transactionsPerDay: number;
  /** Users changed since the day before. */
  usersPerDay: number;
  /** Of an event's JSON on the stream. */
  bytesPerEvent: number;
}

export type PriceId = keyof typeof pricesFile.prices;
export interface Price {
  /** For `per` units. */
  readonly usd: number;
  readonly per: number;
  readonly unit: string;
  /** Year and month the price is known from. */
  readonly date: string;
  /** Where it was confirmed. */
  readonly seenIn: string;
  readonly page: string;
}
export type Prices = Readonly<Record<PriceId, Price>>;

/** The numbers of assumptions.json by name; where each is from stands there. */
export type Assumptions = Readonly<Record<keyof typeof assumptionsFile, number>>;

/** What one month uses of one thing that has a price. */
export interface Usage {
  readonly service: string;
  readonly item: string;
  readonly price: PriceId;
  /** In the price's unit. */
  readonly quantity: number;
  /** How the quantity comes about, in words. */
  readonly formula: string;
}

export interface CostLine extends Usage {
  readonly unit: string;
  readonly usd: number;
}

export const region = pricesFile.region;
export const listPrices: Prices = pricesFile.prices;
export const defaultAssumptions = Object.fromEntries(Object.entries(assumptionsFile).map(([name, { value }]) => [name, value])) as Assumptions;

const GB = 1024 ** 3;
const TB = 1024 ** 4;

/** Bytes as a service bills them that counts each record in whole steps. */
export const inSteps = (bytes: number, stepBytes: number): number => Math.ceil(bytes / stepBytes) * stepBytes;

/**
 * The most that statements are billed which read so many bytes together: each either the minimum or what it reads, so at most the
 * minimum of each and all that is read.
 */
export const billedScan = (statements: number, bytes: number, minimumBytes: number): number => statements * minimumBytes + bytes;

/** What a month of floe uses. Every line is a sum of products, so nothing gets cheaper as a volume grows. */
export const monthlyUsage = (volumes: Volumes, a: Assumptions = defaultAssumptions): Usage[] => [
  ...streamUsage(volumes, a),
  ...functionUsage(volumes, a),
  ...workflowUsage(a),
  ...queryUsage(volumes, a),
  ...storageUsage(volumes, a),
  ...stateUsage(a),
  ...watchUsage(volumes, a),
];

const daysOf = (a: Assumptions): number => a.hoursPerMonth / 24;
/** Calls of the runs' functions: begin, the steps, commit. */
const runCallsPerDay = (a: Assumptions): number => a.runsPerDay * (a.runStepCalls + 2) + a.sweepStepCalls + 2 + a.maintenanceStepCalls + 2;
const recordsOf = ({ eventsPerDay, transactionsPerDay, usersPerDay }: Volumes): number => eventsPerDay + transactionsPerDay + usersPerDay;

/** Kinesis and Firehose: the same for any design that takes events in over them. */
const streamUsage = ({ eventsPerDay, bytesPerEvent }: Volumes, a: Assumptions): Usage[] => {
  const stream = eventsPerDay * inSteps(bytesPerEvent, a.kinesisStepBytes) / GB;
  const delivery = eventsPerDay * daysOf(a) * inSteps(bytesPerEvent, a.firehoseStepBytes) / GB;
  const service = 'Kinesis Data Streams';
  return [
    { service, item: 'stream', price: 'kinesisStreamHour', quantity: a.hoursPerMonth, formula: 'one on-demand stream, every hour of the month' },
    { service, item: 'written', price: 'kinesisIn', quantity: stream * daysOf(a), formula: 'events × size of one, rounded up to whole KB' },
    { service, item: 'read', price: 'kinesisOut', quantity: stream * daysOf(a), formula: 'the same once more: Firehose reads everything' },
    { service, item: 'kept for a week', price: 'kinesisRetention', quantity: stream * (a.streamRetentionDays - 1), formula: 'a day\'s volume × the six days beyond the first' },
    { service: 'Data Firehose', item: 'taken in', price: 'firehoseIn', quantity: delivery, formula: 'events × size of one, rounded up to steps of 5 KB' },
    { service: 'Data Firehose', item: 'conversion to Parquet', price: 'firehoseConversion', quantity: delivery, formula: 'the same volume' },
  ];
};

interface Calls {
  /** A day's. */
  readonly calls: number;
  /** A day's. */
  readonly gbSeconds: number;
}

const dailyCalls = ({ eventsPerDay, transactionsPerDay, usersPerDay, bytesPerEvent }: Volumes, a: Assumptions): Calls => {
  const captures = eventsPerDay === 0 ? 0 : a.captureCallsPerDayAtLeast + eventsPerDay * bytesPerEvent / a.captureBufferBytes;
  const runCalls = runCallsPerDay(a);
  const seconds = {
    small: captures * a.captureCallSeconds + eventsPerDay / a.captureRecordsPerSecond + a.usersCallSeconds + usersPerDay / a.usersRowsPerSecond + runCalls * a.runCallSeconds,
    ingest: a.ingestCallsPerDay * a.ingestCallSeconds + transactionsPerDay / a.ingestRowsPerSecond,
    redrive: 24 * a.redriveCallSeconds,
  };
  return {
    calls: captures + runCalls + a.ingestCallsPerDay + 24 + 1,
    gbSeconds: seconds.small * a.smallFunctionGb + seconds.ingest * a.ingestFunctionGb + seconds.redrive * a.redriveFunctionGb,
  };
};

const functionUsage = (volumes: Volumes, a: Assumptions): Usage[] => {
  const { calls, gbSeconds } = dailyCalls(volumes, a);
  return [
    { service: 'Lambda', item: 'calls', price: 'lambdaRequests', quantity: calls * daysOf(a), formula: 'capture once a minute and once per 0.5 MB; the steps of the runs; files every ten minutes, users daily, re-drive hourly' },
    { service: 'Lambda', item: 'time', price: 'lambdaTime', quantity: gbSeconds * daysOf(a), formula: 'seconds of those calls × memory of each function; billed by the millisecond' },
  ];
};

const workflowUsage = (a: Assumptions): Usage[] => {
  const quantity = daysOf(a) * (a.runsPerDay * a.runTransitions + a.sweepTransitions + a.maintenanceTransitions);
  return [{ service: 'Step Functions', item: 'transitions', price: 'stepFunctions', quantity, formula: 'hourly runs × transitions of one, a sweep and a maintenance each day' }];
};

const queryUsage = (volumes: Volumes, a: Assumptions): Usage[] => {
  const records = recordsOf(volumes);
  const service = 'Athena';
  const line = (item: string, statementsPerDay: number, bytesPerDay: number, formula: string): Usage =>
    ({ service, item, price: 'athena', quantity: daysOf(a) * billedScan(statementsPerDay, bytesPerDay, a.statementMinimumBytes) / TB, formula });
  return [
    line('hourly runs: what is new', a.runsPerDay * a.runStatements, records * a.runBytesPerRecord, '24 × statements × 10 MB minimum + bytes for each new record'),
    line('hourly runs: the horizon', 0, a.runsPerDay * a.horizonDays * records * a.horizonBytesPerRecord, '24 × 31 days × records of a day × bytes of their keys'),
    line('daily sweep', a.sweepStatements, records * a.historyDays * a.sweepBytesPerRecord, 'statements × 10 MB minimum + the keys of a year'),
    line('daily maintenance', a.maintenanceStatements, 2 * records * a.tableBytesPerRecord, 'statements × 10 MB minimum + a day\'s files of silver and gold, twice'),
  ];
};

const storageUsage = (volumes: Volumes, a: Assumptions): Usage[] => {
  const { eventsPerDay, transactionsPerDay, usersPerDay, bytesPerEvent } = volumes;
  const sourceBytes = eventsPerDay * bytesPerEvent + transactionsPerDay * a.transactionBytes + usersPerDay * a.userBytes;
  const tables = recordsOf(volumes) * a.tableBytesPerRecord * a.historyDays * a.snapshotFactor;
  const deliveries = a.deliveriesPerHour * 24 + sourceBytes / a.deliveryBytes;
  const service = 'S3';
  return [
    { service, item: 'bronze', price: 's3Storage', quantity: sourceBytes * a.bronzeBytesPerByte * a.bronzeDays / GB, formula: 'a day\'s source bytes × 90 days' },
    { service, item: 'silver and gold', price: 's3Storage', quantity: tables / GB, formula: 'a year\'s records × bytes of one × 2 for older snapshots' },
    { service, item: 'writes', price: 's3Put', quantity: daysOf(a) * (a.runsPerDay * a.runPuts + deliveries), formula: 'objects of a run × 24, Firehose\'s objects' },
    { service, item: 'lists', price: 's3Put', quantity: daysOf(a) * a.runsPerDay * a.runLists, formula: 'lists of a run × 24, at the price of writes' },
    { service, item: 'reads', price: 's3Get', quantity: daysOf(a) * a.runsPerDay * a.runGets, formula: 'requests of a run × 24' },
  ];
};

const stateUsage = (a: Assumptions): Usage[] => {
  const units = daysOf(a) * (runCallsPerDay(a) * a.leaseUnits + a.ledgerUnits);
  return [
    { service: 'DynamoDB', item: 'writes', price: 'dynamoWrites', quantity: units, formula: 'every step of a run renews the lease: 5 units; the ledger of files' },
    { service: 'DynamoDB', item: 'reads', price: 'dynamoReads', quantity: units, formula: 'as many' },
    { service: 'Secrets Manager', item: 'secrets', price: 'secrets', quantity: a.secrets, formula: 'the SFTP server\'s' },
  ];
};

const watchUsage = (volumes: Volumes, a: Assumptions): Usage[] => {
  const calls = dailyCalls(volumes, a).calls * daysOf(a);
  const service = 'CloudWatch and X-Ray';
  return [
    { service, item: 'metrics', price: 'metrics', quantity: a.customMetrics, formula: 'metrics by source' },
    { service, item: 'alarms', price: 'alarms', quantity: a.alarmMetrics, formula: 'metrics that alarms watch' },
    { service, item: 'dashboards', price: 'dashboards', quantity: a.dashboards, formula: 'one' },
    { service, item: 'logs', price: 'logs', quantity: calls * a.logBytesPerCall / GB, formula: 'calls of functions × 2 KB' },
    { service, item: 'traces', price: 'traces', quantity: calls, formula: 'at most one for each call' },
  ];
};

/** The same work by hourly Spark jobs: ways in and storage as here, Glue jobs and crawlers instead of Athena and Step Functions. */
export const glueUsage = (volumes: Volumes, a: Assumptions = defaultAssumptions): Usage[] => {
  const hours = (minutes: number): number => daysOf(a) * a.glueRunsPerDay * a.glueDpus * minutes / 60;
  return [
    ...streamUsage(volumes, a),
    ...storageUsage(volumes, a).filter(({ price }) => price === 's3Storage'),
    { service: 'Glue', item: 'Spark jobs', price: 'glueCompute', quantity: hours(a.glueJobMinutes), formula: '24 × 2 DPU × 10 minutes' },
    { service: 'Glue', item: 'crawlers', price: 'glueCompute', quantity: hours(a.glueCrawlerMinutes), formula: '24 × 2 DPU × 10 minutes' },
  ];
};

/** What usage costs by these prices, in USD a month. */
export const priced = (usage: readonly Usage[], prices: Prices = listPrices): CostLine[] =>
  usage.map((line) => {
    const { usd, per, unit } = prices[line.price];
    return { ...line, unit, usd: line.quantity / per * usd };
  });

export const totalOf = (lines: readonly CostLine[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);

/** Sums by service, in the order of the lines. */
export const byService = (lines: readonly CostLine[]): { service: string; usd: number }[] =>
  [...new Set(lines.map(({ service }) => service))].map((service) => ({ service, usd: totalOf(lines.filter((line) => line.service === service)) }));
