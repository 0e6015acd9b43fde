import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerOf, requireAccess } from './caller.ts';
import type { AccessRule, Caller, Refuse } from './caller.ts';
import { AwsError, notImplemented } from './errors.ts';
import { readBody, regionOf } from './json-protocol.ts';
import type { RequestHandler } from './service.ts';
import { element, textElement, xmlDocument } from './xml.ts';

/** One action of a query service: form parameters to the XML inside `<ActionResult>`; undefined where the action has no result. */
export type QueryAction = (parameters: URLSearchParams, context: { region: string; caller: Caller }) => string | undefined | Promise<string | undefined>;

const accessDeniedInQuery: Refuse = (reason) => new AwsError('AccessDenied', reason, { status: 403 });

/** A handler for the AWS query protocol (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html): form body in, XML out. `access`: what an action asks of the caller's policies, default nothing. */
export const queryProtocol = (
  service: string,
  namespace: string,
  actions: Readonly<Record<string, QueryAction>>,
  access: AccessRule<URLSearchParams> = () => [],
  refuse: Refuse = accessDeniedInQuery,
): RequestHandler => {
  return async (request, response) => {
    try {
      const parameters = new URLSearchParams(
        (await readBody(request)).toString('utf8') || new URL(request.url ?? '/', 'http://localhost').search,
      );
      const action = parameters.get('Action') ?? '';
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!run) throw notImplemented(service, action || `${request.method ?? 'GET'} ${request.url ?? '/'}`);
      const [region, caller] = [regionOf(request), callerOf(request)];
      requireAccess(caller, () => access(action, parameters, region), refuse);
      const result = await run(parameters, { region, caller });
      const metadata = element('ResponseMetadata', textElement('RequestId', randomUUID()));
      sendXml(
        response,
        200,
        xmlDocument(`${action}Response`, namespace, result === undefined ? '' : element(`${action}Result`, result), metadata),
      );
    } catch (error) {
      sendQueryError(request, response, error, namespace);
    }
  };
};

export const sendXml = (response: ServerResponse, status: number, body: string): void => {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-type': 'text/xml', 'content-length': bytes.length, 'x-amzn-requestid': randomUUID() });
  response.end(bytes);
};

/** An error in the query protocol's shape; whatever is not an {@link AwsError} as InternalFailure. */
export const sendQueryError = (_request: IncomingMessage, response: ServerResponse, error: unknown, namespace: string): void => {
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), { status: 500 });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const fault = element(
    'Error',
    textElement('Type', known.status < 500 ? 'Sender' : 'Receiver'),
    textElement('Code', known.code),
    textElement('Message', known.message),
  );
  sendXml(response, known.status, xmlDocument('ErrorResponse', namespace, fault, textElement('RequestId', randomUUID())));
};

/** The members of a list parameter, `Name.member.1`, `Name.member.2`, … in order; for structures, their fields by name. */
export const listMembers = (parameters: URLSearchParams, name: string): Map<string, string>[] => {
  const members = new Map<number, Map<string, string>>();
  const pattern = new RegExp(`^${name}\\.(?:member|entry)\\.(\\d+)(?:\\.(.+))?$`);
  for (const [key, value] of parameters) {
    const match = pattern.exec(key);
    if (!match) continue;
    const index = Number(match[1]);
    const fields = members.get(index) ?? new Map<string, string>();
    members.set(index, fields.set(match[2] ?? '', value));
  }
  return [...members].sort(([left], [right]) => left - right).map(([, fields]) => fields);
};
