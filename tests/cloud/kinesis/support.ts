import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Service } from '../../../localcloud/core/service.ts';

export const REGION = 'eu-west-1';
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** A service behind a plain HTTP server on a free port. */
export const serve = async (service: Pick<Service, 'handle'>): Promise<{ endpoint: string; close: () => Promise<void> }> => {
  const server = http.createServer((request, response) => void service.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

export const temporaryFolder = (): { folder: string; remove: () => void } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'localcloud-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** A clock that stands still until it is moved. */
export const movableClock = (start = '2026-01-31T10:15:00.000Z'): { now: () => Date; advance: (milliseconds: number) => void } => {
  let time = Date.parse(start);
  return { now: () => new Date(time), advance: (milliseconds) => (time += milliseconds) };
};
