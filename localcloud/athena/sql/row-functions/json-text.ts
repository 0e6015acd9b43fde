import { javaDouble } from './java-text.ts';

/** JSON as Trino reads and prints it: numbers keep their text until they are needed. */
export type Json = null | boolean | string | JsonNumber | Json[] | Map<string, Json>;

export interface JsonNumber {
  /** As written. */
  text: string;
}

export const isNumber = (value: Json): value is JsonNumber => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);

/** What is no JSON; a value, since documents are data. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const WORDS: readonly (readonly [string, boolean | null])[] = [['true', true], ['false', false], ['null', null]];

/** One step down: an object's key or an array's index. `a[0]` of a path means either. */
export interface PathStep {
  key: string;
  index: number | undefined;
}

/** Reads a document from its beginning, as far as it is asked to: what lies behind is not looked at. */
export class JsonReader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The character that comes next, without blanks. */
  private peek(): string | undefined {
    while (/[ \t\r\n]/.test(this.text[this.at] ?? 'x')) this.at += 1;
    return this.text[this.at];
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at += 1;
    return true;
  }

  private expect(character: string): void {
    if (!this.take(character)) throw new JsonSyntaxError(`expected ${character} at ${this.at}`);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private string(): string {
    this.peek();
    const found = this.match(STRING);
    if (found === undefined) throw new JsonSyntaxError(`expected a text at ${this.at}`);
    return found.includes('\\') ? (JSON.parse(found) as string) : found.slice(1, -1);
  }

  /** The next value. Throws JsonSyntaxError. */
  value(): Json {
    const next = this.peek();
    if (next === '{') return this.object();
    if (next === '[') return this.array();
    if (next === '"') return this.string();
    const number = this.match(NUMBER);
    if (number !== undefined) return { text: number };
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    throw new JsonSyntaxError(`expected a value at ${this.at}`);
  }

  private object(): Json {
    const members = new Map<string, Json>();
    for (const key of this.keys()) members.set(key, this.value());
    return members;
  }

  private array(): Json {
    const items: Json[] = [];
    for (const index of this.indexes()) items[index] = this.value();
    return items;
  }

  /** Stands before each member's value in turn. */
  private *keys(): Generator<string> {
    this.expect('{');
    if (this.take('}')) return;
    do {
      const key = this.string();
      this.expect(':');
      yield key;
    } while (this.take(','));
    this.expect('}');
  }

  private *indexes(): Generator<number> {
    this.expect('[');
    if (this.take(']')) return;
    let index = 0;
    do yield index++;
    while (this.take(','));
    this.expect(']');
  }

  /** Goes down to the first value of that step; false where there is none. */
  descend(step: PathStep): boolean {
    const next = this.peek();
    if (next !== '{' && next !== '[') return false;
    for (const found of next === '{' ? this.keys() : this.indexes()) {
      if (found === (next === '{' ? step.key : step.index)) return true;
      this.value();
    }
    return false;
  }

  /** Throws JsonSyntaxError where something follows. */
  end(): void {
    if (this.peek() !== undefined) throw new JsonSyntaxError(`unexpected text at ${this.at}`);
  }
}

/** A whole document; undefined where it is no JSON. */
export const readJson = (text: string): { value: Json } | undefined =>
  orUndefined(() => {
    const reader = new JsonReader(text);
    const value = reader.value();
    reader.end();
    return { value };
  });

/** undefined where the text is no JSON. */
export const orUndefined = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
};

/** Jackson writes control characters in capitals. */
export const quoted = (text: string): string => JSON.stringify(text).replace(/\\u00([0-9a-f]{2})/g, (_, code: string) => `\\u00${code.toUpperCase()}`);

/** What a double that JSON has no number for is written as. */
const numberText = (value: number): string => (Number.isFinite(value) ? javaDouble(value) : `"${javaDouble(value)}"`);

export const isWhole = ({ text }: JsonNumber): boolean => /^-?\d+$/.test(text);

/** Without blanks; numbers with a fraction or an exponent as doubles. @param sorted keys in order, as json_parse and casts have them; json_extract leaves them */
export const printJson = (value: Json, sorted: boolean): string => {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item) => printJson(item, sorted)).join(',')}]`;
  if (isNumber(value)) return isWhole(value) ? value.text : numberText(Number(value.text));
  const members = [...value];
  if (sorted) members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, item]) => `${quoted(key)}:${printJson(item, sorted)}`).join(',')}}`;
};
