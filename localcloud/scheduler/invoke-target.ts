import type { Caller } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import type { Publisher, QueueSender } from '../core/ports.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Target } from './types.ts';

/** What schedules call. Each throws AwsError where the service would refuse the call. */
export interface TargetPorts {
  /** Accepts an event for a function; resolves once it is on disk. */
  invokeFunction: (functionArn: string, event: string, caller: Caller) => Promise<void>;
  startExecution: (stateMachineArn: string, input: string, caller: Caller) => Promise<void>;
  queues: QueueSender;
  publisher: Publisher;
}

/** One invocation of a schedule, as its context attributes tell it. */
export interface Invocation {
  scheduleArn: string;
  region: string;
  executionId: string;
  /** From 1. */
  attempt: number;
  scheduledTime: Date;
}

const toTheSecond = (time: Date): string => time.toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Input with its context attributes filled in (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html). */
export const inputOf = ({ Input }: Target, invocation: Invocation): string => {
  if (Input === undefined) return JSON.stringify(defaultEvent(invocation));
  const attributes: Readonly<Record<string, string>> = {
    'schedule-arn': invocation.scheduleArn,
    'scheduled-time': toTheSecond(invocation.scheduledTime),
    'execution-id': invocation.executionId,
    'attempt-number': String(invocation.attempt),
  };
  return Input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => attributes[name] ?? whole);
};

/** What a target without Input gets. */
const defaultEvent = ({ executionId, scheduledTime, region, scheduleArn }: Invocation): unknown => ({
  version: '0',
  id: executionId,
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account: ACCOUNT_ID,
  time: toTheSecond(scheduledTime),
  region,
  resources: [scheduleArn],
  detail: '{}',
});

/** Calls a target once. Throws the service's AwsError. */
export const invokeTarget = async (target: Target, input: string, ports: TargetPorts, caller: Caller): Promise<void> => {
  const service = target.Arn.split(':')[2];
  if (service === 'lambda') await ports.invokeFunction(target.Arn, input, caller);
  else if (service === 'states') await ports.startExecution(target.Arn, input, caller);
  else if (service === 'sqs') await ports.queues.send(target.Arn, input, {}, caller);
  else if (service === 'sns') await ports.publisher.publish(target.Arn, input, undefined, undefined, caller);
  else throw new AwsError('ValidationException', `The target ${target.Arn} is not supported locally`);
};
