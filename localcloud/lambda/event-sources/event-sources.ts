import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { AwsError } from '../../core/errors.ts';
import { JsonFile } from '../../core/files.ts';
import { optionalText, requiredText } from '../../core/json-input.ts';
import type { JsonObject } from '../../core/json-input.ts';
import type { QueueConsumer, StreamReader } from '../../core/ports.ts';
import type { Timers } from '../../core/timers.ts';
import { pause } from '../pause.ts';
import { QueuePoller } from './queue-poller.ts';
import { kindOfSource, readMapping, readStart } from './read-mapping.ts';
import { StreamPoller } from './stream-poller.ts';
import type { ShardTree } from './stream-poller.ts';
import type { InvokeBatch, Mapping } from './types.ts';

/** Where batches come from. */
export interface SourcePorts {
  queues: QueueConsumer & { visibilitySeconds(queueArn: string): number };
  streams: StreamReader & ShardTree;
}

/** What mappings ask of the functions. */
export interface MappedFunctions {
  /** The name in a name or an ARN, and its timeout in seconds. Throws ResourceNotFoundException. */
  resolve(name: string): { functionName: string; timeoutSeconds: number };
  isRegistered(functionName: string): boolean;
  arnOf(functionName: string): string;
  invoke: InvokeBatch;
  sendFailure: (destinationArn: string, record: unknown, key: string) => Promise<void>;
}

export interface EventSourcesOptions {
  /** Folder of the mappings and their places in streams. */
  dataDir: string;
  region: string;
  timers: Timers;
  sources: SourcePorts;
  functions: MappedFunctions;
}

/** How often a stream is looked at (AWS: once a second), and how long a source that fails is left alone. */
const POLL_MS = 200;
const PROBLEM_PAUSE_MS = 1_000;
const PAGE = 100;

interface Running {
  stopping: AbortController;
  ended: Promise<void>;
}

/** Event source mappings: their API, and the pollers that run them. */
export class EventSources {
  private readonly options: EventSourcesOptions;
  private readonly file: JsonFile<Record<string, Mapping>>;
  private readonly running = new Map<string, Running>();
  private readonly results = new Map<string, string>();

  /** Mappings of earlier processes go on at once. */
  constructor(options: EventSourcesOptions) {
    this.options = options;
    this.file = new JsonFile<Record<string, Mapping>>(path.join(options.dataDir, 'event-source-mappings.json'), {});
    for (const mapping of Object.values(this.file.get())) this.start(mapping, false);
  }

  /** A request of a method on the collection (`uuid` empty) or on one mapping. Throws AwsError. */
  answer(method: string, uuid: string, input: JsonObject, query: URLSearchParams): unknown {
    if (uuid === '' && method === 'POST') return this.create(input);
    if (uuid === '' && method === 'GET') return this.list(query);
    const mapping = this.find(uuid);
    if (method === 'GET') return this.describe(mapping);
    if (method === 'PUT') return this.update(mapping, input);
    if (method === 'DELETE') return this.delete(mapping);
    return undefined;
  }

  async stop(): Promise<void> {
    const all = [...this.running.values()];
    for (const { stopping } of all) stopping.abort();
    await Promise.all(all.map(({ ended }) => ended));
  }

  private now(): number {
    return this.options.timers.now().getTime();
  }

