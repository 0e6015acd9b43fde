import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Gateway } from '../../../localcloud/gateway/index.ts';
import type { Service } from '../../../localcloud/core/service.ts';

/** A directory of its own for each test file, removed after it. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'localcloud-edge-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

/** A gateway on a free port, started before a file's tests and stopped after them. Called while the tests are being collected. */
export const gatewayFor = (services: () => readonly Service[]): { endpoint: () => string } => {
  let gateway: Gateway | undefined;
  beforeAll(async () => {
    gateway = await Gateway.start({ services: services(), port: 0 });
  });
  afterAll(() => gateway?.stop());
  return {
    endpoint: () => {
      if (!gateway) throw new Error('the gateway has not been started');
      return gateway.endpoint;
    },
  };
};

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
export const region = 'eu-west-1';
