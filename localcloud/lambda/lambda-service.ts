import path from 'node:path';
import { accessForbidden, administrator, requireAccess } from '../core/caller.ts';
import type { Caller } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import type { FunctionInvoker, FunctionResult, LogSink } from '../core/ports.ts';
import { arn } from '../core/service.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { processTimers } from '../core/timers.ts';
import type { Timers } from '../core/timers.ts';
import { sendToDestination } from './destinations.ts';
import type { DestinationPorts } from './destinations.ts';
import { EventInvokeConfigs } from './event-invoke-config.ts';
import { EventQueue } from './event-queue.ts';
import { EventRunner } from './event-runner.ts';
import { EventSources } from './event-sources/event-sources.ts';
import type { SourcePorts } from './event-sources/event-sources.ts';
import type { FunctionDefinition, FunctionHandler } from './function-definition.ts';
import { MAX_PAYLOAD_BYTES, runFunction } from './invocation.ts';
import type { InvocationOutcome } from './invocation.ts';
import { lambdaApi } from './lambda-api.ts';
import { pause } from './pause.ts';
import { captureOutput, releaseOutput } from './printed-output.ts';
import { Semaphore } from './semaphore.ts';

export interface LambdaOptions {
  dataDir: string;
  region: string;
  clock?: Clock;
  logs: LogSink;
  /** Waits before the two retries of an asynchronous event; AWS waits one and two minutes. Default 1 s and 2 s. */
  retryDelaysMs?: readonly number[];
  timers?: Timers;
  /** Where records of asynchronous invocations and of failed batches go; without them such destinations fail. */
  destinations?: DestinationPorts;
  /** Queues and streams for event source mappings; without them mappings are refused. */
  sources?: SourcePorts;
}

interface Registered {
  definition: FunctionDefinition;
  places: Semaphore;
  /** Handlers that run no event now. */
  idle: FunctionHandler[];
  registered: Date;
}

/** Events of a function that can make handlers which run at once, unless it says otherwise. */
const DEFAULT_ENVIRONMENTS = 10;

/** `name`, `arn:…:function:name`, or either with `:alias`. */
const NAME = /^(?:arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:|\d{12}:function:|function:)?([\w-]+)(?::[\w$-]+)?$/;

/** Functions of this process behind Lambda's API. What they print goes to their log group, not to the terminal. */
export class LambdaService implements Service, FunctionInvoker {
  readonly signingNames = ['lambda'];
  readonly handle: RequestHandler;
  private readonly options: LambdaOptions;
  private readonly functions = new Map<string, Registered>();
  private readonly queue: EventQueue;
  private readonly events: EventRunner;
  readonly eventInvokeConfigs: EventInvokeConfigs;
  /** undefined: no sources are wired. */
  readonly eventSources: EventSources | undefined;
  private readonly timers: Timers;
  private readonly invocations = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  /** Callers that wait for a function of a name. */
  private readonly arrivals = new Map<string, AbortController[]>();

  constructor(options: LambdaOptions) {
    this.options = options;
    const folder = path.join(options.dataDir, 'lambda');
    this.timers = options.timers ?? processTimers(() => this.now());
    this.queue = new EventQueue(path.join(folder, 'events'));
    this.eventInvokeConfigs = new EventInvokeConfigs(path.join(folder, 'event-invoke-configs.json'), () => this.now());
    this.events = this.createEventRunner();
    this.eventSources = options.sources && this.createEventSources(folder, options.sources);
    this.handle = lambdaApi(this);
    captureOutput();
  }

  /** Makes a function known, or replaces it; events accepted for it by an earlier process run now. */
  register(definition: FunctionDefinition): void {
    if (!/^[\w-]{1,64}$/.test(definition.name)) throw new RangeError(`Not a function's name: ${definition.name}`);
    if (!(definition.timeoutSeconds > 0)) throw new RangeError(`The timeout of ${definition.name} must be above 0 seconds`);
    this.functions.set(definition.name, {
      definition,
      places: new Semaphore(definition.concurrency ?? (definition.newHandler ? DEFAULT_ENVIRONMENTS : 1)),
      idle: [definition.handler],
      registered: this.now(),
    });
    for (const waiting of this.arrivals.get(definition.name) ?? []) waiting.abort();
    this.arrivals.delete(definition.name);
    for (const event of this.queue.leftOver(definition.name)) this.events.start(event);
  }

  /** Resolves when the function is known, or after so many milliseconds, or when the service stops. */
  async whenRegistered(name: string, timeoutMs: number): Promise<void> {
    const functionName = NAME.exec(name)?.[1] ?? name;
    if (this.functions.has(functionName)) return;
    const waiting = new AbortController();
    this.arrivals.set(functionName, [...(this.arrivals.get(functionName) ?? []), waiting]);
    await pause(this.timers, timeoutMs, AbortSignal.any([waiting.signal, this.stopping.signal]));
  }

  /** Lets those who wait for a function that is not known yet go on without it. */
  endWaiting(): void {
    for (const waiting of [...this.arrivals.values()].flat()) waiting.abort();
    this.arrivals.clear();
  }

