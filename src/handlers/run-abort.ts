import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { abortRun, runFromEnvironment } from '../lib/run/index.ts';
import type { AbortRequest, AbortSummary } from '../lib/run/index.ts';

/** The end of a run that failed: its tables go back. Environment as for run-begin. */
export const createHandler = (environment: Environment): FunctionHandler<AbortRequest, AbortSummary> => {
  const observability = createObservability(environment);
  const { ports, config } = runFromEnvironment(environment);
  return createFunction(observability, async (request) => {
    const summary = await abortRun(ports, config, request);
    observability.logger.error('run failed', { ...summary });
    return summary;
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
