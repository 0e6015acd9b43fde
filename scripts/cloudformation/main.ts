import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { settle } from '../../tests/deploy/checks/settle.ts';
import { packageProject } from '../../tests/deploy/support/project.ts';

const STAGES = ['dev', 'prod'];

/**
 * Python's cfn-lint over the packaged template of each stage: it knows runtimes, ranges and actions that AWS's schemas do not tell.
 * Conditions are decided first, since it also judges what is not taken: an empty id of a network that was not given. Ends with 3 where
 * cfn-lint is not installed: nothing was checked.
 */
const main = (): number => {
  if (spawnSync('cfn-lint', ['--version'], { stdio: 'ignore' }).status !== 0) {
    process.stderr.write('check:cloudformation: cfn-lint is not installed (pip install cfn-lint); nothing was checked\n');
    return 3;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cfn-lint-'));
  try {
    return Math.max(...STAGES.map((stage) => lint(stage, path.join(folder, `${stage}.json`))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const lint = (stage: string, file: string): number => {
  const project = packageProject(stage);
  try {
    writeFileSync(file, JSON.stringify(settle(project.template)));
  } finally {
    project.remove();
  }
  const { status } = spawnSync('cfn-lint', [file], { stdio: 'inherit' });
  if (status === 0) process.stdout.write(`${stage}: cfn-lint finds nothing\n`);
  return status === 0 ? 0 : 1;
};

process.exitCode = main();
