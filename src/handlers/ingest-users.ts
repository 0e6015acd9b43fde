import { awsConfigOf, createObjects, createStateTable, dynamodbClient, required, s3Client, wholeNumber } from '../lib/aws/index.ts';
import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { DEFAULT_RELATION, connectPostgres, createWatermark, databaseLoginOf, ingestUsers, measureUsers, usersDefaults } from '../lib/users/index.ts';
import type { UsersOutcome } from '../lib/users/index.ts';

/**
 * Brings in the users changed since the watermark. Environment: LAKE_BUCKET, WATERMARK_TABLE, DATABASE_HOST, _PORT, _NAME, _USER and,
 * where it does not sign in with IAM, _PASSWORD; optional USERS_RELATION, USERS_PAGE_ROWS, USERS_SAFETY_LAG_SECONDS.
 */
export const createHandler = (environment: Environment): FunctionHandler<unknown, UsersOutcome> => {
  const observability = createObservability(environment);
  const aws = awsConfigOf(environment);
  const objects = createObjects(s3Client(aws), required(environment, 'LAKE_BUCKET'));
  const watermark = createWatermark(createStateTable(dynamodbClient(aws), required(environment, 'WATERMARK_TABLE'), 'source'));
  const relation = environment['USERS_RELATION'] ?? DEFAULT_RELATION;
  const tuning = {
    pageRows: wholeNumber(environment, 'USERS_PAGE_ROWS', usersDefaults.pageRows),
    safetyLagSeconds: wholeNumber(environment, 'USERS_SAFETY_LAG_SECONDS', usersDefaults.safetyLagSeconds),
  };
  return createFunction(observability, async (_event, context) => {
    const source = await connectPostgres(databaseLoginOf(environment), aws, relation);
    try {
      const ports = { source, watermark, objects, clock: () => new Date(), remainingMillis: () => context.getRemainingTimeInMillis() };
      const reserveMillis = Math.min(usersDefaults.reserveMillis, context.getRemainingTimeInMillis() / 4);
      const outcome = await ingestUsers(ports, { ...tuning, reserveMillis });
      measureUsers(outcome, observability);
      return outcome;
    } finally {
      await source.close();
    }
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
