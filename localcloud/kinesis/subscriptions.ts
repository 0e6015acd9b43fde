import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { callerOf, requireAccess } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { optionalNumber, optionalText, requiredObject, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { readBody, regionOf, sendJsonError } from '../core/json-protocol.ts';
import type { Clock, RequestHandler } from '../core/service.ts';
import { kinesisAccess } from './access.ts';
import { findConsumer } from './consumers.ts';
import type { Consumers } from './consumers.ts';
import { eventMessage } from './event-stream.ts';
import { childShards, describeRecord, startingCounter } from './get-actions.ts';
import type { Stream } from './stream.ts';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html */
const SUBSCRIPTION_MS = 300_000;
const AGAIN_AFTER_MS = 5_000;
const EVENT_BYTES = 1 << 20;
/** How often a shard is looked at, and an event is sent where there is nothing to tell. */
const POLL_MS = 100;
const HEARTBEAT_MS = 5_000;

interface Subscription {
  since: number;
  response: ServerResponse;
}

/** SubscribeToShard: records are pushed as they come, for five minutes or until the client goes. */
export class Subscriptions {
  private readonly consumers: Consumers;
  private readonly clock: Clock;
  private readonly active = new Map<string, Subscription>();

  constructor(consumers: Consumers, clock: Clock) {
    this.consumers = consumers;
    this.clock = clock;
  }

  readonly handle: RequestHandler = async (request, response) => {
    try {
      const input = JSON.parse((await readBody(request)).toString('utf8')) as JsonObject;
      requireAccess(callerOf(request), () => kinesisAccess('SubscribeToShard', input, regionOf(request)));
      const { stream, consumerArn } = findConsumer(this.consumers, input);
      const { id: shardId } = stream.shard(requiredText(input, 'ShardId'));
      const counter = this.startOf(stream, shardId, requiredObject(input, 'StartingPosition'));
      this.replace(`${consumerArn}/${shardId}`, response);
      response.setHeader('content-type', 'application/vnd.amazon.eventstream');
      response.setHeader('x-amzn-requestid', randomUUID());
      response.writeHead(200);
      response.write(eventMessage('initial-response', {}));
      await this.push(stream, shardId, counter, response);
    } catch (error) {
      sendJsonError(request, response, error);
    }
  };

  private startOf(stream: Stream, shardId: string, position: JsonObject): number {
    const sequenceNumber = optionalText(position, 'SequenceNumber');
    const timestamp = optionalNumber(position, 'Timestamp');
    const given = { ...(sequenceNumber === undefined ? {} : { StartingSequenceNumber: sequenceNumber }), ...(timestamp === undefined ? {} : { Timestamp: timestamp }) };
    return startingCounter(stream, shardId, requiredText(position, 'Type'), given, this.clock());
  }

  /** The later subscription of a consumer to a shard ends the earlier one, but not within its first five seconds. */
  private replace(key: string, response: ServerResponse): void {
    const now = this.clock().getTime();
    const earlier = this.active.get(key);
    if (earlier && now - earlier.since < AGAIN_AFTER_MS) throw new AwsError('ResourceInUseException', 'Another active subscription exists for this consumer and shard.'); // text not confirmed
    earlier?.response.end();
    const subscription = { since: now, response };
    this.active.set(key, subscription);
    response.once('close', () => {
      if (this.active.get(key) === subscription) this.active.delete(key);
    });
  }

  private async push(stream: Stream, shardId: string, from: number, response: ServerResponse): Promise<void> {
    const started = this.clock().getTime();
    let counter = from;
    let continuation = stream.read(shardId, from - 1, 1).records[0]?.sequenceNumber ?? stream.shard(shardId).startingSequenceNumber;
    for (let told = 0; !response.writableEnded && !response.destroyed; ) {
      const now = this.clock().getTime();
      if (now - started >= SUBSCRIPTION_MS) break;
      const { records, nextCounter, millisBehindLatest } = stream.read(shardId, counter, Number.MAX_SAFE_INTEGER, EVENT_BYTES);
      counter = nextCounter;
      continuation = records.at(-1)?.sequenceNumber ?? continuation;
      const isEnd = stream.isEnd(shardId, counter);
      if (records.length > 0 || isEnd || now - told >= HEARTBEAT_MS) {
        told = now;
        const event = { Records: records.map(describeRecord), MillisBehindLatest: millisBehindLatest };
        response.write(eventMessage('SubscribeToShardEvent', isEnd ? { ...event, ChildShards: childShards(stream, shardId) } : { ...event, ContinuationSequenceNumber: continuation }));
      }
      if (isEnd) break;
      await waitFor(response, records.length > 0 ? 0 : POLL_MS);
    }
    response.end();
  }

  /** Ends all. */
  stop(): void {
    for (const { response } of this.active.values()) response.end();
  }
}

/** A client that does not read stops the sending; one that went away ends it. */
const waitFor = async (response: ServerResponse, milliseconds: number): Promise<void> => {
  await new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  if (!response.writableNeedDrain || response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
};
