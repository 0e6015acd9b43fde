import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCloud } from '../../localcloud/index.ts';
import { actionsPage, probeActions } from './actions.ts';

const main = async (): Promise<void> => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'localcloud-actions-'));
  const cloud = await startCloud({ dataDir });
  try {
    await writeFile(path.join('localcloud', 'ACTIONS.md'), actionsPage(await probeActions(cloud.endpoint)));
  } finally {
    await cloud.stop();
    await rm(dataDir, { recursive: true });
  }
};

main().catch((error: unknown) => {
  process.stderr.write(`localcloud:actions: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
