import { isObject } from '../core/json-input.ts';
import { EvaluationFailure } from './failure.ts';
import { readFilter } from './path-filter.ts';
import type { Predicate } from './path-filter.ts';

/** One step of a path: a member, an index (negative: from the end), several of them, all, a slice, those a filter takes, or all descendants. */
type Step =
  | { kind: 'member'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'union'; keys: (string | number)[] }
  | { kind: 'all' }
  | { kind: 'slice'; from?: number; to?: number }
  | { kind: 'filter'; test: Predicate }
  | { kind: 'descend' };

const QUOTED = String.raw`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`;
const KEY = String.raw`(?:${QUOTED}|-?\d+)`;
const STEP = new RegExp(String.raw`^(?:\.\.|\.?\[\s*(?:(${KEY}(?:\s*,\s*${KEY})*)|(\*)|(-?\d*):(-?\d*))\s*\]|\.(\*)|\.?([\p{L}_$][\p{L}\p{N}_$-]*))`, 'u');

const cache = new Map<string, Step[]>();

/** Steps of a path that begins with `$` or `$$`. Throws States.Runtime for syntax that is not supported (scripts, functions). */
const parsePath = (path: string): Step[] => {
  const known = cache.get(path);
  if (known) return known;
  const steps: Step[] = [];
  let rest = path.replace(/^\$\$?/, '');
  while (rest !== '') {
    const read = readStep(rest, steps.at(-1));
    if (!read) throw new EvaluationFailure('States.Runtime', `The path '${path}' is not supported at '${rest}'`);
    steps.push(read.step);
    rest = rest.slice(read.length);
  }
  cache.set(path, steps);
  return steps;
};

const readStep = (rest: string, before: Step | undefined): { step: Step; length: number } | undefined => {
  const filter = readFilter(rest, findPath);
  if (filter) return { step: { kind: 'filter', test: filter.test }, length: filter.length };
  const match = STEP.exec(rest);
  // A name needs its dot, except straight after `..`.
  if (!match || (match[6] !== undefined && !rest.startsWith('.') && before?.kind !== 'descend')) return undefined;
  return { step: stepOf(match), length: match[0].length };
};

const stepOf = (match: RegExpExecArray): Step => {
  const [whole, list, all, from, to, dotAll, name] = match;
  if (whole === '..') return { kind: 'descend' };
  if (name !== undefined) return { kind: 'member', name };
  if (all !== undefined || dotAll !== undefined) return { kind: 'all' };
  if (list === undefined) return { kind: 'slice', ...(from ? { from: Number(from) } : {}), ...(to ? { to: Number(to) } : {}) };
  const keys = (list.match(new RegExp(KEY, 'g')) ?? []).map((key) => (/^['"]/.test(key) ? key.slice(1, -1).replace(/\\(.)/g, '$1') : Number(key)));
  const [only] = keys;
  if (keys.length > 1 || only === undefined) return { kind: 'union', keys };
  return typeof only === 'string' ? { kind: 'member', name: only } : { kind: 'index', index: only };
};

const children = (value: unknown): unknown[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

const descendants = (value: unknown): unknown[] => [value, ...children(value).flatMap(descendants)];

const at = (value: unknown, key: string | number): unknown[] => {
  if (typeof key === 'string') return isObject(value) && Object.hasOwn(value, key) ? [value[key]] : [];
  if (!Array.isArray(value)) return [];
  const index = key < 0 ? value.length + key : key;
  return index >= 0 && index < value.length ? [value[index]] : [];
};

/** What a step finds in a value; undefined where it cannot be applied to it at all. */
const applyStep = (value: unknown, step: Step, root: unknown): unknown[] | undefined => {
  switch (step.kind) {
    case 'member':
      return nonEmpty(at(value, step.name));
    case 'index':
      return nonEmpty(at(value, step.index));
    case 'union':
      return step.keys.flatMap((key) => at(value, key));
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : undefined;
    case 'filter':
      return isObject(value) || Array.isArray(value) ? (Array.isArray(value) ? children(value) : [value]).filter((element) => step.test(element, root)) : undefined; // an object is tested itself
    case 'all':
      return children(value);
    case 'descend':
      return descendants(value);
  }
};

const nonEmpty = (values: unknown[]): unknown[] | undefined => (values.length > 0 ? values : undefined);

/**
 * What a path finds: one value or none where it is definite, a list where it may find several. As in Jayway's JsonPath, which Step
 * Functions uses, what lies before the first step that may find several must be there: `$.a[*]` of `{}` is not found, `$..a` is [].
 */
export const findPath = (path: string, root: unknown): { found: boolean; value: unknown } => {
  let values: unknown[] = [root];
  let definite = true;
  for (const step of parsePath(path)) {
    const found = values.map((value) => applyStep(value, step, root));
    if (definite && found[0] === undefined) return { found: false, value: undefined };
    values = found.flatMap((some) => some ?? []);
    definite &&= step.kind === 'member' || step.kind === 'index';
  }
  return { found: true, value: definite ? values[0] : values };
};

/** What paths of a state are read from: `$` is its input, `$$` the context object. */
export interface PathScope {
  input: unknown;
  context: unknown;
}

export const lookUp = (path: string, scope: PathScope): { found: boolean; value: unknown } => findPath(path, path.startsWith('$$') ? scope.context : scope.input);

/**
 * A value that must be there. Throws States.Runtime where it is not, with AWS's text; `field` is the member of the definition whose
 * path this is. (The specification names States.ParameterPathFailure for templates; the service reports States.Runtime, which nothing catches.)
 */
export const readPath = (path: string, scope: PathScope, field?: string): unknown => {
  const { found, value } = lookUp(path, scope);
  if (found) return value;
  const of = field === undefined ? '' : ` specified for the field '${field}'`;
  throw new EvaluationFailure('States.Runtime', `The JSONPath '${path}'${of} could not be found in the input '${shorten(scope.input)}'`);
};

/** A value as an error text quotes it. */
export const shorten = (value: unknown): string => {
  const text = JSON.stringify(value) as string | undefined;
  return text !== undefined && text.length > 2000 ? `${text.slice(0, 2000)}…` : String(text);
};

/** InputPath and OutputPath (`field`): null stands for an empty object. */
export const filterPath = (path: string | null | undefined, scope: PathScope, field: 'InputPath' | 'OutputPath'): unknown => {
  if (path === null) return {};
  return path === undefined || path === '$' ? scope.input : readPath(path, scope, field);
};

/** ResultPath: puts a result into the input; null drops it. Throws States.ResultPathMatchFailure where the path cannot be. */
export const placeResult = (path: string | null | undefined, input: unknown, result: unknown): unknown => {
  if (path === null) return input;
  if (path === undefined || path === '$') return result;
  const failure = (): EvaluationFailure => new EvaluationFailure('States.ResultPathMatchFailure', `Unable to apply ReferencePath ${path} to input ${shorten(input)}`);
  if (!isObject(input) && !Array.isArray(input)) throw failure();
  const output: unknown = structuredClone(input);
  const steps = parsePath(path);
  let target: unknown = output;
  steps.forEach((step, place) => {
    const isLast = place === steps.length - 1;
    if (step.kind === 'member' && isObject(target)) {
      if (isLast) target[step.name] = result;
      else target = Object.hasOwn(target, step.name) ? target[step.name] : (target[step.name] = {});
    } else if (step.kind === 'index' && Array.isArray(target) && step.index >= 0 && step.index < target.length) {
      if (isLast) target[step.index] = result;
      else target = target[step.index];
    } else {
      throw failure();
    }
  });
  return output;
};
