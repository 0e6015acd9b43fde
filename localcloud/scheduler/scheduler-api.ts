import type { IncomingMessage } from 'node:http';
import { accessForbidden, callerOf, requireAccess } from '../core/caller.ts';
import { AwsError, notImplemented } from '../core/errors.ts';
import { isObject, optionalText, tagList, tagsAsList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { readBody, regionOf, sendJson, sendJsonError } from '../core/json-protocol.ts';
import type { RequestHandler } from '../core/service.ts';
import { schedulerAccess } from './access.ts';
import { readSettings } from './read-schedule.ts';
import { DEFAULT_GROUP, keyOf } from './schedule-store.ts';
import type { ScheduleStore } from './schedule-store.ts';
import type { Schedule, ScheduleGroup } from './types.ts';

interface Call {
  /** The part of the path behind the collection. */
  name: string;
  input: JsonObject;
  query: URLSearchParams;
}

type Route = (call: Call) => unknown;

const MAX_LISTED = 100;

/** EventBridge Scheduler's REST API (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html). `changed` is told the keys of schedules after each change. */
export const schedulerApi = (store: ScheduleStore, changed: (keys: readonly string[]) => void): RequestHandler => {
  const routes = { ...scheduleRoutes(store, changed), ...groupRoutes(store, changed), ...tagRoutes(store) };
  return async (request, response) => {
    try {
      sendJson(request, response, 200, await answer(routes, request), { 'content-type': 'application/json' });
    } catch (error) {
      sendJsonError(request, response, error);
    }
  };
};

const answer = async (routes: Readonly<Record<string, Route>>, request: IncomingMessage): Promise<unknown> => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = await readBody(request);
  const [, collection = '', name = ''] = /^\/([^/]+)(?:\/(.+))?$/.exec(url.pathname) ?? [];
  const route = routes[`${request.method ?? 'GET'} ${collection}${name === '' ? '' : '/'}`];
  if (!route) throw notImplemented('Scheduler', `${request.method ?? 'GET'} ${url.pathname}`);
  const call: Call = { name: decodeURIComponent(name), input: parseInput(body), query: url.searchParams };
  requireAccess(callerOf(request), () => schedulerAccess(request.method ?? 'GET', collection, call.name, { ...call, region: regionOf(request) }), accessForbidden);
  return route(call) ?? {};
};

const parseInput = (body: Buffer): JsonObject => {
  if (body.length === 0) return {};
  try {
    const input: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(input)) return input;
  } catch (cause) {
    throw new AwsError('SerializationException', 'The request body is not JSON', { cause });
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object');
};

const checkName = (name: string): string => {
  if (!/^[0-9a-zA-Z\-_.]{1,64}$/.test(name)) throw new AwsError('ValidationException', `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+`);
  return name;
};

const scheduleRoutes = (store: ScheduleStore, changed: (keys: readonly string[]) => void): Record<string, Route> => {
  const keep = (schedule: Schedule): unknown => {
    changed([keyOf(schedule)]);
    return { ScheduleArn: store.arnOf(schedule) };
  };
  const groupOf = (input: JsonObject): string => optionalText(input, 'GroupName') ?? DEFAULT_GROUP;
  return {
    'POST schedules/': ({ name, input }) => keep(store.create(groupOf(input), checkName(name), readSettings(input), optionalText(input, 'ClientToken'))),
    'PUT schedules/': ({ name, input }) => keep(store.update(groupOf(input), name, readSettings(input))),
    'GET schedules/': ({ name, query }) => describe(store, store.schedule(query.get('groupName') ?? DEFAULT_GROUP, name)),
    'DELETE schedules/': ({ name, query }) => {
      const group = query.get('groupName') ?? DEFAULT_GROUP;
      store.delete(group, name);
      changed([keyOf({ group, name })]);
    },
    'GET schedules': ({ query }) => {
      const [group, prefix, state] = [query.get('ScheduleGroup'), query.get('NamePrefix') ?? '', query.get('State')];
      if (group !== null) store.group(group);
      const found = store.schedules().filter((each) => (group === null || each.group === group) && each.name.startsWith(prefix) && (state === null || each.state === state));
      const { items, next } = page(found, keyOf, query);
      return { Schedules: items.map((schedule) => summary(store, schedule)), ...next };
    },
  };
};

