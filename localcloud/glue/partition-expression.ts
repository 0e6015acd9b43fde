import { AwsError } from '../core/errors.ts';
import type { GlueColumn } from './glue-types.ts';

type Matcher = (values: readonly string[]) => boolean;

/**
 * GetPartitions' filter: comparisons of partition keys with literals, IN, BETWEEN, AND, OR, NOT, parentheses
 * (https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html). Number keys compare as numbers, others as text.
 * @throws AwsError InvalidInputException for what it cannot read.
 */
export const partitionFilter = (expression: string | undefined, keys: readonly GlueColumn[]): Matcher => {
  if (expression === undefined || expression.trim() === '') return () => true;
  return new ExpressionReader(expression, keys).read();
};

const NUMBER_TYPES = /^(tinyint|smallint|int|integer|bigint|long|decimal.*)$/i;

class ExpressionReader {
  private readonly text: string;
  private readonly tokens: string[];
  private readonly keys: readonly GlueColumn[];
  private at = 0;

  constructor(text: string, keys: readonly GlueColumn[]) {
    this.text = text;
    this.keys = keys;
    this.tokens = text.match(/'(?:[^']|'')*'|"[^"]*"|`[^`]*`|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|<=|>=|<>|!=|[=<>(),]/g) ?? [];
  }

  read(): Matcher {
    const matcher = this.readOr();
    if (this.at < this.tokens.length) throw this.unreadable();
    return matcher;
  }

  private readOr(): Matcher {
    const left = this.readAnd();
    if (!this.take('OR')) return left;
    const right = this.readOr();
    return (values) => left(values) || right(values);
  }

  private readAnd(): Matcher {
    const left = this.readUnary();
    if (!this.take('AND')) return left;
    const right = this.readAnd();
    return (values) => left(values) && right(values);
  }

  private readUnary(): Matcher {
    if (this.take('NOT')) {
      const inner = this.readUnary();
      return (values) => !inner(values);
    }
    if (this.take('(')) {
      const inner = this.readOr();
      this.expect(')');
      return inner;
    }
    return this.readComparison();
  }

  private readComparison(): Matcher {
    const { index, compare } = this.readKey();
    const valueOf = (values: readonly string[]): string => values[index] ?? '';
    if (this.take('IN')) {
      this.expect('(');
      const list = [this.readLiteral()];
      while (this.take(',')) list.push(this.readLiteral());
      this.expect(')');
      return (values) => list.some((item) => compare(valueOf(values), item) === 0);
    }
    if (this.take('BETWEEN')) {
      const low = this.readLiteral();
      this.expect('AND');
      const high = this.readLiteral();
      return (values) => compare(valueOf(values), low) >= 0 && compare(valueOf(values), high) <= 0;
    }
    const test = COMPARISONS[this.next()];
    if (!test) throw this.unreadable();
    const literal = this.readLiteral();
    return (values) => test(compare(valueOf(values), literal));
  }

  private readKey(): { index: number; compare: (a: string, b: string) => number } {
    const name = this.next().replaceAll(/["`]/g, '').toLowerCase();
    const index = this.keys.findIndex((key) => key.Name.toLowerCase() === name);
    const key = this.keys[index];
    if (!key) throw new AwsError('InvalidInputException', `Unknown partition key in expression: ${name}`);
    return { index, compare: NUMBER_TYPES.test(key.Type ?? 'string') ? compareNumbers : compareTexts };
  }

  private readLiteral(): string {
    const token = this.next();
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^-?\d/.test(token)) return token;
    throw this.unreadable();
  }

  private take(word: string): boolean {
    if (this.tokens[this.at]?.toUpperCase() !== word) return false;
    this.at += 1;
    return true;
  }

  private expect(word: string): void {
    if (!this.take(word)) throw this.unreadable();
  }

  private next(): string {
    const token = this.tokens[this.at];
    if (token === undefined) throw this.unreadable();
    this.at += 1;
    return token;
  }

  private unreadable(): AwsError {
    return new AwsError('InvalidInputException', `Unsupported expression '${this.text}'`);
  }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareNumbers = (a: string, b: string): number => Number(a) - Number(b);
