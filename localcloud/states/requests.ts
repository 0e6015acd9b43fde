import { AwsError } from '../core/errors.ts';
import { optionalNumber, optionalText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';

const PAGE = 100;
const MAX_PAGE = 1_000;

/** Names of state machines and executions. */
export const isName = (name: string): boolean => /^[A-Za-z0-9_.+-]{1,80}$/.test(name) && !name.startsWith('.');

/** A page by maxResults (0: the default of 100) and nextToken, the place to go on from. Throws InvalidToken. */
export const page = <T>(items: readonly T[], input: JsonObject): { items: T[]; next: { nextToken?: string } } => {
  const token = optionalText(input, 'nextToken') ?? '0';
  if (!/^\d{1,9}$/.test(token)) throw new AwsError('InvalidToken', `Invalid Token: 'Invalid token'`);
  const size = optionalNumber(input, 'maxResults') ?? 0;
  if (size < 0 || size > MAX_PAGE) throw new AwsError('ValidationException', `1 validation error detected: Value '${size}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to ${MAX_PAGE}`);
  const from = Number(token);
  const to = from + (size > 0 ? size : PAGE);
  return { items: items.slice(from, to), next: to < items.length ? { nextToken: String(to) } : {} };
};
