import type { Shape } from './handlers.ts';

const membersOf = (...names: readonly string[]): Shape => Object.fromEntries(names.map((name) => [name, undefined]));

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html */
const QUERY_EXECUTION = membersOf(
  'EngineVersion', 'ExecutionParameters', 'ManagedQueryResultsConfiguration', 'Query', 'QueryExecutionContext', 'QueryExecutionId', 'QueryResultsS3AccessGrantsConfiguration',
  'ResultConfiguration', 'ResultReuseConfiguration', 'StatementType', 'Statistics', 'Status', 'SubstatementType', 'WorkGroup',
);

/** What a service integration takes and gives: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html */
export interface Integration {
  required: readonly string[];
  optional: readonly string[];
  answers: Shape;
}

export const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  'arn:aws:states:::lambda:invoke': { required: ['FunctionName'], optional: ['Payload', 'Qualifier', 'InvocationType', 'ClientContext', 'LogType'], answers: membersOf('Payload', 'StatusCode', 'ExecutedVersion', 'FunctionError', 'LogResult') },
  // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
  'arn:aws:states:::sns:publish': { required: ['Message', 'TopicArn'], optional: ['Subject', 'MessageAttributes', 'MessageStructure', 'MessageDeduplicationId', 'MessageGroupId'], answers: membersOf('MessageId', 'SequenceNumber') },
  // https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html; a workgroup that is not named is another one
  'arn:aws:states:::athena:startQueryExecution.sync': {
    required: ['QueryString', 'WorkGroup'], optional: ['ClientRequestToken', 'QueryExecutionContext', 'ResultConfiguration', 'ExecutionParameters', 'ResultReuseConfiguration'], answers: { QueryExecution: QUERY_EXECUTION },
  },
};

/**
 * Errors of AWS's own, beside the classes of the code: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html,
 * https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception,
 * https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-execution.html, and the throttling of the services the functions call.
 */
export const ERRORS: ReadonlySet<string> = new Set([
  ...['ALL', 'DataLimitExceeded', 'ExceedToleratedFailureThreshold', 'HeartbeatTimeout', 'Http.Socket', 'IntrinsicFailure', 'ItemReaderFailed', 'NoChoiceMatched', 'ParameterPathFailure', 'Permissions', 'ResultPathMatchFailure', 'ResultWriterFailed', 'Runtime', 'TaskFailed', 'Timeout'].map((name) => `States.${name}`),
  ...['ServiceException', 'AWSLambdaException', 'SdkClientException', 'TooManyRequestsException', 'Unknown'].map((name) => `Lambda.${name}`),
  'Sandbox.Timedout', 'Runtime.ExitError', 'Runtime.OutOfMemory', 'TooManyRequestsException', 'ThrottlingException',
]);

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
export const CONTEXT = /^\$\$(\.(Execution(\.(Id|Input(\..+)?|Name|RoleArn|StartTime|RedriveCount|RedriveTime))?|State(\.(EnteredTime|Name|RetryCount))?|StateMachine(\.(Id|Name))?|Task\.Token|Map\.Item\.(Index|Value(\..+)?)))?$/;
