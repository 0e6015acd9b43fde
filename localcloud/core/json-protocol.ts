import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { accessDenied, callerOf, requireAccess } from './caller.ts';
import type { AccessRule, Caller, Refuse } from './caller.ts';
import { AwsError, notImplemented } from './errors.ts';
import { isObject } from './json-input.ts';
import type { RequestHandler } from './service.ts';

/** One action of a JSON service: parsed input to output. Timestamps go out as epoch seconds. */
export type JsonAction = (input: Record<string, unknown>, context: { region: string; caller: Caller }) => unknown;

/** The whole request body; the limit guards the process, the services guard their own smaller limits. */
export const readBody = async (request: IncomingMessage, limitBytes = 64 << 20): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new AwsError('RequestEntityTooLargeException', `Request body above ${limitBytes} bytes`, { status: 413 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** Region of the SigV4 credential scope (`…/20261122/eu-west-1/kinesis/aws4_request`); us-east-1 where a request is unsigned. */
export const regionOf = (request: IncomingMessage): string => /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? 'us-east-1';

/**
 * A handler for the AWS JSON 1.0 and 1.1 protocols: the action is the part of `X-Amz-Target` after the dot, errors carry
 * `__type` and `x-amzn-errortype` (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html). `access`: what an action asks of the caller's policies, default nothing.
 */
export const jsonProtocol = (
  service: string,
  actions: Readonly<Record<string, JsonAction>>,
  access: AccessRule<Record<string, unknown>> = () => [],
  refuse: Refuse = accessDenied,
): RequestHandler => {
  return async (request, response) => {
    const action = String(request.headers['x-amz-target'] ?? '').split('.').pop() ?? '';
    try {
      const received = await readBody(request);
      // the SDK compresses PutMetricData
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipped(received) : received;
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!run) throw notImplemented(service, action || `${request.method ?? 'GET'} ${request.url ?? '/'}`);
      const [input, region, caller] = [parseInput(body), regionOf(request), callerOf(request)];
      requireAccess(caller, () => access(action, input, region), refuse);
      sendJson(request, response, 200, (await run(input, { region, caller })) ?? {});
    } catch (error) {
      sendJsonError(request, response, error);
    }
  };
};

const gunzipped = (body: Buffer): Buffer => {
  try {
    return gunzipSync(body, { maxOutputLength: 64 << 20 });
  } catch (cause) {
    throw new AwsError('SerializationException', `The request body cannot be decompressed: ${(cause as Error).message}`, { cause });
  }
};

const parseInput = (body: Buffer): Record<string, unknown> => {
  if (body.length === 0) return {};
  let input: unknown;
  try {
    input = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new AwsError('SerializationException', 'The request body is not JSON', { cause });
  }
  if (!isObject(input)) throw new AwsError('SerializationException', 'The request body is not a JSON object');
  return input;
};

/** Answers JSON in the content type the client asked in. */
export const sendJson = (request: IncomingMessage, response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': request.headers['content-type'] ?? 'application/x-amz-json-1.1',
    'content-length': bytes.length,
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(bytes);
};

/** An {@link AwsError} in its own shape; anything else as InternalFailure, with its message, since this cloud has no secrets from its user. */
export const sendJsonError = (request: IncomingMessage, response: ServerResponse, error: unknown): void => {
  const known = error instanceof AwsError ? error : new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), { status: 500, cause: error });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  sendJson(request, response, known.status, { __type: known.code, message: known.message, Message: known.message, ...known.detail }, { 'x-amzn-errortype': known.code, ...known.headers });
};
