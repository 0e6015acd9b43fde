import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startCloud } from '../../../localcloud/index.ts';
import { actionsPage, probeActions } from '../../../scripts/localcloud/actions.ts';

test('localcloud/ACTIONS.md says of every action of AWS whether it is there', async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'localcloud-actions-'));
  const cloud = await startCloud({ dataDir });
  const notices = jest.spyOn(console, 'warn').mockImplementation(); // the SDK's, on a body without content
  try {
    const services = await probeActions(cloud.endpoint);
    expect(actionsPage(services)).toBe(readFileSync(path.join('localcloud', 'ACTIONS.md'), 'utf8'));
    expect(services.every(({ there }) => there.length > 0)).toBe(true);
  } finally {
    notices.mockRestore();
    await cloud.stop();
    rmSync(dataDir, { recursive: true });
  }
});
