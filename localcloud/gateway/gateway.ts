import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { administrator, setCaller } from '../core/caller.ts';
import type { Caller } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { sendJson, sendJsonError } from '../core/json-protocol.ts';
import { sendQueryError } from '../core/query-protocol.ts';
import type { RequestHandler, Service } from '../core/service.ts';
import { accessKeyOf, isLocalCaller, serviceOf } from './route.ts';

/** First bytes of an HTTP/2 connection with prior knowledge (RFC 9113, section 3.4). */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0');
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const EVENT_STREAM = 'application/vnd.amazon.eventstream';
/** How long requests under way may take once the gateway is told to stop. */
const STOP_GRACE_MS = 5_000;

/** The port is taken by another program; `port` tells which. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  readonly port: number;
  constructor(port: number, cause: unknown) {
    super(`Port ${port} on 127.0.0.1 is in use`, { cause });
    this.port = port;
  }
}

export interface GatewayOptions {
  services: readonly Service[];
  /** Who signs with an access key; throws AwsError for a key that is not valid. Default: the administrator. */
  callerWith?: (accessKeyId: string | undefined) => Caller;
  /** 0 for any free port. */
  port: number;
  /** Loopback only: there is no authentication. */
  host?: string;
}

/** One port for all services, HTTP/1.1 and HTTP/2 with prior knowledge, which the SDK's Kinesis client speaks by default. */
export class Gateway {
  readonly endpoint: string;
  private readonly listener: net.Server;
  private readonly sockets: Set<Socket>;
  private readonly underWay: Set<ServerResponse>;

  private constructor(endpoint: string, listener: net.Server, sockets: Set<Socket>, underWay: Set<ServerResponse>) {
    this.endpoint = endpoint;
    this.listener = listener;
    this.sockets = sockets;
    this.underWay = underWay;
  }

  /** Listens; throws {@link PortInUseError}, or a RangeError for a host that is not loopback. */
  static async start({ services, port, callerWith = () => administrator, host = '127.0.0.1' }: GatewayOptions): Promise<Gateway> {
    if (!LOOPBACK.has(host)) throw new RangeError(`The embedded cloud has no authentication and listens on loopback only, not on ${host}`);
    const sockets = new Set<Socket>();
    const underWay = new Set<ServerResponse>();
    const listener = createListener(routed(services, callerWith, underWay), sockets);
    await listening(listener, port, host);
    const address = listener.address() as AddressInfo;
    return new Gateway(
      `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
      listener,
      sockets,
      underWay,
    );
  }

  /** Takes no more connections, lets requests under way end (for five seconds at most), then closes what is open. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.listener.close(() => resolve()));
    for (const response of this.underWay) if (response.getHeader('content-type') === EVENT_STREAM) response.end(); // has no end of its own
    const ended = Promise.all([...this.underWay].map((response) => new Promise<void>((resolve) => response.once('close', resolve))));
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_GRACE_MS)));
    await Promise.race([ended, grace]);
    clearTimeout(timer);
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

const listening = (listener: net.Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new PortInUseError(port, error) : error));
    listener.listen(port, host, () => resolve());
  });

/** A TCP server that looks at a connection's first bytes and hands it to the HTTP version they speak. */
const createListener = (handle: RequestHandler, sockets: Set<Socket>): net.Server => {
  const http1 = http.createServer((request, response) => void handle(request, response));
  http1.keepAliveTimeout = 60_000;
  // The compatibility API of http2 has the members of http's request and response that services use.
  const http2Server = http2.createServer(
    { settings: { maxConcurrentStreams: 1_000 } },
    (request, response) => void handle(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  http2Server.on('sessionError', () => undefined); // a client that went away is not this process's failure
  return net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    dispatch(socket, http1, http2Server);
  });
};

const dispatch = (socket: Socket, http1: http.Server, http2Server: http2.Http2Server): void => {
  const look = (): void => {
    const first = socket.read() as Buffer | null;
    if (first === null) {
      if (!socket.readableEnded) socket.once('readable', look);
      return;
    }
    socket.unshift(first);
    const length = Math.min(first.length, HTTP2_PREFACE.length);
    const isHttp2 = first.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length));
    (isHttp2 ? http2Server : http1).emit('connection', socket);
  };
  socket.once('readable', look);
};

const routed = (services: readonly Service[], callerWith: Required<GatewayOptions>['callerWith'], underWay: Set<ServerResponse>): RequestHandler => {
  const bySigningName = new Map(services.flatMap((service) => service.signingNames.map((name) => [name, service] as const)));
  return async (request, response) => {
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    if (!isLocalCaller(request.headers)) {
      refuse(request, response, new AwsError('AccessDeniedException', 'This cloud answers programs of this machine only', { status: 403 }));
      return;
    }
    if (request.url === '/_localcloud/health') {
      sendJson(request, response, 200, { status: 'running', services: [...bySigningName.keys()].sort() });
      return;
    }
    const name = serviceOf(request.headers, request.url ?? '/');
    const service = bySigningName.get(name);
    if (!service) {
      refuse(request, response, new AwsError('NotImplementedException', `The service "${name}" is not supported locally`, { status: 501 }));
      return;
    }
    try {
      setCaller(request, callerWith(accessKeyOf(request.headers, request.url ?? '/')));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      refuse(request, response, error);
      return;
    }
    try {
      await service.handle(request, response);
    } catch (error) {
      sendJsonError(request, response, error);
    }
  };
};

/** An error of the gateway itself, in the protocol the request speaks. */
const refuse = (request: IncomingMessage, response: ServerResponse, error: AwsError): void => {
  request.resume();
  const isQuery = /x-www-form-urlencoded/.test(request.headers['content-type'] ?? '') && request.headers['x-amz-target'] === undefined;
  if (isQuery) sendQueryError(request, response, error, 'http://webservices.amazon.com/');
  else sendJsonError(request, response, error);
};
