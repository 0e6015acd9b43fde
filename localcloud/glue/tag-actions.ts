import { AwsError } from '../core/errors.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Actions } from './actions.ts';
import { action } from './actions.ts';
import type { CatalogStore } from './catalog-store.ts';
import type { Input } from './input.ts';
import { violation } from './limits.ts';

const MOST_TAGS = 50;

/**
 * Tags of databases. Of the catalog's resources these alone can have tags; tables and partitions cannot:
 * https://docs.aws.amazon.com/glue/latest/dg/monitor-tags.html
 */
export const tagActions = (catalog: CatalogStore): Actions => ({
  TagResource: action((input) => {
    const database = taggedDatabase(catalog, input);
    const tags = { ...catalog.tags(database), ...checkTags(input, 'TagsToAdd') };
    // How AWS says so is not documented for Glue.
    if (Object.keys(tags).length > MOST_TAGS) throw input.refuse(`A resource can have at most ${MOST_TAGS} tags.`);
    catalog.setTags(database, tags);
  }),
  UntagResource: action((input) => {
    const database = taggedDatabase(catalog, input);
    const gone = new Set(input.texts('TagsToRemove'));
    catalog.setTags(database, Object.fromEntries(Object.entries(catalog.tags(database)).filter(([key]) => !gone.has(key))));
  }),
  GetTags: action((input) => ({ Tags: catalog.tags(taggedDatabase(catalog, input)) })),
});

const taggedDatabase = (catalog: CatalogStore, input: Input): string => {
  const arn = input.text('ResourceArn');
  const [, account, kind, name] = /^arn:aws[\w-]*:glue:[\w-]*:(\d*):(\w+)(?:\/(.+))?$/.exec(arn) ?? [];
  if (kind !== 'database' || name === undefined) throw input.refuse(`Resource cannot be tagged: ${arn}`); // text not confirmed
  if (account !== ACCOUNT_ID) throw new AwsError('EntityNotFoundException', `Resource ${arn} not found.`);
  catalog.requireDatabase(name);
  return name;
};

/** The map in `member`, checked: https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html */
export const checkTags = (input: Input, member: string): Record<string, string> => {
  const tags: [string, string][] = Object.entries(input.raw(member) ?? {}).map(([key, value]) => {
    if (typeof value !== 'string') throw input.refuse(`${member} must be a map of strings`);
    return [key, value];
  });
  const place = member.charAt(0).toLowerCase() + member.slice(1);
  if (tags.length > MOST_TAGS) throw violation(`(${tags.length} items)`, place, `Member must have length less than or equal to ${MOST_TAGS}`);
  for (const [key, value] of tags) {
    if (key === '' || key.length > 128) throw violation(key, place, 'Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]');
    if (value.length > 256) throw violation(value, place, 'Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0]');
  }
  return Object.fromEntries(tags);
};
