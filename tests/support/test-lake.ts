import { randomUUID } from 'node:crypto';
import { createLocalFunction } from '../../cli/local/functions.ts';
import { deployLocally } from '../../localcloud/cloudformation/index.ts';
import { startCloud, type Cloud } from '../../localcloud/index.ts';
import { createBronzeWriter, type BronzeTable } from '../../src/lib/bronze/index.ts';
import { awsConfigOf, createClients, createObjects, type Clients } from '../../src/lib/aws/index.ts';
import { createQueries } from '../../src/lib/lake/index.ts';
import { putDecision, type Decision } from '../../src/lib/quarantine/index.ts';
import type { BackfillCursor, DateRange, RunSummary } from '../../src/lib/run/index.ts';
import { printTime, type BrokenRecord, type Delivery, type EventRecord, type TransactionRecord, type UserRecord } from '../pipeline/oracle/records.ts';
import { temporaryDirectory, type Row } from './floe.ts';

/** Records that reach bronze at once: valid ones, and events that broke a rule. */
export interface Batch {
  events?: readonly EventRecord[];
  broken?: readonly BrokenRecord[];
  transactions?: readonly TransactionRecord[];
  users?: readonly UserRecord[];
}

/** The lake without its ways in: bronze objects are written by the test, with arrivals of its choice. */
export interface TestLake {
  readonly cloud: Cloud;
  readonly clients: Clients;
  /** The cloud's directory. */
  readonly directory: string;
  /** Today, or on the date given. */
  deliver(batch: Batch, ingestionDate?: string): Promise<void>;
  /** The hourly workflow; throws where it fails. */
  run(): Promise<RunSummary>;
  /** The daily sweep; throws where it fails. */
  sweep(): Promise<RunSummary>;
  /** The daily maintenance; throws where it fails. */
  maintain(): Promise<RunSummary>;
  /** The daily retention, up to a date; throws where it fails. */
  retain(before: string): Promise<RunSummary>;
  /** Back to a committed run, by its id or a time; throws where it fails. */
  rollback(to: string): Promise<RunSummary>;
  /** One step of a backfill, the first where none is given; throws where it fails. */
  backfill(range: DateRange, next?: BackfillCursor): Promise<RunSummary>;
  /** Writes a decision about quarantined records down and marks their rows; throws where it fails. */
  decide(decision: Decision): Promise<RunSummary>;
  query(sql: string): Promise<Row[]>;
  stop(): Promise<void>;
}

const REGION = 'eu-west-1';
const BUCKET = 'floe-dev-lake-000000000000';
const HOURLY = `arn:aws:states:${REGION}:000000000000:stateMachine:floe-dev-hourly`;

/** Days before today, UTC. */
export const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** @param createFunction how functions are made of their handlers; a test can put itself between them and the cloud */
export const openTestLake = async (createFunction = createLocalFunction): Promise<TestLake> => {
  const { directory, remove } = temporaryDirectory();
  const cloud = await startCloud({ dataDir: directory, region: REGION, schedules: 'off' });
  const clients = createClients(awsConfigOf({ ...cloud.environment }));
  const queries = createQueries(clients.athena, 'floe-dev');
  await deploy(cloud, createFunction);
  return {
    cloud,
    clients,
    directory,
    async deliver({ events = [], broken = [], transactions = [], users = [] }, ingestionDate) {
      await put(cloud, 'events', [...events.map(eventRow), ...broken.map(brokenRow)], ingestionDate);
      await put(cloud, 'transactions', transactions.map(transactionRow), ingestionDate);
      await put(cloud, 'users', users.map(userRow), ingestionDate);
    },
    run: () => execute(cloud, {}),
    sweep: () => execute(cloud, { kind: 'sweep' }),
    maintain: () => execute(cloud, { kind: 'maintenance' }),
    retain: (before) => execute(cloud, { kind: 'retention', before }),
    backfill: (range, next) => execute(cloud, { kind: 'backfill', ...range, ...(next === undefined ? {} : { next }) }),
    decide: async (decision) => execute(cloud, { kind: 'quarantine', decision: await putDecision(createObjects(clients.s3, BUCKET), decision) }),
    rollback: (to) => execute(cloud, { kind: 'rollback', to }),
    async query(sql) {
      const { columns, rows } = await queries.run(sql);
      return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
    },
    async stop() {
      clients.destroy();
      await cloud.stop();
      remove();
    },
  };
};