  private find(uuid: string): Mapping {
    const mapping = this.file.get()[uuid];
    if (!mapping) throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { status: 404, detail: { Type: 'User' } });
    return mapping;
  }

  private create(input: JsonObject): unknown {
    const sourceArn = requiredText(input, 'EventSourceArn');
    const kind = kindOfSource(sourceArn);
    const { functionName, timeoutSeconds } = this.options.functions.resolve(requiredText(input, 'FunctionName'));
    const base = { kind, sourceArn, functionName, enabled: true, batchSize: kind === 'sqs' ? 10 : 100, windowSeconds: 0, reportsFailures: false };
    const mapping: Mapping = { ...readMapping(input, base), ...(kind === 'kinesis' ? readStart(input) : {}), uuid: randomUUID(), modifiedAt: this.now() };
    this.checkSource(mapping, timeoutSeconds);
    const twin = Object.values(this.file.get()).find((each) => each.sourceArn === sourceArn && each.functionName === functionName);
    if (twin) {
      const message = `An event source mapping with event source arn (" ${sourceArn} ") and function name (" ${functionName} ") already exists. Please update or delete the existing mapping with UUID ${twin.uuid}`;
      throw new AwsError('ResourceConflictException', message, { status: 409, detail: { Type: 'User' } });
    }
    this.file.update((draft) => (draft[mapping.uuid] = mapping));
    this.start(mapping, true);
    return { ...this.describe(mapping), State: 'Creating' };
  }

  /** Throws InvalidParameterValueException, ResourceNotFoundException. */
  private checkSource({ kind, sourceArn }: Mapping, timeoutSeconds: number): void {
    const { queues, streams } = this.options.sources;
    if (kind === 'kinesis') {
      streams.shardIds(sourceArn.split('/')[1] ?? '');
      return;
    }
    const visibility = queues.visibilitySeconds(sourceArn);
    if (visibility < timeoutSeconds) throw new AwsError('InvalidParameterValueException', `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeoutSeconds} seconds`);
  }

  private update(mapping: Mapping, input: JsonObject): unknown {
    const functionName = optionalText(input, 'FunctionName') === undefined ? mapping.functionName : this.options.functions.resolve(requiredText(input, 'FunctionName')).functionName;
    const changed: Mapping = { ...readMapping(input, mapping), functionName, modifiedAt: this.now() };
    this.file.update((draft) => (draft[mapping.uuid] = changed));
    const before = this.end(mapping.uuid);
    this.start(changed, false, before);
    return { ...this.describe(changed), State: 'Updating' };
  }

  private delete(mapping: Mapping): unknown {
    this.file.update((draft) => Reflect.deleteProperty(draft, mapping.uuid));
    void this.end(mapping.uuid).then(() => rmSync(this.placeFile(mapping.uuid), { force: true }));
    return { ...this.describe(mapping), State: 'Deleting' };
  }

  private list(query: URLSearchParams): unknown {
    const [sourceArn, name, from] = [query.get('EventSourceArn'), query.get('FunctionName'), Number(query.get('Marker') ?? '0')];
    const functionName = name === null ? undefined : this.options.functions.resolve(name).functionName;
    const found = Object.values(this.file.get()).filter((each) => (sourceArn === null || each.sourceArn === sourceArn) && (functionName === undefined || each.functionName === functionName));
    const to = from + Math.min(Number(query.get('MaxItems') ?? PAGE), PAGE);
    return { EventSourceMappings: found.slice(from, to).map((mapping) => this.describe(mapping)), ...(to < found.length ? { NextMarker: String(to) } : {}) };
  }

  private describe(mapping: Mapping): Record<string, unknown> {
    const isStream = mapping.kind === 'kinesis';
    return {
      UUID: mapping.uuid,
      EventSourceArn: mapping.sourceArn,
      FunctionArn: this.options.functions.arnOf(mapping.functionName),
      BatchSize: mapping.batchSize,
      MaximumBatchingWindowInSeconds: mapping.windowSeconds,
      FunctionResponseTypes: mapping.reportsFailures ? ['ReportBatchItemFailures'] : [],
      State: mapping.enabled ? 'Enabled' : 'Disabled',
      StateTransitionReason: 'USER_INITIATED',
      LastModified: mapping.modifiedAt / 1000,
      ...(isStream ? { LastProcessingResult: this.results.get(mapping.uuid) ?? 'No records processed' } : {}),
      ...(isStream ? streamMembers(mapping) : {}),
    };
  }

  private placeFile(uuid: string): string {
    return path.join(this.options.dataDir, 'event-sources', `${uuid}.json`);
  }

  private end(uuid: string): Promise<void> {
    const running = this.running.get(uuid);
    running?.stopping.abort();
    this.running.delete(uuid);
    return running?.ended ?? Promise.resolve();
  }

  private start(mapping: Mapping, isNew: boolean, before: Promise<void> = Promise.resolve()): void {
    const stopping = new AbortController();
    if (isNew && mapping.kind === 'kinesis') this.streamPoller(mapping, true, stopping.signal); // LATEST is the latest of now
    if (!mapping.enabled) return;
    const run = async (): Promise<void> => {
      await before; // the same place is never read twice at once
      await (mapping.kind === 'sqs' ? this.runQueue(mapping, stopping.signal) : this.runStream(mapping, stopping.signal));
    };
    this.running.set(mapping.uuid, { stopping, ended: run() });
  }

  private told(mapping: Mapping, result: string): void {
    this.results.set(mapping.uuid, result);
  }

  private async runQueue(mapping: Mapping, signal: AbortSignal): Promise<void> {
    const { functions, timers, region, sources } = this.options;
    const untilRegistered = async (functionName: string, aborted: AbortSignal): Promise<void> => {
      while (!aborted.aborted && !functions.isRegistered(functionName)) await pause(timers, POLL_MS, aborted);
    };
    const poller = new QueuePoller(mapping, { queues: sources.queues, invoke: functions.invoke, untilRegistered, timers, region });
    while (!signal.aborted) {
      try {
        const result = await poller.poll(signal);
        if (result !== undefined) this.told(mapping, result);
      } catch (error) {
        this.told(mapping, `PROBLEM: ${error instanceof Error ? error.message : String(error)}`);
        await pause(timers, PROBLEM_PAUSE_MS, signal);
      }
    }
  }

  private streamPoller(mapping: Mapping, isNew: boolean, signal: AbortSignal): StreamPoller {
    const { functions, timers, region, sources } = this.options;
    return new StreamPoller(
      mapping,
      this.placeFile(mapping.uuid),
      {
        streams: sources.streams,
        invoke: functions.invoke,
        timers,
        region,
        functionArn: (functionName) => functions.arnOf(functionName),
        pause: (milliseconds) => pause(timers, milliseconds, signal),
        isStopping: () => signal.aborted,
        sendFailure: functions.sendFailure,
      },
      isNew,
    );
  }

  private async runStream(mapping: Mapping, signal: AbortSignal): Promise<void> {
    const { functions, timers } = this.options;
    const poller = this.streamPoller(mapping, false, signal);
    while (!signal.aborted) {
      try {
        if (functions.isRegistered(mapping.functionName)) poller.poll((result) => this.told(mapping, result));
        await pause(timers, POLL_MS, signal);
      } catch (error) {
        this.told(mapping, `PROBLEM: ${error instanceof Error ? error.message : String(error)}`);
        await pause(timers, PROBLEM_PAUSE_MS, signal);
      }
    }
    await poller.settled();
  }
}

const streamMembers = (mapping: Mapping): Record<string, unknown> => ({
  StartingPosition: mapping.startingPosition,
  ...(mapping.startingAt === undefined ? {} : { StartingPositionTimestamp: mapping.startingAt / 1000 }),
  BisectBatchOnFunctionError: mapping.bisects ?? false,
  MaximumRetryAttempts: mapping.maximumRetries ?? -1,
  MaximumRecordAgeInSeconds: mapping.maximumAgeSeconds ?? -1,
  ParallelizationFactor: 1,
  TumblingWindowInSeconds: 0,
  DestinationConfig: { OnFailure: mapping.onFailure === undefined ? {} : { Destination: mapping.onFailure } },
});
