import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { callAction } from '../../../localcloud/core/call-action.ts';
import { SqsService } from '../../../localcloud/sqs/index.ts';
import { serve } from '../kinesis/support.ts';
import { ManualTimers } from './manual-timers.ts';

type Answer = Record<string, unknown>;

export interface Received {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: Record<string, unknown>;
}

/** A queue service behind HTTP on a directory of its own, in a time that tests move. */
export class SqsBench {
  readonly timers = new ManualTimers();
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'localcloud-sqs-'));
  private readonly left: { service: SqsService; dataDir: string }[] = [];
  service: SqsService;
  private server: Awaited<ReturnType<typeof serve>> | undefined;

  constructor() {
    this.service = this.open();
  }

  /** A new service on the same directory, as after a `kill -9` of the one before. */
  open(): SqsService {
    this.service = new SqsService({ dataDir: this.dataDir, region: 'eu-west-1', timers: this.timers, endpoint: () => 'http://127.0.0.1:4566' });
    return this.service;
  }

  /** The process ends now: a new service goes on from what is on disk at this moment. */
  crash(): void {
    this.left.push({ service: this.service, dataDir: this.dataDir });
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'localcloud-sqs-'));
    cpSync(this.dataDir, dataDir, { recursive: true });
    this.dataDir = dataDir;
    this.open();
  }

  async call(action: string, input: Answer = {}): Promise<Answer> {
    this.server ??= await serve({ handle: (request, response) => this.service.handle(request, response) });
    return (await callAction(this.server.endpoint, `AmazonSQS.${action}`, input)) as Answer;
  }

  async create(name: string, attributes: Record<string, string> = {}): Promise<string> {
    return (await this.call('CreateQueue', { QueueName: name, Attributes: attributes })).QueueUrl as string;
  }

  async receive(url: string, more: Answer = {}): Promise<Received[]> {
    const { Messages = [] } = await this.call('ReceiveMessage', { QueueUrl: url, AttributeNames: ['All'], MessageAttributeNames: ['All'], ...more });
    return Messages as Received[];
  }

  async counts(url: string): Promise<[visible: number, inFlight: number, delayed: number]> {
    const { Attributes } = (await this.call('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['All'] })) as { Attributes: Record<string, string> };
    return [Number(Attributes.ApproximateNumberOfMessages), Number(Attributes.ApproximateNumberOfMessagesNotVisible), Number(Attributes.ApproximateNumberOfMessagesDelayed)];
  }

  async close(): Promise<void> {
    await this.server?.close();
    for (const { service, dataDir } of [...this.left, this]) {
      await service.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

export const queueArn = (name: string): string => `arn:aws:sqs:eu-west-1:000000000000:${name}`;
