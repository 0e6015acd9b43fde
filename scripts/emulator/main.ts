import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Template } from '../../localcloud/cloudformation/index.ts';
import { checkDeployment, checkNextRun, splitEnvironment, type Say } from './checks.ts';
import { freePort, Unavailable, type Emulator, type StartEmulator } from './emulator.ts';
import type { Gaps } from './gaps.ts';
import { CREDENTIALS, lakeEndpoints, REGION, startLakeCloud, type LakeCloud } from './lake-cloud.ts';
import { startLocalStack } from './localstack.ts';
import { makeTables } from './make-tables.ts';
import { startMiniStack } from './ministack.ts';
import { openServerlessProject, type ServerlessProject } from './serverless.ts';
import { checkUpgrade } from './upgrade.ts';

const STAGE = 'emulator';
/** Of a run that deployed nothing, because there is no emulator to be had. */
const SKIPPED = 3;

const say: Say = (line) => void process.stdout.write(`${line}\n`);

/** Everything from nothing to nothing: two clouds, the deployment, the checks, the removal. */
const deployAndCheck = async (projectRoot: string, folder: string, start: StartEmulator): Promise<void> => {
  const [port, lakePort] = [await freePort(), await freePort()];
  const lake = await startLakeCloud({ projectRoot, dataDir: path.join(folder, 'lake'), port: lakePort, stage: STAGE, functionsEndpoint: `http://127.0.0.1:${port}`, withShop: true });
  try {
    const emulator = await start(folder, port, lakeEndpoints(lake.endpoint));
    try {
      await checkStack(projectRoot, emulator, lake);
    } finally {
      await emulator.stop();
    }
  } finally {
    await lake.stop();
  }
};

const checkStack = async (projectRoot: string, emulator: Emulator, { endpoint: lakeEndpoint, shop }: LakeCloud): Promise<void> => {
  const project = openServerlessProject(projectRoot, STAGE, emulator.endpoint, emulator.gaps);
  try {
    const template = await deploy(project, emulator.gaps);
    const environment = splitEnvironment(emulator.endpoint, lakeEndpoint);
    if (emulator.gaps.types.includes('Custom::LakeTables')) await makeTables(environment, STAGE, lakeEndpoint, say);
    await checkDeployment(environment, STAGE, say, shop);
    if (!emulator.gaps.types.includes('Custom::LakeTables')) await checkUpgrade({ project, environment, stage: STAGE, goOn: () => checkNextRun(environment, STAGE, shop) }, say);
    await remove(project, template, emulator);
  } finally {
    project.dispose();
  }
};

/** MiniStack reports the whole of a second change set, where AWS reports what it changed. */
const MADE = /^(CREATE|UPDATE)_COMPLETE$/;

const deploy = async (project: ServerlessProject, { types }: Gaps): Promise<Template> => {
  const start = performance.now();
  const { events, template } = await project.deploy();
  const wanted = wantedIn(template);
  assert.deepEqual(wanted.filter((id) => !MADE.test(events.get(id) ?? '')).map((id) => `${id}: ${events.get(id) ?? 'not created'}`), []);
  say(`serverless deploy: ${wanted.length} resources created, all of the template${types.map((type, index) => `${index === 0 ? ' but' : ','} ${type}`).join('')}, in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return template;
};

/** The resources that this deployment makes: those of a condition are made unless they hang on a parameter that is not given. */
const wantedIn = ({ Resources }: Template): string[] => Object.entries(Resources).filter(([, { Condition = '' }]) => !NOT_GIVEN.includes(Condition)).map(([id]) => id);

/** The database's way in, the address for alarms, the secret with Slack's webhook. */
const NOT_GIVEN = ['OpensDatabase', 'HasAlarmEmail', 'HasSlack'];

const remove = async (project: ServerlessProject, template: Template, { endpoint, gaps }: Emulator): Promise<void> => {
  const events = await project.remove();
  await checkLeft(endpoint, !gaps.removal);
  if (gaps.removal) {
    say('serverless remove: the stack is gone, and functions and state with it');
    return;
  }
  const made = wantedIn(template).sort();
  const kept = made.filter((id) => template.Resources[id]?.['DeletionPolicy'] === 'RetainExceptOnCreate');
  assert.deepEqual(made.filter((id) => events.get(id) === 'DELETE_SKIPPED'), kept);
  assert.deepEqual(made.filter((id) => !kept.includes(id) && events.get(id) !== 'DELETE_COMPLETE'), [], 'neither gone nor kept');
  say(`serverless remove: ${made.length - kept.length} gone, ${kept.length} kept as the template says: ${kept.join(', ')}`);
};

/** The emulator's own word: functions are gone, state is there where it is kept. */
const checkLeft = async (endpoint: string, isStateKept: boolean): Promise<void> => {
  const dynamodb = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  const lambda = new LambdaClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    const state = dynamodb.send(new DescribeTableCommand({ TableName: `floe-${STAGE}-lake` }));
    await (isStateKept ? state : assert.rejects(state, { name: 'ResourceNotFoundException' }));
    await assert.rejects(lambda.send(new GetFunctionConfigurationCommand({ FunctionName: `floe-${STAGE}-capture` })), { name: 'ResourceNotFoundException' });
  } finally {
    lambda.destroy();
    dynamodb.destroy();
  }
};

const EMULATORS: Readonly<Record<string, StartEmulator>> = { ministack: startMiniStack, localstack: startLocalStack };

/** `--emulator NAME`; MiniStack where none is named. */
const emulatorOf = (parameters: string[]): StartEmulator => {
  const { emulator } = parseArgs({ args: parameters, options: { emulator: { type: 'string', default: 'ministack' } } }).values;
  const start = EMULATORS[emulator];
  if (start === undefined) throw new Error(`--emulator ${emulator}: there are ${Object.keys(EMULATORS).join(', ')}`);
  return start;
};

/** Exit code 0: all held; 1: something did not; 3: there is no emulator, nothing was deployed. */
const main = async (projectRoot: string): Promise<number> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'floe-emulator-'));
  try {
    await deployAndCheck(projectRoot, folder, emulatorOf(process.argv.slice(2)));
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
