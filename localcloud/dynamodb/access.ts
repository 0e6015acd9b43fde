import type { Access, AccessRule } from '../core/caller.ts';
import { isObject } from '../core/json-input.ts';
import { arn } from '../core/service.ts';

type Input = Record<string, unknown>;

/** The parts of a transaction are actions of their own: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const OF_PARTS: Readonly<Record<string, string>> = { Get: 'GetItem', Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: 'ConditionCheckItem' };

const tableArn = (table: unknown, region: string): string => (String(table).startsWith('arn:') ? String(table) : arn('dynamodb', region, `table/${String(table)}`));

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
export const dynamoAccess: AccessRule<Input> = (action, input, region) => {
  if (action === 'TransactWriteItems' || action === 'TransactGetItems') return partsOf(input, region);
  return resourcesOf(action, input, region).map((resource) => ({ action: `dynamodb:${action}`, resource }));
};

const partsOf = ({ TransactItems }: Input, region: string): Access[] =>
  (Array.isArray(TransactItems) ? TransactItems.filter(isObject) : []).flatMap((item) =>
    Object.entries(item).flatMap(([part, content]) => (isObject(content) && OF_PARTS[part] ? [{ action: `dynamodb:${OF_PARTS[part]}`, resource: tableArn(content['TableName'], region) }] : [])),
  );

/** What the action itself reads: a member of another action that stands beside it names nothing. */
const resourcesOf = (action: string, { TableName, IndexName, RequestItems, ResourceArn }: Input, region: string): string[] => {
  if (action.startsWith('Batch')) return isObject(RequestItems) ? Object.keys(RequestItems).map((table) => tableArn(table, region)) : ['*'];
  if (TableName === undefined) return [typeof ResourceArn === 'string' ? ResourceArn : '*'];
  const isOnIndex = (action === 'Query' || action === 'Scan') && typeof IndexName === 'string';
  return [isOnIndex ? `${tableArn(TableName, region)}/index/${IndexName}` : tableArn(TableName, region)];
};
