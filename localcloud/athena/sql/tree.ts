import { ParserRuleContext, TerminalNode } from 'antlr4ng';
import type { ParseTree } from 'antlr4ng';
import {
  BackQuotedIdentifierContext,
  BasicStringLiteralContext,
  DigitIdentifierContext,
  QuotedIdentifierContext,
  UnicodeStringLiteralContext,
} from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { IdentifierContext, QualifiedNameContext, StringContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import { SqlError } from './errors.ts';
import type { SqlErrorName } from './errors.ts';

/** Helpers to read the parse tree. */

/** An error at a node's place in the statement. */
export const errorAt = (node: ParserRuleContext, name: SqlErrorName, message: string): SqlError =>
  new SqlError(name, message, node.start ? { line: node.start.line, column: node.start.column + 1 } : {});

/** What Athena has, or may have, and this engine has not. */
export const notSupported = (node: ParserRuleContext, what: string): SqlError => errorAt(node, 'NOT_SUPPORTED', `${what} is not supported locally`);

/** `"name"` with quotes doubled, for DuckDB. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteString = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as Trino compares it: in lower case, without quotes. */
export const identifierName = (node: IdentifierContext): string => {
  if (node instanceof BackQuotedIdentifierContext) throw errorAt(node, 'SYNTAX_ERROR', 'backquoted identifiers are not supported; use double quotes to quote identifiers');
  if (node instanceof DigitIdentifierContext) throw errorAt(node, 'SYNTAX_ERROR', 'identifiers must not start with a digit; surround the identifier with double quotes');
  const text = node.getText();
  return (node instanceof QuotedIdentifierContext ? text.slice(1, -1).replaceAll('""', '"') : text).toLowerCase();
};

export const nameParts = (node: QualifiedNameContext): string[] => node.identifier().map(identifierName);

/** The text a string literal stands for. */
export const stringValue = (node: StringContext): string => {
  if (node instanceof BasicStringLiteralContext) return node.getText().slice(1, -1).replaceAll("''", "'");
  if (!(node instanceof UnicodeStringLiteralContext) || node.KW_UESCAPE()) throw notSupported(node, 'UESCAPE');
  const text = node.UNICODE_STRING().getText().slice(3, -1).replaceAll("''", "'");
  return text.replace(/\\(?:\\|\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4}))/g, (whole, six: string | undefined, four: string | undefined) => (whole === '\\\\' ? '\\' : String.fromCodePoint(parseInt(six ?? four ?? '', 16))));
};

/** A node without the nodes around it that have only this one child: the expression grammar's ladder. */
export const unwrap = (node: ParserRuleContext): ParserRuleContext => {
  const only = node.getChildCount() === 1 ? node.getChild(0) : null;
  return only instanceof ParserRuleContext ? unwrap(only) : node;
};

/** Whether a keyword stands directly in a node. */
export const hasKeyword = (node: ParserRuleContext, keyword: string): boolean =>
  (node.children ?? []).some((child: ParseTree) => child instanceof TerminalNode && child.getText().toUpperCase() === keyword);
