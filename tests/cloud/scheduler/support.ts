import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AwsError } from '../../../localcloud/core/errors.ts';
import type { QueueAttribute } from '../../../localcloud/core/ports.ts';
import { SchedulerService } from '../../../localcloud/scheduler/index.ts';
import { serve } from '../kinesis/support.ts';
import { ManualTimers } from '../sqs/manual-timers.ts';

export const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
export const FUNCTION = 'arn:aws:lambda:eu-west-1:000000000000:function:f';
export const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:q';

/** A scheduler behind HTTP whose targets write down what they get, in a time that tests move. */
export class SchedulerBench {
  readonly timers = new ManualTimers('2026-01-31T10:15:30.000Z');
  readonly dataDir = mkdtempSync(path.join(os.tmpdir(), 'localcloud-scheduler-'));
  readonly invoked: { at: string; target: string; input: unknown; attributes?: Readonly<Record<string, QueueAttribute>> | undefined }[] = [];
  readonly logged: string[] = [];
  /** Thrown by the next calls of functions and state machines, in order. */
  readonly failures: Error[] = [];
  service: SchedulerService;
  private server: Awaited<ReturnType<typeof serve>> | undefined;

  constructor() {
    this.service = this.open();
  }

  /** A new service on the same directory, as after a restart. */
  open(): SchedulerService {
    const call = async (target: string, input: string): Promise<void> => {
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      this.write(target, input);
    };
    const targets = {
      invokeFunction: call,
      startExecution: call,
      queues: {
        send: async (target: string, input: string, attributes?: Readonly<Record<string, QueueAttribute>>) => {
          this.write(target, input, attributes);
          return 'id';
        },
      },
      publisher: {
        publish: async (target: string, input: string) => {
          this.write(target, input);
          return 'id';
        },
      },
    };
    this.service = new SchedulerService({ dataDir: this.dataDir, region: 'eu-west-1', timers: this.timers, targets, logs: { write: (_, line) => void this.logged.push(line) } });
    this.service.start();
    return this.service;
  }

  private write(target: string, input: string, attributes?: Readonly<Record<string, QueueAttribute>>): void {
    this.invoked.push({ at: this.timers.now().toISOString().slice(0, 19), target, input, attributes });
  }

  /** When the target was called, to the minute. */
  times(): string[] {
    return this.invoked.map(({ at }) => at.slice(0, 16));
  }

  async request(method: string, resource: string, body?: unknown): Promise<Record<string, unknown>> {
    this.server ??= await serve({ handle: (request, response) => this.service.handle(request, response) });
    const response = await fetch(`${this.server.endpoint}${resource}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const answer = (await response.json()) as Record<string, unknown>;
    if (response.ok) return answer;
    throw new AwsError(response.headers.get('x-amzn-errortype') ?? '', String(answer.message), { status: response.status });
  }

  create(name: string, expression: string, more: Record<string, unknown> = {}, target: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.request('POST', `/schedules/${name}`, settings(expression, more, target));
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.server?.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export const settings = (expression: string, more: Record<string, unknown> = {}, target: Record<string, unknown> = {}): Record<string, unknown> => ({
  ScheduleExpression: expression,
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: FUNCTION, RoleArn: ROLE, Input: '{}', ...target },
  ...more,
});
