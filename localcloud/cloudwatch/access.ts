import { accessTo } from '../core/caller.ts';
import type { AccessRule } from '../core/caller.ts';
import { arn } from '../core/service.ts';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
export const monitoringAccess: AccessRule<Record<string, unknown>> = (action, { Namespace, AlarmNames, AlarmName }, region) => {
  const names = [AlarmNames ?? [], AlarmName ?? []].flat();
  const resources = names.length === 0 ? ['*'] : names.filter((name) => typeof name === 'string').map((name) => arn('cloudwatch', region, `alarm:${name}`));
  return resources.map((resource) => ({ action: `cloudwatch:${action}`, resource, keys: typeof Namespace === 'string' ? { 'cloudwatch:namespace': Namespace } : {} }));
};

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
export const logsAccess: AccessRule<Record<string, unknown>> = accessTo('logs', ({ logGroupName, logStreamName }, region, action) => {
  const group = arn('logs', region, `log-group:${typeof logGroupName === 'string' ? logGroupName : '*'}`);
  return [action === 'GetLogEvents' ? `${group}:log-stream:${String(logStreamName)}` : `${group}:*`];
});
