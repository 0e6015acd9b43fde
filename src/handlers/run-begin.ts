import type { Environment } from '../lib/aws/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { beginRun, runFromEnvironment, runRequest } from '../lib/run/index.ts';
import type { RunStart } from '../lib/run/index.ts';

interface BeginEvent {
  /** ARN of the workflow's execution. */
  execution: string;
  /** The execution's input: `{ "accept": [{ "rule": "invalid_share", "source": "events" }] }`, `{ "kind": "sweep" }`, `{ "kind": "maintenance" }`, or anything without either. */
  input: unknown;
}

/** The first state of a run. Environment: LAKE_BUCKET, LAKE_TABLE, WORKGROUP, DATABASE_PREFIX, LAMBDA_TASK_ROOT. */
export const createHandler = (environment: Environment): FunctionHandler<BeginEvent, RunStart> => {
  const observability = createObservability(environment);
  const { ports, config } = runFromEnvironment(environment);
  return createFunction(observability, async ({ execution, input }) => {
    const start = await beginRun(ports, config, { execution, ...runRequest(input) });
    observability.logger.info('run begun', { ...start });
    return start;
  });
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
