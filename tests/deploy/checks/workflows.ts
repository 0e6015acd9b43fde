import validate from 'asl-validator';
import type { Template } from '../../../localcloud/cloudformation/index.ts';
import { textOf } from '../../../localcloud/cloudformation/values.ts';
import { propertiesOf } from './resources.ts';

/** Amazon States Language, and the names that a definition leaves open against those the deployment gives. */
export const checkWorkflows = (template: Template): string[] =>
  propertiesOf(template, 'AWS::StepFunctions::StateMachine').flatMap(([id, { DefinitionString, DefinitionSubstitutions = {} }]) => {
    const text = textOf(DefinitionString, 'DefinitionString');
    const open = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name));
    const given = new Set(Object.keys(DefinitionSubstitutions ?? {}));
    const errors = validate(JSON.parse(text) as object).errors as { 'Error code'?: string; Message?: string }[];
    return [
      ...errors.map((error) => `${id}: ${error['Error code'] ?? ''} ${error.Message ?? JSON.stringify(error)}`),
      ...[...open].filter((name) => !given.has(name)).map((name) => `${id}: nothing is given for ${name}`),
      ...[...given].filter((name) => !open.has(name)).map((name) => `${id}: ${name} is given in vain`),
    ];
  });
