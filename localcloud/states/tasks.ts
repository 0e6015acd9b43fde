import { createHash } from 'node:crypto';
import type { Caller } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { isObject } from '../core/json-input.ts';
import { StateFailure } from './failure.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { ExecutionOutcome, StatesOptions } from './types.ts';

/** What tasks ask of their surroundings. */
export interface TaskPorts extends Pick<StatesOptions, 'functions' | 'queries' | 'publisher' | 'athena' | 'queues' | 'ask'> {
  tokens: TaskTokens;
  /** The state machine's role. Throws AwsError where it does not trust Step Functions. */
  caller: () => Caller;
  /** Starts another state machine's execution; `ended` resolves when it has ended. Throws AwsError. */
  startExecution: (input: Record<string, unknown>, caller: Caller) => { executionArn: string; startDate: Date; ended: Promise<ExecutionOutcome> };
}

/** Told what the service answered to the request of a job whose end is then waited for (`.sync`). */
type Submitted = (answer: unknown) => void;

/** A service integration: parameters to result. Throws StateFailure or AwsError. */
type Integration = (parameters: Record<string, unknown>, ports: TaskPorts, signal: AbortSignal, submitted: Submitted) => Promise<unknown>;

const textOf = (parameters: Record<string, unknown>, name: string): string => {
  const value = parameters[name];
  if (typeof value !== 'string') throw new StateFailure('States.Runtime', `The Parameters of the task must have a string ${name}`);
  return value;
};

/** A function's answer. Its error keeps its name; Cause is the JSON Lambda gives (https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html). */
const invokeFunction = async (name: string, payload: unknown, ports: TaskPorts): Promise<unknown> => {
  const result = await ports.functions.invoke(name, payload, ports.caller()).catch((error: unknown) => {
    throw asLambdaFailure(error);
  });
  if (result.ok) return result.payload ?? null;
  const { errorType, errorMessage } = result;
  throw new StateFailure(errorType === '' ? 'Lambda.Unknown' : errorType, JSON.stringify({ errorMessage, errorType, trace: [] }));
};

/** A refusal reaches a workflow by another name: https://docs.aws.amazon.com/step-functions/latest/dg/troubleshooting-service-integrations.html */
const asLambdaFailure = (error: unknown): unknown => (error instanceof AwsError && error.code === 'AccessDeniedException' ? new StateFailure('Lambda.AWSLambdaException', error.message, { cause: error }) : error);

const invokeLambda: Integration = async (parameters, ports) => ({
  ExecutedVersion: '$LATEST',
  Payload: await invokeFunction(textOf(parameters, 'FunctionName'), parameters.Payload ?? {}, ports),
  StatusCode: 200,
});

/** Step Functions prints the members of an answer in the order of their names: in a long Cause the statement comes before its Status. */
const inOrderOfNames = (value: unknown): unknown => {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, inOrderOfNames(member)]));
};

const runQuery: Integration = async (parameters, ports, signal, submitted) => {
  const caller = ports.caller();
  const id = await ports.queries.start(parameters, caller);
  submitted({ QueryExecutionId: id });
  // Nobody waits for this any more; a query that has just ended refuses to be stopped.
  const stop = (): void => void ports.queries.stopQuery(id, caller).catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { state, execution } = await ports.queries.wait(id, caller);
    const output = { QueryExecution: inOrderOfNames(execution) };
    // Whatever the reason, the error is States.TaskFailed; only Cause tells.
    if (state !== 'SUCCEEDED') throw new StateFailure('States.TaskFailed', JSON.stringify(output));
    return output;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const readAthena =
  (action: 'GetQueryExecution' | 'GetQueryResults' | 'StopQueryExecution'): Integration =>
  async (parameters, ports) => {
    if (!ports.athena) throw new StateFailure('States.Runtime', `athena:${action} is not wired in this cloud`);
    return (await ports.athena(action, parameters, ports.caller())) ?? {};
  };

const publish: Integration = async (parameters, ports) => {
  const { Message, Subject, MessageAttributes } = parameters;
  const text = typeof Message === 'string' ? Message : JSON.stringify(Message);
  const attributes = Object.fromEntries(attributesOf(MessageAttributes).map(([name, Type, Value]) => [name, { Type, Value }]));
  const MessageId = await ports.publisher.publish(textOf(parameters, 'TopicArn'), text, typeof Subject === 'string' ? Subject : undefined, MessageAttributes === undefined ? undefined : attributes, ports.caller());
  return { MessageId };
};

/** MessageBody is text or JSON; the answer is that of SendMessage. */
const sendMessage: Integration = async (parameters, { queues, caller }) => {
  if (!queues) throw new StateFailure('States.Runtime', 'sqs:sendMessage is not wired in this cloud');
  const unknown = Object.keys(parameters).find((name) => !['QueueUrl', 'MessageBody', 'MessageAttributes'].includes(name));
  if (unknown !== undefined) throw new StateFailure('States.Runtime', `${unknown} of sqs:sendMessage is not supported locally`);
  const { MessageBody: body, MessageAttributes: attributes } = parameters;
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? null);
  const queueArn = queues.arnOfUrl(textOf(parameters, 'QueueUrl'));
  if (queueArn === undefined) throw new AwsError('QueueDoesNotExistException', 'The specified queue does not exist.');
  return { MessageId: await queues.send(queueArn, text, queueAttributes(attributes), caller()), MD5OfMessageBody: createHash('md5').update(text).digest('hex') };
};