const execute = async (cloud: Cloud, input: object): Promise<RunSummary> => {
  const outcome = await cloud.states.run(HOURLY, input);
  if (outcome.status !== 'SUCCEEDED') throw new Error(`${outcome.error ?? outcome.status}: ${outcome.cause ?? ''}`);
  return outcome.output as RunSummary;
};

const deploy = async ({ endpoint, environment, functions, cloudFormation }: Cloud, createFunction: typeof createLocalFunction): Promise<void> => {
  const credentials = { accessKeyId: environment.AWS_ACCESS_KEY_ID, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY };
  await deployLocally({
    projectRoot: process.cwd(), stage: 'dev', region: REGION, endpoint, credentials, registerStack: (stack) => cloudFormation.register(stack),
    registerFunction: ({ name, handler, timeoutSeconds, memoryMegabytes, environment: variables }) => {
      const all = { ...variables, LAMBDA_TASK_ROOT: process.cwd(), POWERTOOLS_TRACE_ENABLED: 'false' };
      functions.register({ name, handler: createFunction(handler, all), newHandler: () => createFunction(handler, all), timeoutSeconds, memoryMb: memoryMegabytes, environment: all });
    },
  });
};

const put = async (cloud: Cloud, table: BronzeTable, rows: readonly Record<string, unknown>[], ingestionDate?: string): Promise<void> => {
  if (rows.length === 0) return;
  const writer = createBronzeWriter(table);
  for (const row of rows) writer.append(row);
  const now = new Date().toISOString();
  const date = ingestionDate ?? now.slice(0, 10);
  const partition = table === 'events' ? `ingestion_date=${date}/ingestion_hour=${now.slice(11, 13)}` : `ingestion_date=${date}`;
  await cloud.store.put(BUCKET, `bronze/${table}/${partition}/${randomUUID()}.parquet`, writer.finish());
};

const commonRow = ({ hash, arrival }: Delivery, source: string): Record<string, unknown> => ({
  payload: hash, payload_encoding: 'utf8', payload_location: null, record_hash: hash, validation_errors: [], unknown_fields: [], source_system: source, contract_version: 1,
  origin: `test/${randomUUID()}`, arrival_timestamp: printTime(arrival), ingestion_timestamp: printTime(arrival),
});

const eventRow = (event: EventRecord): Record<string, unknown> => ({
  ...commonRow(event, event.source),
  event_id: event.id, session_id: event.sessionId, user_id: event.userId, event_type: event.type, event_timestamp: printTime(event.time),
  product_id: null, category_id: null, category_code: null, brand: null, price: null, event_details: null, shard_id: null, sequence_number: null,
});

const brokenRow = (record: BrokenRecord): Record<string, unknown> => ({
  ...commonRow(record, record.source), validation_errors: record.reasons, contract_version: record.contractVersion, origin: record.origin,
  event_id: null, session_id: null, user_id: null, event_type: null, event_timestamp: null,
  product_id: null, category_id: null, category_code: null, brand: null, price: null, event_details: null, shard_id: null, sequence_number: null,
});

const transactionRow = (transaction: TransactionRecord): Record<string, unknown> => ({
  ...commonRow(transaction, 'transactions'),
  transaction_id: transaction.id, session_id: transaction.sessionId, user_id: transaction.userId, amount: transaction.amount, currency: transaction.currency,
  transaction_timestamp: printTime(transaction.time), source_file: '/test.csv', row_number: 1, header: '',
});

const userRow = (user: UserRecord): Record<string, unknown> => ({
  ...commonRow(user, 'users'),
  user_id: user.id, signup_date: printTime(user.signup), device_type: user.deviceType, country: user.country, updated_at: printTime(user.time), changed_at: printTime(user.arrival),
});
