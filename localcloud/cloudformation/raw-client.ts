import { childText, descendants, parseXml } from '../core/xml.ts';
import type { XmlNode } from '../core/xml.ts';
import type { Credentials } from './types.ts';

/** An error a service answered; `name` is its code without a namespace. */
class ServiceError extends Error {
  override readonly name: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

/** Calls services of the embedded cloud that this project has no SDK client for. Nothing is signed: only the scope is told. */
export class RawClient {
  private readonly endpoint: string;
  private readonly scope: (service: string) => string;

  constructor({ endpoint, region, credentials }: { endpoint: string; region: string; credentials: Credentials }) {
    this.endpoint = endpoint;
    this.scope = (service) => `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;
  }

  /** An action of the JSON protocol, `AmazonSQS.CreateQueue`. @throws Error whose name is the service's code */
  json(service: string, target: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.send(service, 'POST', '/', input, { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target });
  }

  /** An action of the query protocol; the document it answers. @throws Error whose name is the service's code */
  async query(service: string, action: string, parameters: Record<string, string>): Promise<XmlNode> {
    const response = await fetch(this.endpoint, { method: 'POST', headers: { authorization: this.scope(service) }, body: new URLSearchParams({ Action: action, ...parameters }) });
    const text = await response.text();
    const answer = parseXml(text);
    if (!answer) throw new ServiceError(String(response.status), text);
    if (response.ok) return answer;
    const fault = descendants(answer).find(({ name }) => name === 'Error') ?? answer;
    throw new ServiceError(childText(fault, 'Code') ?? String(response.status), childText(fault, 'Message') ?? text);
  }

  /** A request of a REST service. @throws Error whose name is the service's code */
  rest(service: string, method: string, resource: string, input?: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.send(service, method, resource, input, { 'content-type': 'application/json' });
  }

  private async send(service: string, method: string, resource: string, input: Record<string, unknown> | undefined, headers: Record<string, string>): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.endpoint}${resource}`, { method, headers: { ...headers, authorization: this.scope(service) }, ...(input === undefined ? {} : { body: JSON.stringify(input) }) });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (response.ok) return answer;
    throw new ServiceError(response.headers.get('x-amzn-errortype') ?? String(response.status), typeof answer.message === 'string' ? answer.message : text);
  }
}
