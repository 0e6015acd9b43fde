import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers one HTTP request; the gateway has already chosen the service. Must end the response in every case. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** One AWS service behind the gateway. Its typed methods, if neighbours need any, stand on the class itself. */
export interface Service {
  /** The service's names in the SigV4 credential scope, e.g. `['kinesis']`; the gateway routes by them. */
  readonly signingNames: readonly string[];
  readonly handle: RequestHandler;
  /** Ends timers and open files. What was acknowledged is on disk before this is called. */
  stop?(): Promise<void>;
}

/** Time of day as a port, so that tests can move it. */
export type Clock = () => Date;

export const ACCOUNT_ID = '000000000000';

/** `arn:aws:kinesis:eu-west-1:000000000000:stream/events` for `arn('kinesis', region, 'stream/events')`. */
export const arn = (service: string, region: string, resource: string): string => `arn:aws:${service}:${region}:${ACCOUNT_ID}:${resource}`;
