import { quoteString } from '../tree.ts';
import { RuleLimit } from './rule.ts';
import type { Argument } from './rule.ts';

/** MySQL's date format, Trino's date_format and date_parse (https://trino.io/docs/current/functions/datetime.html), in strftime's. */
const MYSQL: Record<string, string> = {
  '%a': '%a', '%b': '%b', '%c': '%-m', '%d': '%d', '%e': '%-d', '%f': '%f', '%H': '%H', '%h': '%I', '%I': '%I', '%i': '%M', '%j': '%j', '%k': '%-H',
  '%l': '%-I', '%M': '%B', '%m': '%m', '%p': '%p', '%r': '%I:%M:%S %p', '%S': '%S', '%s': '%S', '%T': '%H:%M:%S', '%v': '%V', '%W': '%A', '%x': '%G', '%Y': '%Y', '%y': '%y', '%%': '%%',
};

/** Joda's format, Trino's format_datetime and parse_datetime. */
const JODA: Record<string, string> = {
  yyyy: '%Y', YYYY: '%Y', xxxx: '%G', yy: '%y', MM: '%m', M: '%-m', MMM: '%b', MMMM: '%B', dd: '%d', d: '%-d', HH: '%H', H: '%-H', hh: '%I', h: '%-I', mm: '%M', m: '%-M', ss: '%S', s: '%-S',
  SSS: '%g', SSSSSS: '%f', EEE: '%a', EEEE: '%A', DDD: '%j', ww: '%V', a: '%p',
};

const literalFormat = (argument: Argument | undefined): string => {
  if (argument?.text === undefined) throw new RuleLimit('a format that is no literal');
  return argument.text;
};

/** A literal format as a strftime string literal. Throws RuleLimit on a specifier there is no counterpart for. */
export const mysqlFormat = (argument: Argument | undefined): string =>
  quoteString(
    literalFormat(argument).replace(/%./g, (specifier) => {
      const found = MYSQL[specifier];
      if (found === undefined) throw new RuleLimit(`format ${specifier}`);
      return found;
    }),
  );

export const jodaFormat = (argument: Argument | undefined): string => {
  const parts = literalFormat(argument).match(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']+/g) ?? [];
  const printed = parts.map((part) => {
    if (part.startsWith("'")) return part === "''" ? "'" : part.slice(1, -1).replaceAll('%', '%%');
    if (!/^[A-Za-z]/.test(part)) return part.replaceAll('%', '%%');
    const found = JODA[part];
    if (found === undefined) throw new RuleLimit(`format ${part}`);
    return found;
  });
  return quoteString(printed.join(''));
};

/** A literal JSON path in DuckDB's form: `$["a b"]` becomes `$."a b"`. */
export const jsonPath = (argument: Argument | undefined): string => {
  const path = argument?.text;
  if (path === undefined) throw new RuleLimit('a JSON path that is no literal');
  if (!/^\$(\.[A-Za-z_][A-Za-z0-9_]*|\[\d+\]|\["[^"]+"\])*$/.test(path)) throw new RuleLimit(`the JSON path ${path}`);
  return quoteString(path.replace(/\.([A-Za-z_][A-Za-z0-9_]*)/g, '."$1"').replace(/\["([^"]+)"\]/g, '."$1"'));
};
