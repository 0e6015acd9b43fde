import { quoteString } from '../tree.ts';
import { readJsonPath } from '../row-functions/json-path.ts';
import { InvalidArgument, RuleLimit } from './rule.ts';
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
      if (/%[DUuVwX]/.test(specifier)) throw new InvalidArgument(`${specifier} not supported in date format string`);
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

/** A literal JSON path in DuckDB's form, `$."a b"`; undefined where it is no literal or has none. Throws InvalidArgument. */
export const jsonPath = (argument: Argument | undefined): string | undefined => {
  if (argument?.text === undefined) return undefined;
  const steps = readJsonPath(argument.text);
  if (!steps) throw new InvalidArgument(`Invalid JSON path: '${argument.text}'`);
  // A number may be a key as well, and a quote has no escape in DuckDB's paths: these are left to the other way.
  if (steps.some(({ key, index }) => index !== undefined || /["*]/.test(key))) return undefined;
  return quoteString(`$${steps.map(({ key }) => `."${key}"`).join('')}`);
};
