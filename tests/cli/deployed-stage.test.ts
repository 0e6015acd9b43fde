import { rmSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueryExecutionCommand, ListQueryExecutionsCommand } from '@aws-sdk/client-athena';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { applyTemplate } from '../../localcloud/cloudformation/index.ts';
import { main } from '../../cli/main.ts';
import { connect } from '../../cli/pipeline/connection.ts';
import { createTerminal } from '../../cli/output/terminal.ts';
import { createProgram } from '../../cli/program.ts';
import { startPipeline, type LocalPipeline } from '../../cli/local/start-pipeline.ts';

// A deployment as on AWS: its stage is not that of this machine, its databases have a prefix, and commands find it by the SDK's own
// environment and --stage; nothing tells them of the directory. Who gives them may do what the operator's policy allows, and no more.

const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-stage-'));
let pipeline: LocalPipeline;
const given = { ...process.env };

beforeAll(async () => {
  pipeline = await startPipeline({ projectRoot: process.cwd(), dataDir: path.join(folder, 'data'), port: 0, stage: 'test' });
  Object.assign(process.env, { AWS_ENDPOINT_URL: pipeline.endpoint, AWS_REGION });
  await createPeople();
  await become('operator');
}, 120_000);
afterAll(async () => {
  process.env = given;
  await pipeline.stop();
  rmSync(folder, { recursive: true });
});

const AWS_REGION = 'eu-west-1';
const administrator = { accessKeyId: 'test', secretAccessKey: 'test' };

/** A role for each policy that the deployment makes. */
const createPeople = async (): Promise<void> => {
  const { OperatorPolicyArn = '', AnalystPolicyArn = '', DeliverNowFunctionName = '' } = pipeline.connection.stack.outputs;
  const trust = { Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' }] };
  // What `floe run` calls on this machine alone; on AWS there is no such function.
  const deliverNow = { PolicyName: 'deliver-now', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `arn:aws:lambda:${AWS_REGION}:000000000000:function:${DeliverNowFunctionName}` }] } };
  const role = (RoleName: string, policy: string, Policies: (typeof deliverNow)[]) => ({ Type: 'AWS::IAM::Role', Properties: { RoleName, AssumeRolePolicyDocument: trust, ManagedPolicyArns: [policy], Policies } });
  await applyTemplate({
    template: { Resources: { Operator: role('operator', OperatorPolicyArn, [deliverNow]), Analyst: role('analyst', AnalystPolicyArn, []) } },
    stackName: 'people', endpoint: pipeline.endpoint, region: AWS_REGION, credentials: administrator, taskRoot: folder, registerFunction: () => undefined,
  });
};

