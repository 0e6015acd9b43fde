import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { accessForbidden, callerOf, requireAccess } from '../core/caller.ts';
import { AwsError, notImplemented } from '../core/errors.ts';
import { isObject } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { readBody, regionOf, sendJsonError } from '../core/json-protocol.ts';
import type { RequestHandler } from '../core/service.ts';
import { lambdaAccess } from './access.ts';
import type { EventInvokeConfigs } from './event-invoke-config.ts';
import type { EventSources } from './event-sources/event-sources.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { InvocationOutcome } from './invocation.ts';

/** What the API needs of the service. */
export interface LambdaFunctions {
  definitions(): FunctionDefinition[];
  find(name: string): { definition: FunctionDefinition; registered: Date };
  arnOf(name: string): string;
  run(name: string, payload: string): Promise<InvocationOutcome>;
  accept(name: string, payload: string): void;
  readonly eventInvokeConfigs: Pick<EventInvokeConfigs, 'answer'>;
  readonly eventSources: Pick<EventSources, 'answer'> | undefined;
}

const CONFIG_PATH = /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/;
const MAPPING_PATH = /^\/2015-03-31\/event-source-mappings(?:\/([^/]*))?$/;
const FUNCTION_PATH = /^\/2015-03-31\/functions\/([^/]+)(\/invocations|\/configuration)?$/;
/** Lambda's limit of the payload of an asynchronous event. */
const MAX_EVENT_BYTES = 1 << 20;
const PAGE = 50;

/**
 * Lambda's REST API, https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html: Invoke, ListFunctions, GetFunction,
 * GetFunctionConfiguration, event source mappings, and how events are retried.
 */
export const lambdaApi = (functions: LambdaFunctions): RequestHandler => {
  return async (request, response) => {
    try {
      await answer(functions, request, response);
    } catch (error) {
      sendJsonError(request, response, error);
    }
  };
};

const answer = async (functions: LambdaFunctions, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { pathname } = url;
  const body = await readBody(request);
  requireAccess(callerOf(request), () => lambdaAccess(request.method ?? 'GET', pathname, regionOf(request)), accessForbidden);
  if (request.method === 'GET' && pathname.replace(/\/$/, '') === '/2015-03-31/functions') {
    sendAnswer(response, 200, JSON.stringify(listFunctions(functions, url.searchParams)));
    return;
  }
  if (CONFIG_PATH.test(pathname) || MAPPING_PATH.test(pathname)) {
    answerConfiguration(functions, request.method ?? 'GET', url, body, response);
    return;
  }
  const match = FUNCTION_PATH.exec(pathname);
  const name = decodeURIComponent(match?.[1] ?? '');
  if (match?.[2] === '/invocations' && request.method === 'POST') await invoke(functions, name, body, request, response);
  else if (match?.[2] === '/configuration' && request.method === 'GET')
    sendAnswer(response, 200, JSON.stringify(configurationOf(functions, name)));
  else if (match && match[2] === undefined && request.method === 'GET')
    sendAnswer(
      response,
      200,
      JSON.stringify({ Configuration: configurationOf(functions, name), Code: { RepositoryType: 'local', Location: '' }, Tags: {} }),
    );
  else throw notImplemented('Lambda', `${request.method ?? 'GET'} ${pathname}`);
};

/** A page of 50 unless a smaller one is asked for: https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
const listFunctions = (functions: LambdaFunctions, query: URLSearchParams): JsonObject => {
  const [from, size] = [Number(query.get('Marker') ?? '0'), Number(query.get('MaxItems') ?? PAGE)];
  if (!Number.isSafeInteger(from) || from < 0) throw new AwsError('InvalidParameterValueException', 'The Marker is not valid');
  if (!Number.isSafeInteger(size) || size < 1) throw new AwsError('InvalidParameterValueException', 'MaxItems must be at least 1');
  const all = functions.definitions();
  const to = from + Math.min(size, PAGE);
  return { Functions: all.slice(from, to).map(({ name }) => configurationOf(functions, name)), ...(to < all.length ? { NextMarker: String(to) } : {}) };
};

/** What is kept for a function: its mappings, and how its events are retried. */
const answerConfiguration = (functions: LambdaFunctions, method: string, url: URL, body: Buffer, response: ServerResponse): void => {
  const input = parseInput(body);
  const name = CONFIG_PATH.exec(url.pathname)?.[1];
  if (name !== undefined) {
    const functionName = functions.find(decodeURIComponent(name)).definition.name;
    const answered = functions.eventInvokeConfigs.answer(method, functionName, functions.arnOf(functionName), input);
    sendAnswer(response, answered === undefined ? 204 : 200, answered === undefined ? '' : JSON.stringify(answered));
    return;
  }
  const answered = functions.eventSources?.answer(method, MAPPING_PATH.exec(url.pathname)?.[1] ?? '', input, url.searchParams);
  if (answered === undefined) throw notImplemented('Lambda', `${method} ${url.pathname}`);
  sendAnswer(response, method === 'GET' ? 200 : 202, JSON.stringify(answered));
};

const parseInput = (body: Buffer): JsonObject => {
  if (body.length === 0) return {};
  const text = body.toString('utf8');
  const input: unknown = isJson(text) ? JSON.parse(text) : undefined;
  if (!isObject(input)) throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
  return input;
};

const LOG_TAIL_BYTES = 4_096;

/** The end of what the function printed, where the caller asks for it. */
const logTail = (request: IncomingMessage, { lines }: InvocationOutcome): Record<string, string> =>
  request.headers['x-amz-log-type'] === 'Tail' ? { 'x-amz-log-result': Buffer.from(lines.map((line) => `${line}\n`).join('')).subarray(-LOG_TAIL_BYTES).toString('base64') } : {};

const invoke = async (
  functions: LambdaFunctions,
  name: string,
  body: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  functions.find(name);
  const payload = body.length === 0 ? '{}' : body.toString('utf8');
  if (!isJson(payload))
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json: The payload is not JSON');
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'DryRun') {
    sendAnswer(response, 204, '');
    return;
  }
  if (type === 'Event') {
    if (body.length > MAX_EVENT_BYTES)
      throw new AwsError(
        'RequestTooLargeException',
        `${body.length} byte payload is too large for the Event invocation type (limit ${MAX_EVENT_BYTES} bytes)`,
        { status: 413 },
      );
    functions.accept(name, payload);
    sendAnswer(response, 202, '');
    return;
  }
  if (type !== 'RequestResponse') throw new AwsError('InvalidParameterValueException', `Not an invocation type: ${String(type)}`);
  const outcome = await functions.run(name, payload);
  sendAnswer(response, 200, outcome.payload, {
    'x-amz-executed-version': '$LATEST',
    ...(outcome.ok ? {} : { 'x-amz-function-error': 'Unhandled' }),
    ...logTail(request, outcome),
  });
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // asked exactly this
  }
};

const configurationOf = (functions: LambdaFunctions, name: string): Record<string, unknown> => {
  const { definition, registered } = functions.find(name);
  return {
    FunctionName: definition.name,
    FunctionArn: functions.arnOf(definition.name),
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Description: definition.description ?? '',
    Timeout: definition.timeoutSeconds,
    MemorySize: definition.memoryMb ?? 128,
    LastModified: registered.toISOString().replace('Z', '+0000'),
    CodeSize: 0,
    CodeSha256: createHash('sha256').update(definition.name).digest('base64'),
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    Environment: { Variables: definition.environment ?? {} },
  };
};

const sendAnswer = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void => {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 204 ? {} : { 'content-length': bytes.length }),
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(bytes);
};
