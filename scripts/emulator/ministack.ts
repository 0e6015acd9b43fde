import path from 'node:path';
import { pythonPackage, startProgram, type StartEmulator } from './emulator.ts';
import { MINISTACK_GAPS } from './gaps.ts';
import { CREDENTIALS, REGION } from './lake-cloud.ts';

/** The version docs/emulator.md was measured with. */
const PACKAGE = 'ministack==1.5.33';

/** MiniStack. Its functions run as processes of this machine's Node and inherit its environment. */
export const startMiniStack: StartEmulator = async (folder, port, variables) => {
  const command = path.join(pythonPackage(PACKAGE), 'ministack');
  const endpoint = `http://127.0.0.1:${port}`;
  const environment = {
    PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder, STATE_DIR: path.join(folder, 'state'),
    GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1', MINISTACK_HOST: '127.0.0.1', MINISTACK_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey, ...variables,
  };
  const stop = await startProgram({ command, parameters: [], environment, logFile: path.join(folder, 'ministack.log') }, `${endpoint}/_localstack/health`);
  return { endpoint, gaps: MINISTACK_GAPS, stop };
};
