import { randomUUID } from 'node:crypto';
import type { LogSink } from '../core/ports.ts';
import type { FunctionContext, FunctionDefinition } from './function-definition.ts';
import { printingTo } from './printed-output.ts';

/** Lambda's limit of a synchronous request and of an answer (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
export const MAX_PAYLOAD_BYTES = 6_291_556;

/** What a function's run came to. The payload of a failure has the shape in which Lambda answers a thrown error. */
export type InvocationOutcome = Ending & {
  /** What the run wrote to its log, its newest lines. */
  lines: readonly string[];
};

type Ending = { ok: true; payload: string } | { ok: false; payload: string; errorType: string; errorMessage: string };

/** Lines kept for whoever asks for the tail of the log. */
const KEPT_LINES = 200;

const failure = (errorType: string, errorMessage: string, trace?: readonly string[]): Ending => ({
  ok: false,
  errorType,
  errorMessage,
  payload: JSON.stringify({ errorType, errorMessage, ...(trace ? { trace } : {}) }),
});

const TIMED_OUT = Symbol('timed out');

/**
 * Runs a function once with an event in JSON. A thrown error, an answer that is no JSON or too large, and a run that takes
 * too long are outcomes, not exceptions. After its time the function is given up; AWS would end its process, here its
 * promise goes on unseen.
 */
export const runFunction = async (
  definition: FunctionDefinition,
  functionArn: string,
  payload: string,
  logs: LogSink,
): Promise<InvocationOutcome> => {
  const requestId = randomUUID();
  const logGroup = `/aws/lambda/${definition.name}`;
  const lines: string[] = [];
  const log = (line: string): void => {
    logs.write(logGroup, line);
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  const startedMs = performance.now();
  log(`START RequestId: ${requestId} Version: $LATEST`);
  const context = contextOf(definition, functionArn, requestId, startedMs);
  const outcome = await settle(definition, payload, context, requestId, log);
  const duration = (performance.now() - startedMs).toFixed(2);
  log(`END RequestId: ${requestId}`);
  log(
    `REPORT RequestId: ${requestId}\tDuration: ${duration} ms\tMemory Size: ${definition.memoryMb ?? 128} MB${outcome.ok ? '' : '\tStatus: error'}`,
  );
  return { ...outcome, lines };
};

const contextOf = (definition: FunctionDefinition, functionArn: string, requestId: string, startedMs: number): FunctionContext => ({
  functionName: definition.name,
  functionVersion: '$LATEST',
  invokedFunctionArn: functionArn,
  memoryLimitInMB: String(definition.memoryMb ?? 128),
  awsRequestId: requestId,
  logGroupName: `/aws/lambda/${definition.name}`,
  logStreamName: 'local',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, Math.round(definition.timeoutSeconds * 1000 - (performance.now() - startedMs))),
});

const settle = async (
  definition: FunctionDefinition,
  payload: string,
  context: FunctionContext,
  requestId: string,
  log: (line: string) => void,
): Promise<Ending> => {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<typeof TIMED_OUT>(
    (resolve) => (timer = setTimeout(() => resolve(TIMED_OUT), definition.timeoutSeconds * 1000)),
  );
  try {
    // An async function around it: a handler that throws before its first await is no exception of this cloud either.
    const run = printingTo(log, async () => definition.handler(JSON.parse(payload) as unknown, context));
    run.catch(() => undefined); // given up on a timeout; otherwise awaited below
    const answer = await Promise.race([run, timeUp]);
    if (answer !== TIMED_OUT) return answered(answer);
    log(`${new Date().toISOString()} ${requestId} Task timed out after ${definition.timeoutSeconds.toFixed(2)} seconds`);
    return failure(
      'Sandbox.Timedout',
      `RequestId: ${requestId} Error: Task timed out after ${definition.timeoutSeconds.toFixed(2)} seconds`,
    );
  } catch (error) {
    return thrown(error, log);
  } finally {
    clearTimeout(timer);
  }
};

const answered = (answer: unknown): Ending => {
  const payload = JSON.stringify(answer ?? null) as string | undefined;
  if (payload === undefined) return failure('Runtime.MarshalError', 'Unable to stringify response body');
  const size = Buffer.byteLength(payload);
  if (size > MAX_PAYLOAD_BYTES)
    return failure(
      'Function.ResponseSizeTooLarge',
      `Response payload size (${size} bytes) exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
    );
  return { ok: true, payload };
};

/** The shape in which the Node.js runtime answers a thrown error: name, message and stack by lines; anything else is quoted. */
const thrown = (error: unknown, log: (line: string) => void): Ending => {
  if (!(error instanceof Error) && !isErrorLike(error)) {
    log(`ERROR\tInvoke Error \t${JSON.stringify(error)}`);
    return failure(typeof error, typeof error === 'string' ? error : JSON.stringify(error));
  }
  const trace = (error.stack ?? '').split('\n');
  log(`ERROR\tInvoke Error \t${JSON.stringify({ errorType: error.name, errorMessage: error.message, stack: trace })}`);
  return failure(error.name, error.message, trace);
};

/** Errors of another realm (a test's sandbox, a worker) are no instances of this one's Error. */
const isErrorLike = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'message' in value && 'name' in value && 'stack' in value;
