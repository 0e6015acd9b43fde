import type { RequestHandler, Service } from '../core/service.ts';
import { Firing } from './firing.ts';
import type { FiringOptions } from './firing.ts';
import { readExpression } from './schedule-expression.ts';
import { DEFAULT_GROUP, keyOf, ScheduleStore } from './schedule-store.ts';
import { schedulerApi } from './scheduler-api.ts';
import type { Schedule } from './types.ts';

export interface SchedulerOptions extends FiringOptions {
  /** Folder of this service alone. */
  dataDir: string;
}

/**
 * EventBridge Scheduler. Schedules fire once `start` has been called; what should have fired while the process was not there is
 * not made up for. A flexible time window fires at its beginning. Not here: universal targets, and targets other than functions,
 * state machines, queues and topics.
 */
export class SchedulerService implements Service {
  readonly signingNames = ['scheduler'];
  readonly handle: RequestHandler;
  private readonly options: SchedulerOptions;
  private readonly store: ScheduleStore;
  private readonly firing: Firing;
  /** What takes back the next firing, by `group/name`. */
  private readonly armed = new Map<string, () => void>();
  private isRunning = false;

  constructor(options: SchedulerOptions) {
    this.options = options;
    this.store = new ScheduleStore(options.dataDir, options.region, options.timers.now);
    this.firing = new Firing(options);
    this.handle = schedulerApi(this.store, (keys) => this.rearm(keys));
  }

  /** From now on schedules fire. */
  start(): void {
    this.isRunning = true;
    const now = this.options.timers.now();
    for (const schedule of this.store.schedules()) this.arm(schedule, now);
  }

  /** Fires a schedule now, whatever its expression and state; resolves when its target has taken it or it has been given up. Throws ResourceNotFoundException. */
  async fire(name: string, group = DEFAULT_GROUP): Promise<void> {
    const schedule = this.store.schedule(group, name);
    await this.firing.fire(this.store.arnOf(schedule), schedule.target, this.options.timers.now());
  }

  /** When a schedule fires next; undefined where it does not any more. Throws ResourceNotFoundException. */
  nextTime(name: string, group = DEFAULT_GROUP): Date | undefined {
    return nextTimeOf(this.store.schedule(group, name), this.options.timers.now());
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    for (const cancel of this.armed.values()) cancel();
    this.armed.clear();
    await this.firing.stop();
  }

  /** After a change: the schedules of these keys wait for their new times. A rate that begins now fires now. */
  private rearm(keys: readonly string[]): void {
    const now = this.options.timers.now();
    for (const key of keys) {
      this.armed.get(key)?.();
      this.armed.delete(key);
      const schedule = this.store.schedules().find((each) => keyOf(each) === key);
      if (schedule) this.arm(schedule, new Date(now.getTime() - 1));
    }
  }

  private arm(schedule: Schedule, after: Date): void {
    if (!this.isRunning || schedule.state === 'DISABLED') return;
    const time = nextTimeOf(schedule, after);
    if (!time) return;
    const cancel = this.options.timers.after(time.getTime() - this.options.timers.now().getTime(), () => this.fireOnTime(schedule, time));
    this.armed.set(keyOf(schedule), cancel);
  }

  private fireOnTime(schedule: Schedule, time: Date): void {
    const { timers } = this.options;
    this.armed.delete(keyOf(schedule));
    const invocation = this.firing.fire(this.store.arnOf(schedule), schedule.target, time);
    // A timer may be a little early, or late by hours where the machine slept: neither fires a time twice nor makes up for any.
    const after = new Date(Math.max(time.getTime(), timers.now().getTime()));
    if (nextTimeOf(schedule, after)) this.arm(schedule, after);
    else if (schedule.afterCompletion === 'DELETE') void invocation.then(() => this.deleteCompleted(schedule));
  }

  private deleteCompleted(schedule: Schedule): void {
    const present = this.store.find(schedule.group, schedule.name);
    if (present?.modifiedAt === schedule.modifiedAt) this.store.delete(schedule.group, schedule.name);
  }
}

/** The first time after another at which a schedule fires, within its dates; those do not count for `at`. */
const nextTimeOf = (schedule: Schedule, after: Date): Date | undefined => {
  const timetable = readExpression(schedule.expression, schedule.timezone);
  if (typeof timetable === 'string') throw new Error(`schedule ${keyOf(schedule)}: ${timetable}`); // it was checked when it was kept
  const { startAt, endAt, anchor } = schedule;
  if (timetable.kind === 'at') return timetable.next(after, new Date(anchor));
  const from = startAt === undefined ? after : new Date(Math.max(after.getTime(), startAt - 1));
  const next = timetable.next(from, new Date(anchor));
  return next && (endAt === undefined || next.getTime() <= endAt) ? next : undefined;
};
