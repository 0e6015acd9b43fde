import { canCoerce, commonSuperType, isIntegral, isNumeric } from '../types.ts';
import type { TrinoType } from '../types.ts';
import { parseTypeText } from '../type-text.ts';

/**
 * Signatures as Trino's documentation writes them: `substr(varchar, bigint) -> varchar`, `transform(array(T), function(T, U)) -> array(U)`.
 * A capital letter is a type of the call's choice: N a number, I a date or timestamp, any other anything. `any`, `number`,
 * `integral`, `decimal`, `instant` are classes. `T...` repeats.
 */
type Pattern =
  | { is: 'variable'; name: string }
  | { is: 'class'; name: string }
  | { is: 'type'; type: TrinoType }
  | { is: 'array'; element: Pattern }
  | { is: 'map'; key: Pattern; value: Pattern }
  | { is: 'row'; fields: Pattern[] }
  | { is: 'function'; parameters: Pattern[]; result: Pattern };

export interface Signature {
  text: string;
  parameters: Pattern[];
  repeats: boolean;
  result: Pattern;
}

export type Bindings = Map<string, TrinoType>;

const CLASSES: Record<string, (type: TrinoType) => boolean> = {
  any: () => true,
  number: isNumeric,
  integral: isIntegral,
  decimal: (type) => type.kind === 'decimal',
  instant: (type) => type.kind === 'date' || type.kind === 'timestamp',
};

const VARIABLE_CLASS: Record<string, string> = { N: 'number', I: 'instant' };

const splitTop = (text: string): string[] => {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
};

const parsePattern = (text: string): Pattern => {
  if (/^[A-Z]$/.test(text)) return { is: 'variable', name: text };
  if (CLASSES[text]) return { is: 'class', name: text };
  const nested = /^(array|map|function|row)\((.*)\)$/.exec(text);
  if (nested) {
    const inner = splitTop(nested[2] ?? '').map(parsePattern);
    const [first, second] = inner;
    if (nested[1] === 'array' && first) return { is: 'array', element: first };
    if (nested[1] === 'map' && first && second) return { is: 'map', key: first, value: second };
    if (nested[1] === 'row') return { is: 'row', fields: inner };
    const result = inner.at(-1);
    if (nested[1] === 'function' && result) return { is: 'function', parameters: inner.slice(0, -1), result };
  }
  const type = parseTypeText(text);
  if (!type) throw new Error(`not a type in a signature: ${text}`);
  return { is: 'type', type };
};

export const parseSignature = (text: string): Signature => {
  const match = /^(\w+)\((.*?)(\.\.\.)?\) -> (.*)$/.exec(text);
  if (!match) throw new Error(`not a signature: ${text}`);
  return { text: text.replace(/ -> .*/, ''), parameters: splitTop(match[2] ?? '').map(parsePattern), repeats: match[3] !== undefined, result: parsePattern(match[4] ?? '') };
};

export const takes = (signature: Signature, count: number): boolean => (signature.repeats ? count >= signature.parameters.length : count === signature.parameters.length);

export const parameterAt = (signature: Signature, index: number): Pattern | undefined => signature.parameters[index] ?? (signature.repeats ? signature.parameters.at(-1) : undefined);

const matchVariable = (name: string, type: TrinoType, bindings: Bindings): boolean => {
  const wanted = CLASSES[VARIABLE_CLASS[name] ?? 'any'];
  if (type.kind !== 'unknown' && wanted && !wanted(type)) return false;
  const bound = bindings.get(name);
  const common = bound ? commonSuperType(bound, type) : type;
  if (!common) return false;
  bindings.set(name, common);
  return true;
};

/** Whether a value of a type may stand here; a type not known fits everywhere. Binds the pattern's variables. */
export const matches = (pattern: Pattern, type: TrinoType | undefined, bindings: Bindings): boolean => {
  if (!type) return true;
  switch (pattern.is) {
    case 'variable':
      return matchVariable(pattern.name, type, bindings);
    case 'class':
      return type.kind === 'unknown' || CLASSES[pattern.name]?.(type) === true;
    case 'type':
      return canCoerce(type, pattern.type) || (pattern.type.kind === 'timestamp' && type.kind === 'timestamp' && (pattern.type.zone || !type.zone));
    case 'array':
      return type.kind === 'unknown' || (type.kind === 'array' && matches(pattern.element, type.element, bindings));
    case 'map':
      return type.kind === 'unknown' || (type.kind === 'map' && matches(pattern.key, type.key, bindings) && matches(pattern.value, type.value, bindings));
    case 'row':
      return type.kind === 'unknown' || (type.kind === 'row' && type.fields.length === pattern.fields.length && type.fields.every((field, index) => matches(pattern.fields[index] ?? pattern, field.type, bindings)));
    case 'function':
      return matches(pattern.result, type, bindings);
  }
};

/** The type a pattern stands for in a call, undefined where a variable of it was not bound. */
export const instantiate = (pattern: Pattern, bindings: Bindings): TrinoType | undefined => {
  switch (pattern.is) {
    case 'variable':
      return bindings.get(pattern.name);
    case 'type':
      return pattern.type;
    case 'array': {
      const element = instantiate(pattern.element, bindings);
      return element && { kind: 'array', element };
    }
    case 'map': {
      const key = instantiate(pattern.key, bindings);
      const value = instantiate(pattern.value, bindings);
      return key && value && { kind: 'map', key, value };
    }
    case 'row': {
      const types = pattern.fields.map((field) => instantiate(field, bindings));
      return types.every((type) => type !== undefined) ? { kind: 'row', fields: types.map((type) => ({ name: undefined, type })) } : undefined;
    }
    default:
      return undefined;
  }
};
