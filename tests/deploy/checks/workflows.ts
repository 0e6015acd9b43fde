import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject, textOf } from '../../../localcloud/cloudformation/values.ts';
import { readDefinition } from '../../../localcloud/states/check-definition.ts';
import { dataFlowProblems } from './data-flow.ts';
import type { FunctionOf } from './data-flow.ts';
import { moduleOf } from './environment.ts';
import type { HandlerFacts } from './handlers.ts';
import { ERRORS, INTEGRATIONS } from './integrations.ts';
import { plainText, propertiesOf, referenceText } from './resources.ts';

/**
 * Amazon States Language; the names that a definition leaves open against those the deployment gives; the parameters and errors of what it
 * calls; and the values on their way.
 */
export const checkWorkflows = (template: Template, handlers: ReadonlyMap<string, HandlerFacts>, errorNames: ReadonlySet<string>): string[] =>
  propertiesOf(template, 'AWS::StepFunctions::StateMachine').flatMap(([id, properties]) => {
    const text = textOf(properties['DefinitionString'], 'DefinitionString');
    const substitutions = (properties['DefinitionSubstitutions'] ?? {}) as TemplateObject;
    const problems = languageProblems(text);
    const deeper = problems.length > 0 ? [] : [...stateProblems(JSON.parse(text) as TemplateObject, errorNames), ...dataFlowProblems(JSON.parse(text) as TemplateObject, functionIn(template, substitutions, handlers))];
    return [...problems, ...nameProblems(text, substitutions), ...deeper].map((problem) => `${id}: ${problem}`);
  });

/** The validator takes a second for a definition, and most that are judged one after the other are the same. */
const judgedDefinitions = new Map<string, readonly string[]>();

/** Also what the embedded Step Functions refuses, as AWS does. */
const languageProblems = (text: string): readonly string[] => {
  const known = judgedDefinitions.get(text) ?? refusalsOf(text);
  judgedDefinitions.set(text, known);
  return known;
};

const refusalsOf = (text: string): readonly string[] => {
  try {
    readDefinition(text);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
};

const nameProblems = (text: string, substitutions: TemplateObject): string[] => {
  const open = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name));
  const given = new Set(Object.keys(substitutions));
  return [...[...open].filter((name) => !given.has(name)).map((name) => `nothing is given for ${name}`), ...[...given].filter((name) => !open.has(name)).map((name) => `${name} is given in vain`)];
};

const functionIn =
  (template: Template, substitutions: TemplateObject, handlers: ReadonlyMap<string, HandlerFacts>): FunctionOf =>
  (name) => {
    const [id = ''] = referenceText(substitutions[name] ?? '').split('.');
    const handler = template.Resources[id]?.Properties?.['Handler'];
    return handler === undefined ? undefined : handlers.get(moduleOf(handler));
  };

/** Members of a Map's processor: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const PROCESSOR = new Set(['ProcessorConfig', 'StartAt', 'States', 'Comment']);
/** Members that hold a template of values. */
const TEMPLATES = ['Parameters', 'ItemSelector', 'ResultSelector'];

const stateProblems = (group: TemplateObject, errorNames: ReadonlySet<string>): string[] => [
  ...unreadResults(group),
  ...Object.entries(group['States'] as TemplateObject).flatMap(([name, state]) => problemsOfState(name, state as TemplateObject, errorNames)),
];

const problemsOfState = (name: string, state: TemplateObject, errorNames: ReadonlySet<string>): string[] => {
  const processor = state['ItemProcessor'];
  return [
    ...TEMPLATES.filter((member) => member in state && !isObject(state[member] ?? null)).map((member) => `${member} of ${name} is no object`),
    ...(state['Type'] === 'Task' ? taskProblems(name, state) : []),
    ...handlerProblems(name, state, errorNames),
    ...(isObject(processor) ? [...Object.keys(processor).filter((member) => !PROCESSOR.has(member)).map((member) => `${name}.ItemProcessor has no ${member}`), ...stateProblems(processor, errorNames)] : []),
  ];
};

/** AWS puts a result anywhere: one that no state of the group reads was meant for another place, or for none (`"ResultPath": null`). */
const unreadResults = (group: TemplateObject): string[] => {
  const read = new Set(textsBut('ResultPath', group).flatMap((text) => [...text.matchAll(/(?<!\$)\$\.(\w+)/g)].map(([, member = '']) => member)));
  const put = Object.entries(group['States'] as TemplateObject).flatMap(([name, state]) => {
    const { ResultPath, Catch } = state as TemplateObject;
    return [ResultPath, ...[Catch ?? []].flat().map((catcher) => (isObject(catcher) ? catcher['ResultPath'] : undefined))].map((place) => [name, /^\$\.(\w+)/.exec(plainText(place))?.[1]] as const);
  });
  return put.flatMap(([name, member]) => (member === undefined || read.has(member) ? [] : [`${name}: nobody reads $.${member}`]));
};

/** Every text below a value, except under one key. */
const textsBut = (key: string, value: TemplateValue): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => (name === key ? [] : textsBut(key, item)));
};

const taskProblems = (name: string, { Resource, Parameters }: TemplateObject): string[] => {
  const integration = INTEGRATIONS[plainText(Resource)];
  if (!integration) return [`${name}: there is no integration ${JSON.stringify(Resource)}`];
  const given = Object.keys(isObject(Parameters ?? null) ? (Parameters as TemplateObject) : {}).map((key) => key.replace(/\.\$$/, ''));
  return [
    ...integration.required.filter((parameter) => !given.includes(parameter)).map((parameter) => `${name} lacks the parameter ${parameter}`),
    ...given.filter((parameter) => ![...integration.required, ...integration.optional].includes(parameter)).map((parameter) => `${name}: ${plainText(Resource)} has no parameter ${parameter}`),
  ];
};

/** Errors that somebody raises, and the place where a caught one is put. */
const handlerProblems = (name: string, state: TemplateObject, errorNames: ReadonlySet<string>): string[] => {
  const handlers = [state['Retry'] ?? [], state['Catch'] ?? []].flat().filter(isObject);
  const named = handlers.flatMap((handler) => [handler['ErrorEquals'] ?? []].flat().map(plainText));
  const paths = handlers.flatMap(({ ResultPath }) => (typeof ResultPath === 'string' && !/^\$(\.\w+)*$/.test(ResultPath) ? [ResultPath] : []));
  return [
    ...named.filter((error) => !ERRORS.has(error) && !errorNames.has(error)).map((error) => `${name}: nobody raises ${error}`),
    ...paths.map((resultPath) => `${name}: ${resultPath} is no reference path`),
  ];
};
