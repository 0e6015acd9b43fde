import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';
import type { HandlerFacts, Shape } from './handlers.ts';
import { CONTEXT, INTEGRATIONS } from './integrations.ts';
import { plainText } from './resources.ts';

/** What the function behind a `${Name}` of the definition takes and answers. */
export type FunctionOf = (name: string) => HandlerFacts | undefined;

interface Flow {
  functionOf: FunctionOf;
  problems: Set<string>;
}

const ANYTHING: Shape = undefined;
const FAILURE: Shape = { Error: ANYTHING, Cause: ANYTHING };

/** Follows the values through a definition: each path leads to what an earlier state has put there, each function gets what it takes. */
export const dataFlowProblems = (definition: TemplateObject, functionOf: FunctionOf): string[] => {
  const flow: Flow = { functionOf, problems: new Set() };
  through(flow, definition, ANYTHING);
  return [...flow.problems];
};

/** Every state of a group with every shape that reaches it. */
const through = (flow: Flow, { StartAt, States }: TemplateObject, input: Shape): void => {
  const seen = new Set<string>();
  const visit = (name: TemplateValue | undefined, shape: Shape): void => {
    const state = (States as TemplateObject)[plainText(name)];
    const key = `${plainText(name)} ${JSON.stringify(shape, (_member, value: unknown) => value ?? null)}`;
    if (!isObject(state) || seen.has(key)) return;
    seen.add(key);
    for (const [next, output] of after(flow, plainText(name), state, shape)) visit(next, output);
  };
  visit(StartAt, input);
};

const after = (flow: Flow, name: string, state: TemplateObject, input: Shape): [next: TemplateValue | undefined, shape: Shape][] => {
  const at = (path: TemplateValue | undefined, shape: Shape, field: string): Shape => follow(flow, `${name}.${field}`, path, shape);
  if (state['Type'] === 'Choice') {
    for (const variable of variablesIn(state['Choices'] ?? [])) at(variable, input, 'Choices');
    return [...transitionsIn(state['Choices'] ?? []), state['Default']].map((next) => [next, input]);
  }
  for (const field of ['SecondsPath', 'TimestampPath', 'ErrorPath', 'CausePath', 'TimeoutSecondsPath']) if (field in state) at(state[field], input, field);
  const given = at(state['InputPath'] ?? '$', input, 'InputPath');
  const parameters = 'Parameters' in state ? filled(flow, `${name}.Parameters`, state['Parameters'] ?? null, given) : given;
  const answer = answerOf(flow, name, state, given, parameters);
  const result = 'ResultSelector' in state ? filled(flow, `${name}.ResultSelector`, state['ResultSelector'] ?? null, answer) : answer;
  const output = at(state['OutputPath'] ?? '$', placed(input, state['ResultPath'], result), 'OutputPath');
  const caught = [state['Catch'] ?? []].flat().filter(isObject);
  return [[state['Next'], output], ...caught.map((catcher): [TemplateValue | undefined, Shape] => [catcher['Next'], placed(input, catcher['ResultPath'], FAILURE)])];
};

const answerOf = (flow: Flow, name: string, state: TemplateObject, input: Shape, parameters: Shape): Shape => {
  if (state['Type'] === 'Pass') return 'Result' in state ? ANYTHING : parameters;
  if (state['Type'] === 'Map') {
    follow(flow, `${name}.ItemsPath`, state['ItemsPath'] ?? '$', input);
    through(flow, state['ItemProcessor'] as TemplateObject, 'ItemSelector' in state ? filled(flow, `${name}.ItemSelector`, state['ItemSelector'] ?? null, input) : ANYTHING);
    return ANYTHING;
  }
  if (state['Type'] !== 'Task') return input;
  const integration = INTEGRATIONS[plainText(state['Resource'])];
  if (!integration) return ANYTHING;
  const [, invoked] = /^\$\{(\w+)\}$/.exec(plainText((state['Parameters'] as TemplateObject | undefined)?.['FunctionName'])) ?? [];
  const facts = invoked === undefined ? undefined : flow.functionOf(invoked);
  if (facts) payloadProblems(flow, name, facts, parameters?.['Payload']);
  return { ...integration.answers, ...(facts ? { Payload: facts.answers } : {}) };
};

const payloadProblems = (flow: Flow, name: string, { takes }: HandlerFacts, payload: Shape): void => {
  for (const member of takes) if (!payload || !(member in payload)) flow.problems.add(`${name} gives its function no ${member}`);
  for (const member of Object.keys(payload ?? {})) if (!takes.has(member)) flow.problems.add(`${name} gives its function ${member}, which it does not take`);
};

/** A template of values: keys that end in `.$` hold paths. */
const filled = (flow: Flow, at: string, template: TemplateValue, input: Shape): Shape => {
  if (!isObject(template)) return ANYTHING;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key.replace(/\.\$$/, ''), key.endsWith('.$') ? follow(flow, `${at}.${key}`, value, input) : filled(flow, `${at}.${key}`, value, input)]),
  );
};

/** What a path leads to; an intrinsic function's answer is not known, the paths among its arguments are followed. */
const follow = (flow: Flow, at: string, path: TemplateValue | undefined, shape: Shape): Shape => {
  const text = plainText(path);
  if (text.startsWith('States.')) {
    for (const [argument] of text.matchAll(/\$[\w.$]*/g)) follow(flow, at, argument, shape);
    return ANYTHING;
  }
  if (text.startsWith('$$')) {
    if (!CONTEXT.test(text)) flow.problems.add(`${at}: the context has no ${text}`);
    return ANYTHING;
  }
  if (!/^\$(\.\w+|\[(\d+|\*|'\w+')\])*$/.test(text)) {
    flow.problems.add(`${at}: ${text} is no path`);
    return ANYTHING;
  }
  return text.split('.').slice(1).reduce<Shape>((found, member) => {
    if (found && !(member in found)) flow.problems.add(`${at}: nothing has put ${text} there`);
    return found?.[member];
  }, shape);
};

/** The input with a result put into it: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html */
const placed = (input: Shape, resultPath: TemplateValue | undefined, result: Shape): Shape => {
  if (resultPath === undefined || resultPath === '$') return result;
  if (resultPath === null) return input;
  const [member = '', ...rest] = plainText(resultPath).split('.').slice(1);
  return { ...input, [member]: rest.length > 0 ? ANYTHING : result };
};

const variablesIn = (rules: TemplateValue): TemplateValue[] => nested(rules).flatMap((rule) => ('Variable' in rule && !('IsPresent' in rule) ? [rule['Variable'] ?? null] : []));
const transitionsIn = (rules: TemplateValue): TemplateValue[] => nested(rules).flatMap((rule) => ('Next' in rule ? [rule['Next'] ?? null] : []));
const nested = (rules: TemplateValue): TemplateObject[] => [rules].flat().filter(isObject).flatMap((rule) => [rule, ...nested(rule['And'] ?? []), ...nested(rule['Or'] ?? []), ...nested(rule['Not'] ?? [])]);