const queueAttributes = (attributes: unknown): Record<string, { dataType: string; value: string }> =>
  Object.fromEntries(attributesOf(attributes).map(([name, dataType, value]) => [name, { dataType, value }]));

const attributesOf = (attributes: unknown): [name: string, dataType: string, value: string][] =>
  Object.entries(isObject(attributes) ? attributes : {}).map(([name, attribute]) => {
    const { DataType, StringValue } = isObject(attribute) ? attribute : {};
    if (typeof DataType !== 'string' || typeof StringValue !== 'string') throw new StateFailure('States.Runtime', `The message attribute ${name} must have a string DataType and StringValue`);
    return [name, DataType, StringValue];
  });

const dynamo =
  (action: 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem'): Integration =>
  async (parameters, { ask, caller }) => {
    if (!ask) throw new StateFailure('States.Runtime', `dynamodb:${action} is not wired in this cloud`);
    return (await ask(`DynamoDB_20120810.${action}`, parameters, caller())) ?? {};
  };

const startOnly: Integration = async (parameters, ports) => {
  const { executionArn, startDate } = ports.startExecution(parameters, ports.caller());
  return { ExecutionArn: executionArn, StartDate: startDate.getTime() / 1000 };
};

/** `.sync` answers Output as text, `.sync:2` as JSON. */
const startAndWait =
  (parse: boolean): Integration =>
  async (parameters, ports, _, submitted) => {
    const started = ports.startExecution(parameters, ports.caller());
    submitted({ ExecutionArn: started.executionArn, StartDate: started.startDate.getTime() / 1000 });
    const outcome = await started.ended;
    const { executionArn, status, output, error, cause } = outcome;
    const description = { ExecutionArn: executionArn, Status: status, ...(error === undefined ? {} : { Error: error, Cause: cause }) };
    if (status !== 'SUCCEEDED') throw new StateFailure('States.TaskFailed', JSON.stringify(description));
    return { ...description, Output: parse ? output : JSON.stringify(output) };
  };

const PREFIX = 'arn:aws:states:::';

const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  'lambda:invoke': invokeLambda,
  'athena:startQueryExecution.sync': runQuery,
  'athena:startQueryExecution': async (parameters, ports) => ({ QueryExecutionId: await ports.queries.start(parameters, ports.caller()) }),
  'athena:getQueryExecution': readAthena('GetQueryExecution'),
  'athena:getQueryResults': readAthena('GetQueryResults'),
  'athena:stopQueryExecution': readAthena('StopQueryExecution'),
  'dynamodb:getItem': dynamo('GetItem'),
  'dynamodb:putItem': dynamo('PutItem'),
  'dynamodb:updateItem': dynamo('UpdateItem'),
  'dynamodb:deleteItem': dynamo('DeleteItem'),
  'sns:publish': publish,
  'sqs:sendMessage': sendMessage,
  'states:startExecution': startOnly,
  'states:startExecution.sync': startAndWait(false),
  'states:startExecution.sync:2': startAndWait(true),
};

/** Those that can hand a token on and wait for its answer. */
const WITH_CALLBACK = ['lambda:invoke', 'sns:publish', 'sqs:sendMessage', 'states:startExecution'];
const CALLBACK = '.waitForTaskToken';

/** Whether a task ends only when somebody answers with its token. */
export const waitsForToken = (resource: string): boolean => resource.endsWith(CALLBACK);

const integrationName = (resource: string): string => (waitsForToken(resource) ? resource.slice(PREFIX.length, -CALLBACK.length) : resource.slice(PREFIX.length));

export const isFunctionArn = (resource: string): boolean => /^arn:aws:lambda:[^:]+:\d{12}:function:.+$/.test(resource);

/** Whether a Task's Resource can be run here. */
export const isSupportedResource = (resource: string): boolean =>
  isFunctionArn(resource) || (resource.startsWith(PREFIX) && Object.hasOwn(INTEGRATIONS, integrationName(resource)) && (!waitsForToken(resource) || WITH_CALLBACK.includes(integrationName(resource))));

/** `lambda` and `invoke` of `arn:aws:states:::lambda:invoke`, as the history names them. */
export const describeResource = (resource: string): { resourceType: string; resource: string } => {
  if (isFunctionArn(resource)) return { resourceType: 'lambda', resource };
  const [resourceType = '', ...rest] = resource.slice(PREFIX.length).split(':');
  return { resourceType, resource: rest.join(':') };
};

/** Services as error names spell them, where that is not the name with a capital. */
const SERVICE_NAMES: Readonly<Record<string, string>> = { dynamodb: 'DynamoDB', sns: 'SNS', sqs: 'SQS', states: 'StepFunctions' };

/** Runs a task. Throws StateFailure: the function's own error, or `Service.Code` for an error of the service. */
export const runTask = async (resource: string, parameters: unknown, ports: TaskPorts, signal: AbortSignal, submitted: Submitted): Promise<unknown> => {
  const { resourceType } = describeResource(resource);
  try {
    if (isFunctionArn(resource)) return await invokeFunction(resource, parameters, ports);
    const integration = INTEGRATIONS[integrationName(resource)];
    if (!integration || !isObject(parameters)) throw new StateFailure('States.Runtime', `${resource} needs Parameters`);
    return await integration(parameters, ports, signal, submitted);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const service = SERVICE_NAMES[resourceType] ?? `${resourceType.charAt(0).toUpperCase()}${resourceType.slice(1)}`;
    throw new StateFailure(`${service}.${error.code.slice(error.code.indexOf('#') + 1)}`, error.message, { cause: error });
  }
};
