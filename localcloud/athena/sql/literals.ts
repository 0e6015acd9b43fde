import type { ParserRuleContext } from 'antlr4ng';
import { DecimalLiteralContext, DoubleLiteralContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { IntervalContext, NumberContext, TypeConstructorContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { Typed } from './scope.ts';
import { errorAt, identifierName, notSupported, quoteString, stringValue } from './tree.ts';
import { parseTypeText } from './type-text.ts';
import { BIGINT, DATE, DOUBLE, INTEGER, JSON_TYPE, duckType, isIntegral, scalar, timestamp, timestampIn } from './types.ts';

/** `1` is an integer, `3000000000` a bigint, `1.5` a decimal, `1e0` a double. */
export const numberLiteral = (node: NumberContext): Typed => {
  const value = node.getText();
  const literal = { type: 'number' as const, value };
  if (node instanceof DoubleLiteralContext) return { sql: value, type: DOUBLE, literal };
  if (node instanceof DecimalLiteralContext) return { sql: decimalSql(value), type: decimalType(value), literal };
  if (!/^-?\d+$/.test(value)) throw errorAt(node, 'SYNTAX_ERROR', 'identifiers must not start with a digit; surround the identifier with double quotes');
  const number = BigInt(value);
  if (BigInt.asIntN(64, number) !== number) throw errorAt(node, 'SYNTAX_ERROR', `Invalid numeric literal: ${value}`);
  const type = BigInt.asIntN(32, number) === number ? INTEGER : BIGINT;
  // The least integer's digits alone are a wider number to DuckDB.
  return { sql: number < 0n ? `CAST(${value} AS ${duckType(type)})` : value, type, literal };
};

const decimalType = (text: string): { kind: 'decimal'; precision: number; scale: number } => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const digits = whole.replace(/^0+/, '').length + fraction.length;
  return { kind: 'decimal', precision: Math.max(1, digits), scale: fraction.length };
};

const decimalSql = (text: string): string => `CAST(${quoteString(text)} AS ${duckType(decimalType(text))})`;

export const stringLiteral = (value: string): Typed => ({
  // Cast, since DuckDB's bare literal would become a date or a number wherever one is wanted.
  sql: `CAST(${quoteString(value)} AS VARCHAR)`,
  type: { kind: 'varchar', length: Array.from(value).length },
  literal: { type: 'string', value },
});

const invalid = (node: ParserRuleContext, value: string, type: string): Error => errorAt(node, 'INVALID_LITERAL', `'${value}' is not a valid ${type} literal`);

/** A text as a date literal; undefined where it is none. */
export const dateLiteral = (text: string): Typed | undefined => {
  const match = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = ''] = match;
  const value = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const date = new Date(`${value}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== value ? undefined : { sql: `DATE '${value}'`, type: DATE, literal: { type: 'date', value } };
};

/** A text as a timestamp literal, with or without a zone; undefined where it is none. Its precision is its digits'. */
export const timestampLiteral = (text: string): Typed | undefined => {
  if (/\.\d{7,}/.test(text)) return undefined;
  const match = /^\s*(\d{4}-\d{1,2}-\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?)?(?:\s*(Z|[+-]\d\d:\d\d)|\s+([A-Za-z_]+(?:\/[A-Za-z_]+)*))?\s*$/.exec(text);
  const day = match && dateLiteral(match[1] ?? '')?.literal?.value;
  if (!match || day === undefined) return undefined;
  const [, , hour = '0', minute = '0', second = '0', fraction = '', offset, zone] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const clock = [hour, minute, second].map((part) => part.padStart(2, '0')).join(':');
  const value = `${day} ${clock}${fraction === '' ? '' : `.${fraction}`}`;
  const named = offset === 'Z' || offset === '+00:00' || (zone !== undefined && /^(?:UTC|GMT|UT)$/i.test(zone)) ? 'UTC' : (offset ?? zone);
  if (named !== undefined) return { sql: `TIMESTAMPTZ ${quoteString(value + (named === 'UTC' ? '+00:00' : (offset ?? ` ${named}`)))}`, type: timestampIn(fraction.length, named) };
  return { sql: `TIMESTAMP '${value}'`, type: timestamp(fraction.length), literal: { type: 'timestamp', value } };
};

/** `DATE '…'`, `TIMESTAMP '…'`, `DECIMAL '…'`, `JSON '…'`, and any other type before a text. */
export const typedLiteral = (node: TypeConstructorContext): Typed => {
  const value = stringValue(node.string());
  const identifier = node.identifier();
  const name = identifier ? identifierName(identifier) : 'double';
  switch (name) {
    case 'date':
    case 'timestamp': {
      const literal = name === 'date' ? dateLiteral(value) : timestampLiteral(value);
      if (!literal && /\.\d{7,12}\D*$/.test(value)) throw notSupported(node, 'A timestamp of more than six digits behind the second');
      if (!literal) throw invalid(node, value, name);
      return literal;
    }
    case 'decimal':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value)) throw invalid(node, value, name);
      return { sql: decimalSql(value), type: decimalType(value), literal: { type: 'number', value } };
    case 'json':
      return { sql: `t_json_parse(${quoteString(value)})`, type: JSON_TYPE };
    case 'varchar':
      return stringLiteral(value);
    default: {
      const type = parseTypeText(name);
      if (!type) throw notSupported(node, `Literal ${name}`);
      if (isIntegral(type) && !fitsInteger(value, type.kind)) throw invalid(node, value, name);
      return { sql: `CAST(${quoteString(value)} AS ${duckType(type)})`, type };
    }
  }
};

const INTEGER_BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, integer: 32, bigint: 64 };

const fitsInteger = (text: string, kind: string): boolean => /^[+-]?\d+$/.test(text) && BigInt.asIntN(INTEGER_BITS[kind] ?? 64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', ''));

const YEAR_MONTH = ['YEAR', 'MONTH'];

/** `INTERVAL '1' DAY`, `INTERVAL '1-2' YEAR TO MONTH`, `INTERVAL '1 02:03' DAY TO MINUTE`. */
export const intervalLiteral = (node: IntervalContext): Typed => {
  const value = stringValue(node.string());
  const [from = '', to] = node.intervalField().map((field) => field.getText().toUpperCase());
  const sign = node.MINUS() ? '-' : '';
  const type = scalar(YEAR_MONTH.includes(from) ? 'interval year to month' : 'interval day to second');
  if (to === undefined) {
    const pattern = from === 'SECOND' ? /^[+-]?\d+(\.\d+)?$/ : /^[+-]?\d+$/;
    if (!pattern.test(value)) throw invalid(node, value, 'interval');
    return { sql: `(INTERVAL ${quoteString(`${sign}${value} ${from}`.replace('--', ''))})`, type };
  }
  const months = /^(\d+)-(\d+)$/.exec(value);
  if (from === 'YEAR' && to === 'MONTH' && months) return { sql: `to_months(${sign}${Number(months[1]) * 12 + Number(months[2])})`, type };
  const milliseconds = clockMilliseconds(value, from, to);
  if (milliseconds === undefined) throw invalid(node, value, 'interval');
  return { sql: `t_interval('millisecond', CAST(${sign}${milliseconds} AS BIGINT))`, type };
};

const CLOCK_FIELDS = ['DAY', 'HOUR', 'MINUTE', 'SECOND'];
const CLOCK_MS = [86_400_000, 3_600_000, 60_000, 1000];

/** `1 02:03:04.5` from DAY to SECOND, or a part of it; undefined where the text has not that form. */
const clockMilliseconds = (value: string, from: string, to: string): number | undefined => {
  const [first, last] = [CLOCK_FIELDS.indexOf(from), CLOCK_FIELDS.indexOf(to)];
  if (first < 0 || last <= first) return undefined;
  const forms = ['(\\d+)', '(\\d+)', '(\\d+)', '(\\d+(?:\\.\\d{1,3})?)'].slice(first, last + 1);
  const pattern = forms.reduce((text, form, index) => text + (index === 0 ? '' : first + index === 1 ? ' ' : ':') + form, '');
  const parts = new RegExp(`^${pattern}$`).exec(value);
  return parts?.slice(1).reduce((sum, part, index) => sum + Math.round(Number(part) * (CLOCK_MS[first + index] ?? 0)), 0);
};
