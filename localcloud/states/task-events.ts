import type { History, Trail } from './history.ts';
import type { StateFailure } from './failure.ts';
import { describeResource, isFunctionArn } from './tasks.ts';

const data = (name: 'input' | 'output', value: unknown): Record<string, unknown> => ({ [name]: JSON.stringify(value), [`${name}Details`]: { truncated: false } });

/**
 * What the history says of a task: Task… events, or LambdaFunction… ones where Resource is a function's ARN
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html).
 */
export class TaskEvents {
  private readonly add: (type: string, details?: Record<string, unknown>) => void;
  private readonly resource: string;
  private readonly isFunction: boolean;
  private readonly about: Record<string, unknown>;

  constructor(history: History, trail: Trail, resource: string) {
    this.resource = resource;
    this.isFunction = isFunctionArn(resource);
    this.about = this.isFunction ? {} : describeResource(resource);
    const prefix = this.isFunction ? 'LambdaFunction' : 'Task';
    this.add = (type, details) => history.add(trail, `${prefix}${type}`, details);
  }

  /** Scheduled and started. Times are seconds. */
  started(parameters: unknown, region: string, timeout: number | undefined, heartbeat: number | undefined): void {
    const limits = { ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }), ...(heartbeat === undefined || this.isFunction ? {} : { heartbeatInSeconds: heartbeat }) };
    this.add('Scheduled', this.isFunction ? { resource: this.resource, ...data('input', parameters), ...limits } : { ...this.about, region, parameters: JSON.stringify(parameters), ...limits });
    this.add('Started', this.isFunction ? undefined : this.about);
  }

  /** Handed over: its end is waited for. */
  submitted(output: unknown): void {
    this.add('Submitted', { ...this.about, ...data('output', output) });
  }

  succeeded(output: unknown): void {
    this.add('Succeeded', { ...this.about, ...data('output', output) });
  }

  failed({ error, causeText }: StateFailure): void {
    this.add(/^States\.(Heartbeat)?Timeout$/.test(error) ? 'TimedOut' : 'Failed', { ...this.about, error, cause: causeText });
  }
}
