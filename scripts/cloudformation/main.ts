import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { settle } from '../../tests/deploy/checks/settle.ts';
import { packageProject } from '../../tests/deploy/support/project.ts';

/** What is there or not by parameters: the network. */
const DEPLOYMENTS: Readonly<Record<string, { stage: string; parameters: Readonly<Record<string, string>> }>> = {
  dev: { stage: 'dev', parameters: {} },
  'prod with a database': { stage: 'prod', parameters: { databaseHost: 'db.example' } },
  "prod in the database's network": {
    stage: 'prod',
    parameters: {
      databaseHost: 'db.example', vpcId: 'vpc-0123456789abcdef0', subnetA: 'subnet-0123456789abcdef0', subnetB: 'subnet-0123456789abcdef1',
      routeTableIds: 'rtb-0123456789abcdef0', databaseSecurityGroupId: 'sg-0123456789abcdef0',
    },
  },
};

/**
 * Python's cfn-lint over packaged templates: it knows runtimes, ranges and actions that AWS's schemas do not tell.
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
    return Math.max(...Object.keys(DEPLOYMENTS).map((name, index) => lint(name, path.join(folder, `${index}.json`))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const lint = (name: string, file: string): number => {
  const { stage = '', parameters } = DEPLOYMENTS[name] ?? {};
  const project = packageProject(stage, parameters);
  try {
    writeFileSync(file, JSON.stringify(settle(project.template)));
  } finally {
    project.remove();
  }
  const { status } = spawnSync('cfn-lint', [file], { stdio: 'inherit' });
  if (status === 0) process.stdout.write(`${name}: cfn-lint finds nothing\n`);
  return status === 0 ? 0 : 1;
};

process.exitCode = main();
