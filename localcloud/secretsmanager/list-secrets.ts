import { AwsError } from '../core/errors.ts';
import { objectList, optionalNumber, optionalText, requiredText, textList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { Secret } from './secrets-store.ts';

const MOST_PER_PAGE = 100;

/**
 * ListSecrets: filters, pages, and secrets that wait for their deletion where they are asked for
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html).
 * @throws AwsError InvalidNextTokenException, ValidationException; NotImplementedException for what would be passed over
 */
export const listSecrets = (all: readonly Secret[], input: JsonObject): { secrets: Secret[]; nextToken: string | undefined } => {
  for (const member of ['SortBy', 'SortOrder']) if (input[member] !== undefined) throw notHere(member);
  const filters = filtersOf(input);
  const wanted = all.filter((secret) => (secret.deletedMs === undefined || input['IncludePlannedDeletion'] === true) && filters.every((matches) => matches(secret)));
  const size = optionalNumber(input, 'MaxResults') ?? MOST_PER_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > MOST_PER_PAGE) throw new AwsError('ValidationException', `MaxResults must be from 1 to ${MOST_PER_PAGE}`);
  const from = Number(optionalText(input, 'NextToken') ?? '0');
  if (!Number.isSafeInteger(from) || from < 0) throw new AwsError('InvalidNextTokenException', 'Invalid pagination token.');
  const to = from + size;
  return { secrets: wanted.slice(from, to), nextToken: to < wanted.length ? String(to) : undefined };
};

type Matcher = (secret: Secret) => boolean;

/** A filter matches the beginning of a name, a tag's key or its value, by one of its values; all filters must match. */
const filtersOf = (input: JsonObject): Matcher[] =>
  objectList(input, 'Filters').map((filter) => {
    const key = requiredText(filter, 'Key');
    const texts = TEXTS_OF.get(key);
    if (!texts) throw notHere(`a filter by ${key}`);
    const values = textList(filter, 'Values');
    if (values.some((value) => value.startsWith('!'))) throw notHere('a negated filter');
    return (secret) => texts(secret).some((text) => values.some((value) => text.startsWith(value)));
  });

const TEXTS_OF: ReadonlyMap<string, (secret: Secret) => string[]> = new Map([
  ['name', ({ name }: Secret) => [name]],
  ['tag-key', ({ tags }: Secret) => Object.keys(tags)],
  ['tag-value', ({ tags }: Secret) => Object.values(tags)],
]);

const notHere = (what: string): AwsError => new AwsError('NotImplementedException', `Secrets Manager: ListSecrets with ${what} is not supported locally`, { status: 501 });
