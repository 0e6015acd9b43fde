import type { Actions } from './actions.ts';
import { action, listed, refuseMembers } from './actions.ts';
import type { CatalogStore } from './catalog-store.ts';
import type { GlueDatabaseInput } from './glue-types.ts';
import type { Input } from './input.ts';
import { checkDescribed } from './limits.ts';
import { checkTags } from './tag-actions.ts';

export const databaseActions = (catalog: CatalogStore): Actions => ({
  CreateDatabase: action((input) => {
    const database = databaseInput(input);
    const tags = checkTags(input, 'Tags');
    catalog.createDatabase(database);
    if (Object.keys(tags).length > 0) catalog.setTags(database.Name, tags);
  }),
  GetDatabase: action((input) => ({ Database: catalog.requireDatabase(input.text('Name')) })),
  GetDatabases: action((input) => {
    refuseMembers(input, 'GetDatabases', ['AttributesToGet']);
    const { items, nextToken } = listed(input, catalog.databases(), 100);
    return { DatabaseList: items, NextToken: nextToken };
  }),
  UpdateDatabase: action((input) => catalog.updateDatabase(input.text('Name'), databaseInput(input))),
  DeleteDatabase: action((input) => catalog.deleteDatabase(input.text('Name'))),
});

const databaseInput = (input: Input): GlueDatabaseInput => {
  const given = input.structure('DatabaseInput');
  checkDescribed(given, 'database');
  return { ...given.all(), Name: given.text('Name') };
};
