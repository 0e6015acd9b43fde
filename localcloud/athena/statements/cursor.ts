import type { HiveType, TypeWords } from '../hive-types.ts';
import { readHiveType, TypeTextError } from '../hive-types.ts';
import type { ColumnDefinition, NameParts, PropertyValue } from './model.ts';
import { isReserved } from './reserved-words.ts';
import type { Token } from './tokens.ts';
import { StatementSyntaxError, tokenize } from './tokens.ts';

/** How names are quoted: DDL with backticks, what Trino parses with double quotes. */
export type Quoting = 'ddl' | 'dml';

/** Reads a statement word by word. Every failure is a {@link StatementSyntaxError} at the word it stands on. */
export class Cursor {
  readonly sql: string;
  private readonly tokens: readonly Token[];
  private readonly quoting: Quoting;
  private at = 0;

  constructor(sql: string, quoting: Quoting, tokens: readonly Token[] = tokenize(sql)) {
    this.sql = sql;
    this.tokens = tokens;
    this.quoting = quoting;
  }

  get token(): Token {
    // The last token is the end, and nothing reads past it.
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] ?? { kind: 'end', text: '<EOF>', start: this.sql.length, end: this.sql.length };
  }

  /** The words to come are these keywords. */
  is(...words: string[]): boolean {
    return words.every((word, index) => {
      const token = this.tokens[this.at + index];
      return (token?.kind === 'word' || token?.kind === 'symbol') && token.text.toUpperCase() === word;
    });
  }

  take(...words: string[]): boolean {
    if (!this.is(...words)) return false;
    this.at += words.length;
    return true;
  }

  expect(...words: string[]): void {
    for (const word of words) if (!this.take(word)) throw this.mismatch(`'${word}'`);
  }

  /** Nothing may follow but one semicolon. */
  expectEnd(): void {
    this.take(';');
    if (this.token.kind !== 'end') throw this.mismatch('<EOF>');
  }

  mismatch(expected: string): StatementSyntaxError {
    return this.failure(`mismatched input '${this.token.text}'. Expecting: ${expected}`);
  }

  failure(text: string): StatementSyntaxError {
    return new StatementSyntaxError(this.sql, this.token.start, text);
  }

  /** A name in lower case, as the catalog keeps names. */
  identifier(): string {
    const token = this.token;
    if (token.kind === 'quoted' && this.quoting === 'ddl') throw this.failure(`mismatched input '"${token.text}"'. Expecting: <identifier>`);
    if (token.kind === 'backquoted' && this.quoting === 'dml') throw this.failure('backquoted identifiers are not supported; use double quotes to quote identifiers');
    if (token.kind !== 'word' && token.kind !== 'quoted' && token.kind !== 'backquoted') throw this.mismatch('<identifier>');
    // Athena: `no viable alternative at input 'create external table …'`; which of the words before are in the text is not confirmed.
    if (token.kind === 'word' && this.quoting === 'ddl' && (isReserved(token.text) || token.text.startsWith('_'))) throw this.failure(`no viable alternative at input '${token.text}'`);
    this.at += 1;
    return token.text.toLowerCase();
  }

  /** Takes a word, reserved or not, that stands before this symbol; undefined where none does. In lower case. */
  wordBefore(symbol: string): string | undefined {
    const { kind, text } = this.token;
    const next = this.tokens[this.at + 1];
    if (kind !== 'word' || next?.kind !== 'symbol' || next.text !== symbol) return undefined;
    this.at += 1;
    return text.toLowerCase();
  }

  name(): NameParts {
    const parts = [this.identifier()];
    while (this.take('.')) parts.push(this.identifier());
    if (parts.length > 3) throw this.failure(`Too many dots in table name: ${parts.join('.')}`);
    return parts;
  }

  string(): string {
    const token = this.token;
    // Hive takes double-quoted strings too.
    if (token.kind !== 'string' && !(token.kind === 'quoted' && this.quoting === 'ddl')) throw this.mismatch('<string>');
    this.at += 1;
    return this.quoting === 'ddl' ? unescapedString(token.text) : token.text;
  }

  optionalString(): string | undefined {
    return this.token.kind === 'string' ? this.string() : undefined;
  }

  integer(): number {
    const token = this.token;
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw this.mismatch('<integer>');
    this.at += 1;
    return Number(token.text);
  }

  /** `( item, item, … )` */
  list<T>(read: () => T): T[] {
    this.expect('(');
    const items = [read()];
    while (this.take(',')) items.push(read());
    this.expect(')');
    return items;
  }

  /** `('key' = 'value', …)` */
  properties(): Record<string, string> {
    return Object.fromEntries(
      this.list((): [string, string] => {
        const key = this.string();
        this.expect('=');
        return [key, this.string()];
      }),
    );
  }

  /** `(format = 'PARQUET', partitioning = ARRAY['day(ts)'])` */
  typedProperties(): Record<string, PropertyValue> {
    return Object.fromEntries(
      this.list((): [string, PropertyValue] => {
        const key = this.identifier();
        this.expect('=');
        return [key, this.propertyValue()];
      }),
    );
  }

  private propertyValue(): PropertyValue {
    if (this.take('TRUE')) return true;
    if (this.take('FALSE')) return false;
    if (this.token.kind === 'number') return this.integer();
    if (!this.take('ARRAY')) return this.string();
    this.expect('[');
    const items: string[] = [];
    while (!this.take(']')) {
      if (items.length > 0) this.expect(',');
      items.push(this.string());
    }
    return items;
  }

  type(): HiveType {
    const words: TypeWords = {
      next: () => {
        const { kind, text } = this.token;
        if (kind !== 'end') this.at += 1;
        if (kind === 'string') throw new TypeTextError(`unexpected '${text}' in a type`);
        return text.toLowerCase();
      },
      peek: () => this.token.text.toLowerCase(),
    };
    const start = this.at;
    try {
      return readHiveType(words);
    } catch (error) {
      if (!(error instanceof TypeTextError)) throw error;
      this.at = Math.max(start, this.at - 1);
      throw this.failure(error.message);
    }
  }

  columnDefinition(): ColumnDefinition {
    const name = this.identifier();
    this.take(':');
    const type = this.type();
    if (this.is('NOT', 'NULL')) throw this.failure("mismatched input 'NOT'. Expecting: ',', ')', 'COMMENT'");
    return { name, type, comment: this.take('COMMENT') ? this.string() : undefined };
  }

  /** The rest of the statement without its closing semicolon, as written. */
  rest(): string {
    const from = this.token.start;
    let last = this.tokens.length - 2;
    if (this.tokens[last]?.text === ';' && this.tokens[last]?.kind === 'symbol') last -= 1;
    const end = this.tokens[last]?.end ?? from;
    this.at = this.tokens.length - 1;
    return this.sql.slice(from, Math.max(from, end));
  }

  /** {@link rest}, at its place: what stands before becomes blank. */
  restInPlace(): string {
    const from = this.token.start;
    return this.blankBefore(from) + this.rest();
  }

  /** What stands within parentheses that open here, at its place. */
  parenthesizedInPlace(): string {
    this.expect('(');
    const from = this.token.start;
    for (let depth = 1; this.token.kind !== 'end'; this.at += 1) {
      if (this.is('(')) depth += 1;
      if (this.is(')')) depth -= 1;
      if (depth === 0) {
        const end = this.token.start;
        this.at += 1;
        return this.blankBefore(from) + this.sql.slice(from, end);
      }
    }
    throw this.mismatch("')'");
  }

  /** Texts between commas that stand in no bracket, up to the end. */
  commaSeparatedRest(): string[] {
    const items: string[] = [];
    let depth = 0;
    let from = this.token.start;
    let end = from;
    for (; this.token.kind !== 'end' && !this.is(';'); this.at += 1) {
      const { kind, text } = this.token;
      if (kind === 'symbol' && '([{'.includes(text)) depth += 1;
      if (kind === 'symbol' && ')]}'.includes(text)) depth -= 1;
      if (kind === 'symbol' && text === ',' && depth === 0) {
        items.push(this.sql.slice(from, end).trim());
        from = this.token.end;
      }
      end = this.token.end;
    }
    items.push(this.sql.slice(from, end).trim());
    return items;
  }

  private blankBefore(offset: number): string {
    return this.sql.slice(0, offset).replaceAll(/[^\n]/g, ' ');
  }
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', Z: '\u001a', '0': '\0' };

/** Hive's strings hold escapes, Trino's do not: `'\t'`, `'\001'`, `'\\'` (org.apache.hadoop.hive.ql.parse.BaseSemanticAnalyzer, unescapeSQLString). */
const unescapedString = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9A-Fa-f]{4})|([0-1][0-7]{2})|([%_])|([\s\S]))/g, (match, unicode: string | undefined, octal: string | undefined, pattern: string | undefined, other: string | undefined) => {
    if (unicode !== undefined) return String.fromCodePoint(Number.parseInt(unicode, 16));
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    return pattern === undefined ? (ESCAPES[other ?? ''] ?? other ?? '') : match;
  });
