import { isDeepStrictEqual } from 'node:util';
import { CreateStateMachineCommand, DescribeStateMachineCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import type { StateMachineType } from '@aws-sdk/client-sfn';
import type { KindContext, ResourceKind } from '../kind.ts';
import { requiredText, unlessMissing } from '../kind.ts';
import { isObject, textOf } from '../values.ts';

export const stateMachine: ResourceKind = {
  applied: ['Definition', 'DefinitionString', 'DefinitionSubstitutions', 'RoleArn', 'StateMachineName', 'StateMachineType'],
  ignored: ['LoggingConfiguration', 'Tags', 'TracingConfiguration'],
  async apply(context) {
    const name = requiredText(context, 'StateMachineName');
    const roleArn = requiredText(context, 'RoleArn');
    const definition = definitionOf(context);
    const arn = `arn:aws:states:${context.region}:${context.accountId}:stateMachine:${name}`;
    const identity = { ref: arn, attributes: { Arn: arn, Name: name } };
    const existing = await unlessMissing(['StateMachineDoesNotExist'], () => context.clients.states.send(new DescribeStateMachineCommand({ stateMachineArn: arn })));
    if (!existing) {
      const type = context.properties['StateMachineType'] as StateMachineType | undefined;
      await context.clients.states.send(new CreateStateMachineCommand({ name, definition, roleArn, ...(type ? { type } : {}) }));
      return { ...identity, status: 'created' };
    }
    if (sameJson(existing.definition, definition) && existing.roleArn === roleArn) return { ...identity, status: 'unchanged' };
    await context.clients.states.send(new UpdateStateMachineCommand({ stateMachineArn: arn, definition, roleArn }));
    return { ...identity, status: 'updated' };
  },
};

/** The definition as text, `${Name}` replaced as DefinitionSubstitutions says; a name left over is a mistake. */
const definitionOf = (context: KindContext): string => {
  const { Definition, DefinitionString, DefinitionSubstitutions } = context.properties;
  if ((Definition === undefined) === (DefinitionString === undefined)) throw new Error('either Definition or DefinitionString must be there');
  const text = typeof DefinitionString === 'string' ? DefinitionString : JSON.stringify(Definition);
  const values = isObject(DefinitionSubstitutions) ? DefinitionSubstitutions : {};
  return text.replace(/\$\{([A-Za-z0-9_]+)\}/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the definition has \${${name}}, which DefinitionSubstitutions does not have`);
    // Every place is inside a JSON text.
    return JSON.stringify(textOf(value, name)).slice(1, -1);
  });
};

const sameJson = (left: string | undefined, right: string): boolean => left !== undefined && isDeepStrictEqual(JSON.parse(left), JSON.parse(right));
