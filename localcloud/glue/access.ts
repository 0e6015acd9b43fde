import type { AccessRule } from '../core/caller.ts';
import { accessTo } from '../core/caller.ts';
import { isObject } from '../core/json-input.ts';
import { arn } from '../core/service.ts';

const lower = (value: unknown): string | undefined => (typeof value === 'string' ? value.toLowerCase() : undefined);

const nameIn = (structure: unknown): string | undefined => (isObject(structure) ? lower(structure['Name']) : undefined);

/** What Glue checks for an action on a table: the catalog, the database and the table, each (https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html). */
export const catalogResources = (region: string, database?: string, table?: string): string[] => [
  arn('glue', region, 'catalog'),
  ...(database === undefined ? [] : [arn('glue', region, `database/${database}`)]),
  ...(database === undefined || table === undefined ? [] : [arn('glue', region, `table/${database}/${table}`)]),
];

const OF_TAGS = /^(?:Get|Tag|Untag)(?:Tags|Resource)$/;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html */
export const glueAccess: AccessRule<Record<string, unknown>> = accessTo('glue', (input, region, action) => {
  if (OF_TAGS.test(action) && typeof input['ResourceArn'] === 'string') return [input['ResourceArn']];
  const ofDatabase = /Databases?$/.test(action);
  const database = lower(input['DatabaseName']) ?? (ofDatabase ? (lower(input['Name']) ?? nameIn(input['DatabaseInput'])) : undefined);
  const table = lower(input['TableName']) ?? (ofDatabase ? undefined : (lower(input['Name']) ?? nameIn(input['TableInput']) ?? nameIn(openTable(input))));
  return catalogResources(region, database, action === 'GetTables' ? '*' : table);
});

/** Of CreateTable with OpenTableFormatInput the table's name stands beside it; this is where older clients put it. */
const openTable = (input: Record<string, unknown>): unknown => (isObject(input['OpenTableFormatInput']) ? input['OpenTableFormatInput']['TableInput'] : undefined);
