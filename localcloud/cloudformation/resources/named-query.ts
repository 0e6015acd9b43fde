import type { NamedQuery } from '@aws-sdk/client-athena';
import { BatchGetNamedQueryCommand, CreateNamedQueryCommand, DeleteNamedQueryCommand, ListNamedQueriesCommand } from '@aws-sdk/client-athena';
import type { KindContext, ResourceKind } from '../kind.ts';
import { covers, requiredText } from '../kind.ts';

export const namedQuery: ResourceKind = {
  applied: ['Database', 'Description', 'Name', 'QueryString', 'WorkGroup'],
  ignored: [],
  async apply(context) {
    const Name = requiredText(context, 'Name');
    const input = { ...context.properties, Name, Database: requiredText(context, 'Database'), QueryString: requiredText(context, 'QueryString') };
    const existing = await findByName(context, Name);
    if (existing && covers(existing, context.properties)) return { ref: existing.NamedQueryId ?? '', attributes: { NamedQueryId: existing.NamedQueryId ?? '' }, status: 'unchanged' };
    // As CloudFormation does it: a saved query that changes is a new one.
    if (existing) await context.clients.athena.send(new DeleteNamedQueryCommand({ NamedQueryId: existing.NamedQueryId }));
    const { NamedQueryId = '' } = await context.clients.athena.send(new CreateNamedQueryCommand(input));
    return { ref: NamedQueryId, attributes: { NamedQueryId }, status: existing ? 'updated' : 'created' };
  },
};

/** Athena knows saved queries by id only, so they are looked through, fifty at a time. */
const findByName = async (context: KindContext, name: string): Promise<NamedQuery | undefined> => {
  const { WorkGroup } = context.properties as { WorkGroup?: string };
  let page: string | undefined;
  do {
    const { NamedQueryIds = [], NextToken } = await context.clients.athena.send(new ListNamedQueriesCommand({ WorkGroup, NextToken: page, MaxResults: 50 }));
    if (NamedQueryIds.length > 0) {
      const { NamedQueries = [] } = await context.clients.athena.send(new BatchGetNamedQueryCommand({ NamedQueryIds }));
      const found = NamedQueries.find((query) => query.Name === name);
      if (found) return found;
    }
    page = NextToken;
  } while (page !== undefined);
  return undefined;
};
