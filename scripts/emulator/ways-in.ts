import assert from 'node:assert/strict';
import { GetFunctionConfigurationCommand, LambdaClient, UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Connection } from '../../cli/pipeline/connection.ts';
import type { Access } from '../../cli/pipeline/stack.ts';
import { openTransactionsFolder } from '../../cli/publish/transactions.ts';
import { publishUsers } from '../../cli/publish/users.ts';
import type { Shop } from './lake-cloud.ts';

/**
 * Brings something in by each way beside the stream, through the deployed functions as their schedules call them: two transactions by a
 * file on the SFTP server, a user by the shop's database, a record that Firehose could not deliver.
 * @param access to the emulator
 * @param event the record, as it lay on the stream
 * @throws AssertionError where a function fails
 */
export const bringIn = async (connection: Connection, access: Access, shop: Shop, event: string): Promise<void> => {
  await connection.clients.secrets.send(new PutSecretValueCommand({ SecretId: connection.names.sftpSecret, SecretString: JSON.stringify(shop.sftp) }));
  await tellDatabase(access, `floe-${connection.stage}-ingest-users`, shop);
  await putTransactions(shop);
  const user = { file: 'users', line: 1, userId: 'user-1', signupDate: '2025-01-01T00:00:00Z', deviceType: 'mobile', country: 'PE', updatedAt: '2025-01-01T00:00:00Z' };
  assert.deepEqual(await publishUsers(shop.database, [user]), { written: 1, unchanged: 0, refused: [] });
  await putUndelivered(connection, event);
  for (const name of ['ingest-transactions', 'ingest-users', 'redrive']) await callAsScheduled(connection, access, name);
};

const putTransactions = async ({ sftp }: Shop): Promise<void> => {
  const row = (id: string): string => `${id},session-1,user-1,12.50,USD,${new Date().toISOString().slice(0, 19).replace('T', ' ')}\n`;
  const folder = await openTransactionsFolder(sftp);
  try {
    await folder.put('transactions.csv', Buffer.from(`transaction_id,session_id,user_id,amount,currency,transaction_timestamp\n${row('TXN_1')}${row('TXN_2')}${row('TXN_2')}`));
  } finally {
    await folder.close();
  }
};

/** What Firehose writes of a record whose function failed: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html */
const putUndelivered = async ({ clients, names }: Connection, event: string): Promise<void> => {
  const arrival = Date.now();
  const line = { attemptsMade: 4, arrivalTimestamp: arrival, errorCode: 'Lambda.FunctionTimedOut', errorMessage: 'The Lambda function timed out.', attemptEndingTimestamp: arrival, rawData: Buffer.from(event).toString('base64') };
  const Key = `errors/events/processing-failed/ingestion_date=${new Date(arrival).toISOString().slice(0, 10)}/undelivered`;
  await clients.s3.send(new PutObjectCommand({ Bucket: names.lakeBucket, Key, Body: `${JSON.stringify(line)}\n` }));
};

/** Where the database is; it is no RDS, which would take a token of the function's role: so there is a password. No other transaction is open in it. */
const tellDatabase = async (access: Access, functionName: string, { database }: Shop): Promise<void> => {
  const lambda = new LambdaClient(access);
  try {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
    const Variables = {
      ...Environment?.Variables, DATABASE_HOST: database.host, DATABASE_PORT: String(database.port), DATABASE_NAME: database.database, DATABASE_USER: database.user, DATABASE_PASSWORD: database.password,
      USERS_SAFETY_LAG_SECONDS: '0',
    };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: functionName, Environment: { Variables } }));
    await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: functionName });
  } finally {
    lambda.destroy();
  }
};

/** Makes the call that a schedule makes: its target, its input. Emulators keep schedules and may not fire them. */
const callAsScheduled = async (connection: Connection, access: Access, name: string): Promise<void> => {
  const scheduler = new SchedulerClient(access);
  try {
    const { Target } = await scheduler.send(new GetScheduleCommand({ Name: `floe-${connection.stage}-${name}` }));
    const answer = await connection.invoke(Target?.Arn ?? '', JSON.parse(Target?.Input ?? ''));
    assert(answer.ok, `${name} failed: ${answer.ok ? '' : answer.reason}`);
  } finally {
    scheduler.destroy();
  }
};
