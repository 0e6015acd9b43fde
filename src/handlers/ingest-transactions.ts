import { tmpdir } from 'node:os';
import { awsConfigOf, createObjects, createStateTable, dynamodbClient, readSecret, required, s3Client, secretsClient, wholeNumber } from '../lib/aws/index.ts';
import type { Environment } from '../lib/aws/index.ts';
import { connectSftp, createLedger, filesDefaults, ingestTransactions, measureFiles, sftpLoginOf, summarise } from '../lib/files/index.ts';
import type { FilesSummary } from '../lib/files/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';

/**
 * Brings in the transaction files of the SFTP folder; nothing as long as the secret is empty, as a deployment makes it. Environment:
 * LAKE_BUCKET, LEDGER_TABLE, SFTP_SECRET_ID; optional FILE_PART_BYTES, FILE_QUIET_SECONDS.
 */
export const createHandler = (environment: Environment): FunctionHandler<unknown, FilesSummary> => {
  const observability = createObservability(environment);
  const aws = awsConfigOf(environment);
  const secrets = secretsClient(aws);
  const objects = createObjects(s3Client(aws), required(environment, 'LAKE_BUCKET'));
  const ledger = createLedger(createStateTable(dynamodbClient(aws), required(environment, 'LEDGER_TABLE'), 'file'));
  const secretId = required(environment, 'SFTP_SECRET_ID');
  const tuning = {
    partBytes: wholeNumber(environment, 'FILE_PART_BYTES', filesDefaults.partBytes),
    quietSeconds: wholeNumber(environment, 'FILE_QUIET_SECONDS', filesDefaults.quietSeconds),
    spoolFolder: tmpdir(),
  };
  return createFunction(observability, async (_event, context) => {
    const secret = await readSecret(secrets, secretId);
    if (!secret) {
      observability.logger.warn('no SFTP server is configured: its login has not been put into the secret', { secretId });
      return summarise([]);
    }
    const { login, folder } = sftpLoginOf(secret);
    const server = await connectSftp(login);
    try {
      const ports = { server, ledger, objects, clock: () => new Date(), remainingMillis: () => context.getRemainingTimeInMillis() };
      const reserveMillis = Math.min(filesDefaults.reserveMillis, context.getRemainingTimeInMillis() / 4);
      const outcomes = await ingestTransactions(ports, { ...tuning, reserveMillis, folder });
      measureFiles(outcomes, observability);
      return summarise(outcomes);
    } finally {
      await server.close();
    }
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
