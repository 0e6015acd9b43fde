import type { Access } from '../core/caller.ts';
import { arn } from '../core/service.ts';

/** Path patterns by method and the IAM action they are: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
const ACTIONS: readonly [RegExp, string][] = [
  [/^POST \/2015-03-31\/functions\/[^/]+\/invocations$/, 'InvokeFunction'],
  [/^GET \/2015-03-31\/functions\/[^/]+\/configuration$/, 'GetFunctionConfiguration'],
  [/^GET \/2015-03-31\/functions\/[^/]+$/, 'GetFunction'],
  [/^GET \/2015-03-31\/functions\/?$/, 'ListFunctions'],
  [/^PUT .*\/event-invoke-config$/, 'PutFunctionEventInvokeConfig'],
  [/^POST .*\/event-invoke-config$/, 'UpdateFunctionEventInvokeConfig'],
  [/^GET .*\/event-invoke-config$/, 'GetFunctionEventInvokeConfig'],
  [/^DELETE .*\/event-invoke-config$/, 'DeleteFunctionEventInvokeConfig'],
  [/^POST \/2015-03-31\/event-source-mappings\/?$/, 'CreateEventSourceMapping'],
  [/^PUT \/2015-03-31\/event-source-mappings\//, 'UpdateEventSourceMapping'],
  [/^GET \/2015-03-31\/event-source-mappings\/./, 'GetEventSourceMapping'],
  [/^GET \/2015-03-31\/event-source-mappings\/?$/, 'ListEventSourceMappings'],
  [/^DELETE \/2015-03-31\/event-source-mappings\//, 'DeleteEventSourceMapping'],
];

const NAMED = /\/functions\/([^/]+)/;
/** `123456789012:function:name`: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const PARTIAL_ARN = /^(?:\d{12}:)?function:/;

/** What a request to Lambda's API asks of policies; nothing where there is no such action. */
export const lambdaAccess = (method: string, pathname: string, region: string): Access[] => {
  const action = ACTIONS.find(([pattern]) => pattern.test(`${method} ${pathname}`))?.[1];
  const name = decodeURIComponent(NAMED.exec(pathname)?.[1] ?? '').replace(PARTIAL_ARN, '');
  const resource = name === '' ? '*' : name.startsWith('arn:') ? name : arn('lambda', region, `function:${name}`);
  return action === undefined ? [] : [{ action: `lambda:${action}`, resource }];
};
