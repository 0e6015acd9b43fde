import type { WorkGroupConfigurationUpdates } from '@aws-sdk/client-athena';
import { CreateWorkGroupCommand, GetWorkGroupCommand, UpdateWorkGroupCommand } from '@aws-sdk/client-athena';
import type { KindContext, ResourceKind } from '../kind.ts';
import { covers, requiredText, unlessMissing } from '../kind.ts';
import type { TemplateObject } from '../types.ts';
import { isObject } from '../values.ts';

/** Settings of a workgroup that take effect here: the rest is encryption, metrics and the like. */
const SETTINGS = ['BytesScannedCutoffPerQuery', 'EnforceWorkGroupConfiguration', 'EngineVersion', 'ResultConfiguration'];
const IGNORED_SETTINGS = ['PublishCloudWatchMetricsEnabled', 'RequesterPaysEnabled'];

export const workGroup: ResourceKind = {
  applied: ['Name', 'WorkGroupConfiguration'],
  ignored: ['Description', 'RecursiveDeleteOption', 'Tags'],
  async apply(context) {
    const Name = requiredText(context, 'Name');
    const settings = settingsOf(context);
    const existing = await unlessMissing(['InvalidRequestException'], () => context.clients.athena.send(new GetWorkGroupCommand({ WorkGroup: Name })));
    if (!existing) await context.clients.athena.send(new CreateWorkGroupCommand({ Name, Configuration: settings }));
    else if (!covers(existing.WorkGroup?.Configuration, settings)) await context.clients.athena.send(new UpdateWorkGroupCommand({ WorkGroup: Name, ConfigurationUpdates: asUpdates(settings) }));
    else return { ref: Name, attributes: {}, status: 'unchanged' };
    return { ref: Name, attributes: {}, status: existing ? 'updated' : 'created' };
  },
};

const settingsOf = (context: KindContext): TemplateObject => {
  const given = context.properties['WorkGroupConfiguration'];
  const settings: TemplateObject = {};
  for (const [name, value] of Object.entries(isObject(given) ? given : {})) {
    if (IGNORED_SETTINGS.includes(name)) continue;
    if (!SETTINGS.includes(name)) throw new Error(`WorkGroupConfiguration.${name} is not supported locally`);
    settings[name] = name === 'BytesScannedCutoffPerQuery' ? Number(value) : name === 'ResultConfiguration' ? outputOf(value) : value;
  }
  return settings;
};

const outputOf = (configuration: unknown): TemplateObject => {
  const location = isObject(configuration) ? configuration['OutputLocation'] : undefined;
  return location === undefined ? {} : { OutputLocation: location };
};

/** UpdateWorkGroup calls the member with the output's location by another name. */
const asUpdates = ({ ResultConfiguration, ...settings }: TemplateObject): WorkGroupConfigurationUpdates => ({
  ...settings,
  ...(isObject(ResultConfiguration) ? { ResultConfigurationUpdates: ResultConfiguration } : {}),
});
