import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { GlueClient } from '@aws-sdk/client-glue';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { RawClient } from './raw-client.ts';
import type { Credentials } from './types.ts';

export interface Clients {
  athena: AthenaClient;
  dynamodb: DynamoDBClient;
  firehose: FirehoseClient;
  glue: GlueClient;
  kinesis: KinesisClient;
  s3: S3Client;
  secretsmanager: SecretsManagerClient;
  states: SFNClient;
  sns: SNSClient;
  /** Lambda, SQS and EventBridge Scheduler. */
  raw: RawClient;
}

/** Clients of the embedded cloud: the same a user of it would make. */
export const createClients = (options: { endpoint: string; region: string; credentials: Credentials }): Clients => {
  const config = { endpoint: options.endpoint, region: options.region, credentials: options.credentials };
  return {
    athena: new AthenaClient(config),
    dynamodb: new DynamoDBClient(config),
    firehose: new FirehoseClient(config),
    glue: new GlueClient(config),
    kinesis: new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() }),
    s3: new S3Client(config),
    secretsmanager: new SecretsManagerClient(config),
    states: new SFNClient(config),
    sns: new SNSClient(config),
    raw: new RawClient(config),
  };
};

/** Closes the clients' connections, so that a program that only deploys can end. */
export const destroyClients = (clients: Clients): void => {
  for (const client of Object.values(clients) as ({ destroy: () => void } | RawClient)[]) if (!(client instanceof RawClient)) client.destroy();
};
