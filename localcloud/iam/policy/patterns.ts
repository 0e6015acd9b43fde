import type { Keys } from './request.ts';

/** Tells whether a text is what a policy's pattern means; the keys are those of the request, for policy variables. */
export type Matcher = (text: string, keys: Keys) => boolean;

/** `${aws:username}`, `${s3:prefix, 'none'}`, and `${*}`, `${?}`, `${$}` for these characters themselves. */
const VARIABLE = /\$\{([^}]*)\}/g;
/** A policy variable, a wildcard, or text between them. */
const TOKEN = /\$\{([^}]*)\}|\*|\?|[^$*?]+|\$/g;
/** Colons before an ARN's resource part. */
const COLONS = 5;

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

type Star = (pattern: string, offset: number) => string;

const anyText: Star = () => '.*';

/**
 * In a resource's ARN a `*` stays inside its segment, unless it is the segment's last character
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html). What follows the fifth colon is one segment.
 */
const starOfResource: Star = (pattern, offset) => {
  const colons = pattern.slice(0, offset).replace(VARIABLE, '').split(':').length - 1;
  const next = pattern[offset + 1];
  return colons >= COLONS || next === undefined || next === ':' ? '.*' : '[^:]*';
};

/** A variable's value; undefined where the request has none, or more than one, and the policy gives no other. */
const valueOf = (variable: string, keys: Keys): string | undefined => {
  if (['*', '?', '$'].includes(variable)) return variable;
  const [, name = '', otherwise] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(variable) ?? [];
  const values = keys.get(name.toLowerCase());
  return values?.length === 1 ? values[0] : otherwise;
};

/** The source of the regular expression; undefined where a variable has no value: then nothing matches. */
const sourceOf = (pattern: string, star: Star, variables: boolean, keys: Keys): string | undefined => {
  let source = '';
  for (const { 0: token, 1: variable, index } of pattern.matchAll(TOKEN)) {
    if (variable !== undefined && variables) {
      const value = valueOf(variable, keys);
      if (value === undefined) return undefined;
      source += literal(value);
    } else if (token === '*') source += star(pattern, index);
    else source += token === '?' ? '.' : literal(token);
  }
  return source;
};

const matcher = (pattern: string, star: Star, options: { variables: boolean; flags?: string }): Matcher => {
  const compile = (keys: Keys): RegExp | undefined => {
    const source = sourceOf(pattern, star, options.variables, keys);
    return source === undefined ? undefined : new RegExp(`^${source}$`, `s${options.flags ?? ''}`);
  };
  if (options.variables && pattern.includes('${')) return (text, keys) => compile(keys)?.test(text) ?? false;
  const expression = compile(new Map());
  return (text) => expression?.test(text) ?? false;
};

/** `s3:Get*`: the case of actions does not matter. */
export const actionMatcher = (pattern: string): Matcher => matcher(pattern, anyText, { variables: false, flags: 'i' });

export const resourceMatcher = (pattern: string, variables: boolean): Matcher => matcher(pattern, starOfResource, { variables });

/** StringLike: `*` and `?` over any characters. */
export const textMatcher = (pattern: string, variables: boolean): Matcher => matcher(pattern, anyText, { variables });

/** StringEquals: wildcards mean themselves, variables their values. */
export const equalMatcher = (expected: string, variables: boolean, ignoreCase = false): Matcher => {
  if (!variables || !expected.includes('${')) return (text) => (ignoreCase ? text.toLowerCase() === expected.toLowerCase() : text === expected);
  const asLiterals = expected.replace(/\$\{[^}]*\}|[*?]/g, (token) => (token.length === 1 ? `\${${token}}` : token));
  return matcher(asLiterals, anyText, { variables: true, flags: ignoreCase ? 'i' : '' });
};

/** ArnLike and ArnEquals: each of the six parts by itself. */
export const arnMatcher = (pattern: string, variables: boolean): Matcher => {
  const parts = partsOf(pattern).map((part) => textMatcher(part, variables));
  return (text, keys) => {
    const actual = partsOf(text);
    return actual.length === parts.length && parts.every((part, index) => part(actual[index] ?? '', keys));
  };
};

/** At the first five colons, those inside variables not counted. */
const partsOf = (text: string): string[] => {
  const parts: string[] = [];
  let rest = text;
  for (let colons = 0; colons < COLONS; colons += 1) {
    const [part] = /^(?:\$\{[^}]*\}|[^:])*/.exec(rest) ?? [''];
    if (part.length === rest.length) break;
    parts.push(part);
    rest = rest.slice(part.length + 1);
  }
  return [...parts, rest];
};
