import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Template } from '../../localcloud/cloudformation/index.ts';
import type { Gaps } from './gaps.ts';
import { CREDENTIALS, REGION } from './lake-cloud.ts';

const TIMEOUT_MS = 600_000;

/** What became of the stack's resources, by logical id: the last status the framework reported. */
export type StackEvents = ReadonlyMap<string, string>;

/** The Serverless Framework against one endpoint, in a copy of the project: the working tree stays as it is. */
export interface ServerlessProject {
  /** @param more of the command's options @throws Error with what it printed */
  deploy(more?: readonly string[]): Promise<{ events: StackEvents; template: Template }>;
  /** Changes a file of the copy, or makes one of nothing. */
  edit(file: string, change: (text: string) => string): void;
  remove(): Promise<StackEvents>;
  dispose(): void;
}

/**
 * @param endpoint of CloudFormation and all it makes; credentials are made up, no profile of the user's is read
 * @param gaps what its CloudFormation does not know, which the copy does without
 */
export const openServerlessProject = (projectRoot: string, stage: string, endpoint: string, gaps: Gaps): ServerlessProject => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-serverless-'));
  for (const name of ['serverless.yml', 'resources', 'scripts', 'workflows', 'sql', 'config']) cpSync(path.join(projectRoot, name), path.join(folder, name), { recursive: true });
  for (const name of ['src', 'node_modules']) symlinkSync(path.join(projectRoot, name), path.join(folder, name));
  const configuration = path.join(folder, 'serverless.yml');
  writeFileSync(configuration, readFileSync(configuration, 'utf8').replace(/^plugins:$/m, 'plugins:\n  - ./scripts/emulator/without-gaps.cjs'));
  // With the host of a database there is a network for it.
  const parameters = ['--stage', stage, '--region', REGION, '--param', 'databaseHost=db.example', '--verbose'];
  const run = (command: string, more: readonly string[] = []): Promise<StackEvents> => runServerless(folder, [command, ...parameters, ...more], endpoint, gaps);
  return {
    async deploy(more) {
      const events = await run('deploy', more);
      return { events, template: JSON.parse(readFileSync(path.join(folder, '.serverless', 'cloudformation-template-update-stack.json'), 'utf8')) as Template };
    },
    edit(name, change) {
      const file = path.join(folder, name);
      writeFileSync(file, change(existsSync(file) ? readFileSync(file, 'utf8') : ''));
    },
    remove: () => run('remove'),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
};

const runServerless = async (folder: string, parameters: readonly string[], endpoint: string, gaps: Gaps): Promise<StackEvents> => {
  if (!gaps.images) return spawnServerless(folder, parameters, { AWS_ENDPOINT_URL: endpoint, FLOE_GAPS: JSON.stringify(gaps) });
  const registry = http.createServer((_request, response) => response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end('{"__type":"RepositoryNotFoundException"}'));
  await once(registry.listen(0, '127.0.0.1'), 'listening');
  const { port } = registry.address() as AddressInfo;
  try {
    return await spawnServerless(folder, parameters, { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${port}`, FLOE_GAPS: JSON.stringify(gaps) });
  } finally {
    registry.close();
  }
};

const spawnServerless = async (folder: string, parameters: readonly string[], variables: Readonly<Record<string, string>>): Promise<StackEvents> => {
  const environment = {
    PATH: process.env['PATH'] ?? '', HOME: folder, SLS_TRACKING_DISABLED: '1', AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_CONFIG_FILE: os.devNull, AWS_SHARED_CREDENTIALS_FILE: os.devNull, ...variables,
  };
  const child = spawn(process.execPath, [path.join(folder, 'node_modules/serverless/bin/serverless.js'), ...parameters], { cwd: folder, env: environment, stdio: 'pipe', timeout: TIMEOUT_MS });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`serverless ${parameters.join(' ')} failed:\n${output}`);
  return eventsOf(output);
};

/** The framework prints `CREATE_COMPLETE - AWS::S3::Bucket - LakeBucket` for each event of the stack. */
const eventsOf = (output: string): StackEvents => new Map([...output.matchAll(/^\s*([A-Z_]+) - [\w:]+ - (\S+)\s*$/gm)].map(([, status = '', id = '']) => [id, status]));
