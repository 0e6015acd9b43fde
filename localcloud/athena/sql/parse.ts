import { BaseErrorListener, CharStreams, CommonTokenStream, PredictionMode, Token } from 'antlr4ng';
import type { ATNSimulator, Recognizer } from 'antlr4ng';
import { TrinoSqlLexer } from 'dt-sql-parser/dist/lib/trino/TrinoSqlLexer';
import { TrinoSqlParser } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { ExpressionContext, StatementContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { SqlError } from './errors.ts';

class FirstError extends BaseErrorListener {
  error: SqlError | undefined;

  override syntaxError(_parser: Recognizer<ATNSimulator>, _symbol: Token | null, line: number, column: number, message: string): void {
    this.error ??= new SqlError('SYNTAX_ERROR', trinoWording(message), { line, column: column + 1 });
  }
}

/** ANTLR's text in Trino's form: `mismatched input 'x'. Expecting: <EOF>`. */
const trinoWording = (message: string): string => message.replace(/ expecting \{?(.*?)\}?$/s, '. Expecting: $1').replace(/^token recognition error at: /, 'mismatched input ');

/** One rule of the grammar on the whole text. Throws SqlError at the first thing that does not fit. */
const parseRule = <T>(sql: string, mode: number, rule: (parser: TrinoSqlParser) => { tree: T; ended: boolean }): { tree: T; tokens: CommonTokenStream } => {
  const errors = new FirstError();
  const lexer = new TrinoSqlLexer(CharStreams.fromString(sql));
  lexer.removeErrorListeners();
  lexer.addErrorListener(errors);
  const tokens = new CommonTokenStream(lexer);
  const parser = new TrinoSqlParser(tokens);
  parser.removeErrorListeners();
  parser.addErrorListener(errors);
  parser.interpreter.predictionMode = mode;
  const { tree, ended } = rule(parser);
  const next = tokens.LT(1);
  if (!errors.error && next && next.type !== Token.EOF) {
    const where = { line: next.line, column: next.column + 1 };
    errors.error = new SqlError('SYNTAX_ERROR', ended ? 'Only one sql statement is allowed.' : `mismatched input '${next.text ?? ''}'. Expecting: <EOF>`, where);
  }
  if (errors.error) throw errors.error;
  return { tree, tokens };
};

const statementRule = (parser: TrinoSqlParser): { tree: StatementContext; ended: boolean } => {
  const tree = parser.singleStatement();
  return { tree: tree.statement(), ended: tree.SEMICOLON() !== null };
};

/** A single expression: a parameter's value. Throws SqlError SYNTAX_ERROR. */
export const parseExpression = (sql: string): ExpressionContext => parseRule(sql, PredictionMode.LL, (parser) => ({ tree: parser.expression(), ended: false })).tree;

/** Parsing takes time with the square of the depth; what is deeper than this would end Trino's stack as well. */
const DEEPEST_NESTING = 500;

/** How deep brackets are nested, outside of texts and comments. */
const nesting = (sql: string): number => {
  let depth = 0;
  let deepest = 0;
  for (const [token] of sql.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[()[\]]/g)) {
    if (token === '(' || token === '[') deepest = Math.max(deepest, (depth += 1));
    else if (token === ')' || token === ']') depth -= 1;
  }
  return deepest;
};

export interface ParsedStatement {
  tree: StatementContext;
  /** Where the `?` stand: offsets in the text, in order. */
  parameterOffsets: number[];
}

const parsed = ({ tree, tokens }: { tree: StatementContext; tokens: CommonTokenStream }): ParsedStatement => ({
  tree,
  parameterOffsets: tokens
    .getTokens()
    .filter((token) => token.type === TrinoSqlParser.QUESTION_MARK)
    .map((token) => token.start),
});

/**
 * The parse tree of one statement by Trino's grammar. SLL prediction is twice as fast and right for nearly all texts; where it
 * fails, LL decides (https://github.com/antlr/antlr4/blob/dev/doc/faq/general.md). Throws SqlError SYNTAX_ERROR, STATEMENT_TOO_LARGE.
 */
export const parse = (sql: string): ParsedStatement => {
  const known = recent.get(sql);
  if (known) return known;
  const statement = parseAnew(sql);
  if (recent.size >= RECENT_STATEMENTS) recent.delete(recent.keys().next().value ?? '');
  recent.set(sql, statement);
  return statement;
};

/** A statement is read when it is accepted and again when it runs; a long one takes tenths of a second. */
const RECENT_STATEMENTS = 8;
const recent = new Map<string, ParsedStatement>();

const parseAnew = (sql: string): ParsedStatement => {
  if (/^(\s|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/|;)*$/.test(sql)) throw new SqlError('SYNTAX_ERROR', 'mismatched input <EOF>. Expecting: <query>', { line: 1, column: 1 });
  if (nesting(sql) > DEEPEST_NESTING) throw new SqlError('STATEMENT_TOO_LARGE', 'statement is too large (stack overflow during analysis)', { line: 1, column: 1 });
  try {
    return parsed(parseRule(sql, PredictionMode.SLL, statementRule));
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return parsed(parseRule(sql, PredictionMode.LL, statementRule));
  }
};
