import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import type { Cloud } from '../../../localcloud/index.ts';
import { startCloud } from '../../../localcloud/index.ts';
import { pythonEnvironment, Unavailable } from './environment.ts';

const SCRIPTS = ['services.py', 'wrangler.py', 'read_tables.py', 'write_tables.py'];
const SCRIPT_TIMEOUT_MS = 300_000;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** What the scripts expect to find: a bucket and a database. */
const prepare = async ({ endpoint, region }: Cloud): Promise<void> => {
  const config = { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  await new S3Client({ ...config, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'conformance' }));
  await new GlueClient(config).send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'conformance' } }));
};

/** @returns whether the script found no difference */
const runScript = async (python: string, file: string, cloud: Cloud): Promise<boolean> => {
  const own = { PATH: `${path.dirname(python)}${path.delimiter}${process.env['PATH'] ?? ''}`, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' };
  // No profile of the user's may lead it to AWS.
  const isolated = { AWS_CONFIG_FILE: os.devNull, AWS_SHARED_CREDENTIALS_FILE: os.devNull };
  const child = spawn(python, [file], { env: { ...own, ...isolated, ...cloud.environment }, stdio: ['ignore', 'inherit', 'inherit'], timeout: SCRIPT_TIMEOUT_MS });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
};

/** Exit code 0: no difference; 1: a difference; 3: what it compares with is not there, nothing was compared. */
const main = async (folder: string): Promise<number> => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'floe-python-'));
  try {
    say('Preparing Python (the first time pip fetches about 200 MB) …');
    const python = pythonEnvironment();
    const cloud = await startCloud({ dataDir, athena: { memoryLimit: '1GB' } });
    try {
      await prepare(cloud);
      let equal = true;
      for (const script of SCRIPTS) equal = (await runScript(python, path.join(folder, script), cloud)) && equal;
      return equal ? 0 : 1;
    } finally {
      await cloud.stop();
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    say(`Skipped, nothing was compared: ${error.message}.`);
    return 3;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
};

process.exitCode = await main(path.join(process.cwd(), 'scripts', 'conformance', 'python'));
