import validateDefinition from 'asl-validator';
import { AwsError } from '../core/errors.ts';
import { isObject } from '../core/json-input.ts';
import { handlersProblem } from './check-handlers.ts';
import { isTimestamp } from './choice.ts';
import type { ChoiceRule, State, StateGroup, StateMachineDefinition } from './definition.ts';
import { isSupportedResource } from './tasks.ts';

const invalid = (message: string): AwsError => new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${message}'`);

/** Members of the language that are not interpreted here: refused, so that nothing runs otherwise than in AWS. */
const UNSUPPORTED = ['Assign', 'Arguments', 'Output', 'Items', 'ItemReader', 'ItemBatcher', 'ResultWriter', 'ToleratedFailureCount', 'ToleratedFailureCountPath', 'ToleratedFailurePercentage', 'ToleratedFailurePercentagePath', 'Label', 'Credentials'];

/** Reads a definition and checks it as CreateStateMachine does. Throws InvalidDefinition. */
export const readDefinition = (text: string): StateMachineDefinition => {
  const definition = parse(text);
  if (!isObject(definition)) throw invalid('SCHEMA_VALIDATION_FAILED: the definition is not a JSON object');
  refuseJsonata(definition);
  const { isValid, errorsText } = validateDefinition(structuredClone(definition));
  if (!isValid) throw invalid(errorsText());
  const checked = definition as unknown as StateMachineDefinition;
  checkGroup(checked);
  return checked;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: ${(cause as Error).message}'`, { cause });
  }
};

const refuseJsonata = (value: unknown): void => {
  if (Array.isArray(value)) value.forEach(refuseJsonata);
  if (!isObject(value)) return;
  if (value.QueryLanguage === 'JSONata') throw invalid('JSONata is not supported locally: use JSONPath');
  Object.values(value).forEach(refuseJsonata);
};

const checkGroup = (group: StateGroup): void => {
  for (const [name, state] of Object.entries(group.States)) {
    const unsupported = UNSUPPORTED.find((member) => member in state);
    if (unsupported !== undefined) throw invalid(`${unsupported} of state ${name} is not supported locally`);
    checkState(name, state);
    checkValues(name, state);
  }
};

/** What asl-validator leaves unsaid of values. */
const checkValues = (name: string, state: State): void => {
  const problem = 'Retry' in state || 'Catch' in state ? handlersProblem(state) : undefined;
  if (problem !== undefined) throw invalid(`SCHEMA_VALIDATION_FAILED: ${problem} at /States/${name}`);
  if (state.Type === 'Task' && state.HeartbeatSeconds !== undefined && state.TimeoutSeconds !== undefined && state.HeartbeatSeconds >= state.TimeoutSeconds) {
    throw invalid(`SCHEMA_VALIDATION_FAILED: HeartbeatSeconds must be smaller than TimeoutSeconds at /States/${name}`);
  }
  if (state.Type === 'Fail') [state.ErrorPath, state.CausePath].forEach((path) => checkFailPath(name, path));
  if (state.Type === 'Choice') state.Choices.forEach((rule) => checkRule(name, rule));
  const resultPath = 'ResultPath' in state ? state.ResultPath : undefined;
  if (resultPath?.startsWith('$$') === true) throw invalid(`SCHEMA_VALIDATION_FAILED: ResultPath must not be a path of the context object at /States/${name}`);
};

const checkFailPath = (name: string, path: string | undefined): void => {
  if (path !== undefined && !/^(\$|States\.)/.test(path)) throw invalid(`SCHEMA_VALIDATION_FAILED: '${path}' is neither a reference path nor an intrinsic function at /States/${name}`);
};

const checkRule = (name: string, rule: ChoiceRule): void => {
  const inners = [rule.And, rule.Or, rule.Not].flat().filter(isObject) as ChoiceRule[];
  for (const inner of inners) {
    if (inner.Next !== undefined) throw invalid(`SCHEMA_VALIDATION_FAILED: Next must not appear in a nested rule at /States/${name}/Choices`);
    checkRule(name, inner);
  }
  const timestamp = Object.entries(rule).find(([operator, operand]) => /^Timestamp.*(?<!Path)$/.test(operator) && !isTimestamp(operand));
  if (timestamp) throw invalid(`SCHEMA_VALIDATION_FAILED: ${timestamp[0]} is not a timestamp at /States/${name}/Choices`);
};

const checkState = (name: string, state: State): void => {
  if (state.Type === 'Task' && !isSupportedResource(state.Resource)) throw invalid(`the resource ${state.Resource} of state ${name} is not supported locally`);
  if (state.Type === 'Map' && state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED') throw invalid(`the distributed Map ${name} is not supported locally`);
  if (state.Type === 'Parallel') state.Branches.forEach(checkGroup);
  const processor = state.Type === 'Map' ? (state.ItemProcessor ?? state.Iterator) : undefined;
  if (processor) checkGroup(processor);
};
