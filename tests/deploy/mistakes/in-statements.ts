import { misspelt } from './mistake.ts';

/** A statement's text with one mistake in it. */
export interface StatementMistake {
  kind: string;
  /** `silver/merge_events:12:7`, from 1. */
  at: string;
  text: string;
  /** Why Athena may take it all the same. */
  legal?: string | undefined;
}

interface Token {
  kind: 'word' | 'keyword' | 'placeholder' | 'number' | 'text' | 'punctuation' | 'function';
  text: string;
  offset: number;
}

const TOKEN = /(--[^\n]*)|(\$\{\w+\})|('(?:[^']|'')*')|("[^"]*")|(\d+(?:\.\d+)?)|([A-Za-z_$][\w$]*)|([(),]|<>|<=|>=|->|\|\||[-+*/=<>.;?:[\]{}])/g;

const tokensOf = (sql: string): Token[] =>
  [...sql.matchAll(TOKEN)].flatMap((match): Token[] => {
    const [text, comment, placeholder, literal, quoted, number, word] = match;
    if (comment !== undefined) return [];
    const kind = placeholder !== undefined ? 'placeholder' : literal !== undefined ? 'text' : number !== undefined ? 'number' : quoted !== undefined ? 'word' : word !== undefined ? wordKind(sql, word, match.index) : 'punctuation';
    return [{ kind, text, offset: match.index }];
  });

/** In sql/ key words are written large, names and functions small. */
const wordKind = (sql: string, word: string, offset: number): Token['kind'] => {
  if (/^[A-Z][A-Z_]*$/.test(word)) return 'keyword';
  return sql[offset + word.length] === '(' && !/\bAS\s+$|\.$/.test(sql.slice(0, offset)) ? 'function' : 'word';
};

/** Functions of DuckDB that Trino has not. */
const OF_DUCKDB = ['list', 'arg_max', 'strftime', 'string_agg', 'list_value', 'epoch_ms', 'struct_pack'];

/** Every slip of the finger in one statement. */
export const mistakesInStatement = (name: string, sql: string): StatementMistake[] => {
  const tokens = tokensOf(sql);
  return tokens.flatMap((token, index) => {
    const replaced = (text: string): string => sql.slice(0, token.offset) + text + sql.slice(token.offset + token.text.length);
    const at = `${name}:${placeOf(sql, token.offset)}`;
    const mistake = (kind: string, text: string, legal?: string): StatementMistake => ({ kind, at, text: replaced(text), legal });
    const sorts = /\b(ORDER|GROUP) BY [^()]*$/.test(sql.slice(0, token.offset));
    switch (token.kind) {
      case 'keyword':
        return [mistake('a key word misspelt', misspelt(token.text))];
      case 'function':
        return [mistake('a function misspelt', misspelt(token.text)), mistake('a function of DuckDB alone', OF_DUCKDB[index % OF_DUCKDB.length] ?? 'list')];
      case 'word':
        return [mistake('a name misspelt', misspeltName(token.text), legalName(sql.slice(0, token.offset), tokens[index - 1], tokens[index + 1]))];
      case 'placeholder':
        return [mistake('a placeholder misspelt', `\${${misspelt(token.text.slice(2, -1))}}`), mistake('a placeholder of another kind', '1.5', 'any number may stand there')];
      case 'number':
        return [mistake('a text for a number', `'${token.text}'`, sorts ? 'a sort may be by a constant' : undefined)];
      case 'text':
        return [mistake('a number for a text', '5'), mistake('a quote missing', token.text.slice(0, -1))];
      case 'punctuation':
        return token.text === ',' ? [mistake('a comma removed', '', 'what follows names what it follows'), ...itemRemoved(sql, tokens, index, at)] : [mistake(/[()]/.test(token.text) ? 'a bracket removed' : 'a sign removed', '', legalWithout(token.text, tokens[index + 1]))];
    }
  });
};

/** Fields of contenders are unnested by position: every statement gives them names of its own. */
const legalName = (before: string, previous: Token | undefined, next: Token | undefined): string | undefined => {
  if (previous?.text === 'AS') return 'what is answered may be called anything';
  const isField = next?.text === ':' || (/^[(,]$/.test(previous?.text ?? '') && /\bAS ROW\((?:[^()]|\([^()]*\))*$/.test(before));
  return isField ? 'fields of a row are told apart by position' : undefined;
};

const legalWithout = (sign: string, next: Token | undefined): string | undefined => {
  if (sign === '*' && next?.text === ')') return 'count() counts what count(*) counts';
  return sign === '-' && (next?.kind === 'number' || next?.kind === 'placeholder') ? 'a number may have either sign' : undefined;
};

/** A name of a list of names, with its comma: a column of INSERT, of VALUES or of GROUP BY. */
const itemRemoved = (sql: string, tokens: readonly Token[], index: number, at: string): StatementMistake[] => {
  const end = tokens.findIndex(({ text }, place) => place > index && !/^[\w.]+$/.test(text));
  const next = tokens[end];
  const comma = tokens[index];
  if (!next || !comma || end === index + 1 || !/^[,)]$/.test(next.text)) return [];
  return [{ kind: 'an item removed from a list', at, text: sql.slice(0, comma.offset) + sql.slice(next.offset), legal: 'the list may be shorter' }];
};

const misspeltName = (name: string): string => (name.startsWith('"') ? `"${misspelt(name.slice(1, -1))}"` : misspelt(name));

const placeOf = (sql: string, offset: number): string => {
  const before = sql.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
};
