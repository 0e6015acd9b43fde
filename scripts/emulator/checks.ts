import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { connect, type Connection } from '../../cli/pipeline/connection.ts';
import { runWorkflow } from '../../cli/pipeline/run-workflow.ts';
import { awsConfigOf, type Environment } from '../../src/lib/aws/index.ts';
import { CREDENTIALS, lakeEndpoints, REGION, type Shop } from './lake-cloud.ts';
import { bringIn } from './ways-in.ts';

/** Told what holds, one line each. */
export type Say = (line: string) => void;

const DELIVERY_TIMEOUT_MS = 60_000;
const SESSIONS = ['session-1', 'session-2', 'session-3'];

/** An app event of one of three sessions, today; `type` decides whether its contract takes it. */
const event = (number: number, type: string): string =>
  JSON.stringify({ event_id: `event-${number}`, session_id: SESSIONS[number % 3], user_id: `user-${number % 3}`, event_type: type, event_timestamp: new Date(Date.now() - 1_000).toISOString().slice(0, 23), event_details: {} });

const EVENTS = [...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((number) => event(number, 'click')), event(9, 'no such type')];

/** How a shell on this machine reaches the deployment: functions and their state on one endpoint, the lake on another. */
export const splitEnvironment = (functionsEndpoint: string, lakeEndpoint: string): Environment => ({
  AWS_ENDPOINT_URL: functionsEndpoint, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey, ...lakeEndpoints(lakeEndpoint),
});

/**
 * What a deployed stage does: capture answers Firehose, events of the stream reach gold by a run, broken ones reach quarantine, and so
 * does what comes in by the other ways, where the functions reach the shop's servers; a last run finds nothing new.
 * @throws AssertionError with what was expected and what came
 */
export const checkDeployment = async (environment: Environment, stage: string, say: Say, shop?: Shop): Promise<void> => {
  const connection = await connect(stage, awsConfigOf(environment));
  try {
    await checkCapture(connection, say);
    await publish(connection);
    say(`published ${EVENTS.length} events to Kinesis; Firehose wrote them to bronze in ${await secondsOf(() => delivered(connection))} s, through the deployed capture function`);
    say(`first run ${await run(connection)}`);
    await checkTables(connection, TABLES);
    say('gold has 3 sessions of 3 events, quarantine the broken one with its reason');
    if (shop !== undefined) {
      await bringIn(connection, { ...awsConfigOf({ ...environment }), endpoints: {} }, shop, event(10, 'click'));
      say(`a file of transactions, a user and an undelivered record brought in by functions as their schedules call them; second run ${await run(connection)}`);
      await checkTables(connection, TABLES_WITH_SHOP);
      say('gold has the record, the two transactions and the user');
    }
    say(`a run with nothing new ${await run(connection)}`);
    await checkTables(connection, shop === undefined ? TABLES : TABLES_WITH_SHOP);
  } finally {
    connection.close();
  }
};

/** A run that finds nothing new leaves what `checkDeployment` has left. @throws AssertionError */
export const checkNextRun = async (environment: Environment, stage: string, shop?: Shop): Promise<void> => {
  const connection = await connect(stage, awsConfigOf(environment));
  try {
    await run(connection);
    await checkTables(connection, shop === undefined ? TABLES : TABLES_WITH_SHOP);
  } finally {
    connection.close();
  }
};

const checkCapture = async (connection: Connection, say: Say): Promise<void> => {
  const record = (recordId: string, text: string): object => ({ recordId, approximateArrivalTimestamp: Date.now(), data: Buffer.from(text).toString('base64') });
  const answer = await connection.invoke(`floe-${connection.stage}-capture`, {
    invocationId: 'check', deliveryStreamArn: `arn:aws:firehose:${REGION}:000000000000:deliverystream/floe-${connection.stage}-events`, region: REGION,
    records: [record('good', event(0, 'click')), record('broken', event(1, 'no such type'))],
  });
  assert(answer.ok, `capture failed: ${answer.ok ? '' : answer.reason}`);
  const { records } = answer.value as { records: { recordId: string; result: string; data: string }[] };
  const rows = records.map(({ recordId, result, data }) => [recordId, result, (JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as { validation_errors: string[] }).validation_errors]);
  assert.deepEqual(rows, [['good', 'Ok', []], ['broken', 'Ok', ['event_type: unknown value "no such type"']]]);
  say('capture, invoked as its zip, answered two records: one valid, one with its reason');
};

const publish = async ({ clients, names }: Connection): Promise<void> => {
  const Records = EVENTS.map((text) => ({ PartitionKey: text.slice(13, 20), Data: Buffer.from(text) }));
  const { FailedRecordCount } = await clients.kinesis.send(new PutRecordsCommand({ StreamName: names.eventStream, Records }));
  assert.equal(FailedRecordCount, 0);
};

const delivered = async ({ clients, names }: Connection): Promise<void> => {
  const deadline = Date.now() + DELIVERY_TIMEOUT_MS;
  for (;;) {
    const { KeyCount = 0 } = await clients.s3.send(new ListObjectsV2Command({ Bucket: names.lakeBucket, Prefix: 'bronze/events/' }));
    if (KeyCount > 0) return;
    assert(Date.now() < deadline, 'Firehose has delivered nothing');
    await sleep(200);
  }
};

const secondsOf = async (work: () => Promise<unknown>): Promise<string> => {
  const start = performance.now();
  await work();
  return ((performance.now() - start) / 1000).toFixed(1);
};

const run = async (connection: Connection): Promise<string> => {
  const start = performance.now();
  const { status, error, cause } = await runWorkflow(connection, { onStep: () => undefined, signal: AbortSignal.timeout(300_000) });
  assert.equal(status, 'SUCCEEDED', `${error ?? ''}: ${cause ?? ''}`);
  return `succeeded in ${((performance.now() - start) / 1000).toFixed(1)} s`;
};

/** What the tables hold, as rows of `session, events`, and of `transactions, users`. */
interface Tables {
  readonly sessions: readonly (readonly [string, string])[];
  readonly counts: readonly [string, string];
}

const TABLES: Tables = { sessions: SESSIONS.map((session) => [session, '3']), counts: ['0', '0'] };
const TABLES_WITH_SHOP: Tables = { sessions: SESSIONS.map((session, index) => [session, index === 1 ? '4' : '3']), counts: ['2', '1'] };

const checkTables = async ({ lake }: Connection, { sessions, counts }: Tables): Promise<void> => {
  const { gold, silver } = lake.databases;
  const rowsOf = async (sql: string): Promise<unknown> => (await lake.ask(sql)).rows;
  assert.deepEqual(await rowsOf(`SELECT session_id, total_events FROM ${gold}.user_session_analysis ORDER BY 1`), sessions);
  assert.deepEqual(await rowsOf(`SELECT array_join(reasons, '') FROM ${silver}.quarantine`), [['event_type: unknown value "no such type"']]);
  assert.deepEqual(await rowsOf(`SELECT (SELECT count(*) FROM ${silver}.transactions), (SELECT count(*) FROM ${silver}.users)`), [counts]);
};
