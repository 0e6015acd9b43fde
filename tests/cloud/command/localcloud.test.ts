import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { main } from '../../../localcloud/command/main.ts';
import { buildLocalcloud } from '../../../scripts/localcloud/build.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'localcloud-command-'));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const inProject = path.join(process.cwd(), 'bin', 'localcloud.mjs');

const run = (command: string, args: readonly string[], environment: Record<string, string> = {}): { code: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, ...environment } });
  return { code: status, out: stdout, err: stderr };
};

/** Starts `localcloud up --json` and reads the environment it prints. */
const upWith = async (command: string, args: readonly string[]): Promise<{ environment: Record<string, string>; end: () => Promise<number | null> }> => {
  const child = spawn(process.execPath, [command, 'up', '--port', '0', '--json', ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  const end = async (): Promise<number | null> => {
    const closed = once(child, 'close') as Promise<[number | null]>;
    child.kill('SIGINT');
    return (await closed)[0];
  };
  return { environment: JSON.parse(printed.toString('utf8')) as Record<string, string>, end };
};

const clientConfig = (environment: Record<string, string>) => ({
  endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

test('up: the template\'s resources, the functions of the module, the environment; query: of the running cloud, then of its directory', async () => {
  writeFileSync(path.join(folder, 'functions.mjs'), "export const functions = [{ name: 'hello', timeoutSeconds: 5, handler: async (event) => ({ hello: event.name }) }];\n");
  writeFileSync(
    path.join(folder, 'template.yml'),
    "Resources:\n  Lake:\n    Type: AWS::S3::Bucket\n    Properties: { BucketName: !Sub '${AWS::StackName}-lake' }\n",
  );
  const { environment, end } = await upWith(inProject, ['--functions', 'functions.mjs', '--template', 'template.yml', '--stack', 'shop']);
  const s3 = new S3Client({ ...clientConfig(environment), forcePathStyle: true });
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'shop-lake' }))).resolves.toBeDefined();
  expect(run(inProject, ['query', 'CREATE DATABASE sales'], environment)).toEqual({ code: 0, out: '', err: '' });
  expect(run(inProject, ['query', "SELECT 7 / 2 AS a, CAST(NULL AS varchar) AS b"], environment).out).toBe('"a","b"\n"3",\n');
  expect(run(inProject, ['query', 'SELECT 1 / 0'], environment)).toEqual({ code: 1, out: '', err: 'localcloud: DIVISION_BY_ZERO: Division by zero\n' });
  const held = run(inProject, ['query', 'SELECT 1', '--data-dir', '.localcloud']);
  expect([held.code, held.err]).toEqual([1, expect.stringContaining('a cloud runs in')]);
  expect(await end()).toBe(0);
  expect(run(inProject, ['query', 'SHOW DATABASES', '--data-dir', '.localcloud']).out).toContain('sales');
});

test('up: functions of the module where there is no template', async () => {
  writeFileSync(path.join(folder, 'two.mjs'), "export const functions = [{ name: 'twice', timeoutSeconds: 5, handler: async (event) => event * 2 }];\n");
  const { environment, end } = await upWith(inProject, ['--functions', 'two.mjs', '--data-dir', 'second']);
  const lambda = new LambdaClient(clientConfig(environment));
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'twice', Payload: Buffer.from('21') }));
  expect(Buffer.from(Payload ?? []).toString('utf8')).toBe('42');
  expect(await end()).toBe(0);
});

test.each([
  ['no functions in the module', ['up', '--functions', 'empty.mjs'], 'has no export "functions" that is a list'],
  ['a function without a name', ['up', '--functions', 'nameless.mjs'], 'functions[0] needs a name'],
])('one line for %s', (_, args, text) => {
  writeFileSync(path.join(folder, 'empty.mjs'), 'export const other = 1;\n');
  writeFileSync(path.join(folder, 'nameless.mjs'), 'export const functions = [{}];\n');
  const { err, ...answer } = run(inProject, args);
  expect(answer).toEqual({ code: 1, out: '' });
  expect(err).toContain(text);
  expect(err.trimEnd()).not.toContain('\n');
});

test.each([
  ['no template', ['up', '--template', 'text.yml'], 1, 'has no Resources'],
  ['a missing file', ['up', '--template', 'nothing.yml'], 1, 'no such file'],
  ['no cloud in the directory', ['query', 'SELECT 1', '--data-dir', 'nothing'], 1, 'holds no cloud'],
  ['no cloud at all', ['query', 'SELECT 1'], 1, 'export AWS_ENDPOINT_URL'],
  ['an unknown command', ['down'], 2, "unknown command 'down'"],
  ['a port that is none', ['up', '--port', 'x'], 2, 'Expected a port'],
])('one line for %s, and the exit code', async (_, args, code, text) => {
  writeFileSync(path.join(folder, 'text.yml'), 'some: text\n');
  let err = '';
  const print = (more: string): void => void (err += more);
  expect(await main(args, { workingDirectory: folder, environment: {}, print, printError: print })).toBe(code);
  expect(err).toContain(text);
  expect(err.trimEnd()).not.toContain('\n');
});

test('the package for other projects runs in plain Node: library, engine and command', async () => {
  const packageFolder = path.join(folder, 'node_modules', 'localcloud');
  mkdirSync(path.dirname(packageFolder), { recursive: true });
  await buildLocalcloud(process.cwd(), packageFolder, { declarations: false });
  symlinkSync(path.join(process.cwd(), 'node_modules'), path.join(packageFolder, 'node_modules'));
  writeFileSync(
    path.join(folder, 'program.mjs'),
    `import { startCloud } from 'localcloud';
     import { openAthena } from 'localcloud/athena';
     import { deployLocally } from 'localcloud/cloudformation';
     import { merge } from 'localcloud/iceberg';
     const cloud = await startCloud({ dataDir: 'third' });
     cloud.store.createBucket('lake');
     await cloud.stop();
     const athena = openAthena({ dataDir: 'third', store: cloud.store });
     await athena.execute('CREATE DATABASE d');
     await athena.execute("CREATE TABLE d.t (a int) LOCATION 's3://lake/t/' TBLPROPERTIES ('table_type' = 'ICEBERG')");
     await athena.execute('INSERT INTO d.t VALUES (1), (2)');
     const { rows } = await athena.execute('SELECT sum(a) FROM d.t');
     await athena.close();
     console.log(JSON.stringify([rows, typeof deployLocally, typeof merge]));`,
  );
  expect(run('program.mjs', [])).toEqual({ code: 0, out: '[[["3"]],"function","function"]\n', err: '' });
  const { end } = await upWith(path.join(packageFolder, 'localcloud.js'), ['--data-dir', 'third']);
  expect(await end()).toBe(0);
});
