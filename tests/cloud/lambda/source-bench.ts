import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda';
import { callAction } from '../../../localcloud/core/call-action.ts';
import { Gateway } from '../../../localcloud/gateway/index.ts';
import { KinesisService } from '../../../localcloud/kinesis/index.ts';
import { LambdaService } from '../../../localcloud/lambda/index.ts';
import type { FunctionHandler } from '../../../localcloud/lambda/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';
import { SqsService } from '../../../localcloud/sqs/index.ts';
import { credentials, region } from '../edge/temporary.ts';
import { ManualTimers } from '../sqs/manual-timers.ts';

export const queueArn = (name: string): string => `arn:aws:sqs:${region}:000000000000:${name}`;
export const streamArn = (name: string): string => `arn:aws:kinesis:${region}:000000000000:stream/${name}`;

/** Functions, queues and streams on one directory, in a time that tests move. */
export class SourceBench {
  readonly timers = new ManualTimers();
  readonly dataDir = mkdtempSync(path.join(os.tmpdir(), 'localcloud-sources-'));
  readonly published: string[] = [];
  readonly logged: string[] = [];
  store!: FileObjectStore;
  lambda!: LambdaService;
  sqs!: SqsService;
  kinesis!: KinesisService;
  client!: LambdaClient;
  private gateway!: Gateway;

  async open(): Promise<this> {
    const { timers, dataDir } = this;
    this.store = new FileObjectStore({ dataDir });
    this.sqs = new SqsService({ dataDir: path.join(dataDir, 'sqs'), region, timers, endpoint: () => this.gateway.endpoint });
    this.kinesis = new KinesisService({ dataDir: path.join(dataDir, 'kinesis'), region, clock: timers.now });
    const publisher = { publish: async (_: string, message: string) => `message-${this.published.push(message)}` };
    this.lambda = new LambdaService({
      dataDir, region, timers, clock: timers.now, logs: { write: (_, line) => void this.logged.push(line) },
      destinations: { queues: this.sqs, publisher, objects: this.store },
      sources: { queues: this.sqs, streams: this.kinesis },
    });
    this.gateway = await Gateway.start({ services: [this.lambda, this.sqs, this.kinesis], port: 0 });
    this.client = new LambdaClient({ endpoint: this.gateway.endpoint, region, credentials, maxAttempts: 1 });
    return this;
  }

  /** Everything stops; the directory stays. */
  async shut(): Promise<void> {
    this.client.destroy();
    this.sqs.endWaiting();
    await this.gateway.stop();
    await this.lambda.stop();
    await this.sqs.stop();
    await this.kinesis.stop();
  }

  async close(): Promise<void> {
    await this.shut();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  register(handler: FunctionHandler, name = 'f'): void {
    this.lambda.register({ name, timeoutSeconds: 5, handler });
  }

  call(target: string, input: Record<string, unknown>): Promise<unknown> {
    return callAction(this.gateway.endpoint, target, input);
  }

  async queue(name: string, attributes: Record<string, string> = {}): Promise<void> {
    await this.call('AmazonSQS.CreateQueue', { QueueName: name, Attributes: attributes });
  }

  async counts(name: string): Promise<[visible: number, inFlight: number]> {
    const { Attributes } = (await this.call('AmazonSQS.GetQueueAttributes', { QueueUrl: `/${name}`, AttributeNames: ['All'] })) as { Attributes: Record<string, string> };
    return [Number(Attributes.ApproximateNumberOfMessages), Number(Attributes.ApproximateNumberOfMessagesNotVisible)];
  }

  async bodies(name: string): Promise<string[]> {
    const { Messages = [] } = (await this.call('AmazonSQS.ReceiveMessage', { QueueUrl: `/${name}`, MaxNumberOfMessages: 10 })) as { Messages?: { Body: string }[] };
    return Messages.map(({ Body }) => Body);
  }

  async stream(name: string, ShardCount = 1): Promise<void> {
    await this.call('Kinesis_20131202.CreateStream', { StreamName: name, ShardCount });
  }

  async put(name: string, values: readonly string[], key = 'k'): Promise<void> {
    await this.call('Kinesis_20131202.PutRecords', { StreamName: name, Records: values.map((value) => ({ Data: Buffer.from(value).toString('base64'), PartitionKey: key })) });
  }

  async map(input: Omit<CreateEventSourceMappingCommandInput, 'FunctionName'>, name = 'f'): Promise<string> {
    return (await this.client.send(new CreateEventSourceMappingCommand({ FunctionName: name, ...input }))).UUID!;
  }

  /** Time goes on, at most ten minutes of it, until something holds. */
  async until(holds: () => boolean | Promise<boolean>, stepMs = 200): Promise<void> {
    for (let passed = 0; passed < 600_000; passed += stepMs) {
      if (await holds()) return;
      await this.timers.advance(stepMs);
    }
    throw new Error('it did not come to hold');
  }
}

/** The texts of a Kinesis event's records. */
export const textsOf = (event: unknown): string[] => (event as { Records: { kinesis: { data: string } }[] }).Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
export const sequenceNumbersOf = (event: unknown): string[] => (event as { Records: { kinesis: { sequenceNumber: string } }[] }).Records.map(({ kinesis }) => kinesis.sequenceNumber);