  definitions(): FunctionDefinition[] {
    return [...this.functions.values()].map(({ definition }) => definition);
  }

  arnOf(name: string): string {
    return arn('lambda', this.options.region, `function:${name}`);
  }

  /** Throws ResourceNotFoundException. */
  find(name: string): Registered {
    const functionName = NAME.exec(name)?.[1];
    const registered = functionName === undefined ? undefined : this.functions.get(functionName);
    if (!registered)
      throw new AwsError('ResourceNotFoundException', `Function not found: ${name.startsWith('arn:') ? name : this.arnOf(name)}`, {
        status: 404,
        detail: { Type: 'User' },
      });
    return registered;
  }

  /** Throws AwsError AccessDeniedException where the caller may not invoke it. */
  checkInvoker(name: string, caller: Caller): void {
    const resource = name.startsWith('arn:') ? name : this.arnOf(name);
    requireAccess(caller, () => [{ action: 'lambda:InvokeFunction', resource }], accessForbidden);
  }

  async invoke(name: string, event: unknown, caller: Caller = administrator): Promise<FunctionResult> {
    this.checkInvoker(name, caller);
    const outcome = await this.run(name, JSON.stringify(event ?? null));
    return outcome.ok
      ? { ok: true, payload: JSON.parse(outcome.payload) as unknown }
      : { ok: false, errorType: outcome.errorType, errorMessage: outcome.errorMessage };
  }

  /** One synchronous invocation. Throws RequestTooLargeException, ResourceNotFoundException. */
  async run(name: string, payload: string): Promise<InvocationOutcome> {
    const { definition, places, idle } = this.find(name);
    const size = Buffer.byteLength(payload);
    if (size > MAX_PAYLOAD_BYTES)
      throw new AwsError(
        'RequestTooLargeException',
        `${size} byte payload is too large for the RequestResponse invocation type (limit ${MAX_PAYLOAD_BYTES} bytes)`,
        { status: 413 },
      );
    const run = places.run(async () => {
      const handler = idle.pop() ?? definition.newHandler?.() ?? definition.handler;
      try {
        return await runFunction({ ...definition, handler }, this.arnOf(definition.name), payload, this.options.logs);
      } finally {
        idle.push(handler);
      }
    });
    const ended = run.then(() => undefined, () => undefined);
    this.invocations.add(ended);
    void ended.then(() => this.invocations.delete(ended));
    return run;
  }

  /** Accepts an event to be run now, and twice more where it fails. It is on disk when this returns. */
  accept(name: string, payload: string): void {
    this.events.start(this.queue.add(this.find(name).definition.name, payload, this.now()));
  }

  private createEventRunner(): EventRunner {
    const { logs, retryDelaysMs = [1_000, 2_000], destinations } = this.options;
    return new EventRunner({
      queue: this.queue,
      configs: this.eventInvokeConfigs,
      timers: this.timers,
      logs,
      retryDelaysMs,
      run: (name, payload) => this.run(name, payload),
      accept: (name, payload) => this.accept(name, payload),
      arnOf: (name) => this.arnOf(name),
      destinations,
    });
  }

  private createEventSources(folder: string, sources: SourcePorts): EventSources {
    const functions = {
      resolve: (name: string) => {
        const { definition } = this.find(name);
        return { functionName: definition.name, timeoutSeconds: definition.timeoutSeconds };
      },
      isRegistered: (name: string) => this.functions.has(name),
      arnOf: (name: string) => this.arnOf(name),
      invoke: (name: string, payload: string) => this.run(name, payload),
      sendFailure: (destinationArn: string, record: unknown, key: string) => this.sendFailure(destinationArn, record, key),
    };
    return new EventSources({ dataDir: folder, region: this.options.region, timers: this.timers, sources, functions });
  }

  /** A destination that does not take a record is told of in the log; the source goes on, as on AWS. */
  private async sendFailure(destinationArn: string, record: unknown, key: string): Promise<void> {
    try {
      if (!this.options.destinations) throw new Error('destinations are not wired in this cloud');
      await sendToDestination(destinationArn, record, key, this.options.destinations, (name, payload) => this.accept(name, payload));
    } catch (error) {
      this.options.logs.write('/aws/lambda', `ERROR\tThe destination ${destinationArn} did not take a failed batch: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private now(): Date {
    return this.options.clock?.() ?? new Date();
  }

  /**
   * Waits for asynchronous events that run now; those that wait for a retry stay on disk. Invocations whose caller has gone
   * get a moment to end, so that what they print on their way out still goes to their logs.
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    const sources = this.eventSources?.stop();
    await this.events.stop();
    const patience = new AbortController();
    await Promise.race([Promise.all([sources, ...this.invocations]), patienceEnds(patience.signal)]);
    patience.abort();
    releaseOutput();
  }
}

const STOP_PATIENCE_MS = 3_000;

/** A timer that keeps the process alive: what is stopped after this service must not be lost with it. */
const patienceEnds = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, STOP_PATIENCE_MS);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
