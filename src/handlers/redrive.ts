import { awsConfigOf, createObjects, createStateTable, dynamodbClient, required, s3Client } from '../lib/aws/index.ts';
import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { createErrorLedger, measureRedrive, redrive, redriveDefaults } from '../lib/redeliver/index.ts';
import type { RedriveOutcome } from '../lib/redeliver/index.ts';

/** Brings the records that Firehose could not deliver to bronze. Environment: LAKE_BUCKET, LEDGER_TABLE. */
export const createHandler = (environment: Environment): FunctionHandler<unknown, RedriveOutcome> => {
  const observability = createObservability(environment);
  const aws = awsConfigOf(environment);
  const objects = createObjects(s3Client(aws), required(environment, 'LAKE_BUCKET'));
  const errorLedger = createErrorLedger(createStateTable(dynamodbClient(aws), required(environment, 'LEDGER_TABLE'), 'file'));
  return createFunction(observability, async (_event, context) => {
    const remainingMillis = (): number => context.getRemainingTimeInMillis();
    const reserveMillis = Math.min(redriveDefaults.reserveMillis, remainingMillis() / 4);
    const outcome = await redrive({ objects, errorLedger, clock: () => new Date(), remainingMillis }, { ...redriveDefaults, reserveMillis });
    measureRedrive(outcome, observability);
    return outcome;
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
