/** Whether an element is taken; `root` is what the whole path began at. */
export type Predicate = (element: unknown, root: unknown) => boolean;

/** Finds what a path names, as json-path does. Given, since a filter's operands are paths themselves. */
export type Find = (path: string, root: unknown) => { found: boolean; value: unknown };

interface Operand {
  found: boolean;
  value: unknown;
}
type Read = (element: unknown, root: unknown) => Operand;

const PATH = /\s*([@$](?:\.\.?[\p{L}_$][\p{L}\p{N}_$-]*|\.\*|\[[^\]]*\])*)/uy;
const NUMBER_OR_WORD = /\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b)/y;
const STRING = /\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/y;
const REGEX = /\s*\/((?:[^/\\]|\\.)+)\/([imsu]*)/y;
const OPERATOR = /\s*(==|!=|<=|>=|=~|<|>|nin\b|in\b)/y;

const ordered = (one: unknown, other: unknown): one is number | string => typeof one === typeof other && (typeof one === 'number' || typeof one === 'string');

const equal = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Comparisons as Jayway's JsonPath, which Step Functions uses, defines them: values of different types are neither equal nor ordered. */
const COMPARE: Readonly<Record<string, (one: unknown, other: unknown) => boolean>> = {
  '==': equal,
  '!=': (one, other) => !equal(one, other),
  '<': (one, other) => ordered(one, other) && one < (other as typeof one),
  '<=': (one, other) => ordered(one, other) && one <= (other as typeof one),
  '>': (one, other) => ordered(one, other) && one > (other as typeof one),
  '>=': (one, other) => ordered(one, other) && one >= (other as typeof one),
  '=~': (one, other) => typeof one === 'string' && other instanceof RegExp && other.test(one),
  in: (one, other) => Array.isArray(other) && other.some((value) => equal(value, one)),
  nin: (one, other) => Array.isArray(other) && !other.some((value) => equal(value, one)),
};

/** Reads `?( … )` from left to right: `||` of `&&` of comparisons, existence tests, `!` and parentheses. */
class FilterReader {
  at: number;
  private readonly source: string;
  private readonly find: Find;

  constructor(source: string, at: number, find: Find) {
    this.source = source;
    this.at = at;
    this.find = find;
  }

  /** Undefined where what follows is no filter. */
  any(): Predicate | undefined {
    const parts = this.joined(/\s*\|\|/y, () => this.all());
    return parts && ((element, root) => parts.some((part) => part(element, root)));
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source);
    if (!match) return undefined;
    this.at = pattern.lastIndex;
    return match;
  }

  private all(): Predicate | undefined {
    const parts = this.joined(/\s*&&/y, () => this.one());
    return parts && ((element, root) => parts.every((part) => part(element, root)));
  }

  private joined(separator: RegExp, read: () => Predicate | undefined): Predicate[] | undefined {
    const parts: Predicate[] = [];
    do {
      const part = read();
      if (!part) return undefined;
      parts.push(part);
    } while (this.take(separator));
    return parts;
  }

  private one(): Predicate | undefined {
    if (this.take(/\s*!(?!=)/y)) {
      const inner = this.one();
      return inner && ((element, root) => !inner(element, root));
    }
    if (this.take(/\s*\(/y)) {
      const inner = this.any();
      return this.take(/\s*\)/y) ? inner : undefined;
    }
    return this.comparison();
  }

  private comparison(): Predicate | undefined {
    const left = this.operand();
    if (!left) return undefined;
    const compare = COMPARE[this.take(OPERATOR)?.[1] ?? ''];
    if (!compare) return (element, root) => left(element, root).found;
    const right = this.operand();
    if (!right) return undefined;
    return (element, root) => {
      const [one, other] = [left(element, root), right(element, root)];
      return one.found && other.found && compare(one.value, other.value);
    };
  }

  private operand(): Read | undefined {
    const path = this.take(PATH)?.[1];
    if (path !== undefined) return (element, root) => this.find(`$${path.slice(1)}`, path.startsWith('@') ? element : root);
    const literal = this.literal();
    return literal && (() => literal);
  }

  private literal(): Operand | undefined {
    const word = this.take(NUMBER_OR_WORD)?.[1];
    if (word !== undefined) return { found: true, value: JSON.parse(word) as unknown };
    const quoted = this.take(STRING)?.[1];
    if (quoted !== undefined) return { found: true, value: quoted.slice(1, -1).replace(/\\(.)/g, '$1') };
    const regex = this.take(REGEX);
    if (regex) return { found: true, value: new RegExp(`^(?:${regex[1] ?? ''})$`, regex[2]) }; // the whole text must match
    return this.take(/\s*\[/y) ? this.list() : undefined;
  }

  private list(): Operand | undefined {
    const values: unknown[] = [];
    while (!this.take(/\s*\]/y)) {
      if (values.length > 0 && !this.take(/\s*,/y)) return undefined;
      const entry = this.literal();
      if (!entry) return undefined;
      values.push(entry.value);
    }
    return { found: true, value: values };
  }
}

/** The filter `[?( … )]` at the beginning of a text, and how long it is; undefined where there is none that can be read. */
export const readFilter = (source: string, find: Find): { test: Predicate; length: number } | undefined => {
  const reader = new FilterReader(source, 0, find);
  if (!reader.take(/\.?\[\s*\?\s*\(/y)) return undefined;
  const test = reader.any();
  return test && reader.take(/\s*\)\s*\]/y) ? { test, length: reader.at } : undefined;
};
