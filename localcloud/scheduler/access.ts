import type { Access } from '../core/caller.ts';
import { isObject } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { arn } from '../core/service.ts';

const VERBS: Readonly<Record<string, string>> = { POST: 'Create', PUT: 'Update', GET: 'Get', DELETE: 'Delete' };

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html */
export const schedulerAccess = (method: string, collection: string, name: string, request: { input: JsonObject; query: URLSearchParams; region: string }): Access[] => {
  const { input, query, region } = request;
  const verb = VERBS[method] ?? method;
  if (collection === 'tags') return [{ action: `scheduler:${{ GET: 'ListTagsForResource', POST: 'TagResource' }[method] ?? 'UntagResource'}`, resource: name }];
  const kind = collection === 'schedules' ? 'Schedule' : 'ScheduleGroup';
  if (name === '') return [{ action: `scheduler:List${kind}s`, resource: '*' }];
  const group = typeof input['GroupName'] === 'string' ? input['GroupName'] : (query.get('groupName') ?? 'default');
  const resource = arn('scheduler', region, kind === 'Schedule' ? `schedule/${group}/${name}` : `schedule-group/${name}`);
  // The target's role is handed to the scheduler: https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
  const roleArn = isObject(input['Target']) ? input['Target']['RoleArn'] : undefined;
  const passed = typeof roleArn === 'string' ? [{ action: 'iam:PassRole', resource: roleArn, keys: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }] : [];
  return [{ action: `scheduler:${verb}${kind}`, resource }, ...passed];
};