const groupRoutes = (store: ScheduleStore, changed: (keys: readonly string[]) => void): Record<string, Route> => ({
  'POST schedule-groups/': ({ name, input }) => {
    store.createGroup(checkName(name), tagList(input, 'Tags'), optionalText(input, 'ClientToken'));
    return { ScheduleGroupArn: store.groupArn(name) };
  },
  'GET schedule-groups/': ({ name }) => describeGroup(store, store.group(name)),
  'DELETE schedule-groups/': ({ name }) => {
    const keys = store.schedules().filter(({ group }) => group === name).map(keyOf);
    store.deleteGroup(name);
    changed(keys);
  },
  'GET schedule-groups': ({ query }) => {
    const found = store.groups().filter(({ name }) => name.startsWith(query.get('NamePrefix') ?? ''));
    const { items, next } = page(found, ({ name }) => name, query);
    return { ScheduleGroups: items.map((group) => describeGroup(store, group)), ...next };
  },
});

const tagRoutes = (store: ScheduleStore): Record<string, Route> => ({
  'GET tags/': ({ name }) => ({ Tags: tagsAsList(store.changeTags(name, (tags) => tags)) }),
  'POST tags/': ({ name, input }) => void store.changeTags(name, (tags) => ({ ...tags, ...tagList(input, 'Tags') })),
  'DELETE tags/': ({ name, query }) => {
    const keys = query.getAll('TagKeys');
    store.changeTags(name, (tags) => Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key))));
  },
});

const summary = (store: ScheduleStore, schedule: Schedule): Record<string, unknown> => ({
  Arn: store.arnOf(schedule),
  Name: schedule.name,
  GroupName: schedule.group,
  State: schedule.state,
  CreationDate: schedule.createdAt / 1000,
  LastModificationDate: schedule.modifiedAt / 1000,
  Target: { Arn: schedule.target.Arn },
});

const describe = (store: ScheduleStore, schedule: Schedule): Record<string, unknown> => ({
  ...summary(store, schedule),
  ScheduleExpression: schedule.expression,
  ScheduleExpressionTimezone: schedule.timezone,
  FlexibleTimeWindow: schedule.flexibleTimeWindow,
  Target: schedule.target,
  ActionAfterCompletion: schedule.afterCompletion,
  ...(schedule.description === undefined ? {} : { Description: schedule.description }),
  ...(schedule.startAt === undefined ? {} : { StartDate: schedule.startAt / 1000 }),
  ...(schedule.endAt === undefined ? {} : { EndDate: schedule.endAt / 1000 }),
  ...(schedule.kmsKeyArn === undefined ? {} : { KmsKeyArn: schedule.kmsKeyArn }),
});

const describeGroup = (store: ScheduleStore, { name, createdAt, modifiedAt }: ScheduleGroup): Record<string, unknown> => ({
  Arn: store.groupArn(name),
  Name: name,
  State: 'ACTIVE',
  CreationDate: createdAt / 1000,
  LastModificationDate: modifiedAt / 1000,
});

/** A page by MaxResults and NextToken, in the order of keys; the token is the last key in base64. */
const page = <T>(items: readonly T[], key: (item: T) => string, query: URLSearchParams): { items: T[]; next: { NextToken?: string } } => {
  const after = Buffer.from(query.get('NextToken') ?? '', 'base64').toString('utf8');
  const size = Number(query.get('MaxResults') ?? MAX_LISTED);
  if (!(size >= 1 && size <= MAX_LISTED)) throw new AwsError('ValidationException', `1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must be between 1 and ${MAX_LISTED}`);
  const rest = [...items].sort((one, other) => (key(one) < key(other) ? -1 : 1)).filter((item) => key(item) > after);
  const listed = rest.slice(0, size);
  const last = listed.at(-1);
  return { items: listed, next: last !== undefined && rest.length > listed.length ? { NextToken: Buffer.from(key(last)).toString('base64') } : {} };
};
