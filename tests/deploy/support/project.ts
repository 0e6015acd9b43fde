import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Template } from '../../../localcloud/cloudformation/index.ts';

const ROOT = process.cwd();
const PACKAGE = '.package';

/** The project, packaged as `npx serverless package` does it, in a folder of its own: the working tree stays as it is. As in
 * Lambda no package.json lies above the bundles. */
export interface PackagedProject {
  folder: string;
  /** What `serverless deploy` would send to CloudFormation. */
  template: Template;
  /** The folder with the bundles that went into the zips. */
  bundles: string;
  remove: () => void;
}

/** No network and no credentials are there to use. Takes a few seconds. */
export const packageProject = (stage: string, parameters: Readonly<Record<string, string>> = {}): PackagedProject => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'package-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const name of ['serverless.yml', 'resources', 'scripts', 'workflows', 'sql', 'config']) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
    for (const name of ['src', 'node_modules']) symlinkSync(path.join(ROOT, name), path.join(folder, name));
    runServerless(folder, ['package', '--stage', stage, '--package', PACKAGE, ...Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`])]);
    const template = JSON.parse(readFileSync(path.join(folder, PACKAGE, 'cloudformation-template-update-stack.json'), 'utf8')) as Template;
    return { folder, template, bundles: path.join(folder, 'dist'), remove };
  } catch (error) {
    remove();
    throw error;
  }
};

const runServerless = (folder: string, args: readonly string[]): void => {
  const program = path.join(ROOT, 'node_modules/serverless/bin/serverless.js');
  const environment = { PATH: process.env['PATH'] ?? '', HOME: folder, SLS_TRACKING_DISABLED: '1', AWS_EC2_METADATA_DISABLED: 'true' };
  try {
    execFileSync(process.execPath, [program, ...args], { cwd: folder, env: environment, stdio: 'pipe', timeout: 170_000 });
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout?: Buffer; stderr?: Buffer };
    throw new Error(`serverless ${args.join(' ')} failed:\n${String(stdout ?? '')}\n${String(stderr ?? '')}`, { cause });
  }
};
