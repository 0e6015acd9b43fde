import assert from 'node:assert/strict';
import { connect, type Connection } from '../../cli/pipeline/connection.ts';
import { awsConfigOf, createStateTable, type Environment } from '../../src/lib/aws/index.ts';
import { createLakeItemStore, type LakeItem } from '../../src/lib/run/index.ts';
import type { Say } from './checks.ts';
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
 * A deployment's second time: a column, a view, the functions they are packaged with and a parameter are changed, and nothing is lost.
 * @throws AssertionError with what was expected and what came
 */
export const checkUpgrade = async ({ project, environment, stage, goOn }: Upgrade, say: Say): Promise<void> => {
  const connection = await connect(stage, awsConfigOf(environment));
  try {
    const before = await committed(connection);
    project.edit(TABLE, withColumn('string'));
    project.edit(VIEW, () => 'CREATE OR REPLACE VIEW ${gold}.upgraded_sessions AS SELECT session_id FROM ${gold}.user_session_analysis\n');
    const { events } = await project.deploy(['--param', 'logDays=14']);
    assert.deepEqual(['LakeTables', 'MigrateLambdaFunction', 'CaptureLogGroup'].map((id) => events.get(id)), Array(3).fill('UPDATE_COMPLETE'));
    await checkUpgraded(connection, before);
    await goOn();
    say('a second deployment: a column, a view, functions and a parameter are changed; rows, watermark and the last commit are kept, a run goes on');
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
