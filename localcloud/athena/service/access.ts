import type { Access, AccessRule, Refuse } from '../../core/caller.ts';
import { AwsError } from '../../core/errors.ts';
import { arn } from '../../core/service.ts';

type Input = Record<string, unknown>;

/** Named queries and executions belong to a work group, which policies name. */
export interface WorkGroupOf {
  execution(id: string): string | undefined;
  namedQuery(id: string): string | undefined;
}

const textsIn = (...values: readonly unknown[]): string[] => values.flat().filter((value) => typeof value === 'string');

const OF_CATALOGS = /Catalog|Databases?$|TableMetadata$/;
const OF_TAGS = /^(?:TagResource|UntagResource|ListTagsForResource)$/;
const WITHOUT_RESOURCE = ['ListWorkGroups', 'ListDataCatalogs', 'ListEngineVersions'];

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html */
export const athenaAccess =
  (workGroupOf: WorkGroupOf): AccessRule<Input> =>
  (action, input, region): readonly Access[] => {
    const access = (resource: string): Access => ({ action: `athena:${action}`, resource });
    if (WITHOUT_RESOURCE.includes(action)) return [access('*')];
    if (OF_CATALOGS.test(action)) return [access(arn('athena', region, `datacatalog/${textsIn(input['CatalogName'], input['Name'])[0] ?? 'AwsDataCatalog'}`))];
    if (OF_TAGS.test(action) && typeof input['ResourceARN'] === 'string') return [access(input['ResourceARN'])];
    const given = textsIn(input['WorkGroup'], action.endsWith('WorkGroup') ? input['Name'] : undefined);
    const ofQueries = textsIn(input['QueryExecutionId'], input['QueryExecutionIds']).map((id) => workGroupOf.execution(id) ?? 'primary');
    const ofNamed = textsIn(input['NamedQueryId'], input['NamedQueryIds']).map((id) => workGroupOf.namedQuery(id) ?? 'primary');
    const groups = new Set([...given, ...ofQueries, ...ofNamed]);
    return [...(groups.size === 0 ? ['primary'] : groups)].map((group) => access(arn('athena', region, `workgroup/${group}`)));
  };

/** Athena says it in words of its own (https://github.com/metabase/metabase/issues/53377); the reason stands behind them. */
export const athenaAccessDenied: Refuse = (reason) => {
  const action = /to perform: (\S+)/.exec(reason)?.[1] ?? '';
  return new AwsError('AccessDeniedException', `You are not authorized to perform: ${action} on the resource. After your AWS administrator or you have updated your permissions, please try again. (${reason})`);
};
