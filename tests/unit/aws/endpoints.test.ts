import { awsConfigOf, createClients } from '../../../src/lib/aws/index.ts';
import type { Clients, Environment } from '../../../src/lib/aws/index.ts';

const base = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
/** The variable's end, and the client it is for. */
const services = [['ATHENA', 'athena'], ['GLUE', 'glue'], ['S3', 's3'], ['DYNAMODB', 'dynamodb'], ['KINESIS', 'kinesis'], ['SECRETS_MANAGER', 'secrets'], ['SFN', 'sfn']] as const;

const portsOf = async (environment: Environment): Promise<Record<string, number | undefined>> => {
  const clients = createClients(awsConfigOf({ ...base, ...environment }));
  const port = async (name: Exclude<keyof Clients, 'destroy'>): Promise<number | undefined> => (await clients[name].config.endpoint?.())?.port;
  try {
    return Object.fromEntries(await Promise.all(services.map(async ([service, name]) => [service, await port(name)] as const)));
  } finally {
    clients.destroy();
  }
};

test("a service's own endpoint goes before that of all, and is no other's", async () => {
  const own = Object.fromEntries(services.map(([service], at) => [`AWS_ENDPOINT_URL_${service}`, `http://127.0.0.1:${9000 + at}`]));
  expect(await portsOf({ ...own, AWS_ENDPOINT_URL: 'http://127.0.0.1:8000' })).toEqual(Object.fromEntries(services.map(([service], at) => [service, 9000 + at])));
  expect(await portsOf({ AWS_ENDPOINT_URL: 'http://127.0.0.1:8000', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000' })).toEqual({
    ...Object.fromEntries(services.map(([service]) => [service, 8000])),
    S3: 9000,
  });
});

test('without any the SDK finds AWS by itself; an empty variable is none', async () => {
  expect(awsConfigOf({ ...base, AWS_ENDPOINT_URL: '', AWS_ENDPOINT_URL_S3: '' })).not.toHaveProperty('endpoint');
  expect(awsConfigOf({ ...base, AWS_ENDPOINT_URL_S3: '' })).not.toHaveProperty('endpoints');
});
