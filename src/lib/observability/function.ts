import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Observability } from './observability.ts';

/** A Lambda as the deployment and the embedded cloud call it. */
export type FunctionHandler<Event, Result> = (event: Event, context: Context) => Promise<Result>;

/** The one place where a function's error is logged, with its causes; it is then thrown on, for Lambda to report. */
const logErrors = ({ logger }: Observability): MiddlewareObj => ({
  onError: ({ error }) => {
    if (error) logger.error(error.message, error);
  },
});

/**
 * Wraps a function's work in what every function has: log lines with the request's id, a trace segment, its error logged
 * once.
 */
export const createFunction = <Event, Result>(observability: Observability, work: FunctionHandler<Event, Result>): FunctionHandler<Event, Result> => {
  const wrapped = middy<Event, Result>()
    .use(injectLambdaContext(observability.logger))
    .use(captureLambdaHandler(observability.tracer, { captureResponse: false }))
    .use(logErrors(observability))
    .handler((event, context) => work(event, context));
  return (event, context) => wrapped(event, context);
};
