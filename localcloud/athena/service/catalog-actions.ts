import type { JsonAction } from '../../core/json-protocol.ts';
import type { Input } from '../../glue/input.ts';
import { page } from '../../glue/input.ts';
import type { NamedQueries } from './named-queries.ts';
import type { PreparedStatement, PreparedStatements } from './prepared-statements.ts';
import { athenaAction, batchIds, listPage } from './query-actions.ts';
import { resourceNotFound } from './refusals.ts';
import type { WorkGroups } from './work-groups.ts';
import { describeWorkGroup, ENGINE_VERSIONS, readTags, summarizeWorkGroup } from './work-groups.ts';

/** Where MaxResults is 75 or more: https://docs.aws.amazon.com/athena/latest/APIReference/API_ListTagsForResource.html */
const tagPage = <T>(input: Input, items: readonly T[]): { items: T[]; nextToken: string | undefined } =>
  page(items, input.optionalText('NextToken'), input.optionalNumber('MaxResults') ?? 75, () => input.refuse('Invalid NextToken'));

export const workGroupActions = (groups: WorkGroups, queries: NamedQueries, prepared: PreparedStatements): Record<string, JsonAction> => ({
  CreateWorkGroup: athenaAction((input) => groups.create(input)),
  GetWorkGroup: athenaAction((input) => ({ WorkGroup: describeWorkGroup(groups.require(input.text('WorkGroup'))) })),
  UpdateWorkGroup: athenaAction((input) => groups.update(input)),
  DeleteWorkGroup: athenaAction((input) => {
    const { name } = groups.require(input.text('WorkGroup'));
    const empty = queries.list(name).length === 0 && prepared.list(name).length === 0;
    if (!empty && !input.flag('RecursiveDeleteOption')) throw input.refuse(`WorkGroup ${name} is not empty`);
    groups.delete(name);
    for (const query of queries.list(name)) queries.delete(query.NamedQueryId);
    for (const statement of prepared.list(name)) prepared.delete(name, statement.name);
  }),
  ListEngineVersions: athenaAction(() => ({ EngineVersions: ENGINE_VERSIONS })),
  TagResource: athenaAction((input) => groups.tag(input.text('ResourceARN'), readTags(input))),
  UntagResource: athenaAction((input) => groups.untag(input.text('ResourceARN'), input.texts('TagKeys'))),
  ListTagsForResource: athenaAction((input) => {
    const tags = Object.entries(groups.tags(input.text('ResourceARN'))).map(([Key, Value]) => ({ Key, Value }));
    const { items, nextToken } = tagPage(input, tags);
    return { Tags: items, NextToken: nextToken };
  }),
  ListWorkGroups: athenaAction((input) => {
    const { items, nextToken } = listPage(input, groups.list());
    return { WorkGroups: items.map(summarizeWorkGroup), NextToken: nextToken };
  }),
});

export const namedQueryActions = (queries: NamedQueries, groups: WorkGroups): Record<string, JsonAction> => ({
  CreateNamedQuery: athenaAction((input) => {
    groups.require(input.optionalText('WorkGroup') ?? 'primary');
    return { NamedQueryId: queries.create(input) };
  }),
  GetNamedQuery: athenaAction((input) => ({ NamedQuery: queries.require(input.text('NamedQueryId')) })),
  BatchGetNamedQuery: athenaAction((input) => {
    const ids = batchIds(input, 'NamedQueryIds');
    return {
      NamedQueries: ids.flatMap((id) => queries.get(id) ?? []),
      UnprocessedNamedQueryIds: ids.filter((id) => !queries.get(id)).map((id) => ({ NamedQueryId: id, ErrorCode: 'INVALID_INPUT', ErrorMessage: `NamedQuery ${id} was not found` })),
    };
  }),
  ListNamedQueries: athenaAction((input) => {
    const { items, nextToken } = listPage(input, queries.list(groups.require(input.optionalText('WorkGroup') ?? 'primary').name));
    return { NamedQueryIds: items.map((query) => query.NamedQueryId), NextToken: nextToken };
  }),
  UpdateNamedQuery: athenaAction((input) => queries.update(input)),
  DeleteNamedQuery: athenaAction((input) => queries.delete(input.text('NamedQueryId'))),
});

export const preparedStatementActions = (prepared: PreparedStatements, groups: WorkGroups, now: () => number): Record<string, JsonAction> => {
  const find = (input: Input): PreparedStatement => {
    const name = input.text('StatementName');
    const found = prepared.get(groups.require(input.text('WorkGroup')).name, name);
    if (!found) throw resourceNotFound(`PreparedStatement ${name} was not found in workGroup ${input.text('WorkGroup')}`, name);
    return found;
  };
  const put = (input: Input): void => {
    prepared.put(groups.require(input.text('WorkGroup')).name, {
      name: input.text('StatementName'),
      query: input.text('QueryStatement'),
      description: input.optionalText('Description'),
      lastModified: now() / 1000,
    });
  };
  return {
    CreatePreparedStatement: athenaAction((input) => {
      if (prepared.get(input.text('WorkGroup'), input.text('StatementName'))) throw input.refuse(`Prepared statement ${input.text('StatementName')} already exists`);
      put(input);
    }),
    UpdatePreparedStatement: athenaAction((input) => {
      find(input);
      put(input);
    }),
    GetPreparedStatement: athenaAction((input) => ({ PreparedStatement: describePrepared(input, find(input)) })),
    BatchGetPreparedStatement: athenaAction((input) => {
      const group = groups.require(input.text('WorkGroup')).name;
      const names = batchIds(input, 'PreparedStatementNames');
      return {
        PreparedStatements: names.flatMap((name) => prepared.get(group, name) ?? []).map((statement) => describePrepared(input, statement)),
        UnprocessedPreparedStatementNames: names
          .filter((name) => !prepared.get(group, name))
          .map((name) => ({ StatementName: name, ErrorCode: 'STATEMENT_NOT_FOUND', ErrorMessage: `PreparedStatement ${name} was not found in workGroup ${group}` })),
      };
    }),
    ListPreparedStatements: athenaAction((input) => {
      const { items, nextToken } = listPage(input, prepared.list(groups.require(input.text('WorkGroup')).name));
      return { PreparedStatements: items.map(({ name, lastModified }) => ({ StatementName: name, LastModifiedTime: lastModified })), NextToken: nextToken };
    }),
    DeletePreparedStatement: athenaAction((input) => {
      const { name } = find(input);
      prepared.delete(input.text('WorkGroup'), name);
    }),
  };
};

const describePrepared = (input: Input, { name, query, description, lastModified }: PreparedStatement): unknown => ({
  StatementName: name,
  QueryStatement: query,
  WorkGroupName: input.text('WorkGroup'),
  Description: description,
  LastModifiedTime: lastModified,
});
