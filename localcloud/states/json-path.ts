import { isObject } from '../core/json-input.ts';
import { StateFailure } from './failure.ts';

/** One step of a path: a member, an index (negative: from the end), all members, a slice, or all descendants' members. */
type Step = { kind: 'member'; name: string } | { kind: 'index'; index: number } | { kind: 'all' } | { kind: 'slice'; from?: number; to?: number } | { kind: 'descend' };

const STEP = /^(?:\.\.|\.?\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+)|(\*)|(-?\d*):(-?\d*))\s*\]|\.(\*)|\.?([\p{L}_$][\p{L}\p{N}_$-]*))/u;

const cache = new Map<string, Step[]>();

/** Steps of a path that begins with `$` or `$$`. Throws States.Runtime for syntax that is not supported (filters, scripts, unions). */
const parsePath = (path: string): Step[] => {
  const known = cache.get(path);
  if (known) return known;
  const steps: Step[] = [];
  let rest = path.replace(/^\$\$?/, '');
  let first = true;
  while (rest !== '') {
    const match = STEP.exec(rest);
    // A name needs its dot, except straight after `..`.
    const bare = match?.[8] !== undefined && !rest.startsWith('.');
    if (!match || (bare && (first || steps.at(-1)?.kind !== 'descend'))) throw new StateFailure('States.Runtime', `The path '${path}' is not supported at '${rest}'`);
    steps.push(stepOf(match));
    rest = rest.slice(match[0].length);
    first = false;
  }
  cache.set(path, steps);
  return steps;
};

const stepOf = (match: RegExpExecArray): Step => {
  const [whole, single, double, index, all, from, to, dotAll, name] = match;
  if (whole === '..') return { kind: 'descend' };
  const member = single ?? double ?? name;
  if (member !== undefined) return { kind: 'member', name: member.replace(/\\(.)/g, '$1') };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  if (all !== undefined || dotAll !== undefined) return { kind: 'all' };
  return { kind: 'slice', ...(from ? { from: Number(from) } : {}), ...(to ? { to: Number(to) } : {}) };
};

const children = (value: unknown): unknown[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

const descendants = (value: unknown): unknown[] => [value, ...children(value).flatMap(descendants)];

const applyStep = (value: unknown, step: Step): unknown[] => {
  switch (step.kind) {
    case 'member':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      if (!Array.isArray(value)) return [];
      const index = step.index < 0 ? value.length + step.index : step.index;
      return index >= 0 && index < value.length ? [value[index]] : [];
    }
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : [];
    case 'all':
      return children(value);
    case 'descend':
      return descendants(value);
  }
};

/** What a path finds: one value or none where it is definite, a list where it may find several. */
export const findPath = (path: string, root: unknown): { found: boolean; value: unknown } => {
  const steps = parsePath(path);
  const values = steps.reduce<unknown[]>((found, step) => found.flatMap((value) => applyStep(value, step)), [root]);
  const definite = steps.every((step) => step.kind === 'member' || step.kind === 'index');
  return definite ? { found: values.length > 0, value: values[0] } : { found: true, value: values };
};

/** What paths of a state are read from: `$` is its input, `$$` the context object. */
export interface PathScope {
  input: unknown;
  context: unknown;
}

export const lookUp = (path: string, scope: PathScope): { found: boolean; value: unknown } => findPath(path, path.startsWith('$$') ? scope.context : scope.input);

/** A value that must be there. Throws `error` (States.Runtime unless said) where it is not. */
export const readPath = (path: string, scope: PathScope, error = 'States.Runtime'): unknown => {
  const { found, value } = lookUp(path, scope);
  if (!found) throw new StateFailure(error, `The JSONPath '${path}' could not be found in the input '${shorten(JSON.stringify(scope.input))}'`);
  return value;
};

const shorten = (text: string | undefined): string => (text !== undefined && text.length > 2000 ? `${text.slice(0, 2000)}…` : String(text));

/** InputPath and OutputPath: null stands for an empty object. */
export const filterPath = (path: string | null | undefined, scope: PathScope): unknown => {
  if (path === null) return {};
  return path === undefined || path === '$' ? scope.input : readPath(path, scope);
};

/** ResultPath: puts a result into the input; null drops it. Throws States.ResultPathMatchFailure where the path cannot be. */
export const placeResult = (path: string | null | undefined, input: unknown, result: unknown): unknown => {
  if (path === null) return input;
  if (path === undefined || path === '$') return result;
  const output: unknown = structuredClone(isObject(input) || Array.isArray(input) ? input : {});
  const steps = parsePath(path);
  let target: unknown = output;
  steps.forEach((step, place) => {
    const isLast = place === steps.length - 1;
    if (step.kind === 'member' && isObject(target)) {
      if (isLast) target[step.name] = result;
      else target = isObject(target[step.name]) || Array.isArray(target[step.name]) ? target[step.name] : (target[step.name] = {});
    } else if (step.kind === 'index' && Array.isArray(target) && step.index >= 0 && step.index < target.length) {
      if (isLast) target[step.index] = result;
      else target = target[step.index];
    } else {
      throw new StateFailure('States.ResultPathMatchFailure', `Unable to apply ReferencePath ${path} to the input`);
    }
  });
  return output;
};
