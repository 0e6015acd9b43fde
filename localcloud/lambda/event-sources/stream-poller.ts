import { randomUUID } from 'node:crypto';
import { JsonFile } from '../../core/files.ts';
import type { StreamReader, StreamRecord } from '../../core/ports.ts';
import type { Timers } from '../../core/timers.ts';
import type { InvocationOutcome } from '../invocation.ts';
import { processStreamBatch } from './stream-batch.ts';
import type { StreamBatchPorts } from './stream-batch.ts';
import type { InvokeBatch, Mapping } from './types.ts';

/** A stream's shards with what they came from by a split or a merge. */
export interface ShardTree {
  parentsOf(stream: string, shardId: string): string[];
}

export interface StreamPollerPorts {
  streams: StreamReader & ShardTree;
  invoke: InvokeBatch;
  timers: Timers;
  region: string;
  functionArn: (functionName: string) => string;
  pause: (milliseconds: number) => Promise<void>;
  isStopping: () => boolean;
  /** Sends a record to the on-failure destination; resolves when it is there or nobody takes it. */
  sendFailure: (destinationArn: string, record: unknown, key: string) => Promise<void>;
}

/** Shard id to the sequence number of the last record done with; null where the shard was empty at the start. */
type Checkpoint = Record<string, string | null>;

/** A batch may be so large as JSON: the limit of a synchronous invocation, nearly. */
const MAX_BATCH_BYTES = 6_200_000;
/** In base64 and with what stands around it a record of so many bytes still fits the function's 6 MB. */
const bytesInEvent = ({ data, partitionKey }: StreamRecord): number => Math.ceil(data.length / 3) * 4 + partitionKey.length + 600;

/**
 * One mapping of a stream: shards side by side, each in order and one batch at a time; a shard that came from others begins
 * when those are done with.
 */
export class StreamPoller {
  private readonly mapping: Mapping;
  private readonly ports: StreamPollerPorts;
  private readonly stream: string;
  private readonly checkpoint: JsonFile<Checkpoint>;
  private readonly busy = new Map<string, Promise<void>>();
  /** When the first record of a batch that is not full yet was seen, by shard. */
  private readonly waitingSince = new Map<string, number>();

  /** `isNew`: LATEST begins behind what the stream has now. Throws ResourceNotFoundException where there is no such stream. */
  constructor(mapping: Mapping, file: string, ports: StreamPollerPorts, isNew: boolean) {
    this.mapping = mapping;
    this.ports = ports;
    this.stream = mapping.sourceArn.split('/')[1] ?? '';
    this.checkpoint = new JsonFile<Checkpoint>(file, {});
    const shards = isNew ? ports.streams.shardIds(this.stream) : [];
    if (isNew && mapping.startingPosition === 'LATEST') this.checkpoint.update((draft) => Object.assign(draft, Object.fromEntries(shards.map((id) => [id, ports.streams.latest(this.stream, id) ?? null]))));
  }

  /** Starts work on every shard that has some and is not being worked on; `told` hears what became of each batch. */
  poll(told: (result: string) => void): void {
    for (const shardId of this.ports.streams.shardIds(this.stream)) {
      if (this.busy.has(shardId) || !this.areParentsDone(shardId)) continue;
      const records = this.nextBatch(shardId);
      if (records.length > 0) this.busy.set(shardId, this.process(shardId, records, told));
    }
  }

  /** Resolves when the batches under way have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.busy.values());
  }

  private areParentsDone(shardId: string): boolean {
    const { streams } = this.ports;
    return streams.parentsOf(this.stream, shardId).every((parent) => !this.busy.has(parent) && this.read(parent, 1).length === 0);
  }

  private async process(shardId: string, records: readonly StreamRecord[], told: (result: string) => void): Promise<void> {
    try {
      told(await processStreamBatch(records, this.mapping, this.batchPorts(shardId)));
    } catch (error) {
      told(`PROBLEM: ${error instanceof Error ? error.message : String(error)}`); // the batch comes again
    } finally {
      this.busy.delete(shardId);
    }
  }

  private read(shardId: string, limit: number): StreamRecord[] {
    const { streams } = this.ports;
    const { startingAt = 0 } = this.mapping;
    for (let after = this.checkpoint.get()[shardId] ?? undefined; ; ) {
      const { records } = streams.read(this.stream, shardId, after, limit);
      const wanted = records.filter(({ approximateArrivalTimestamp }) => approximateArrivalTimestamp.getTime() >= startingAt);
      const last = records.at(-1);
      if (wanted.length > 0 || !last) return wanted;
      after = last.sequenceNumber; // all of them are older than AT_TIMESTAMP
    }
  }

  /** Empty while there is nothing, or while the batch may still grow. */
  private nextBatch(shardId: string): StreamRecord[] {
    const { batchSize, windowSeconds } = this.mapping;
    const records: StreamRecord[] = [];
    let bytes = 0;
    for (const record of this.read(shardId, batchSize)) {
      bytes += bytesInEvent(record);
      if (bytes > MAX_BATCH_BYTES && records.length > 0) break;
      records.push(record);
    }
    if (records.length === 0) return [];
    const now = this.ports.timers.now().getTime();
    const since = this.waitingSince.get(shardId) ?? now;
    if (records.length < batchSize && bytes < MAX_BATCH_BYTES && now - since < windowSeconds * 1000) {
      this.waitingSince.set(shardId, since);
      return [];
    }
    this.waitingSince.delete(shardId);
    return records;
  }

  private batchPorts(shardId: string): StreamBatchPorts {
    const { invoke, timers, region, pause, isStopping } = this.ports;
    return {
      invoke,
      timers,
      region,
      pause,
      isStopping,
      checkpoint: ({ sequenceNumber }) => void this.checkpoint.update((draft) => (draft[shardId] = sequenceNumber)),
      giveUp: async (records, condition, attempts, outcome) => this.tellOfFailure(shardId, records, condition, attempts, outcome),
    };
  }

  /** Queues and topics are told which records, a bucket gets their payload too. */
  private async tellOfFailure(shardId: string, records: readonly StreamRecord[], condition: string, attempts: number, outcome: InvocationOutcome | undefined): Promise<void> {
    const { uuid, functionName, sourceArn, onFailure } = this.mapping;
    const [first, last] = [records[0], records.at(-1)];
    if (onFailure === undefined || !first || !last) return;
    const now = this.ports.timers.now().toISOString();
    const record = {
      requestContext: { requestId: randomUUID(), functionArn: this.ports.functionArn(functionName), condition, approximateInvokeCount: attempts },
      ...(outcome ? { responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' } } : {}),
      version: '1.0',
      timestamp: now,
      KinesisBatchInfo: {
        shardId,
        startSequenceNumber: first.sequenceNumber,
        endSequenceNumber: last.sequenceNumber,
        approximateArrivalOfFirstRecord: first.approximateArrivalTimestamp.toISOString(),
        approximateArrivalOfLastRecord: last.approximateArrivalTimestamp.toISOString(),
        batchSize: records.length,
        streamArn: sourceArn,
      },
    };
    const payload = onFailure.startsWith('arn:aws:s3:') ? { payload: JSON.stringify({ Records: records.map(({ data, partitionKey, sequenceNumber }) => ({ data: data.toString('base64'), partitionKey, sequenceNumber })) }) } : {};
    const key = `aws/lambda/${uuid}/${shardId}/${now.slice(0, 10).replaceAll('-', '/')}/${now.slice(0, 19).replaceAll(':', '.')}-${first.sequenceNumber}`;
    await this.ports.sendFailure(onFailure, { ...record, ...payload }, key);
  }
}
