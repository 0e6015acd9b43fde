import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../core/errors.ts';
import { escapeXml, textElement, xmlDocument } from '../core/xml.ts';

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** One request to S3, taken apart. */
export interface S3Request {
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  /** Empty for the list of buckets. */
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  region: string;
}

/** The bucket of a virtual-hosted-style host name, `bucket.localhost:4566` or `bucket.s3.eu-west-1.localhost`. */
const HOST_WITH_BUCKET = /^([a-z0-9][a-z0-9.-]*?)(?:\.s3(?:[.-][a-z0-9-]+)?)?\.localhost(?::\d+)?$/;

/** Takes percent-encoding off. Throws InvalidURI. */
export const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AwsError('InvalidURI', `Couldn't parse the specified URI: ${text}`, { cause });
  }
};

/** Path style, or virtual-hosted style below `localhost`. The path is taken as sent: a URL parser would resolve `..` and `//`. */
export const parseS3Request = (request: IncomingMessage, response: ServerResponse, region: string): S3Request => {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const segments = (mark < 0 ? url : url.slice(0, mark)).slice(1);
  const authority = request.headers.host ?? request.headers[':authority'];
  const hosted = typeof authority === 'string' ? HOST_WITH_BUCKET.exec(authority)?.[1] : undefined;
  const slash = segments.indexOf('/');
  const bucket = hosted ?? decoded(slash < 0 ? segments : segments.slice(0, slash));
  const key = hosted === undefined ? (slash < 0 ? '' : segments.slice(slash + 1)) : segments;
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  return {
    request,
    response,
    method: request.method ?? 'GET',
    bucket: bucket === 's3' && hosted !== undefined ? '' : bucket,
    key: decoded(key),
    query,
    headers: request.headers,
    region,
  };
};

/** A header that occurs once; undefined where absent or empty. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(',') : value;
  return text === '' ? undefined : text;
};

export const send = (response: ServerResponse, status: number, headers: Record<string, string | number> = {}, body = ''): void => {
  const bytes = Buffer.from(body);
  const length = status === 204 || status === 304 ? {} : { 'content-length': bytes.length };
  response.writeHead(status, { 'x-amz-request-id': randomUUID(), ...length, ...headers });
  response.end(bytes);
};

export const sendDocument = (response: ServerResponse, root: string, ...content: readonly string[]): void =>
  send(response, 200, { 'content-type': 'application/xml' }, xmlDocument(root, S3_NAMESPACE, ...content));

/** An error as S3 writes it; without a body where the request was a HEAD. Whatever is not an {@link AwsError} is InternalError. */
export const sendS3Error = (request: IncomingMessage, response: ServerResponse, error: unknown): void => {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  request.resume(); // the rest of a refused body
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('InternalError', error instanceof Error ? error.message : String(error), { status: 500 });
  const requestId = randomUUID();
  const detail = Object.entries(known.detail).map(([name, value]) => textElement(name, String(value)));
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${textElement('Code', known.code)}${textElement('Message', known.message)}${detail.join('')}<Resource>${escapeXml(request.url ?? '/')}</Resource><RequestId>${requestId}</RequestId></Error>`;
  const headers = { 'x-amz-request-id': requestId };
  if (request.method === 'HEAD') send(response, known.status, headers);
  else send(response, known.status, { 'content-type': 'application/xml', ...headers }, body);
};