/** From here on commands sign as the role. */
const become = async (role: 'operator' | 'analyst'): Promise<void> => {
  const sts = new STSClient({ endpoint: pipeline.endpoint, region: AWS_REGION, credentials: administrator });
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::000000000000:role/${role}`, RoleSessionName: 'person' }));
  sts.destroy();
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId, AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey, AWS_SESSION_TOKEN: Credentials?.SessionToken });
};

interface Said {
  code: number;
  out: string;
  err: string;
}

/** @param answer what a person types who is asked; without it nobody is there */
const floe = async (args: readonly string[], answer?: string): Promise<Said> => {
  let out = '';
  let err = '';
  const stdin = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
  if (answer !== undefined) stdin.write(`${answer}\n`);
  const code = await main(args, {
    projectRoot: process.cwd(), workingDirectory: folder, environment: {}, stdin,
    stdout: { write: (text) => (out += text) }, stderr: { write: (text) => (err += text), isTTY: answer !== undefined },
  });
  return { code, out, err };
};

/** What was done, and what was refused since nobody had agreed to it. */
const tried = { done: [] as string[], refused: [] as string[] };

const done = async (...args: string[]): Promise<string> => {
  tried.done.push(args.join(' '));
  const { code, out, err } = await floe(['--stage', 'test', ...args]);
  expect([args, code, err]).toEqual([args, 0, expect.any(String)]);
  return out;
};
const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await done(...args, '--json')) as T;

const today = new Date().toISOString().slice(0, 10);
const event = (id: string, type: string): string =>
  JSON.stringify({ event_id: id, session_id: 'S1', user_id: 'U1', event_type: type, event_timestamp: `${today}T00:00:0${id}`, event_details: {} });

/** Nobody has agreed to it, and nobody can be asked. */
const refused = async (...args: string[]): Promise<void> => {
  tried.refused.push(args.join(' '));
  const { code, out, err } = await floe([...args, '--stage', 'test']);
  expect([args, code, out, err]).toEqual([args, 2, '', expect.stringMatching(/^floe: this would change a deployment \(stage test, account 000000000000, eu-west-1\), and there is no terminal to ask on: with --yes it is done\n$/)]);
};

describe('every command on a deployed stage', () => {
  let firstRun = '';

  test('publish sends events to its stream, run brings them to gold', async () => {
    writeFileSync(path.join(folder, 'events.jsonl'), `${[event('1', 'click'), event('2', 'add_to_cart'), event('3', 'sing')].join('\n')}\n`);
    await refused('publish', '--events', 'events.jsonl');
    expect(await json('publish', '--events', 'events.jsonl', '--yes')).toMatchObject({ events: { published: 3 }, failures: [] });
    const { workflow, figures } = await json<{ workflow: { status: string; output: { runId: string } }; figures: unknown[] }>('run');
    expect([workflow.status, figures]).toEqual(['SUCCEEDED', [expect.objectContaining({ sourceSystem: 'app', bronzeRows: 3, silverRows: 2, quarantined: 1 })]]);
    firstRun = workflow.output.runId;
  }, 120_000);

  test("query asks its databases, by the stage's names or by their layers", async () => {
    expect(await json('query', 'SELECT session_id, total_events FROM user_session_analysis')).toEqual([{ session_id: 'S1', total_events: 2 }]);
    expect(await json('query', 'SELECT count(*) AS n FROM test_silver.events')).toEqual([{ n: 2 }]);
    expect(await json('query', 'SELECT count(*) AS n FROM events', '--database', 'silver')).toEqual([{ n: 2 }]);
    const { code, err } = await floe(['--stage', 'test', 'query', 'SELECT * FROM gold.user_session_analysis']);
    expect([code, err]).toEqual([1, expect.stringContaining('gold')]);
  });

  test('status, snapshots and quarantine report it', async () => {
    expect(await json('status')).toMatchObject({ committed: { runId: firstRun }, newest: [{ source: 'app' }], runs: [{ runId: firstRun, status: 'committed' }] });
    expect(await json('snapshots', 'user_session_analysis')).toHaveLength(1);
    expect(await json('snapshots', 'silver.events')).toHaveLength(1);
    const { examples: [example] } = await json<{ examples: { recordHash: string }[] }>('quarantine', 'list');
    expect(await json('quarantine', 'show', example?.recordHash ?? '')).toMatchObject({ sourceSystem: 'app', reasons: ['event_type: unknown value "sing"'] });
  });

  test('a query that nobody waits for any longer is ended, for it would go on and be billed', async () => {
    const leave = new AbortController();
    const connection = await connect('test', {}, leave.signal);
    const { athena } = pipeline.connection.clients; // the administrator's
    try {
      const begun = async (): Promise<string[]> => (await athena.send(new ListQueryExecutionsCommand({ WorkGroup: connection.names.workgroup }))).QueryExecutionIds ?? [];
      const before = (await begun()).length;
      const asked = connection.lake.ask(`SELECT count(*) FROM ${['a', 'b', 'c'].map((name) => `UNNEST(sequence(1, 10000)) AS ${name} (${name})`).join(' CROSS JOIN ')}`);
      asked.catch(() => undefined);
      while ((await begun()).length === before) await sleep(20);
      leave.abort();
      await expect(asked).rejects.toThrow('abort');
      const [last] = await begun();
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: last }));
      expect(QueryExecution?.Status?.State).toBe('CANCELLED');
    } finally {
      connection.close();
    }
  });

  test('sweep, maintain, redrive do at once what the schedules do', async () => {
    expect(await done('sweep')).toBe('nothing to do: no table has a new snapshot\n');
    expect(await json('maintain')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await done('redrive')).toBe('nothing to do: every event has been delivered\n');
  }, 120_000);

  test('quarantine replay and discard settle records', async () => {
    const replay = ['quarantine', 'replay', '--source', 'app', '--patch', '{"event_type":"page_view"}'];
    await refused(...replay);
    expect(await done(...replay, '--dry-run')).toContain('Nothing has been changed; without --dry-run it will be.');
    expect(await done(...replay, '--yes')).toContain('The next run takes in what was sent: floe --stage test run');
    await refused('quarantine', 'discard', '--source', 'app');
    expect(await done('quarantine', 'discard', '--source', 'app', '--yes')).toContain('nothing to do: no open record matches');
    await done('run');
    expect(await json('query', 'SELECT total_events FROM user_session_analysis')).toEqual([{ total_events: 3 }]);
  }, 120_000);

  test('replay and backfill bring nothing new', async () => {
    await refused('replay', '--from', today);
    expect(await json('replay', '--from', today, '--dry-run')).toMatchObject({ records: 4, objectsWritten: 0 });
    expect(await json('replay', '--from', today, '--yes')).toMatchObject({ records: 4, objectsWritten: 1 });
    await refused('backfill', '--from', today, '--to', today);
    expect(await json('backfill', '--from', today, '--to', today, '--dry-run')).toMatchObject({ plan: { steps: 1 }, done: null });
    expect(await json('backfill', '--from', today, '--to', today, '--yes')).toMatchObject({ done: { steps: 1, changedTables: [] } });
  }, 120_000);

  test('retain takes nothing that is younger than it is asked to keep', async () => {
    const kept = { 'silver.events': 0, 'silver.transactions': 0, 'silver.users': 0, 'silver.quarantine': 0 };
    await refused('retain', '--days', '365');
    expect(await json('retain', '--days', '365', '--dry-run')).toMatchObject({ standing: null, rows: kept, done: false });
    expect(await json('retain', '--before', '2020-01-01', '--yes')).toEqual({ floor: '2020-01-01', standing: null, rows: kept, done: true });
    expect(await done('retain', '--before', '2019-01-01', '--yes')).toContain('silver keeps what is dated 2020-01-01 or later; its floor stood at 2020-01-01');
    expect(await floe(['--stage', 'test', 'retain'])).toMatchObject({ code: 2, err: expect.stringContaining('either --days or --before is needed') as string });
  }, 120_000);

  test('rollback asks its user, who types the name of the stage', async () => {
    const back = ['--stage', 'test', 'rollback', '--to', firstRun];
    await refused('rollback', '--to', firstRun);
    expect(await done('rollback', '--to', firstRun, '--dry-run')).toContain('would go back to run');
    const question = /stage test, account 000000000000, eu-west-1: .*gold\.user_session_analysis.* back to what run .* Go on\? Type test: /;
    expect(await floe(back, 'prod')).toMatchObject({ code: 1, err: expect.stringMatching(question) as string });
    expect(await json('query', 'SELECT total_events FROM user_session_analysis')).toEqual([{ total_events: 3 }]);
    expect(await floe(back, 'test')).toMatchObject({ code: 0, err: expect.stringMatching(question) as string });
    expect(await json('query', 'SELECT total_events FROM user_session_analysis')).toEqual([{ total_events: 2 }]);
  }, 120_000);

  test('an analyst queries, and changes nothing', async () => {
    await become('analyst');
    expect(await json('query', 'SELECT total_events FROM user_session_analysis')).toEqual([{ total_events: 2 }]);
    expect(await json('snapshots', 'user_session_analysis')).not.toHaveLength(0);
    expect(await floe(['--stage', 'test', 'query', 'DELETE FROM user_session_analysis'])).toMatchObject({ code: 1, err: expect.stringMatching(/denied|not authorized/i) as string });
    expect(await floe(['--stage', 'test', 'run'])).toMatchObject({ code: 1, err: expect.stringMatching(/^floe: AWS refuses it: .*lambda:InvokeFunction.*; the policy floe-test-operator allows all that this command does/) as string });
    expect(await json('query', 'SELECT total_events FROM user_session_analysis')).toEqual([{ total_events: 2 }]);
  });

  test('no command that takes --stage has been left out, and each that has --yes asks', () => {
    const silent = { write: () => true };
    const context = { projectRoot: process.cwd(), workingDirectory: folder, environment: {}, terminal: createTerminal(silent, silent, {}), now: () => new Date(), signal: new AbortController().signal };
    const commands = createProgram(context, silent, silent).commands.flatMap((command) => (command.commands.length === 0 ? [command] : command.commands));
    const taking = (option: string): string[] => commands.filter(({ options }) => options.some(({ long }) => long === option)).map((command) => (command.parent?.name() === 'quarantine' ? `quarantine ${command.name()}` : command.name()));
    expect(taking('--stage').length).toBeGreaterThan(12);
    expect(taking('--stage').filter((name) => !tried.done.some((line) => line.startsWith(name)))).toEqual([]);
    expect(taking('--yes').filter((name) => !tried.refused.some((line) => line.startsWith(name)))).toEqual([]);
  });
});
