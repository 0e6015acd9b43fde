import { randomUUID } from 'node:crypto';
import { withoutRoles } from '../core/caller.ts';
import type { Caller, Roles } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import type { LogSink } from '../core/ports.ts';
import type { Timers } from '../core/timers.ts';
import { inputOf, invokeTarget } from './invoke-target.ts';
import type { Invocation, TargetPorts } from './invoke-target.ts';
import type { Target } from './types.ts';

export interface FiringOptions {
  region: string;
  timers: Timers;
  targets: TargetPorts;
  logs: LogSink;
  /** Default: as the administrator. */
  roles?: Roles;
}

interface Failure {
  code: string;
  message: string;
  /** A request that is wrong stays wrong: it is not tried again. */
  isFinal: boolean;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;
const LOG_GROUP = '/aws/scheduler';

const failureOf = (error: unknown): Failure => {
  if (error instanceof AwsError) return { code: error.code.slice(error.code.indexOf('#') + 1), message: error.message, isFinal: error.status < 500 && !/Throttl|TooManyRequests/.test(error.code) };
  return { code: 'InternalFailure', message: error instanceof Error ? error.message : String(error), isFinal: false };
};

/** Invokes targets, again where that may help, and gives up into the dead-letter queue. */
export class Firing {
  private readonly options: FiringOptions;
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(options: FiringOptions) {
    this.options = options;
  }

  /** Resolves when the target has taken the invocation, or it has been given up. Never rejects for what a target does. */
  fire(scheduleArn: string, target: Target, scheduledTime: Date): Promise<void> {
    const run = this.run({ scheduleArn, region: this.options.region, executionId: randomUUID(), attempt: 1, scheduledTime }, target);
    this.underWay.add(run);
    void run.finally(() => this.underWay.delete(run));
    return run;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.underWay);
  }

  private async run(first: Invocation, target: Target): Promise<void> {
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = target.RetryPolicy;
    const giveUpAt = first.scheduledTime.getTime() + MaximumEventAgeInSeconds * 1000;
    for (let attempt = 1; ; attempt++) {
      const invocation = { ...first, attempt };
      const failure = await this.attempt(invocation, target);
      if (!failure || this.isStopping()) return;
      const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
      const isTooOld = this.options.timers.now().getTime() + delay > giveUpAt;
      if (failure.isFinal || attempt > MaximumRetryAttempts || isTooOld) {
        await this.giveUp(invocation, target, failure, isTooOld ? 'MaximumEventAgeInSeconds' : 'MaximumRetryAttempts');
        return;
      }
      await this.pause(delay);
      if (this.isStopping()) return;
    }
  }

  private async attempt(invocation: Invocation, target: Target): Promise<Failure | undefined> {
    try {
      await invokeTarget(target, inputOf(target, invocation), this.options.targets, this.callerOf(target, invocation));
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  /** The message's attributes tell why (https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html). */
  private async giveUp(invocation: Invocation, target: Target, failure: Failure, condition: string): Promise<void> {
    this.log(`ERROR\t${invocation.scheduleArn} could not invoke ${target.Arn} after ${invocation.attempt} attempts: ${failure.code}: ${failure.message}`);
    const queue = target.DeadLetterConfig?.Arn;
    if (queue === undefined) return;
    const texts = {
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message,
      EXECUTION_ID: invocation.executionId,
      ...(failure.isFinal ? {} : { EXHAUSTED_RETRY_CONDITION: condition }),
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: String(invocation.attempt - 1),
      SCHEDULED_TIME: invocation.scheduledTime.toISOString(),
      SCHEDULE_ARN: invocation.scheduleArn,
      TARGET_ARN: target.Arn,
    };
    const attributes = Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { dataType: 'String', value }]));
    try {
      await this.options.targets.queues.send(queue, inputOf(target, invocation), attributes, this.callerOf(target, invocation));
    } catch (error) {
      this.log(`ERROR\t${invocation.scheduleArn}: its dead-letter queue ${queue} did not take the invocation: ${failureOf(error).message}`);
    }
  }

  /** A schedule acts with its target's role, for its group (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html). */
  private callerOf({ RoleArn }: Target, { scheduleArn }: Invocation): Caller {
    const { roles = withoutRoles } = this.options;
    return roles.actAs(RoleArn, 'scheduler.amazonaws.com', scheduleArn.replace(/:schedule\/([^/]+)\/.*$/, ':schedule-group/$1'));
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private log(line: string): void {
    this.options.logs.write(LOG_GROUP, line);
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.stopping;
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.options.timers.after(milliseconds, end);
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }
}
