import { awsConfigOf, createObjects, required, s3Client } from '../lib/aws/index.ts';
import type { Environment } from '../lib/aws/index.ts';
import { createCapture, measureCapture } from '../lib/capture/index.ts';
import type { FirehoseAnswer, FirehoseEvent } from '../lib/capture/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';

/** The transform of the events' delivery stream. Environment: LAKE_BUCKET and the SDK's standard variables. */
export const createHandler = (environment: Environment): FunctionHandler<FirehoseEvent, FirehoseAnswer> => {
  const observability = createObservability(environment);
  const s3 = s3Client(awsConfigOf(environment));
  const capture = createCapture({ objects: createObjects(s3, required(environment, 'LAKE_BUCKET')), clock: () => new Date() });
  return createFunction(observability, async (event) => {
    const outcome = await capture(event);
    measureCapture(outcome, observability);
    return outcome.answer;
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
