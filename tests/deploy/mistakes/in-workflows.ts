import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject, textOf } from '../../../localcloud/cloudformation/values.ts';
import { plainText, propertiesOf } from '../checks/resources.ts';
import { misspelt, ofAnotherType, pathText, placesIn, put, remove, rename } from './mistake.ts';
import type { Mistake, Path } from './mistake.ts';

/** In a definition that has been read. */
type DefinitionMistake = Mistake<TemplateObject>;

/** Every slip in each state of each workflow. */
export const mistakesInWorkflows = (template: Template): Mistake<Template>[] =>
  propertiesOf(template, 'AWS::StepFunctions::StateMachine').flatMap(([id, { DefinitionString }]) => {
    const text = textOf(DefinitionString, 'DefinitionString');
    const edited = (copy: Template, change: (definition: TemplateObject) => void): void => {
      const definition = JSON.parse(text) as TemplateObject;
      change(definition);
      put(copy, ['Resources', id, 'Properties', 'DefinitionString'], JSON.stringify(definition));
    };
    const definition = JSON.parse(text) as TemplateObject;
    return [...inGroup(definition, []), ...inPlaces(definition)].map(({ make, at, ...rest }) => ({ ...rest, at: `${id}.${at}`, make: (copy: Template) => edited(copy, make) }));
  });

const FIELDS_WITH_DEFAULT = new Set(['Comment', 'InputPath', 'OutputPath', 'ResultPath', 'Parameters', 'ItemSelector', 'ResultSelector', 'Retry', 'Catch', 'TimeoutSeconds', 'HeartbeatSeconds', 'MaxConcurrency', 'ItemsPath', 'Default', 'Error', 'ErrorPath', 'Cause', 'CausePath', 'Version', 'ProcessorConfig']);

/** States, in a definition or a Map's processor. */
const inGroup = (group: TemplateObject, path: Path): DefinitionMistake[] => [
  ...Object.keys(group).flatMap((field) => fieldMistakes(group, field, path)),
  { kind: 'a state nothing leads to', at: pathText([...path, 'States']), make: (copy) => put(copy, [...path, 'States', 'Unused'], { Type: 'Succeed' }) },
  ...Object.entries(group['States'] as TemplateObject).flatMap(([name, state]) => inState(state as TemplateObject, [...path, 'States', name])),
];

const inState = (state: TemplateObject, path: Path): DefinitionMistake[] => {
  const processor = state['ItemProcessor'];
  return [
    ...Object.keys(state).flatMap((field) => fieldMistakes(state, field, path)),
    { kind: 'a state misspelt', at: pathText(path), make: (copy) => rename(copy, path, misspelt(String(path.at(-1)))) },
    ...(isObject(processor) ? inGroup(processor, [...path, 'ItemProcessor']) : []),
  ];
};

const fieldMistakes = (holder: TemplateObject, field: string, path: Path): DefinitionMistake[] => {
  const place = [...path, field];
  const at = pathText(place);
  const value = holder[field] ?? null;
  const optional = FIELDS_WITH_DEFAULT.has(field);
  return [
    { kind: 'a field misspelt', at, make: (copy) => rename(copy, place, misspelt(field)) },
    { kind: optional ? 'an optional field removed' : 'a field removed', at, make: (copy) => remove(copy, place), legal: optional ? 'a state may do without' : undefined },
    { kind: 'a field of another type', at, make: (copy) => put(copy, place, value === null ? 5 : ofAnotherType(value)) },
  ];
};

const COMPARISON = /^(String|Numeric|Boolean|Timestamp|Is)[A-Z]/;

/** What stands anywhere below a state: paths, errors, integrations, comparisons, transitions. */
const inPlaces = (definition: TemplateObject): DefinitionMistake[] =>
  placesIn(definition).flatMap(({ path, value }) => {
    const key = String(path.at(-1));
    const at = pathText(path);
    const set = (kind: string, wrong: TemplateValue): DefinitionMistake => ({ kind, at, make: (copy) => put(copy, path, wrong) });
    const isError = path.at(-2) === 'ErrorEquals';
    return [
      ...(['Next', 'StartAt', 'Default'].includes(key) ? [set('a transition to nothing', misspelt(plainText(value)))] : []),
      ...(key === 'Type' && path.at(-3) === 'States' ? [set('a type of state misspelt', misspelt(plainText(value)))] : []),
      ...(key === 'Resource' ? [set('an integration misspelt', misspelt(plainText(value))), set('an integration of nothing', 'arn:aws:states:::athena:startQuery.sync')] : []),
      ...(isError && typeof value === 'string' ? [set('an error misspelt', misspelt(value))] : []),
      ...(COMPARISON.test(key) && path.includes('Choices') ? [{ kind: 'a comparison misspelt', at, make: (copy: TemplateObject) => rename(copy, path, misspelt(key)) }, set('a comparison with another type', ofAnotherType(value))] : []),
      ...(path.at(-2) === 'Parameters' ? [{ kind: 'a parameter misspelt', at, make: (copy: TemplateObject) => rename(copy, path, key.endsWith('.$') ? `${misspelt(key.slice(0, -2))}.$` : misspelt(key)), ...(isPassParameter(definition, path) ? { legal: 'a Pass names what it likes' } : {}) }] : []),
      ...(['IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'JitterStrategy'].includes(key) ? [set('a retry beyond its range', key === 'JitterStrategy' ? 'FUL' : -1)] : []),
      ...(typeof value === 'string' ? inText(value, set) : []),
    ];
  });

const isPassParameter = (definition: TemplateObject, path: Path): boolean => {
  const state = path.slice(0, -2).reduce<TemplateValue | undefined>((value, key) => (value as TemplateObject)[key], definition);
  return isObject(state) && state['Type'] === 'Pass';
};

const inText = (value: string, set: (kind: string, wrong: TemplateValue) => DefinitionMistake): DefinitionMistake[] => [
  ...(/^\$(\.|\$)/.test(value) ? [set('a path that is none', value.replace('.', '..[')), set('a path to nothing', value.replace(/\w+$/, (name) => misspelt(name)))] : []),
  ...(/^States\.\w+\(/.test(value) ? [set('an intrinsic function misspelt', value.replace(/\w+(?=\()/, (name) => misspelt(name))), set('a bracket missing', value.slice(0, -1))] : []),
  ...(value.includes('${') ? [set('a name that is not given', value.replace(/\{(\w+)\}/, (_all, name: string) => `{${misspelt(name)}}`))] : []),
];
