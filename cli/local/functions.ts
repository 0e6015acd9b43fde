import type { FunctionContext } from '../../localcloud/index.ts';
import type { Environment } from '../../src/lib/aws/index.ts';
import * as capture from '../../src/handlers/capture.ts';
import * as ingestTransactions from '../../src/handlers/ingest-transactions.ts';
import * as ingestUsers from '../../src/handlers/ingest-users.ts';
import * as migrate from '../../src/handlers/migrate.ts';
import * as notifySlack from '../../src/handlers/notify-slack.ts';
import * as redrive from '../../src/handlers/redrive.ts';
import * as runAbort from '../../src/handlers/run-abort.ts';
import * as runBegin from '../../src/handlers/run-begin.ts';
import * as runCommit from '../../src/handlers/run-commit.ts';
import * as runStep from '../../src/handlers/run-step.ts';

/** A function as the embedded cloud calls it: the event comes as JSON, the answer goes as JSON. */
export type LocalFunction = (event: unknown, context: FunctionContext) => Promise<unknown>;

interface HandlerModule {
  // Each handler takes an event of its own kind; what arrives here is whatever JSON the caller of the function sent.
  createHandler: (environment: Environment) => (event: never, context: never) => Promise<unknown>;
}

/** The handlers by the path serverless.yml gives them. */
const modules: Readonly<Record<string, HandlerModule>> = {
  'src/handlers/capture.handler': capture,
  'src/handlers/ingest-transactions.handler': ingestTransactions,
  'src/handlers/ingest-users.handler': ingestUsers,
  'src/handlers/migrate.handler': migrate,
  'src/handlers/notify-slack.handler': notifySlack,
  'src/handlers/redrive.handler': redrive,
  'src/handlers/run-abort.handler': runAbort,
  'src/handlers/run-begin.handler': runBegin,
  'src/handlers/run-commit.handler': runCommit,
  'src/handlers/run-step.handler': runStep,
};

/**
 * Builds the function of a handler with the environment the deployment gives it.
 * @throws Error where serverless.yml names a handler this list lacks.
 */
export const createLocalFunction = (handler: string, environment: Environment): LocalFunction => {
  const module = modules[handler];
  if (module === undefined) throw new Error(`serverless.yml names the handler ${handler}, which cli/local/functions.ts does not list`);
  return module.createHandler(environment) as LocalFunction;
};
