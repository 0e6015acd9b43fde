import type { KindContext, ResourceKind } from '../kind.ts';
import { covers, requiredText, unlessMissing } from '../kind.ts';
import type { TemplateObject } from '../types.ts';

/** Whether schedules fire by themselves is the cloud's option `schedules`. */
export const schedule: ResourceKind = {
  applied: ['Description', 'EndDate', 'FlexibleTimeWindow', 'GroupName', 'Name', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'StartDate', 'State', 'Target'],
  ignored: ['KmsKeyArn'],
  async apply(context) {
    const { raw } = context.clients;
    const name = requiredText(context, 'Name');
    const group = typeof context.properties['GroupName'] === 'string' ? context.properties['GroupName'] : 'default';
    const identity = { ref: name, attributes: { Arn: `arn:aws:scheduler:${context.region}:${context.accountId}:schedule/${group}/${name}` } };
    const settings = withTimes(context);
    const resource = `/schedules/${encodeURIComponent(name)}`;
    const existing = await unlessMissing(['ResourceNotFoundException'], () => raw.rest('scheduler', 'GET', `${resource}?groupName=${encodeURIComponent(group)}`));
    if (existing && covers(existing, settings)) return { ...identity, status: 'unchanged' };
    await raw.rest('scheduler', existing ? 'PUT' : 'POST', resource, settings);
    return { ...identity, status: existing ? 'updated' : 'created' };
  },
};

/** Dates are ISO texts in a template and epoch seconds in the API. */
const withTimes = ({ properties }: KindContext): TemplateObject => {
  const settings = { ...properties };
  for (const name of ['StartDate', 'EndDate']) {
    const value = settings[name];
    if (typeof value === 'string') settings[name] = Date.parse(value) / 1000;
  }
  return settings;
};

export const scheduleGroup: ResourceKind = {
  applied: ['Name'],
  ignored: ['Tags'],
  async apply(context) {
    const { raw } = context.clients;
    const name = requiredText(context, 'Name');
    const resource = `/schedule-groups/${encodeURIComponent(name)}`;
    const identity = { ref: name, attributes: { Arn: `arn:aws:scheduler:${context.region}:${context.accountId}:schedule-group/${name}` } };
    const existing = await unlessMissing(['ResourceNotFoundException'], () => raw.rest('scheduler', 'GET', resource));
    if (!existing) await raw.rest('scheduler', 'POST', resource, {});
    return { ...identity, status: existing ? 'unchanged' : 'created' };
  },
};
