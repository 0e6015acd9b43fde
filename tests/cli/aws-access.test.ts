import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { main } from '../../cli/main.ts';

// What a user reads who cannot reach a deployment. The errors are the SDK's own: this server stands in AWS's place and refuses.

const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-access-'));
const given = { ...process.env };
let refusal = { status: 400, code: '', message: '' };
const aws = http.createServer((_request, response) => {
  response.writeHead(refusal.status, { 'content-type': 'text/xml' });
  response.end(`<ErrorResponse><Error><Type>Sender</Type><Code>${refusal.code}</Code><Message>${refusal.message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  writeFileSync(path.join(folder, 'config'), '[profile work]\nregion = eu-central-1\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = data\n\n[sso-session work]\nsso_start_url = https://example.com\nsso_region = eu-central-1\n');
});
beforeEach(() => {
  process.env = {
    PATH: given['PATH'], HOME: folder, AWS_CONFIG_FILE: path.join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'credentials'), AWS_EC2_METADATA_DISABLED: 'true', AWS_MAX_ATTEMPTS: '1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret',
  };
});
afterAll(async () => {
  process.env = given;
  await new Promise((resolve) => aws.close(resolve));
  rmSync(folder, { recursive: true });
});

const floe = async (args: readonly string[], environment: Record<string, string> = {}): Promise<[code: number, err: string, out: string]> => {
  let [out, err] = ['', ''];
  const code = await main(args, { projectRoot: process.cwd(), workingDirectory: folder, environment, stdout: { write: (text) => (out += text) }, stderr: { write: (text) => (err += text) } });
  return [code, err, out];
};
const line = (text: string): string => `floe: ${text}\n`;
const without = (...names: string[]): void => {
  for (const name of names) Reflect.deleteProperty(process.env, name);
};

describe('what AWS refuses is one line that says what to do', () => {
  test.each<[status: number, code: string, message: string, said: string]>([
    [403, 'ExpiredToken', 'The security token included in the request is expired', 'the AWS credentials have expired: sign in again (aws sso login), then repeat the command'],
    [403, 'InvalidClientTokenId', 'The security token included in the request is invalid.', 'AWS does not take these credentials (The security token included in the request is invalid.): look at --profile, AWS_PROFILE and AWS_ACCESS_KEY_ID; a temporary key needs AWS_SESSION_TOKEN too'],
    [403, 'AccessDenied', 'User: arn:aws:iam::123456789012:user/ann is not authorized to perform: cloudformation:DescribeStacks on resource: x', 'AWS refuses it: User: arn:aws:iam::123456789012:user/ann is not authorized to perform: cloudformation:DescribeStacks on resource: x; the policy floe-prod-operator allows all that this command does, floe-prod-analyst its queries'],
    [400, 'Throttling', 'Rate exceeded', "AWS throttles the account's calls (Rate exceeded): wait a little, then repeat the command"],
    [400, 'ValidationError', 'Stack with id floe-prod does not exist', 'there is no stack floe-prod in eu-west-1 of this account: look at --stage, --region and --profile, or deploy it: npx serverless deploy --stage prod'],
  ])('%i %s', async (status, code, message, said) => {
    refusal = { status, code, message };
    expect(await floe(['--stage', 'prod', 'status'])).toEqual([1, line(said), '']);
  });

  // In a process of its own: within jest an error of Node's is none of the SDK's world, which then wraps it.
  test('nobody answers', () => {
    const environment = { ...process.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const { status, stderr } = spawnSync(process.execPath, [path.resolve('bin/floe.mjs'), '--stage', 'prod', 'query', 'SELECT 1'], { cwd: folder, env: environment, encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, line('AWS does not answer (connection refused): look at the network, --region and AWS_ENDPOINT_URL')]);
  }, 30_000);
});

describe('what is missing here is wrong use', () => {
  test('no region', async () => {
    without('AWS_REGION');
    expect(await floe(['--stage', 'prod', 'status'])).toEqual([2, line('no AWS region is known: give --region, set AWS_REGION, or put one into the profile'), '']);
  });

  test('no credentials', async () => {
    without('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
    expect(await floe(['--stage', 'prod', 'status'])).toEqual([2, line('not signed in to AWS: Could not load credentials from any providers; sign in (aws sso login), name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'), '']);
  });

  test('a profile whose session has ended', async () => {
    without('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
    const [code, err] = await floe(['--stage', 'prod', '--profile', 'work', 'status']);
    expect([code, err]).toEqual([2, expect.stringMatching(/^floe: not signed in to AWS: The SSO session .*; sign in \(aws sso login --profile work\), name a profile with --profile, or set .*\n$/)]);
  });

  test.each<[args: string[], said: RegExp]>([
    [['--stage', 'prod', 'status', '--data-dir', 'x'], /^floe: --data-dir is for a cloud of this machine, --stage for a deployment: give one of them$/],
    [['status', '--region', 'eu-west-1'], /^floe: --profile and --region belong to --stage$/],
    [['status', '--stage', 'a b'], /^floe: "a b" is no stage's name$/],
    [['--stage', 'prod', 'generate'], /^floe: generate knows no option '--stage'$/],
  ])('floe %j', async (args, said) => {
    const [code, err, out] = await floe(args);
    expect([code, out, err.trim()]).toEqual([2, '', expect.stringMatching(said)]);
  });
});

test('FLOE_STAGE stands in for --stage, a directory that is named goes before it', async () => {
  refusal = { status: 400, code: 'ValidationError', message: 'Stack with id floe-test does not exist' };
  expect(await floe(['status'], { FLOE_STAGE: 'test' })).toEqual([1, expect.stringContaining('there is no stack floe-test'), '']);
  expect(await floe(['status', '--data-dir', 'nothing'], { FLOE_STAGE: 'test' })).toEqual([1, line('nothing holds no cloud of floe'), '']);
});
