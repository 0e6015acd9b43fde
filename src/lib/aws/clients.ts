import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { clientConfigOf } from './config.ts';
import type { AwsConfig } from './config.ts';

// The one place where SDK clients are made: AWS and the embedded cloud differ in `config` only. One function each, so that a
// deployed function holds the code of those it uses. A service may have an endpoint of its own.

export const athenaClient = (config: AwsConfig): AthenaClient => new AthenaClient(clientConfigOf(config, 'ATHENA'));
export const glueClient = (config: AwsConfig): GlueClient => new GlueClient(clientConfigOf(config, 'GLUE'));
export const s3Client = (config: AwsConfig): S3Client => new S3Client(clientConfigOf(config, 'S3'));
export const secretsClient = (config: AwsConfig): SecretsManagerClient => new SecretsManagerClient(clientConfigOf(config, 'SECRETS_MANAGER'));
export const sfnClient = (config: AwsConfig): SFNClient => new SFNClient(clientConfigOf(config, 'SFN'));

/** Speaks plain JavaScript values; `undefined` members of an item are left out. */
export const dynamodbClient = (config: AwsConfig): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(clientConfigOf(config, 'DYNAMODB')), { marshallOptions: { removeUndefinedValues: true } });

/** The SDK's default for Kinesis is HTTP/2, which emulators seldom speak; HTTP/1.1 serves both worlds. */
export const kinesisClient = (config: AwsConfig): KinesisClient => new KinesisClient({ ...clientConfigOf(config, 'KINESIS'), requestHandler: new NodeHttpHandler() });

/** Every SDK client of the project, each made at its first use. */
export interface Clients {
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly kinesis: KinesisClient;
  readonly secrets: SecretsManagerClient;
  readonly sfn: SFNClient;
  /** Closes the connections of the clients that were made. */
  destroy(): void;
}

/** For programs that may use any of them. */
export const createClients = (config: AwsConfig): Clients => {
  const made = new Map<(config: AwsConfig) => unknown, { destroy(): void }>();
  const once = <T extends { destroy(): void }>(make: (config: AwsConfig) => T): T => {
    const client = (made.get(make) as T | undefined) ?? make(config);
    made.set(make, client);
    return client;
  };
  return {
    get athena() {
      return once(athenaClient);
    },
    get glue() {
      return once(glueClient);
    },
    get s3() {
      return once(s3Client);
    },
    get dynamodb() {
      return once(dynamodbClient);
    },
    get kinesis() {
      return once(kinesisClient);
    },
    get secrets() {
      return once(secretsClient);
    },
    get sfn() {
      return once(sfnClient);
    },
    destroy() {
      for (const client of made.values()) client.destroy();
      made.clear();
    },
  };
};
