import { DescribeExecutionCommand, DescribeStateMachineForExecutionCommand, GetExecutionHistoryCommand, ListExecutionsCommand, RedriveExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { credentials, REGION, serve } from '../kinesis/support.ts';
import { StatesBench } from './support.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';
const task = (name: string, more: Record<string, unknown>) => ({ Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: name, 'Payload.$': '$' }, OutputPath: '$.Payload', ...more });

describe('states: RedriveExecution', () => {
  let bench: StatesBench;
  let client: SFNClient;
  let closing: (() => unknown)[];
  let broken: Set<string>;

  beforeEach(async () => {
    bench = new StatesBench();
    broken = new Set();
    bench.invoke = (name, event) => (broken.has(name) ? { ok: false, errorType: 'Boom', errorMessage: name } : { ok: true, payload: event });
    const server = await serve({ handle: (request, response) => bench.service.handle(request, response) });
    client = new SFNClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    closing = [() => client.destroy(), server.close, () => bench.close()];
  });
  afterEach(async () => {
    for (const close of closing) await close();
  });

  const describeIt = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));
  const untilEnded = async (executionArn: string) => {
    for (;;) {
      const description = await describeIt(executionArn);
      if (description.status !== 'RUNNING') return description;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const redrive = (executionArn: string, clientToken?: string) => client.send(new RedriveExecutionCommand({ executionArn, ...(clientToken === undefined ? {} : { clientToken }) }));
  const calls = (): string[] => bench.invoked.map(({ name }) => name);

  test('goes on from the state that failed, with its input, after a restart too, by the definition it began with', async () => {
    broken.add('second');
    const machine = await bench.create({ StartAt: 'A', States: { A: task('first', { Next: 'B' }), B: task('second', { Next: 'C' }), C: { Type: 'Pass', Parameters: { 'got.$': '$', 'redriven.$': '$$.Execution.RedriveCount' }, End: true } } });
    const { executionArn } = await bench.service.run(machine, { n: 1 }, 'run');
    expect(await describeIt(executionArn)).toMatchObject({ status: 'FAILED', redriveStatus: 'REDRIVABLE', redriveCount: 0 });
    await client.send(new UpdateStateMachineCommand({ stateMachineArn: machine, definition: JSON.stringify({ StartAt: 'X', States: { X: { Type: 'Succeed' } } }) }));
    await bench.service.stop();
    bench.open();
    broken.clear();
    bench.clock.advance(60_000);
    const { redriveDate } = await redrive(executionArn);
    expect(redriveDate).toEqual(bench.clock.now());
    expect(await untilEnded(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"got":{"n":1},"redriven":1}', redriveCount: 1, redriveDate, redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' });
    expect(calls()).toEqual(['first', 'second', 'second']);
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map(({ type }) => type).slice(6)).toEqual([
      ...['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskFailed', 'ExecutionFailed', 'ExecutionRedriven'],
      ...['TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
    ]);
    expect(events?.find(({ type }) => type === 'ExecutionRedriven')?.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
    expect(JSON.parse((await client.send(new DescribeStateMachineForExecutionCommand({ executionArn }))).definition!)).toMatchObject({ StartAt: 'A' });
  });

  test('of a Map and a Parallel only what did not succeed runs again', async () => {
    broken.add('f-2').add('right');
    const each = { StartAt: 'F', States: { F: { ...task('f', { End: true }), Parameters: { 'FunctionName.$': "States.Format('f-{}', $)", 'Payload.$': '$' } } } };
    const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', Next: `${name}Task` }, [`${name}Task`]: task(name, { End: true }) } });
    const machine = await bench.create({ StartAt: 'M', States: { M: { Type: 'Map', ItemsPath: '$', MaxConcurrency: 1, ItemProcessor: each, Next: 'P' }, P: { Type: 'Parallel', Branches: [branch('left'), branch('right')], End: true } } });
    const { executionArn } = await bench.service.run(machine, [1, 2, 3]);
    expect(calls()).toEqual(['f-1', 'f-2']);
    broken.delete('f-2');
    await redrive(executionArn);
    expect(await untilEnded(executionArn)).toMatchObject({ status: 'FAILED', error: 'Boom', redriveCount: 1 });
    expect(calls().slice(2).sort()).toEqual(['f-2', 'f-3', 'left', 'right']);
    broken.clear();
    await redrive(executionArn);
    expect(await untilEnded(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '[[1,2,3],[1,2,3]]', redriveCount: 2 });
    expect(calls().slice(6).sort()).toEqual(calls().length === 7 ? ['right'] : ['left', 'right']); // left may have been given up with right's failure
  });

  test('a stopped execution goes on; one that runs is not redrivable; the same token is the same redrive', async () => {
    const machine = await bench.create({ StartAt: 'A', States: { A: task('first', { End: true }) } });
    bench.invoke = () => new Promise(() => undefined);
    const { executionArn } = (await client.send(new StartExecutionCommand({ stateMachineArn: machine, name: 'run' }))) as { executionArn: string };
    await expect(redrive(executionArn)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable', message: 'Execution is RUNNING and cannot be redriven' });
    await client.send(new StopExecutionCommand({ executionArn }));
    bench.invoke = (_, event) => ({ ok: true, payload: event });
    const { redriveDate } = await redrive(executionArn, 'token-1');
    await untilEnded(executionArn);
    expect((await redrive(executionArn, 'token-1')).redriveDate).toEqual(redriveDate);
    await expect(redrive(executionArn, 'token-2')).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
    const list = async (redriveFilter: 'REDRIVEN' | 'NOT_REDRIVEN') => (await client.send(new ListExecutionsCommand({ stateMachineArn: machine, redriveFilter }))).executions;
    expect(await list('REDRIVEN')).toMatchObject([{ name: 'run', redriveCount: 1 }]);
    expect(await list('NOT_REDRIVEN')).toEqual([]);
  });

  test('not after 14 days, and not where the process that ran it was killed', async () => {
    broken.add('first');
    const machine = await bench.create({ StartAt: 'A', States: { A: task('first', { End: true }) } });
    const { executionArn } = await bench.service.run(machine, {}, 'old');
    bench.clock.advance(14 * 86_400_000 + 1);
    await expect(redrive(executionArn)).rejects.toMatchObject({ message: 'Execution redrivable period exceeded' });
    bench.invoke = () => new Promise(() => undefined);
    await client.send(new StartExecutionCommand({ stateMachineArn: machine, name: 'killed' }));
    const killed = bench.service;
    bench.open();
    expect(await describeIt(executionArn.replace(/old$/, 'killed'))).toMatchObject({ status: 'FAILED', redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: expect.stringContaining('process') as string });
    await killed.stop();
  });

  test('names with dots do not meet in one file', async () => {
    broken.add('first');
    const machine = await bench.create({ StartAt: 'A', States: { A: task('first', { End: true }) } });
    for (const name of ['a', 'a.history', 'a.progress']) await bench.service.run(machine, { name }, name);
    bench.open();
    expect((await client.send(new ListExecutionsCommand({ stateMachineArn: machine }))).executions?.map(({ name }) => name).sort()).toEqual(['a', 'a.history', 'a.progress']);
  });
});
