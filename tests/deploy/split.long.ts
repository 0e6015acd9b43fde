import path from 'node:path';
import { createLocalFunction } from '../../cli/local/functions.ts';
import { deployLocally } from '../../localcloud/cloudformation/index.ts';
import { startCloud, type Cloud } from '../../localcloud/index.ts';
import { checkDeployment, splitEnvironment } from '../../scripts/emulator/checks.ts';
import { freePort } from '../../scripts/emulator/emulator.ts';
import { CREDENTIALS, lakeEndpoints, REGION, startLakeCloud, type LakeCloud } from '../../scripts/emulator/lake-cloud.ts';
import { temporaryDirectory } from '../support/floe.ts';

const STAGE = 'split';
/** A role's session is known to the cloud that gave it, and to no other. */
const ANYONE = { AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey, AWS_SESSION_TOKEN: '' };
const folder = temporaryDirectory();
let lake: LakeCloud;
let functions: Cloud;

beforeAll(async () => {
  const port = await freePort();
  lake = await startLakeCloud({ projectRoot: process.cwd(), dataDir: path.join(folder.directory, 'lake'), port: 0, stage: STAGE, functionsEndpoint: `http://127.0.0.1:${port}` });
  functions = await startCloud({ dataDir: path.join(folder.directory, 'functions'), port, region: REGION, schedules: 'off' });
  await deployLocally({
    projectRoot: process.cwd(), stage: STAGE, region: REGION, endpoint: functions.endpoint, credentials: CREDENTIALS,
    registerStack: (stack) => functions.cloudFormation.register(stack),
    registerFunction: ({ name, handler, timeoutSeconds, environment }) => {
      const variables = { ...environment, POWERTOOLS_TRACE_ENABLED: 'false', LAMBDA_TASK_ROOT: process.cwd(), ...lakeEndpoints(lake.endpoint), ...ANYONE };
      functions.functions.register({ name, handler: createLocalFunction(handler, variables), newHandler: () => createLocalFunction(handler, variables), timeoutSeconds });
    },
  });
}, 60_000);
afterAll(async () => {
  await functions.stop();
  await lake.stop();
  folder.remove();
});

test('functions of one cloud find the lake in another by AWS_ENDPOINT_URL_<SERVICE>, and its Firehose and workflow find them', async () => {
  const lines: string[] = [];
  await checkDeployment(splitEnvironment(functions.endpoint, lake.endpoint), STAGE, (line) => lines.push(line));
  expect(lines).toContain('gold has 3 sessions of 3 events, quarantine the broken one with its reason');
}, 120_000);
