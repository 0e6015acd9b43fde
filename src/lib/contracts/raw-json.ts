/**
 * The source text of a top-level member. JSON.parse turns 35.790 into 35.79 and 2103807459595387724 into another number;
 * the contracts take numbers, and event_details, by the text the producer wrote.
 *
 * Every function here expects text that JSON.parse has already read as an object; on anything else the answer means nothing.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const WHITESPACE = /[ \t\n\r]*/y;
const SCALAR = /[^,\]} \t\n\r]*/y;
const STRUCTURE = /["{}[\]]/g;

const endOf = (sticky: RegExp, text: string, from: number): number => {
  sticky.lastIndex = from;
  sticky.test(text);
  return sticky.lastIndex;
};

/** Position after the string that opens at `from`. */
const skipString = (text: string, from: number): number => {
  for (let close = text.indexOf('"', from + 1); ; close = text.indexOf('"', close + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return close + 1;
  }
};

/** Position after the object or array that opens at `from`. */
const skipNested = (text: string, from: number): number => {
  let depth = 0;
  let at = from;
  do {
    STRUCTURE.lastIndex = at;
    const found = STRUCTURE.exec(text)?.[0];
    at = STRUCTURE.lastIndex;
    if (found === '"') at = skipString(text, at - 1);
    else depth += found === '{' || found === '[' ? 1 : -1;
  } while (depth > 0);
  return at;
};

/** Position after the value that begins at `from`. */
const skipValue = (text: string, from: number): number => {
  const first = text.charAt(from);
  if (first === '"') return skipString(text, from);
  return first === '{' || first === '[' ? skipNested(text, from) : endOf(SCALAR, text, from);
};

/** The value after the key that ends at `keyEnd`. */
const valueAfter = (text: string, keyEnd: number): { start: number; end: number } => {
  const colon = endOf(WHITESPACE, text, keyEnd);
  const start = endOf(WHITESPACE, text, colon + 1);
  return { start, end: skipValue(text, start) };
};

/** A top-level member: its name as read, key and value as the producer wrote them. */
export interface RawMember {
  name: string;
  /** With its quotes. */
  key: string;
  value: string;
}

/** All top-level members in their order; a key that stands twice comes twice. */
export const rawMembers = function* (text: string): Generator<RawMember> {
  let at = endOf(WHITESPACE, text, text.indexOf('{') + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = skipString(text, at);
    const { start, end } = valueAfter(text, keyEnd);
    const key = text.slice(at, keyEnd);
    yield { name: JSON.parse(key) as string, key, value: text.slice(start, end) };
    const comma = endOf(WHITESPACE, text, end);
    at = endOf(WHITESPACE, text, comma + 1);
  }
};

/** Of a key that stands twice the last one counts, as with JSON.parse. */
const findMember = (text: string, name: string): string | undefined => {
  let found: string | undefined;
  for (const member of rawMembers(text)) if (member.name === name) found = member.value;
  return found;
};

/**
 * The raw text of a top-level member's value. `name` is a plain word, and the parsed object has a member of that name.
 *
 * The fast way: where the quoted name stands once in the text and nothing is written as `\u…`, that one place must be
 * the member, and only its value has to be walked.
 */
export const rawMember = (text: string, name: string): string | undefined => {
  const key = `"${name}"`;
  const at = text.indexOf(key);
  if (at < 0 || text.includes('\\u') || text.includes(key, at + key.length)) return findMember(text, name);
  const { start, end } = valueAfter(text, at + key.length);
  return text.slice(start, end);
};
