import path from 'node:path';
import { answerCustomResource, athenaClient, awsConfigOf, glueClient, required } from '../lib/aws/index.ts';
import type { CustomResourceRequest, Environment } from '../lib/aws/index.ts';
import { createQueries, migrate } from '../lib/lake/index.ts';
import { createFunction, createObservability } from '../lib/observability/index.ts';
import type { FunctionHandler } from '../lib/observability/index.ts';
import { DEFAULT_RUN_SETTINGS } from '../lib/run/index.ts';
import { openStatementLibrary } from '../lib/statements/index.ts';

/**
 * Makes the Iceberg tables and views, as a part of the deployment. They outlive the stack: a deletion is answered and nothing is
 * dropped. Environment: STAGE, LAKE_BUCKET, WORKGROUP, DATABASE_PREFIX, LAMBDA_TASK_ROOT.
 */
export const createHandler = (environment: Environment): FunctionHandler<CustomResourceRequest, void> => {
  const observability = createObservability(environment);
  const aws = awsConfigOf(environment);
  const ports = {
    queries: createQueries(athenaClient(aws), required(environment, 'WORKGROUP')),
    statements: openStatementLibrary(path.join(required(environment, 'LAMBDA_TASK_ROOT'), 'sql')),
    glue: glueClient(aws),
  };
  const names = { lakeBucket: required(environment, 'LAKE_BUCKET'), databasePrefix: environment['DATABASE_PREFIX'] ?? '' };
  return createFunction(observability, (request) =>
    answerCustomResource(request, `floe-${required(environment, 'STAGE')}-tables`, async () => {
      if (request.RequestType === 'Delete') return;
      const statements = await migrate(ports, names, DEFAULT_RUN_SETTINGS.horizonDays);
      // Tables just made are empty and fresh: the alarm that misses a commit begins to count here.
      if (request.RequestType === 'Create') observability.measure('gold', { GoldFreshnessSeconds: 0 });
      observability.logger.info('tables and views are as sql/ says', { statements: statements.length });
    }),
  );
};

let deployed: ReturnType<typeof createHandler> | undefined;

/** The deployed entry point. */
export const handler: ReturnType<typeof createHandler> = (event, context) => (deployed ??= createHandler(process.env))(event, context);
