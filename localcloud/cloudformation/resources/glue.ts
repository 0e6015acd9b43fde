import type { DatabaseInput, TableInput } from '@aws-sdk/client-glue';
import { CreateDatabaseCommand, CreateTableCommand, GetDatabaseCommand, GetTableCommand, UpdateTableCommand } from '@aws-sdk/client-glue';
import type { KindContext, ResourceKind } from '../kind.ts';
import { covers, requiredText, unlessMissing } from '../kind.ts';
import type { TemplateObject } from '../types.ts';
import { isObject, textMap } from '../values.ts';

const inputOf = (context: KindContext, property: string): { name: string; input: TemplateObject } => {
  const input = context.properties[property];
  const name = isObject(input) ? input['Name'] : undefined;
  if (!isObject(input) || typeof name !== 'string') throw new Error(`${property}.Name is missing`);
  return { name, input };
};

export const glueDatabase: ResourceKind = {
  applied: ['DatabaseInput'],
  ignored: ['CatalogId'],
  async apply(context) {
    const { name, input } = inputOf(context, 'DatabaseInput');
    const existing = await unlessMissing(['EntityNotFoundException'], () => context.clients.glue.send(new GetDatabaseCommand({ Name: name })));
    if (!existing) await context.clients.glue.send(new CreateDatabaseCommand({ DatabaseInput: input as unknown as DatabaseInput }));
    return { ref: name, attributes: {}, status: existing ? 'unchanged' : 'created' };
  },
};

export const glueTable: ResourceKind = {
  applied: ['DatabaseName', 'TableInput'],
  ignored: ['CatalogId'],
  async apply(context) {
    const DatabaseName = requiredText(context, 'DatabaseName');
    const { name, input } = inputOf(context, 'TableInput');
    const TableInput = textParameters(input) as unknown as TableInput;
    const existing = await unlessMissing(['EntityNotFoundException'], () => context.clients.glue.send(new GetTableCommand({ DatabaseName, Name: name })));
    if (!existing) await context.clients.glue.send(new CreateTableCommand({ DatabaseName, TableInput }));
    else if (!covers(existing.Table, input)) await context.clients.glue.send(new UpdateTableCommand({ DatabaseName, TableInput, VersionId: existing.Table?.VersionId }));
    else return { ref: name, attributes: {}, status: 'unchanged' };
    return { ref: name, attributes: {}, status: existing ? 'updated' : 'created' };
  },
};

/** Parameters of a table are text; YAML makes numbers and booleans of some, which CloudFormation makes text again. */
const textParameters = (input: TemplateObject): TemplateObject => {
  const parameters = input['Parameters'];
  if (!isObject(parameters)) return input;
  return { ...input, Parameters: textMap(parameters, 'Parameters') };
};
