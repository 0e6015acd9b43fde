import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import type { Clock } from '../core/service.ts';
import { missing, sqsError } from './errors.ts';
import type { Queue } from './queue.ts';
import { redrivePolicy } from './queue-attributes.ts';
import type { QueueRegistry } from './queue-registry.ts';

interface MoveTask {
  handle: string;
  sourceArn: string;
  destinationArn: string | undefined;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';
  startedAt: number;
  moved: number;
  toMove: number;
  failure?: string;
}

const MAX_LISTED = 10;

/**
 * Moving dead letters back to the queues they came from, or to one queue. Tasks are known until the process ends; the
 * messages moved are on disk. MaxNumberOfMessagesPerSecond is accepted and has no effect.
 */
export class MoveTasks {
  readonly actions: Record<string, JsonAction> = {
    StartMessageMoveTask: (input) => this.start(input),
    ListMessageMoveTasks: (input) => this.list(input),
    CancelMessageMoveTask: (input) => this.cancel(input),
  };
  private readonly queues: QueueRegistry;
  private readonly clock: Clock;
  private readonly tasks: MoveTask[] = [];
  private readonly underWay = new Set<Promise<void>>();

  constructor(queues: QueueRegistry, clock: Clock) {
    this.queues = queues;
    this.clock = clock;
  }

  /** Cancels what runs and waits for the message being moved. */
  async stop(): Promise<void> {
    for (const task of this.tasks) if (task.status === 'RUNNING') task.status = 'CANCELLING';
    await Promise.all(this.underWay);
  }

  private source(input: JsonObject): { arn: string; queue: Queue } {
    const arn = input.SourceArn;
    if (typeof arn !== 'string') throw missing('SourceArn');
    const queue = this.queues.byArn(arn);
    if (!queue) throw sqsError('ResourceNotFoundException', 'The resource that you specified for the SourceArn parameter doesn\'t exist.');
    return { arn, queue };
  }

  private start(input: JsonObject): unknown {
    const { arn, queue } = this.source(input);
    const isDeadLetterQueue = this.queues.states().some(({ attributes }) => redrivePolicy(attributes)?.deadLetterTargetArn === arn);
    if (!isDeadLetterQueue) throw sqsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
    const destinationArn = typeof input.DestinationArn === 'string' ? input.DestinationArn : undefined;
    if (destinationArn !== undefined && !this.queues.byArn(destinationArn)) throw sqsError('ResourceNotFoundException', 'The resource that you specified for the DestinationArn parameter doesn\'t exist.');
    if (this.tasks.some(({ sourceArn, status }) => sourceArn === arn && status === 'RUNNING')) throw sqsError('InvalidParameterValue', 'There is already a task running. Only one active task is allowed for a source queue arn at a given time.');
    const task: MoveTask = { handle: randomUUID(), sourceArn: arn, destinationArn, status: 'RUNNING', startedAt: this.clock().getTime(), moved: 0, toMove: queue.counts().visible };
    this.tasks.unshift(task);
    const run = this.run(task, queue);
    this.underWay.add(run);
    void run.finally(() => this.underWay.delete(run));
    return { TaskHandle: task.handle };
  }

  private async run(task: MoveTask, queue: Queue): Promise<void> {
    try {
      await this.move(task, queue);
    } catch (error) {
      fail(task, String(error)); // ListMessageMoveTasks tells
    }
  }

  private async move(task: MoveTask, queue: Queue): Promise<void> {
    while (task.status === 'RUNNING' && task.moved < task.toMove) {
      const result = await queue.moveOne(({ deadLetterSource = '' }) => this.queues.byArn(task.destinationArn ?? deadLetterSource));
      if (result === undefined) break;
      if (result === 'no target') {
        fail(task, 'AWS.SimpleQueueService.NonExistentQueue');
        return;
      }
      task.moved += 1;
      await nextTurn();
    }
    task.status = task.status === 'RUNNING' ? 'COMPLETED' : 'CANCELLED';
  }

  private list(input: JsonObject): unknown {
    const { arn } = this.source(input);
    const limit = typeof input.MaxResults === 'number' ? Math.min(input.MaxResults, MAX_LISTED) : 1;
    return {
      Results: this.tasks
        .filter(({ sourceArn }) => sourceArn === arn)
        .slice(0, limit)
        .map((task) => ({
          ...(task.status === 'RUNNING' ? { TaskHandle: task.handle } : {}),
          Status: task.status,
          SourceArn: task.sourceArn,
          ...(task.destinationArn === undefined ? {} : { DestinationArn: task.destinationArn }),
          ApproximateNumberOfMessagesMoved: task.moved,
          ApproximateNumberOfMessagesToMove: task.toMove,
          ...(task.failure === undefined ? {} : { FailureReason: task.failure }),
          StartedTimestamp: task.startedAt,
        })),
    };
  }

  private cancel(input: JsonObject): unknown {
    const task = this.tasks.find(({ handle }) => handle === input.TaskHandle);
    if (task?.status !== 'RUNNING') throw sqsError('ResourceNotFoundException', 'Task does not exist.');
    task.status = 'CANCELLING';
    return { ApproximateNumberOfMessagesMoved: task.moved };
  }
}

const fail = (task: MoveTask, reason: string): void => {
  task.status = 'FAILED';
  task.failure = reason;
};
