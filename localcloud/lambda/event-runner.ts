import type { LogSink } from '../core/ports.ts';
import type { Timers } from '../core/timers.ts';
import { sendToDestination } from './destinations.ts';
import type { DestinationPorts } from './destinations.ts';
import type { EventInvokeConfigs } from './event-invoke-config.ts';
import type { EventQueue, QueuedEvent } from './event-queue.ts';
import type { InvocationOutcome } from './invocation.ts';
import { pause } from './pause.ts';

export interface EventRunnerOptions {
  queue: EventQueue;
  configs: EventInvokeConfigs;
  timers: Timers;
  logs: LogSink;
  /** Waits before the first and the second retry. */
  retryDelaysMs: readonly number[];
  run: (functionName: string, payload: string) => Promise<InvocationOutcome>;
  accept: (functionName: string, payload: string) => void;
  arnOf: (functionName: string) => string;
  /** undefined: destinations are not wired. */
  destinations: DestinationPorts | undefined;
}

/** Runs events accepted for asynchronous invocation: retries, then tells the destination what became of each. */
export class EventRunner {
  private readonly options: EventRunnerOptions;
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(options: EventRunnerOptions) {
    this.options = options;
  }

  start(event: QueuedEvent): void {
    const run = this.runToTheEnd(event);
    this.underWay.add(run);
    void run.finally(() => this.underWay.delete(run));
  }

  /** Waits for events that run now; those that wait for a retry stay on disk. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.underWay);
  }

  private async runToTheEnd(event: QueuedEvent): Promise<void> {
    const { timers, retryDelaysMs, run, configs } = this.options;
    for (let attempt = 1; ; attempt++) {
      const { maximumRetryAttempts, maximumEventAgeSeconds } = configs.of(event.functionName);
      const outcome = await run(event.functionName, event.payload);
      const delay = retryDelaysMs[attempt - 1] ?? retryDelaysMs.at(-1) ?? 0;
      const isTooOld = timers.now().getTime() + delay - Date.parse(event.accepted) > maximumEventAgeSeconds * 1000;
      if (outcome.ok || attempt > maximumRetryAttempts || isTooOld) {
        await this.finish(event, outcome, attempt, outcome.ok ? 'Success' : attempt > maximumRetryAttempts ? 'RetriesExhausted' : 'EventAgeExceeded');
        return;
      }
      await pause(timers, delay, this.stopping.signal);
      if (this.stopping.signal.aborted) return; // the file stays: the next process goes on
    }
  }

  private async finish(event: QueuedEvent, outcome: InvocationOutcome, attempts: number, condition: string): Promise<void> {
    const { logs, configs, queue } = this.options;
    if (!outcome.ok) logs.write(`/aws/lambda/${event.functionName}`, `ERROR\tEvent ${event.id} given up after ${attempts} attempts: ${outcome.payload}`);
    const { onSuccess, onFailure } = configs.of(event.functionName);
    const destination = outcome.ok ? onSuccess : onFailure;
    if (destination !== undefined) await this.tell(destination, event, outcome, attempts, condition);
    queue.remove(event);
  }

  /** @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
  private async tell(destination: string, event: QueuedEvent, outcome: InvocationOutcome, attempts: number, condition: string): Promise<void> {
    const { arnOf, destinations, accept, timers, logs } = this.options;
    const now = timers.now().toISOString();
    const record = {
      version: '1.0',
      timestamp: now,
      requestContext: { requestId: event.id, functionArn: `${arnOf(event.functionName)}:$LATEST`, condition, approximateInvokeCount: attempts },
      requestPayload: JSON.parse(event.payload) as unknown,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', ...(outcome.ok ? {} : { functionError: 'Unhandled' }) },
      responsePayload: JSON.parse(outcome.payload) as unknown,
    };
    const key = `aws/lambda/async/${event.functionName}/${now.slice(0, 10).replaceAll('-', '/')}/${now.slice(0, 19).replaceAll(':', '.')}-${event.id}`;
    try {
      if (!destinations) throw new Error('destinations are not wired in this cloud');
      await sendToDestination(destination, record, key, destinations, accept);
    } catch (error) {
      logs.write(`/aws/lambda/${event.functionName}`, `ERROR\tThe destination ${destination} did not take the record of event ${event.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
