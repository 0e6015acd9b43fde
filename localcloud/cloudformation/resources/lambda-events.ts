import type { ResourceKind } from '../kind.ts';
import { covers, requiredText, unlessMissing } from '../kind.ts';
import type { TemplateObject } from '../types.ts';

/** Where a mapping begins cannot change: CloudFormation would replace it, and its place in the stream would be lost. */
const START = ['StartingPosition', 'StartingPositionTimestamp'];

const without = (properties: TemplateObject, names: readonly string[]): TemplateObject => Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));

export const eventSourceMapping: ResourceKind = {
  applied: ['BatchSize', 'BisectBatchOnFunctionError', 'DestinationConfig', 'Enabled', 'EventSourceArn', 'FilterCriteria', 'FunctionName', 'FunctionResponseTypes', 'MaximumBatchingWindowInSeconds', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts', 'ParallelizationFactor', 'TumblingWindowInSeconds', ...START],
  ignored: ['ScalingConfig', 'Tags'],
  async apply(context) {
    const { raw } = context.clients;
    const [sourceArn, name] = [requiredText(context, 'EventSourceArn'), requiredText(context, 'FunctionName')];
    const query = new URLSearchParams({ EventSourceArn: sourceArn, FunctionName: name });
    const { EventSourceMappings } = (await raw.rest('lambda', 'GET', `/2015-03-31/event-source-mappings?${query.toString()}`)) as { EventSourceMappings: Record<string, unknown>[] };
    const existing = EventSourceMappings[0];
    const isWanted = context.properties['Enabled'] !== false && context.properties['Enabled'] !== 'false';
    const wanted = without(context.properties, ['FunctionName', 'Enabled']);
    const identityOf = (mapping: Record<string, unknown>) => ({ ref: String(mapping.UUID), attributes: { Id: String(mapping.UUID) } });
    if (!existing) return { ...identityOf(await raw.rest('lambda', 'POST', '/2015-03-31/event-source-mappings', context.properties)), status: 'created' };
    if (covers(existing, wanted) && (existing.State === 'Enabled') === isWanted) return { ...identityOf(existing), status: 'unchanged' };
    const changes = without(context.properties, ['EventSourceArn', 'Enabled', ...START]);
    await raw.rest('lambda', 'PUT', `/2015-03-31/event-source-mappings/${String(existing.UUID)}`, { ...changes, Enabled: isWanted });
    return { ...identityOf(existing), status: 'updated' };
  },
};

export const eventInvokeConfig: ResourceKind = {
  applied: ['DestinationConfig', 'FunctionName', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'Qualifier'],
  ignored: [],
  async apply(context) {
    const qualifier = context.properties['Qualifier'];
    const wanted = without(context.properties, ['FunctionName', 'Qualifier']);
    if (qualifier !== undefined && qualifier !== '$LATEST') throw new Error(`Qualifier ${JSON.stringify(qualifier)} is not supported locally: there is $LATEST only`);
    const resource = `/2019-09-25/functions/${encodeURIComponent(requiredText(context, 'FunctionName'))}/event-invoke-config`;
    const existing = await unlessMissing(['ResourceNotFoundException'], () => context.clients.raw.rest('lambda', 'GET', resource));
    const identity = { ref: `${context.stackName}-${context.logicalId}`, attributes: {} };
    if (existing && covers(existing, wanted)) return { ...identity, status: 'unchanged' };
    await context.clients.raw.rest('lambda', 'PUT', resource, wanted);
    return { ...identity, status: existing ? 'updated' : 'created' };
  },
};
