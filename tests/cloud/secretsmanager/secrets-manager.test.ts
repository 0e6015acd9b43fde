import { statSync } from 'node:fs';
import path from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { Gateway } from '../../../localcloud/gateway/index.ts';
import { SecretsManagerService } from '../../../localcloud/secretsmanager/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

const dataDir = temporaryDirectory();
const gateway = gatewayFor(() => [new SecretsManagerService({ dataDir })]);
let client: SecretsManagerClient;

beforeAll(() => {
  client = new SecretsManagerClient({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(() => client.destroy());

const create = (Name: string, SecretString: string) => client.send(new CreateSecretCommand({ Name, SecretString }));
const value = async (SecretId: string, VersionStage?: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;

test('a secret is found by name, ARN and ARN without its random end', async () => {
  const { ARN } = await create('team/database', '{"user":"a"}');
  expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:000000000000:secret:team\/database-[A-Za-z0-9]{6}$/);
  expect(await Promise.all(['team/database', ARN!, ARN!.slice(0, -7)].map((id) => value(id)))).toEqual(
    Array.from({ length: 3 }, () => '{"user":"a"}'),
  );
});

test('a new value is current, the one before it previous, older ones are gone', async () => {
  await create('rotated', 'one');
  await client.send(new PutSecretValueCommand({ SecretId: 'rotated', SecretString: 'two' }));
  await client.send(new UpdateSecretCommand({ SecretId: 'rotated', SecretString: 'three', Description: 'd' }));
  expect([await value('rotated'), await value('rotated', 'AWSPREVIOUS')]).toEqual(['three', 'two']);
  const described = await client.send(new DescribeSecretCommand({ SecretId: 'rotated' }));
  expect(described.Description).toBe('d');
  expect(
    Object.values(described.VersionIdsToStages ?? {})
      .flat()
      .sort(),
  ).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
});

test('the same request token again adds nothing, with another value it is refused', async () => {
  const ClientRequestToken = '3f1c8a34-5f8e-4d52-a3c9-6c2a2f6a6f10';
  await create('tokened', 'one');
  const put = (SecretString: string) => client.send(new PutSecretValueCommand({ SecretId: 'tokened', SecretString, ClientRequestToken }));
  expect([(await put('two')).VersionId, (await put('two')).VersionId]).toEqual([ClientRequestToken, ClientRequestToken]);
  expect(await value('tokened', 'AWSPREVIOUS')).toBe('one');
  await expect(put('three')).rejects.toMatchObject({ name: 'ResourceExistsException' });
});

test('bytes come back as bytes', async () => {
  const SecretBinary = Uint8Array.from([0, 255, 10]);
  await client.send(new CreateSecretCommand({ Name: 'binary', SecretBinary }));
  expect([...(await client.send(new GetSecretValueCommand({ SecretId: 'binary' }))).SecretBinary!]).toEqual([0, 255, 10]);
});

test('a name taken, a secret not there and both kinds of value are refused', async () => {
  await create('taken', 'x');
  await expect(create('taken', 'y')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  await expect(value('absent')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(
    client.send(new CreateSecretCommand({ Name: 'both', SecretString: 'x', SecretBinary: new Uint8Array(1) })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('a secret marked for deletion cannot be read until it is restored; deleted by force it is gone', async () => {
  await create('doomed', 'x');
  await client.send(new DeleteSecretCommand({ SecretId: 'doomed' }));
  await expect(value('doomed')).rejects.toMatchObject({ name: 'InvalidRequestException' });
  await client.send(new RestoreSecretCommand({ SecretId: 'doomed' }));
  expect(await value('doomed')).toBe('x');
  await client.send(new DeleteSecretCommand({ SecretId: 'doomed', ForceDeleteWithoutRecovery: true }));
  await expect(value('doomed')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  expect((await client.send(new ListSecretsCommand({}))).SecretList?.map(({ Name }) => Name)).not.toContain('doomed');
});

test('secrets are there after a restart, in a folder only its owner can read', async () => {
  await create('kept', 'x');
  expect(statSync(path.join(dataDir, 'secretsmanager')).mode & 0o777).toBe(0o700);
  const again = await Gateway.start({ services: [new SecretsManagerService({ dataDir })], port: 0 });
  const other = new SecretsManagerClient({ endpoint: again.endpoint, region, credentials });
  expect((await other.send(new GetSecretValueCommand({ SecretId: 'kept' }))).SecretString).toBe('x');
  other.destroy();
  await again.stop();
});
