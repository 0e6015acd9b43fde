import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Template } from '../../localcloud/cloudformation/index.ts';
import { checkDeployment, splitEnvironment, type Say } from './checks.ts';
import { CREDENTIALS, lakeEndpoints, REGION, startLakeCloud } from './lake-cloud.ts';
import { freePort, installMiniStack, startMiniStack, Unavailable, UNKNOWN_TYPES, type MiniStack } from './ministack.ts';
import { openServerlessProject, type ServerlessProject } from './serverless.ts';

const STAGE = 'emulator';
/** Of a run that deployed nothing, because there is no emulator to be had. */
const SKIPPED = 3;

const say: Say = (line) => void process.stdout.write(`${line}\n`);

/** Everything from nothing to nothing: two clouds, the deployment, the checks, the removal. */
const deployAndCheck = async (projectRoot: string, folder: string, command: string): Promise<void> => {
  const [port, lakePort] = [await freePort(), await freePort()];
  const lake = await startLakeCloud({ projectRoot, dataDir: path.join(folder, 'lake'), port: lakePort, stage: STAGE, functionsEndpoint: `http://127.0.0.1:${port}` });
  try {
    const emulator = await startMiniStack(command, folder, port, lakeEndpoints(lake.endpoint));
    try {
      await checkStack(projectRoot, emulator, lake.endpoint);
    } finally {
      await emulator.stop();
    }
  } finally {
    await lake.stop();
  }
};

const checkStack = async (projectRoot: string, emulator: MiniStack, lakeEndpoint: string): Promise<void> => {
  const project = openServerlessProject(projectRoot, STAGE, emulator.endpoint, UNKNOWN_TYPES);
  try {
    const template = await deploy(project);
    await checkDeployment(splitEnvironment(emulator.endpoint, lakeEndpoint), STAGE, say);
    await remove(project, template, emulator.endpoint);
  } finally {
    project.dispose();
  }
};

/** MiniStack reports the whole of a second change set, where AWS reports what it changed. */
const MADE = /^(CREATE|UPDATE)_COMPLETE$/;

const deploy = async (project: ServerlessProject): Promise<Template> => {
  const start = performance.now();
  const { events, template } = await project.deploy();
  const wanted = wantedIn(template);
  assert.deepEqual(wanted.filter((id) => !MADE.test(events.get(id) ?? '')).map((id) => `${id}: ${events.get(id) ?? 'not created'}`), []);
  say(`serverless deploy: ${wanted.length} resources created, all of the template but ${UNKNOWN_TYPES.join(', ')}, in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return template;
};

/** The resources that this deployment makes: those of a condition are made unless they hang on a parameter that is not given. */
const wantedIn = ({ Resources }: Template): string[] => Object.entries(Resources).filter(([, { Condition = '' }]) => !NOT_GIVEN.includes(Condition)).map(([id]) => id);

/** The database's way in, the address for alarms, the secret with Slack's webhook. */
const NOT_GIVEN = ['OpensDatabase', 'HasAlarmEmail', 'HasSlack'];

const remove = async (project: ServerlessProject, template: Template, endpoint: string): Promise<void> => {
  const events = await project.remove();
  const made = wantedIn(template).sort();
  const kept = made.filter((id) => template.Resources[id]?.['DeletionPolicy'] === 'RetainExceptOnCreate');
  assert.deepEqual(made.filter((id) => events.get(id) === 'DELETE_SKIPPED'), kept);
  const gone = made.filter((id) => events.get(id) === 'DELETE_COMPLETE');
  assert.equal(gone.length + kept.length, made.length, 'resources that are neither gone nor kept');
  await checkLeft(endpoint);
  say(`serverless remove: ${gone.length} gone, ${kept.length} kept as the template says: ${kept.join(', ')}`);
};

/** The emulator's own word: state is kept, functions are gone. */
const checkLeft = async (endpoint: string): Promise<void> => {
  const dynamodb = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  const lambda = new LambdaClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    await dynamodb.send(new DescribeTableCommand({ TableName: `floe-${STAGE}-lake` }));
    await assert.rejects(lambda.send(new GetFunctionConfigurationCommand({ FunctionName: `floe-${STAGE}-capture` })), { name: 'ResourceNotFoundException' });
  } finally {
    lambda.destroy();
    dynamodb.destroy();
  }
};

/** Exit code 0: all held; 1: something did not; 3: there is no emulator, nothing was deployed. */
const main = async (projectRoot: string): Promise<number> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'floe-emulator-'));
  try {
    await deployAndCheck(projectRoot, folder, installMiniStack());
    return 0;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    say(`Skipped, nothing was deployed: ${error.message}.`);
    return SKIPPED;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main(process.cwd());
