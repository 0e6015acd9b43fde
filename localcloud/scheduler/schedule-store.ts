import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { arn } from '../core/service.ts';
import type { Clock } from '../core/service.ts';
import type { Schedule, ScheduleGroup, ScheduleSettings } from './types.ts';

interface State {
  groups: Record<string, ScheduleGroup>;
  /** By `group/name`. */
  schedules: Record<string, Schedule>;
}

export const DEFAULT_GROUP = 'default';

const conflict = (message: string): AwsError => new AwsError('ConflictException', message, { status: 409 });
const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message, { status: 404 });

export const keyOf = ({ group, name }: Pick<Schedule, 'group' | 'name'>): string => `${group}/${name}`;

/** Schedules and their groups, in one file. */
export class ScheduleStore {
  private readonly region: string;
  private readonly clock: Clock;
  private readonly file: JsonFile<State>;

  constructor(folder: string, region: string, clock: Clock) {
    this.region = region;
    this.clock = clock;
    const now = clock().getTime();
    this.file = new JsonFile<State>(path.join(folder, 'schedules.json'), { groups: { [DEFAULT_GROUP]: { name: DEFAULT_GROUP, createdAt: now, modifiedAt: now, tags: {} } }, schedules: {} });
  }

  arnOf({ group, name }: Pick<Schedule, 'group' | 'name'>): string {
    return arn('scheduler', this.region, `schedule/${group}/${name}`);
  }

  groupArn(name: string): string {
    return arn('scheduler', this.region, `schedule-group/${name}`);
  }

  schedules(): Schedule[] {
    return Object.values(this.file.get().schedules);
  }

  groups(): ScheduleGroup[] {
    return Object.values(this.file.get().groups);
  }

  find(group: string, name: string): Schedule | undefined {
    return this.file.get().schedules[`${group}/${name}`];
  }

  /** Throws ResourceNotFoundException. */
  schedule(group: string, name: string): Schedule {
    const schedule = this.find(group, name);
    if (!schedule) throw notFound(`Schedule ${name} does not exist.`);
    return schedule;
  }

  group(name: string): ScheduleGroup {
    const group = this.file.get().groups[name];
    if (!group) throw notFound(`Schedule group ${name} does not exist.`);
    return group;
  }

  /** The same request again, known by its token, is answered as the first one was; otherwise a name that is taken is a ConflictException. */
  create(group: string, name: string, settings: ScheduleSettings, clientToken: string | undefined): Schedule {
    this.group(group);
    const existing = this.find(group, name);
    if (existing) {
      if (clientToken !== undefined && existing.clientToken === clientToken) return existing;
      throw conflict(`Schedule ${name} already exists.`);
    }
    const now = this.clock().getTime();
    const schedule: Schedule = { ...settings, group, name, ...(clientToken === undefined ? {} : { clientToken }), createdAt: now, modifiedAt: now, anchor: settings.startAt ?? now };
    this.file.update((draft) => (draft.schedules[keyOf(schedule)] = schedule));
    return schedule;
  }

  /** All settings are replaced: what the request leaves out goes back to its default. */
  update(group: string, name: string, settings: ScheduleSettings): Schedule {
    const { createdAt, clientToken, anchor, expression, startAt } = this.schedule(group, name);
    const now = this.clock().getTime();
    const isSameTime = settings.expression === expression && settings.startAt === startAt;
    const schedule: Schedule = { ...settings, group, name, ...(clientToken === undefined ? {} : { clientToken }), createdAt, modifiedAt: now, anchor: isSameTime ? anchor : (settings.startAt ?? now) };
    this.file.update((draft) => (draft.schedules[keyOf(schedule)] = schedule));
    return schedule;
  }

  delete(group: string, name: string): void {
    const key = keyOf(this.schedule(group, name));
    this.file.update((draft) => Reflect.deleteProperty(draft.schedules, key));
  }

  createGroup(name: string, tags: Record<string, string>, clientToken: string | undefined): void {
    const existing = this.file.get().groups[name];
    if (existing) {
      if (clientToken !== undefined && existing.clientToken === clientToken) return;
      throw conflict(`Schedule group ${name} already exists.`);
    }
    const now = this.clock().getTime();
    this.file.update((draft) => (draft.groups[name] = { name, createdAt: now, modifiedAt: now, tags, ...(clientToken === undefined ? {} : { clientToken }) }));
  }

  /** The group's schedules go with it. */
  deleteGroup(name: string): void {
    if (name === DEFAULT_GROUP) throw new AwsError('ValidationException', 'The default schedule group cannot be deleted.');
    this.group(name);
    this.file.update((draft) => {
      Reflect.deleteProperty(draft.groups, name);
      for (const schedule of Object.values(draft.schedules)) if (schedule.group === name) Reflect.deleteProperty(draft.schedules, keyOf(schedule));
    });
  }

  /** Only groups have tags. Throws ResourceNotFoundException. */
  changeTags(groupArn: string, change: (tags: Record<string, string>) => Record<string, string>): Record<string, string> {
    const { name } = this.group(this.groups().find((group) => this.groupArn(group.name) === groupArn)?.name ?? groupArn);
    const state = this.file.update((draft) => {
      const group = draft.groups[name];
      if (group) group.tags = change(group.tags);
    });
    return state.groups[name]?.tags ?? {};
  }
}
