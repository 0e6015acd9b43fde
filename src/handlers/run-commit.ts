import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { answerOf, commitRun, measureRun, runFromEnvironment } from '../lib/run/index.ts';
import type { RunSummary } from '../lib/run/index.ts';

/** The commit of a run. Environment as for run-begin. */
export const createHandler = (environment: Environment): FunctionHandler<{ runId: string }, RunSummary> => {
  const observability = createObservability(environment);
  const { ports, config } = runFromEnvironment(environment);
  return createFunction(observability, async ({ runId }) => {
    const summary = await commitRun(ports, config, runId);
    measureRun(summary, observability);
    observability.logger.info('run committed', { ...summary });
    return answerOf(summary);
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
