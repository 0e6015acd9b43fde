import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { startCloud } from '../../localcloud/index.ts';
import { pythonPackage, startProgram, type StartEmulator } from './emulator.ts';
import { LOCALSTACK_GAPS } from './gaps.ts';
import { REGION } from './lake-cloud.ts';

/** The last version of LocalStack that starts without a token, as docs/emulator.md was measured with; written for Python 3.13. */
const PACKAGE = 'localstack-core[runtime]==4.14.0';
const PYTHON = 'python3.13';
/** Newer releases of what it depends on have left out what it calls. */
const UPLOADED_BEFORE = '2026-03-20T00:00:00Z';

/**
 * LocalStack's own program without its container (localstack-plugins/): its functions are processes of this machine's Node; DynamoDB and
 * Kinesis, for which it downloads servers, are those of an embedded cloud.
 */
export const startLocalStack: StartEmulator = async (folder, port, variables) => {
  const command = path.join(pythonPackage(PACKAGE, { python: PYTHON, uploadedBefore: UPLOADED_BEFORE }), 'python');
  const state = await startCloud({ dataDir: path.join(folder, 'state'), port: 0, region: REGION, schedules: 'off' });
  const endpoint = `http://127.0.0.1:${port}`;
  const temporary = path.join(folder, 'tmp'); // LocalStack empties $TMPDIR/localstack
  mkdirSync(temporary, { recursive: true });
  const environment = {
    PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: temporary, FILESYSTEM_ROOT: folder, PYTHONPATH: path.join(import.meta.dirname, 'localstack-plugins'), PYTHONDONTWRITEBYTECODE: '1',
    GATEWAY_LISTEN: `127.0.0.1:${port}`, LOCALSTACK_HOST: `127.0.0.1:${port}`, GATEWAY_SERVER: 'hypercorn', // its other server listens on every address
    DNS_ADDRESS: '0', SKIP_SSL_CERT_DOWNLOAD: '1', SKIP_INFRA_DOWNLOADS: '1', DISABLE_EVENTS: '1', // asks nothing of the network, reports nothing
    LAMBDA_IGNORE_ARCHITECTURE: '1',
    LAMBDA_RUNTIME_EXECUTOR: 'processes', LAMBDA_DOCKER_FLAGS: Object.entries(variables).map(([name, value]) => `-e ${name}=${value}`).join(' '),
    PROVIDER_OVERRIDE_DYNAMODB: 'elsewhere', PROVIDER_OVERRIDE_KINESIS: 'elsewhere', ELSEWHERE: state.endpoint,
  };
  try {
    const stop = await startProgram({ command, parameters: ['-m', 'localstack.runtime.main'], environment, logFile: path.join(folder, 'localstack.log') }, `${endpoint}/_localstack/health`);
    return {
      endpoint, gaps: LOCALSTACK_GAPS,
      async stop() {
        await stop();
        await state.stop();
      },
    };
  } catch (error) {
    await state.stop();
    throw error;
  }
};
