import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { credentials, REGION, serve } from '../kinesis/support.ts';
import { machineArn, ROLE, StatesBench } from './support.ts';

const TASK = { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'f', 'Payload.$': '$' }, OutputPath: '$.Payload', End: true } } };
const QUERY = { StartAt: 'Q', States: { Q: { Type: 'Task', Resource: 'arn:aws:states:::athena:startQueryExecution.sync', Parameters: { QueryString: 'SELECT 1' }, End: true } } };

describe('states: the API', () => {
  let bench: StatesBench;
  let client: SFNClient;
  let closing: (() => unknown)[];

  const connect = async () => {
    const server = await serve({ handle: (request, response) => bench.service.handle(request, response) });
    client = new SFNClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    closing = [() => client.destroy(), server.close, () => bench.close()];
  };
  const create = (definition: unknown, name = 'hourly') => client.send(new CreateStateMachineCommand({ name, roleArn: ROLE, definition: JSON.stringify(definition) }));
  const start = (input = '{}', name = 'run-1') => client.send(new StartExecutionCommand({ stateMachineArn: machineArn('hourly'), name, input }));

  beforeEach(async () => {
    bench = new StatesBench();
    await connect();
  });
  afterEach(async () => {
    for (const close of closing) await close();
  });

  test('an execution is described with its input and output, listed, and told event by event', async () => {
    await create(TASK);
    const outcome = await bench.service.run(machineArn('hourly'), { n: 1 }, 'run-1');
    const executionArn = `arn:aws:states:${REGION}:000000000000:execution:hourly:run-1`;
    expect(outcome).toEqual({ executionArn, status: 'SUCCEEDED', output: { n: 1 } });
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'SUCCEEDED', input: '{"n":1}', output: '{"n":1}', startDate: bench.clock.now() });
    expect((await client.send(new ListExecutionsCommand({ stateMachineArn: machineArn('hourly'), statusFilter: 'SUCCEEDED' }))).executions).toHaveLength(1);
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map((event) => event.type)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded']);
    expect(events?.[1]).toMatchObject({ id: 2, previousEventId: 1, stateEnteredEventDetails: { name: 'T', input: '{"n":1}' } });
    const { events: reverse } = await client.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }));
    expect(reverse?.map((event) => event.type)).toEqual(['ExecutionSucceeded']);
  });

  test('a name runs once: again while it runs with the same input is the same execution, else refused', async () => {
    await create(TASK);
    let finish = (): void => undefined;
    bench.invoke = () => new Promise((resolve) => (finish = () => resolve({ ok: true, payload: 1 })));
    const first = await start();
    expect(await start()).toMatchObject({ executionArn: first.executionArn });
    await expect(start('{"other":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    finish();
    while ((await client.send(new DescribeExecutionCommand({ executionArn: first.executionArn }))).status === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(start()).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    expect(bench.invoked).toHaveLength(1);
  });

  test('StopExecution ends it as ABORTED and stops its query', async () => {
    await create(QUERY);
    bench.query = () => new Promise(() => undefined);
    const { executionArn } = await start();
    while (bench.started.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await client.send(new StopExecutionCommand({ executionArn, error: 'Operator', cause: 'by hand' }));
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'ABORTED', error: 'Operator', cause: 'by hand' });
    expect(bench.stopped).toEqual(['query-1']);
  });

  test('an execution beyond the TimeoutSeconds of its machine is TIMED_OUT', async () => {
    await create({ ...QUERY, TimeoutSeconds: 1 });
    bench.query = () => new Promise(() => undefined);
    expect(await bench.service.run(machineArn('hourly'), {})).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
  });

  test('after a restart ended executions are as they were, and one that ran is FAILED', async () => {
    await create(TASK);
    await bench.service.run(machineArn('hourly'), {}, 'ended');
    bench.invoke = () => new Promise(() => undefined);
    const { executionArn } = await start('{}', 'killed');
    const killed = bench.service;
    bench.open();
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining('process') as string });
    expect(await client.send(new DescribeExecutionCommand({ executionArn: executionArn!.replace('killed', 'ended') }))).toMatchObject({ status: 'SUCCEEDED' });
    expect((await client.send(new ListStateMachinesCommand({}))).stateMachines).toMatchObject([{ name: 'hourly', type: 'STANDARD' }]);
    await killed.stop();
  });

  test('creating is idempotent, another definition under the name is refused, an update takes it', async () => {
    await create(TASK);
    await create(TASK);
    await expect(create(QUERY)).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
    await client.send(new UpdateStateMachineCommand({ stateMachineArn: machineArn('hourly'), definition: JSON.stringify(QUERY) }));
    expect(JSON.parse((await client.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn('hourly') }))).definition!)).toEqual(QUERY);
  });

  test.each<[string, unknown, string]>([
    ['a state that is not there', { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } }, 'MISSING_TRANSITION_TARGET'],
    ['JSONata', { ...TASK, QueryLanguage: 'JSONata' }, 'JSONata'],
    ['an SDK integration', { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:s3:listBuckets', End: true } } }, 'aws-sdk:s3:listBuckets'],
    ['a callback where none can come', { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'arn:aws:states:::dynamodb:getItem.waitForTaskToken', Parameters: {}, End: true } } }, 'waitForTaskToken'],
    ['an unknown function', { StartAt: 'P', States: { P: { Type: 'Pass', Parameters: { 'a.$': 'States.Nonsense($)' }, End: true } } }, 'a.$ is invalid'],
    ['variables', { StartAt: 'P', States: { P: { Type: 'Pass', Assign: { a: 1 }, End: true } } }, 'Assign'],
  ])('a definition with %s is refused', async (_, definition, reason) => {
    await expect(create(definition)).rejects.toMatchObject({ name: 'InvalidDefinition', message: expect.stringContaining(reason) as string });
  });
});
