import { AthenaFailure } from '../failure.ts';

export type TokenKind = 'word' | 'quoted' | 'backquoted' | 'string' | 'number' | 'symbol' | 'end';

export interface Token {
  kind: TokenKind;
  /** As written; for quoted names and strings without the quotes. */
  text: string;
  /** Offsets in the statement. */
  start: number;
  end: number;
}

const PATTERN = /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<backquoted>`(?:[^`]|``)*`)|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_][\w$]*)|(?<symbol><>|!=|<=|>=|\|\||->|[^\s\w'"`])/gy;

/** A syntax error as Athena words it: `line 1:8: mismatched input 'X'. Expecting: …`. Such a statement is rejected before it becomes a query. */
export class StatementSyntaxError extends AthenaFailure {
  constructor(sql: string, offset: number, text: string) {
    super('SYNTAX_ERROR', `SYNTAX_ERROR: ${positionOf(sql, offset)}: ${text}`);
  }
}

/** `line 1:8` of an offset. */
export const positionOf = (sql: string, offset: number): string => {
  const before = sql.slice(0, offset).split('\n');
  return `line ${before.length}:${(before.at(-1) ?? '').length + 1}`;
};

/** The words of a statement, comments left out, ended by a token of kind `end`. */
export const tokenize = (sql: string): Token[] => {
  const tokens: Token[] = [];
  const pattern = new RegExp(PATTERN);
  let at = 0;
  while (at < sql.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (!match) throw new StatementSyntaxError(sql, at, `extraneous input '${sql.slice(at, at + 10)}'`);
    const token = tokenOf(match, at);
    if (token) tokens.push(token);
    at += match[0].length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: sql.length, end: sql.length });
  return tokens;
};

const tokenOf = (match: RegExpExecArray, start: number): Token | undefined => {
  const text = match[0];
  const end = start + text.length;
  const { string, quoted, backquoted, number, word, symbol } = match.groups ?? {};
  if (string !== undefined) return { kind: 'string', text: text.slice(1, -1).replaceAll("''", "'"), start, end };
  if (quoted !== undefined) return { kind: 'quoted', text: text.slice(1, -1).replaceAll('""', '"'), start, end };
  if (backquoted !== undefined) return { kind: 'backquoted', text: text.slice(1, -1).replaceAll('``', '`'), start, end };
  if (number !== undefined) return { kind: 'number', text, start, end };
  if (word !== undefined) return { kind: 'word', text, start, end };
  if (symbol !== undefined) return { kind: 'symbol', text, start, end };
  return undefined;
};
