import { awsConfigOf, createClients, createObjects, createStateTable, required } from '../lib/aws/index.ts';
import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { createErrorLedger, measureRedrive, redrive, redriveDefaults } from '../lib/redeliver/index.ts';
import type { RedriveOutcome } from '../lib/redeliver/index.ts';

/** Brings the records that Firehose could not deliver to bronze. Environment: LAKE_BUCKET, LEDGER_TABLE. */
export const createHandler = (environment: Environment): FunctionHandler<unknown, RedriveOutcome> => {
  const observability = createObservability(environment);
  const clients = createClients(awsConfigOf(environment));
  const objects = createObjects(clients.s3, required(environment, 'LAKE_BUCKET'));
  const errorLedger = createErrorLedger(createStateTable(clients.dynamodb, required(environment, 'LEDGER_TABLE'), 'file'));
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
