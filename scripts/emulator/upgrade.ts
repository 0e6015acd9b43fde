import assert from 'node:assert/strict';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { connect, type Connection } from '../../cli/pipeline/connection.ts';
import { awsConfigOf, createStateTable, type Environment } from '../../src/lib/aws/index.ts';
import { createLakeItemStore, type LakeItem } from '../../src/lib/run/index.ts';
import type { Say } from './checks.ts';
import { CREDENTIALS, REGION } from './lake-cloud.ts';
import type { ServerlessProject } from './serverless.ts';

const TABLE = 'sql/tables/silver.transactions.sql';
const VIEW = 'sql/views/gold.upgraded_sessions.sql';
const withColumn = (type: string) => (ddl: string): string => ddl.replace('\n)\nPARTITIONED BY', `,\n  upgrade_note ${type}\n)\nPARTITIONED BY`);

export interface Upgrade {
  readonly project: ServerlessProject;
  readonly environment: Environment;
  readonly stage: string;
  /** A run, and what the tables should hold after it. */
  readonly goOn: () => Promise<void>;
}

/**
 * A deployment's second, third and fourth time: a column, a view, functions with them and a parameter are changed and nothing is lost; a third
 * time changes nothing; a column of another type is refused, and the stack goes back and on.
 * @throws AssertionError with what was expected and what came
 */
export const checkUpgrade = async ({ project, environment, stage, goOn }: Upgrade, say: Say): Promise<void> => {
  const connection = await connect(stage, awsConfigOf(environment));
  try {
    const before = await committed(connection);
    project.edit(TABLE, withColumn('string'));
    project.edit(VIEW, () => 'CREATE OR REPLACE VIEW ${gold}.upgraded_sessions AS SELECT session_id FROM ${gold}.user_session_analysis\n');
    const changed = ['--param', 'logDays=14'];
    const { events } = await project.deploy(changed);
    assert.deepEqual(['LakeTables', 'MigrateLambdaFunction', 'CaptureLogGroup'].map((id) => events.get(id)), Array(3).fill('UPDATE_COMPLETE'));
    await checkUpgraded(connection, before);
    await goOn();
    say('a second deployment: a column, a view, functions and a parameter are changed; rows, watermark and the last commit are kept, a run goes on');

    const current = await committed(connection);
    await project.deploy(changed);
    await checkUpgraded(connection, current);
    say('a third one, with nothing changed: rows are as they were');

    project.edit(TABLE, (ddl) => ddl.replace('upgrade_note string', 'upgrade_note bigint'));
    const kept = await committed(connection);
    await assert.rejects(project.deploy(changed), /TableDiffersError: silver\.transactions\.upgrade_note is string, but sql\/tables\/ says bigint/);
    assert.equal(await statusOf(environment, stage), 'UPDATE_ROLLBACK_COMPLETE');
    await checkUpgraded(connection, kept);
    await goOn();
    say('a fourth one, with a column of another type: TableDiffersError, the stack is as before, a run goes on');
  } finally {
    connection.close();
  }
};

const committed = async ({ clients, names }: Connection): Promise<LakeItem['committed'] | undefined> =>
  (await createLakeItemStore(createStateTable(clients.dynamodb, names.lakeTable, 'item')).read())?.committed;

/** The deployment has touched neither rows nor the lake's item. */
const checkUpgraded = async (connection: Connection, before: LakeItem['committed'] | undefined): Promise<void> => {
  const { lake: { databases: { silver, gold }, ...lake } } = connection;
  assert.deepEqual(await committed(connection), before);
  assert.deepEqual((await lake.ask(`SELECT count(*), count(upgrade_note) FROM ${silver}.transactions`)).rows, [['2', '0']]);
  assert.deepEqual((await lake.ask(`SELECT count(*) FROM ${gold}.upgraded_sessions`)).rows, [['3']]);
};

const statusOf = async (environment: Environment, stage: string): Promise<string | undefined> => {
  const cloudformation = new CloudFormationClient({ endpoint: environment['AWS_ENDPOINT_URL'] ?? '', region: REGION, credentials: CREDENTIALS });
  try {
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: `floe-${stage}` }));
    return Stacks?.[0]?.StackStatus;
  } finally {
    cloudformation.destroy();
  }
};
