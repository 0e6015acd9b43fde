import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { nextStep, runFromEnvironment } from '../lib/run/index.ts';
import type { StepAnswer, StepRequest } from '../lib/run/index.ts';

/** Between two statements of a phase: takes in the one that ended, renders the next. Environment as for run-begin. */
export const createHandler = (environment: Environment): FunctionHandler<StepRequest, StepAnswer> => {
  const observability = createObservability(environment);
  const { ports, config } = runFromEnvironment(environment);
  return createFunction(observability, async (request) => {
    const answer = await nextStep(ports, config, request);
    observability.logger.info('next step', { ...request, next: answer.done ? null : answer.statement });
    return answer;
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
