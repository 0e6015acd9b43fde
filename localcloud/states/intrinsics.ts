import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../core/json-input.ts';
import { EvaluationFailure } from './failure.ts';
import { lookUp, readPath, shorten } from './json-path.ts';
import type { PathScope } from './json-path.ts';

const failed = (message: string): EvaluationFailure => new EvaluationFailure('States.IntrinsicFailure', message);

const text = (value: unknown, what: string): string => {
  if (typeof value !== 'string') throw failed(`${what} must be a string: ${JSON.stringify(value)}`);
  return value;
};
const integer = (value: unknown, what: string): number => {
  if (typeof value !== 'number') throw failed(`${what} must be a number: ${JSON.stringify(value)}`);
  return Math.round(value);
};
const list = (value: unknown, what: string): unknown[] => {
  if (!Array.isArray(value)) throw failed(`${what} must be an array: ${JSON.stringify(value)}`);
  return value as unknown[];
};

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const MAX_RANGE = 1000;
/** Longest text of the Base64 functions and of Hash, in characters. */
const MAX_TEXT = 10_000;
const MAX_DEPTH = 10;

const shortText = (value: unknown, what: string): string => {
  const result = text(value, what);
  if (result.length > MAX_TEXT) throw failed(`${what}: more than ${MAX_TEXT} characters`);
  return result;
};
const smallInteger = (value: unknown, what: string): number => {
  const result = integer(value, what);
  if (Math.abs(result) > 2 ** 31 - 1) throw failed(`${what} is beyond 2147483647: ${result}`);
  return result;
};

/** A literal template of States.Format: the text between its places, where `\\{` and `\\}` are braces. */
class FormatTemplate {
  readonly parts: readonly string[];
  constructor(quoted: string) {
    const parts = [''];
    for (const [token] of quoted.matchAll(/\\[\s\S]|\{\}|[\s\S]/g)) {
      if (token === '{}') parts.push('');
      else parts.push(`${parts.pop() ?? ''}${token.replace(/^\\(?=['{}\\])/, '')}`);
    }
    this.parts = parts;
  }
}

const format = (template: unknown, values: readonly unknown[]): string => {
  const parts = template instanceof FormatTemplate ? template.parts : text(template, 'States.Format: the template').split('{}');
  if (parts.length - 1 !== values.length) throw failed(`States.Format: ${parts.length - 1} places and ${values.length} values`);
  return parts.reduce((result, part, index) => {
    const value = values[index - 1];
    return `${result}${typeof value === 'string' ? value : JSON.stringify(value)}${part}`;
  });
};

const arrayRange = (from: number, to: number, step: number): number[] => {
  if (step === 0) throw failed('States.ArrayRange: the step must not be 0');
  const count = Math.floor((to - from) / step) + 1;
  if (count > MAX_RANGE) throw failed(`States.ArrayRange: more than ${MAX_RANGE} elements`);
  return Array.from({ length: Math.max(0, count) }, (_, index) => from + index * step);
};

const partition = (values: readonly unknown[], size: number): unknown[][] => {
  if (size < 1) throw failed('States.ArrayPartition: the size must be positive');
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size));
};

/** A whole number from the start to below the end; the same seed gives the same number (though not AWS's). */
const mathRandom = (from: number, to: number, seed: unknown): number => {
  if (to <= from) throw failed('States.MathRandom: the end must be above the start');
  const fraction = seed === undefined ? Math.random() : createHash('md5').update(String(integer(seed, 'the seed'))).digest().readUInt32BE() / 2 ** 32;
  return from + Math.floor(fraction * (to - from));
};

const parseJson = (value: unknown): unknown => {
  try {
    return JSON.parse(text(value, 'States.StringToJson'));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new EvaluationFailure('States.IntrinsicFailure', `States.StringToJson: not JSON: ${cause.message}`, { cause });
    throw cause;
  }
};

const decode = (value: string): string => {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw failed('States.Base64Decode: not Base64');
  return Buffer.from(value, 'base64').toString('utf8');
};

const merge = (one: unknown, other: unknown, deep: unknown): unknown => {
  if (!isObject(one) || !isObject(other)) throw failed('States.JsonMerge: both values must be objects');
  if (deep === true) throw failed('States.JsonMerge: deep merging is not supported');
  return { ...one, ...other };
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
const FUNCTIONS: Readonly<Record<string, (...values: unknown[]) => unknown>> = {
  'States.Array': (...values) => values,
  'States.ArrayPartition': (values, size) => partition(list(values, 'States.ArrayPartition'), integer(size, 'the size')),
  'States.ArrayContains': (values, sought) => list(values, 'States.ArrayContains').some((value) => isDeepStrictEqual(value, sought)),
  'States.ArrayRange': (from, to, step) => arrayRange(integer(from, 'the start'), integer(to, 'the end'), integer(step, 'the step')),
  'States.ArrayGetItem': (values, index) => {
    const items = list(values, 'States.ArrayGetItem');
    const place = integer(index, 'the index');
    if (place < 0 || place >= items.length) throw failed(`States.ArrayGetItem: index ${place} of ${items.length} elements`);
    return items[place];
  },
  'States.ArrayLength': (values) => list(values, 'States.ArrayLength').length,
  'States.ArrayUnique': (values) => list(values, 'States.ArrayUnique').filter((value, index, all) => all.findIndex((other) => isDeepStrictEqual(other, value)) === index),
  'States.Base64Encode': (value) => Buffer.from(shortText(value, 'States.Base64Encode')).toString('base64'),
  'States.Base64Decode': (value) => decode(shortText(value, 'States.Base64Decode')),
  'States.Hash': (value, algorithm) => {
    const name = HASHES[text(algorithm, 'the algorithm')];
    if (name === undefined) throw failed(`States.Hash: unknown algorithm ${String(algorithm)}`);
    return createHash(name).update(shortText(typeof value === 'string' ? value : JSON.stringify(value), 'States.Hash')).digest('hex');
  },
  'States.JsonMerge': merge,
  'States.StringToJson': parseJson,
  'States.JsonToString': (value) => JSON.stringify(value),
  'States.MathRandom': (from, to, seed) => mathRandom(smallInteger(from, 'the start'), smallInteger(to, 'the end'), seed),
  'States.MathAdd': (one, other) => smallInteger(one, 'States.MathAdd: the first value') + smallInteger(other, 'States.MathAdd: the second value'),
  'States.StringSplit': (value, separators) => {
    const cut = text(separators, 'the separator').replace(/[\\\]^-]/g, '\\$&');
    return text(value, 'States.StringSplit').split(new RegExp(`[${cut}]`)).filter((part) => part !== '');
  },
  'States.UUID': () => randomUUID(),
  'States.Format': (template, ...values) => format(template, values),
};

