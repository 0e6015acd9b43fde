import type { databaseNames } from '../../src/lib/lake/index.ts';
import { CliError } from '../cli-error.ts';
import type { Stack } from './stack.ts';

/** What the resources of a deployment are called: the outputs of its stack (resources/). */
export const namesIn = (stack: Stack) => ({
  eventStream: output(stack, 'EventStreamName'),
  workgroup: output(stack, 'WorkgroupName'),
  lakeBucket: output(stack, 'LakeBucketName'),
  hourlyWorkflow: output(stack, 'HourlyWorkflowArn'),
  ingestTransactions: output(stack, 'IngestTransactionsFunctionName'),
  /** undefined: no database is configured, there are no users to take in. */
  ingestUsers: stack.outputs['IngestUsersFunctionName'],
  redrive: output(stack, 'RedriveFunctionName'),
  ledgerTable: output(stack, 'LedgerTableName'),
  lakeTable: output(stack, 'LakeTableName'),
  watermarkTable: output(stack, 'WatermarkTableName'),
  sftpSecret: output(stack, 'SftpSecretArn'),
  /** Of a pipeline on this machine alone: brings what lies in the stream into bronze at once, where Firehose would wait. */
  deliverNow: stack.outputs['DeliverNowFunctionName'],
  /** Of a pipeline on this machine alone, which plays the shop too: how the shop signs in to its own database. */
  shopSecret: stack.outputs['ShopSecretName'],
});

export type ResourceNames = ReturnType<typeof namesIn>;

/** Glue databases by layer. */
export type Databases = ReturnType<typeof databaseNames>;

export const databasesIn = (stack: Stack): Databases => ({
  bronze: output(stack, 'BronzeDatabaseName'),
  silver: output(stack, 'SilverDatabaseName'),
  gold: output(stack, 'GoldDatabaseName'),
  state: output(stack, 'StateDatabaseName'),
});

const output = ({ name, outputs }: Stack, key: string): string => {
  const value = outputs[key];
  if (value === undefined) throw new CliError(`the stack ${name} has no output ${key}: it is not floe's, its deployment has not ended, or it is of another version; deploy it again`);
  return value;
};
