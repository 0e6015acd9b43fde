import http from 'node:http';
import { STAGE } from './settings.ts';
import { startLakeCloud } from '../scripts/emulator/lake-cloud.ts';

/** The lake's part of docker-compose.yml: the embedded cloud, which listens on loopback only, and a way to it from the other containers. */
const CLOUD_PORT = 4566;
const OUTER_PORT = 4567;

const functionsEndpoint = process.env['FUNCTIONS_ENDPOINT'];
if (functionsEndpoint === undefined) throw new Error('FUNCTIONS_ENDPOINT is not set: the address of LocalStack');

/** Hands requests on under a name of loopback, which is all that the cloud takes. */
const forwarder = http.createServer((request, response) => {
  const onward = http.request({ host: '127.0.0.1', port: CLOUD_PORT, method: request.method, path: request.url, headers: { ...request.headers, host: `127.0.0.1:${CLOUD_PORT}` } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', (error) => response.destroy(error));
  request.pipe(onward);
});

const lake = await startLakeCloud({ projectRoot: process.cwd(), dataDir: process.env['LAKE_DIR'] ?? '/var/lib/floe', port: CLOUD_PORT, stage: STAGE, functionsEndpoint });
forwarder.listen(OUTER_PORT, '0.0.0.0');

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    forwarder.close();
    forwarder.closeAllConnections();
    void lake.stop();
  });
}
