import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { abortRun, answerOf, measureRun, runFromEnvironment } from '../lib/run/index.ts';
import type { AbortRequest, AbortSummary, RunSummary } from '../lib/run/index.ts';

/** The end of a run that failed: its tables go back; or of one whose commit was made and only its answer lost. Environment as for run-begin. */
export const createHandler = (environment: Environment): FunctionHandler<AbortRequest, AbortSummary | RunSummary> => {
  const observability = createObservability(environment);
  const { ports, config } = runFromEnvironment(environment);
  return createFunction(observability, async (request) => {
    const summary = await abortRun(ports, config, request);
    if (summary.status === 'failed') observability.logger.error('run failed', { ...summary });
    else {
      measureRun(summary, observability);
      observability.logger.info('run committed', { ...summary });
    }
    return answerOf(summary);
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
