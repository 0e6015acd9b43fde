import { GetExecutionHistoryCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { credentials, REGION, serve } from '../kinesis/support.ts';
import { StatesBench } from './support.ts';

const FUNCTION = `arn:aws:lambda:${REGION}:000000000000:function:f`;

describe('states: the history', () => {
  let bench: StatesBench;
  let client: SFNClient;
  let closing: (() => unknown)[];

  beforeEach(async () => {
    bench = new StatesBench();
    const server = await serve(bench.service);
    client = new SFNClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    closing = [() => client.destroy(), server.close, () => bench.close()];
  });
  afterEach(async () => {
    for (const close of closing) await close();
  });

  const historyOf = async (executionArn: string): Promise<HistoryEvent[]> => (await client.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
  const typesOf = (events: HistoryEvent[]): unknown[] => events.map(({ type }) => type);

  test('a function’s ARN as Resource gives LambdaFunction events, with their own details', async () => {
    const machine = await bench.create({ StartAt: 'T', States: { T: { Type: 'Task', Resource: FUNCTION, TimeoutSeconds: 9, Retry: [{ ErrorEquals: ['Boom'] }], End: true } } });
    bench.invoke = (_, event) => (bench.invoked.length === 1 ? { ok: false, errorType: 'Boom', errorMessage: 'no' } : { ok: true, payload: event });
    const events = await historyOf((await bench.service.run(machine, { n: 1 })).executionArn);
    expect(typesOf(events)).toEqual([
      ...['ExecutionStarted', 'TaskStateEntered', 'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionFailed'],
      ...['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded', 'TaskStateExited', 'ExecutionSucceeded'],
    ]);
    expect(events[2]?.lambdaFunctionScheduledEventDetails).toEqual({ resource: FUNCTION, input: '{"n":1}', inputDetails: { truncated: false }, timeoutInSeconds: 9 });
    expect(events[4]?.lambdaFunctionFailedEventDetails).toMatchObject({ error: 'Boom' });
    expect(events[7]?.lambdaFunctionSucceededEventDetails).toEqual({ output: '{"n":1}', outputDetails: { truncated: false } });
  });

  test('a job that is waited for is submitted, with the service’s answer', async () => {
    const machine = await bench.create({ StartAt: 'Q', States: { Q: { Type: 'Task', Resource: 'arn:aws:states:::athena:startQueryExecution.sync', Parameters: { QueryString: 'SELECT 1' }, End: true } } });
    const events = await historyOf((await bench.service.run(machine, {})).executionArn);
    expect(typesOf(events).slice(2, 6)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
    expect(events[4]?.taskSubmittedEventDetails).toMatchObject({ resourceType: 'athena', resource: 'startQueryExecution.sync', output: '{"QueryExecutionId":"query-1"}' });
  });

  test('iterations that fail and those given up with them are told apart', async () => {
    const each = { StartAt: 'T', States: { T: { Type: 'Task', Resource: FUNCTION, End: true } } };
    const machine = await bench.create({ StartAt: 'M', States: { M: { Type: 'Map', ItemProcessor: each, End: true } } });
    bench.invoke = (_, event) => (event === 'bad' ? { ok: false, errorType: 'Boom', errorMessage: 'no' } : new Promise(() => undefined));
    const events = await historyOf((await bench.service.run(machine, ['endless', 'bad'])).executionArn);
    expect(typesOf(events).filter((type) => /Map|Abort|Execution/.test(String(type)))).toEqual([
      ...['ExecutionStarted', 'MapStateEntered', 'MapStateStarted', 'MapIterationStarted', 'MapIterationStarted', 'MapIterationFailed'],
      ...['TaskStateAborted', 'MapIterationAborted', 'MapStateFailed', 'ExecutionFailed'],
    ]);
    expect(events.find(({ type }) => type === 'MapIterationFailed')?.mapIterationFailedEventDetails).toEqual({ name: 'M', index: 1 });
  });

  test('a stopped execution tells which state it was in; what could not be evaluated was never scheduled', async () => {
    const machine = await bench.create({ StartAt: 'T', States: { T: { Type: 'Task', Resource: FUNCTION, End: true } } });
    bench.invoke = () => new Promise(() => undefined);
    const { executionArn } = (await client.send(new StartExecutionCommand({ stateMachineArn: machine }))) as { executionArn: string };
    while (bench.invoked.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await client.send(new StopExecutionCommand({ executionArn }));
    expect(typesOf(await historyOf(executionArn)).slice(-2)).toEqual(['TaskStateAborted', 'ExecutionAborted']);
    const unevaluated = await bench.create({ StartAt: 'T', States: { T: { Type: 'Task', Resource: FUNCTION, Parameters: { 'a.$': '$.none' }, End: true } } });
    expect(typesOf(await historyOf((await bench.service.run(unevaluated, {})).executionArn))).toEqual(['ExecutionStarted', 'TaskStateEntered', 'ExecutionFailed']);
  });
});
