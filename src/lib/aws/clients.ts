import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { GlueClient } from '@aws-sdk/client-glue';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { clientConfigOf } from './config.ts';
import type { AwsConfig } from './config.ts';

/** Every SDK client of the project, each made at its first use. */
export interface Clients {
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  readonly s3: S3Client;
  /** Speaks plain JavaScript values; `undefined` members of an item are left out. */
  readonly dynamodb: DynamoDBDocumentClient;
  readonly kinesis: KinesisClient;
  readonly firehose: FirehoseClient;
  readonly sns: SNSClient;
  readonly secrets: SecretsManagerClient;
  readonly sfn: SFNClient;
  /** Closes the connections of the clients that were made. */
  destroy(): void;
}

/** The one place where SDK clients are made: AWS and the embedded cloud differ in `config` only. A service may have an endpoint of its own. */
export const createClients = (config: AwsConfig): Clients => {
  const made = new Map<string, { destroy(): void }>();
  const once = <T extends { destroy(): void }>(name: string, make: () => T): T => {
    const existing = made.get(name);
    if (existing) return existing as T;
    const client = make();
    made.set(name, client);
    return client;
  };
  return {
    get athena() {
      return once('athena', () => new AthenaClient(clientConfigOf(config, 'ATHENA')));
    },
    get glue() {
      return once('glue', () => new GlueClient(clientConfigOf(config, 'GLUE')));
    },
    get s3() {
      return once('s3', () => new S3Client(clientConfigOf(config, 'S3')));
    },
    get dynamodb() {
      return once('dynamodb', () => DynamoDBDocumentClient.from(new DynamoDBClient(clientConfigOf(config, 'DYNAMODB')), { marshallOptions: { removeUndefinedValues: true } }));
    },
    get kinesis() {
      // The SDK's default for Kinesis is HTTP/2, which emulators seldom speak; HTTP/1.1 serves both worlds.
      return once('kinesis', () => new KinesisClient({ ...clientConfigOf(config, 'KINESIS'), requestHandler: new NodeHttpHandler() }));
    },
    get firehose() {
      return once('firehose', () => new FirehoseClient(clientConfigOf(config, 'FIREHOSE')));
    },
    get sns() {
      return once('sns', () => new SNSClient(clientConfigOf(config, 'SNS')));
    },
    get secrets() {
      return once('secrets', () => new SecretsManagerClient(clientConfigOf(config, 'SECRETS_MANAGER')));
    },
    get sfn() {
      return once('sfn', () => new SFNClient(clientConfigOf(config, 'SFN')));
    },
    destroy() {
      for (const client of made.values()) client.destroy();
      made.clear();
    },
  };
};
