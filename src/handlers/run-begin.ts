import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { beginUnlessBusy, runFromEnvironment, runRequest } from '../lib/run/index.ts';
import type { BeginAnswer } from '../lib/run/index.ts';

interface BeginEvent {
  /** ARN of the workflow's execution. */
  execution: string;
  /** When it was started: ISO 8601. */
  startedAt: string;
  /** The execution's input, as {@link runRequest} reads it: `{ "kind": "sweep" }`; anything without a kind asks for the hourly load. */
  input: unknown;
}

/** The first state of a run. Environment: LAKE_BUCKET, LAKE_TABLE, WORKGROUP, DATABASE_PREFIX, LAMBDA_TASK_ROOT. */
export const createHandler = (environment: Environment): FunctionHandler<BeginEvent, BeginAnswer> => {
  const observability = createObservability(environment);
  const { ports, config } = runFromEnvironment(environment);
  return createFunction(observability, async ({ execution, startedAt, input }) => {
    const answer = await beginUnlessBusy(ports, config, { execution, startedAt, ...runRequest(input) });
    observability.logger.info(answer.busy ? 'another run is at work' : 'run begun', { ...answer });
    return answer;
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
