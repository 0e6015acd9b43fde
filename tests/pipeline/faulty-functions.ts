import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalFunction, type LocalFunction } from '../../cli/local/functions.ts';
import type { Environment } from '../../src/lib/aws/index.ts';

/** A request of a function to AWS. */
export interface Call {
  /** Tells the calls of one invocation: it can make several at a time. */
  invocation: string;
  /** The function and, of a run's step, the phase and its number: the same in every pass. */
  of: string;
  /** Counts the calls of the invocation, from 0. */
  number: number;
  /** For people: `PUT /bucket/key`, `DynamoDB_20120810.PutItem`. */
  operation: string;
}

/**
 * What happens to a call and to the invocation that makes it. `before`: killed, the call is never made. `middle`: killed when half of
 * the call's body is sent. `after`: killed when the call took effect, its answer is never seen.
 * `until`: Lambda gives the invocation up, but it goes on as soon as the promise is kept.
 */
export type Fault = 'before' | 'middle' | 'after' | { until: Promise<void> };

/** Functions whose calls to AWS go through a proxy that can harm them. */
export interface FaultyFunctions {
  readonly createFunction: (handler: string, environment: Environment) => LocalFunction;
  /** Asked at every call. */
  onCall: (call: Call) => Fault | undefined | Promise<Fault | undefined>;
  /** How a killed invocation ends, as Lambda tells it. */
  ending: 'Runtime.ExitError' | 'Sandbox.Timedout' | 'Error';
  /** Resolves when every invocation that was given up, but not killed, has ended. */
  givenUpEnded(): Promise<void>;
  close(): Promise<void>;
}

interface Invocation {
  key: string;
  of: string;
  target: URL;
  calls: number;
  isDead: boolean;
  /** Lets its caller go; `ended` resolves when it is over all the same. */
  giveUp: () => void;
  ended: Promise<void>;
}

export const openFaultyFunctions = async (): Promise<FaultyFunctions> => {
  const invocations = new Map<string, Invocation>();
  const zombies = new Set<Promise<void>>();
  const dead = new Set<Promise<void>>();

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const invocation = invocations.get(/Credential=(\w+)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? '');
    const body = await bytesOf(incoming);
    if (!invocation || invocation.isDead) return; // the process is gone: nobody calls, nobody waits for an answer
    const kill = (): void => {
      invocation.isDead = true;
      dead.add(invocation.ended);
      invocation.giveUp();
    };
    const fault = await functions.onCall({ invocation: invocation.key, of: invocation.of, number: invocation.calls++, operation: operationOf(incoming) });
    if (fault === 'before') { kill(); return; }
    if (fault === 'middle') {
      await sendHalf(invocation.target, incoming, body);
      kill(); return;
    }
    if (typeof fault === 'object') {
      invocation.giveUp();
      zombies.add(invocation.ended);
      await fault.until;
    }
    const answer = await forward(invocation.target, incoming, body);
    if (fault === 'after') { kill(); return; }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const functions: FaultyFunctions = {
    onCall: () => undefined,
    ending: 'Runtime.ExitError',
    createFunction: (handler, environment) => (event, context) => {
      const key = `CALLER${invocations.size}`;
      const of = nameOf(context.functionName, event);
      const work = createLocalFunction(handler, { ...environment, AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: key })(event, context);
      const ended = work.then(() => undefined, () => undefined);
      const givenUp = new Promise<never>((_, reject) => {
        const giveUp = (): void => reject(Object.assign(new Error(`${of} was given up`), { name: functions.ending }));
        invocations.set(key, { key, of, target: new URL(environment['AWS_ENDPOINT_URL'] ?? ''), calls: 0, isDead: false, giveUp, ended });
      });
      return Promise.race([work, givenUp]);
    },
    async givenUpEnded() {
      await Promise.all(zombies);
      zombies.clear();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(dead); // what is left of them meets closed doors
    },
  };
  return functions;
};

/** `run-step events 3`, `run-begin` */
const nameOf = (functionName: string, event: unknown): string => {
  const { phase, step, attempt } = (event ?? {}) as { phase?: string; step?: number; attempt?: number };
  const name = functionName.replace('floe-dev-', '');
  return phase === undefined ? name : `${name} ${phase} ${step ?? ''}${attempt ? ` again ${attempt}` : ''}`;
};

const operationOf = ({ headers, method, url }: IncomingMessage): string => {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target : `${method ?? ''} ${(url ?? '').split('?')[0] ?? ''}`;
};

const bytesOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const optionsOf = (target: URL, { method, url, headers }: IncomingMessage) => ({ host: target.hostname, port: target.port, method, path: url, headers });

const forward = (target: URL, incoming: IncomingMessage, body: Buffer): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> =>
  new Promise((resolve, reject) => {
    const outgoing = request(optionsOf(target, incoming), (answer) => {
      bytesOf(answer).then((bytes) => resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: bytes }), reject);
    });
    outgoing.on('error', reject).end(body);
  });

/** The headers promise a whole body; half of it comes, then the connection breaks. */
const sendHalf = (target: URL, incoming: IncomingMessage, body: Buffer): Promise<void> =>
  new Promise((resolve) => {
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => name !== 'transfer-encoding')); // one that is undefined is an error
    const outgoing = request({ ...optionsOf(target, incoming), headers: { ...headers, 'content-length': String(body.length) } });
    outgoing.on('error', () => resolve()).on('close', () => resolve());
    outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => setTimeout(() => outgoing.destroy(), 5));
  });