/** How many values a function takes: as many as, and at most. */
const ARITY: Readonly<Record<string, readonly [number, number]>> = {
  'States.Array': [0, Number.POSITIVE_INFINITY],
  'States.ArrayPartition': [2, 2],
  'States.ArrayContains': [2, 2],
  'States.ArrayRange': [3, 3],
  'States.ArrayGetItem': [2, 2],
  'States.Hash': [2, 2],
  'States.JsonMerge': [3, 3],
  'States.MathRandom': [2, 3],
  'States.MathAdd': [2, 2],
  'States.StringSplit': [2, 2],
  'States.UUID': [0, 0],
  'States.Format': [1, Number.POSITIVE_INFINITY],
};

/** Reads one expression from left to right. */
class ExpressionReader {
  private readonly source: string;
  private readonly scope: PathScope;
  private at = 0;
  private depth = 0;

  constructor(source: string, scope: PathScope) {
    this.source = source;
    this.scope = scope;
  }

  /** The expression's value; nothing may follow it. */
  whole(): unknown {
    const value = this.call();
    this.take(/\s*/y);
    if (this.at < this.source.length) throw this.syntaxError();
    return value;
  }

  private call(): unknown {
    const name = this.take(/\s*States\.\w+/y)?.trim();
    const evaluate = name !== undefined && Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (name === undefined || !evaluate) throw failed(`unknown intrinsic function ${name ?? this.source}`);
    if (this.take(/\s*\(/y) === undefined) throw this.syntaxError();
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw failed(`more than ${MAX_DEPTH} functions in each other`);
    const values = this.values(name === 'States.Format');
    this.depth -= 1;
    const [least, most] = ARITY[name] ?? [1, 1];
    if (values.length < least || values.length > most) throw failed(`${name} does not take ${values.length} arguments`);
    return evaluate(...values);
  }

  private values(isFormat: boolean): unknown[] {
    const values: unknown[] = [];
    if (this.take(/\s*\)/y) !== undefined) return values;
    do values.push(this.argument(isFormat && values.length === 0));
    while (this.take(/\s*,/y) !== undefined);
    if (this.take(/\s*\)/y) === undefined) throw this.syntaxError();
    return values;
  }

  private argument(isTemplate: boolean): unknown {
    this.take(/\s*/y);
    const quoted = this.take(/'(?:[^'\\]|\\.)*'/y)?.slice(1, -1);
    if (quoted !== undefined) return isTemplate ? new FormatTemplate(quoted) : quoted.replace(/\\(['{}\\])/g, '$1');
    const literal = this.take(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|(?:true|false|null)\b/y);
    if (literal !== undefined) return JSON.parse(literal) as unknown;
    return this.source[this.at] === '$' ? this.valueAt(this.path()) : this.call();
  }

  /** A path that finds nothing is States.Runtime, not an intrinsic failure. */
  private valueAt(path: string): unknown {
    const { found, value } = lookUp(path, this.scope);
    if (!found) throw new EvaluationFailure('States.Runtime', `The JsonPath argument for the field '${path}' could not be found in the input '${shorten(this.scope.input)}'`);
    return value;
  }

  /** A path goes up to the comma or parenthesis that is not inside its brackets. */
  private path(): string {
    return this.take(/(?:\[[^\]]*\]|[^,)[\s])+/y) ?? '';
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source);
    if (!match) return undefined;
    this.at = pattern.lastIndex;
    return match[0];
  }

  private syntaxError(): EvaluationFailure {
    return failed(`cannot read ${this.source} at character ${this.at}`);
  }
}

/** The value of `States.…(…)`. Throws States.IntrinsicFailure, or States.Runtime where a path finds nothing; both quote the expression. */
export const evaluateIntrinsic = (expression: string, scope: PathScope): unknown => {
  try {
    return new ExpressionReader(expression, scope).whole();
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
    throw new EvaluationFailure(error.error, `The function '${expression}' had the following error: ${error.causeText}`, { cause: error });
  }
};

/** The value of a path or an intrinsic function; `field` is where the definition has it. */
export const evaluateExpression = (expression: string, scope: PathScope, field: string): unknown => (expression.startsWith('$') ? readPath(expression, scope, field) : evaluateIntrinsic(expression, scope));

/** Parameters, ResultSelector, ItemSelector: members named `x.$` are paths or intrinsic functions, all else stands for itself. */
export const evaluateTemplate = (template: unknown, scope: PathScope): unknown => {
  if (Array.isArray(template)) return template.map((entry) => evaluateTemplate(entry, scope));
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => (key.endsWith('.$') ? [key.slice(0, -2), evaluateExpression(text(value, key), scope, key)] : [key, evaluateTemplate(value, scope)])),
  );
};
