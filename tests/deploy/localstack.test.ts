import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { FUNCTIONS_ENDPOINT, LAKE_ENDPOINT, LAKE_OF_FUNCTIONS } from '../../localstack/settings.ts';
import { lakeEndpoints } from '../../scripts/emulator/lake-cloud.ts';

interface Service {
  image: string;
  command?: string[];
  environment: Record<string, string>;
  ports: string[];
  volumes: string[];
  networks: { floe: { ipv4_address: string } };
}

const FOLDER = 'localstack';
const compose = parse(readFileSync(path.join(FOLDER, 'docker-compose.yml'), 'utf8')) as {
  services: Record<'localstack' | 'lake', Service>;
  networks: { floe: { name: string; ipam: { config: { subnet: string }[] } } };
  volumes: Record<string, unknown>;
};
const { localstack, lake } = compose.services;
const addressOf = (service: Service): string => service.networks.floe.ipv4_address;

test('functions are told where each service of the lake is, by an address of its container', () => {
  const flags = localstack.environment['LAMBDA_DOCKER_FLAGS'] ?? '';
  const told: Record<string, string> = Object.fromEntries([...flags.matchAll(/-e (\w+)=(\S+)/g)].map(([, name = '', url = '']): [string, string] => [name, url]));
  expect(LAKE_OF_FUNCTIONS).toBe(`http://${addressOf(lake)}:${new URL(LAKE_ENDPOINT).port}`);
  expect(told).toEqual(lakeEndpoints(LAKE_OF_FUNCTIONS));
  expect(lake.environment['FUNCTIONS_ENDPOINT']).toBe(`http://${addressOf(localstack)}:${new URL(FUNCTIONS_ENDPOINT).port}`);
  expect(localstack.environment['LAMBDA_DOCKER_NETWORK']).toBe(compose.networks.floe.name);
});

test('both are published on loopback only, at the ports the commands use', () => {
  expect(localstack.ports.concat(lake.ports)).toEqual([FUNCTIONS_ENDPOINT, LAKE_ENDPOINT].map((url) => `127.0.0.1:${new URL(url).port}:${new URL(url).port}`));
});

test('images are those that were measured, until another is asked for', () => {
  for (const { image } of [localstack, lake]) expect(image).toMatch(/^[\w/]+:(\$\{\w+:-)?\d+\.\d+\.\d+\}?$/);
});

test('no token is in the file, and what it names is there', () => {
  expect(localstack.environment['LOCALSTACK_AUTH_TOKEN']).toBe('${LOCALSTACK_AUTH_TOKEN:-}');
  expect(existsSync(/localstack\/\S+\.ts/.exec(lake.command?.join(' ') ?? '')?.[0] ?? '')).toBe(true);
  for (const name of [...lake.volumes, ...localstack.volumes].map((volume) => volume.split(':')[0] ?? '').filter((source) => /^\w+$/.test(source))) expect(Object.keys(compose.volumes)).toContain(name);
});

test('each command of the loop is a script of the project', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  for (const [, name = ''] of readFileSync(path.join(FOLDER, 'README.md'), 'utf8').matchAll(/npm run (\S+)/g)) expect(Object.keys(scripts)).toContain(name);
  for (const script of Object.values(scripts)) for (const [file] of script.matchAll(/localstack\/[\w.-]+/g)) expect(existsSync(file)).toBe(true);
});
