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

/** The one place where SDK clients are made: AWS and the embedded cloud differ in `config` only. */
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
      return once('athena', () => new AthenaClient(config));
    },
    get glue() {
      return once('glue', () => new GlueClient(config));
    },
    get s3() {
      return once('s3', () => new S3Client(config));
    },
    get dynamodb() {
      return once('dynamodb', () => DynamoDBDocumentClient.from(new DynamoDBClient(config), { marshallOptions: { removeUndefinedValues: true } }));
    },
    get kinesis() {
      // The SDK's default for Kinesis is HTTP/2, which emulators seldom speak; HTTP/1.1 serves both worlds.
      return once('kinesis', () => new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() }));
    },
    get firehose() {
      return once('firehose', () => new FirehoseClient(config));
    },
    get sns() {
      return once('sns', () => new SNSClient(config));
    },
    get secrets() {
      return once('secrets', () => new SecretsManagerClient(config));
    },
    get sfn() {
      return once('sfn', () => new SFNClient(config));
    },
    destroy() {
      for (const client of made.values()) client.destroy();
      made.clear();
    },
  };
};
