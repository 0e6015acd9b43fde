import { DescribeExecutionCommand, DescribeStateMachineForExecutionCommand, GetExecutionHistoryCommand, SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { AwsError } from '../../../localcloud/core/errors.ts';
import { TaskTokens } from '../../../localcloud/states/task-tokens.ts';
import { withHeartbeat } from '../../../localcloud/states/timing.ts';
import { credentials, REGION, serve } from '../kinesis/support.ts';
import { StatesBench } from './support.ts';

let bench: StatesBench;
let client: SFNClient;
let closing: (() => unknown)[];

beforeEach(async () => {
  bench = new StatesBench();
  const server = await serve({ handle: (request, response) => bench.service.handle(request, response) });
  client = new SFNClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
  closing = [() => client.destroy(), server.close, () => bench.close()];
});
afterEach(async () => {
  for (const close of closing) await close();
});

const QUEUE_URL = `http://127.0.0.1:4566/000000000000/work`;
/** Sends a message with the token; a failure goes to a state that keeps it. */
const waitingMachine = (more: Record<string, unknown> = {}) => ({
  StartAt: 'Ask',
  States: {
    Ask: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', Parameters: { QueueUrl: QUEUE_URL, MessageBody: { 'token.$': '$$.Task.Token', 'n.$': '$.n' } }, Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.problem', Next: 'Caught' }], End: true, ...more },
    Caught: { Type: 'Pass', End: true },
  },
});

/** Starts an execution and waits until its token has been sent. */
const startWaiting = async (definition: unknown): Promise<{ executionArn: string; taskToken: string }> => {
  const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn: await bench.create(definition), input: '{"n":1}' }));
  while (bench.sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  return { executionArn, taskToken: (JSON.parse(bench.sent[0]!.body) as { token: string }).token };
};

const ended = async (executionArn: string) => {
  for (;;) {
    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== 'RUNNING') return { status: execution.status, output: execution.output === undefined ? undefined : (JSON.parse(execution.output) as unknown), error: execution.error };
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

describe('a task that waits for its token', () => {
  test('ends with what SendTaskSuccess gives; the token is good once', async () => {
    const { executionArn, taskToken } = await startWaiting(waitingMachine());
    expect(JSON.parse(bench.sent[0]!.body)).toMatchObject({ n: 1 });
    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: 'no json' }))).rejects.toMatchObject({ name: 'InvalidOutput' });
    await client.send(new SendTaskSuccessCommand({ taskToken, output: '{"done":true}' }));
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: { done: true } });
    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(client.send(new SendTaskSuccessCommand({ taskToken: 'nonsense', output: '{}' }))).rejects.toMatchObject({ name: 'InvalidToken' });
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map(({ type }) => type)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded']);
    expect(events?.[2]?.taskScheduledEventDetails).toMatchObject({ resourceType: 'sqs', resource: 'sendMessage.waitForTaskToken' });
  });

  test('fails with the error and cause of SendTaskFailure', async () => {
    const { executionArn, taskToken } = await startWaiting(waitingMachine());
    await client.send(new SendTaskFailureCommand({ taskToken, error: 'Rejected', cause: 'by hand' }));
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: { n: 1, problem: { Error: 'Rejected', Cause: 'by hand' } } });
  });

  test('without a heartbeat is States.HeartbeatTimeout, which States.Timeout catches', async () => {
    const { executionArn } = await startWaiting(waitingMachine({ HeartbeatSeconds: 1, TimeoutSeconds: 60, Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Ask' }, { ErrorEquals: ['States.Timeout'], Next: 'Caught' }] }));
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'States.HeartbeatTimeout' } });
  });

  test('with heartbeats goes on beyond the heartbeat’s time', async () => {
    jest.useFakeTimers();
    try {
      const task = new TaskTokens().issue();
      const answer = withHeartbeat(10, task, new AbortController().signal);
      const failed = expect(answer).rejects.toThrow('States.HeartbeatTimeout');
      for (let beat = 0; beat < 5; beat++) {
        jest.advanceTimersByTime(9_000);
        task.onHeartbeat?.();
      }
      jest.advanceTimersByTime(9_999);
      expect(await Promise.race([answer, Promise.resolve('waiting')])).toBe('waiting');
      jest.advanceTimersByTime(1);
      await failed;
    } finally {
      jest.useRealTimers();
    }
  });

  test('ends by its timeout, and its token with it', async () => {
    const { executionArn, taskToken } = await startWaiting(waitingMachine({ TimeoutSeconds: 1 }));
    expect(await ended(executionArn)).toMatchObject({ output: { problem: { Error: 'States.Timeout' } } });
    await expect(client.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });
});

describe('integrations', () => {
  const task = (resource: string, Parameters: Record<string, unknown>) => ({ Type: 'Task', Resource: `arn:aws:states:::${resource}`, Parameters });

  test('a message is sent to a queue with its attributes', async () => {
    const output = await bench.one(task('sqs:sendMessage', { QueueUrl: QUEUE_URL, 'MessageBody.$': '$.text', MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } } }), { text: 'hello' });
    expect(output).toEqual({ MessageId: 'message-1', MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592' });
    expect(bench.sent).toEqual([{ queueArn: `arn:aws:sqs:${REGION}:000000000000:work`, body: 'hello', attributes: { a: { dataType: 'String', value: 'x' } } }]);
    await expect(bench.one(task('sqs:sendMessage', { QueueUrl: 'http://x/000000000000/missing', MessageBody: 'x' }))).rejects.toThrow('SQS.QueueDoesNotExistException');
    await expect(bench.one(task('sqs:sendMessage', { QueueUrl: QUEUE_URL, MessageBody: 'x', DelaySeconds: 5 }))).rejects.toThrow('not supported locally');
  });

  test('a table’s item is read and written; its error can be caught by name', async () => {
    bench.answer = (target) => (target.endsWith('GetItem') ? { Item: { k: { S: 'v' } } } : {});
    expect(await bench.one(task('dynamodb:getItem', { TableName: 't', Key: { k: { 'S.$': '$.k' } } }), { k: 'v' })).toEqual({ Item: { k: { S: 'v' } } });
    expect(bench.asked).toEqual([['DynamoDB_20120810.GetItem', { TableName: 't', Key: { k: { S: 'v' } } }]]);
    bench.answer = () => {
      throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed');
    };
    const put = { ...task('dynamodb:putItem', { TableName: 't', Item: {} }), Catch: [{ ErrorEquals: ['DynamoDB.ConditionalCheckFailedException'], Next: 'Known' }], End: true };
    expect(await bench.run({ StartAt: 'Put', States: { Put: put, Known: { Type: 'Succeed' } } })).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a random number is within its bounds, and the same for the same seed', async () => {
    const random = (expression: string) => bench.one({ Type: 'Pass', Parameters: { 'n.$': expression } }) as Promise<{ n: number }>;
    const { n } = await random('States.MathRandom(5, 7)');
    expect([5, 6]).toContain(n);
    expect(await random('States.MathRandom(1, 1000000, 42)')).toEqual(await random('States.MathRandom(1, 1000000, 42)'));
    await expect(random('States.MathRandom(7, 7)')).rejects.toThrow('States.IntrinsicFailure');
  });

  test('the machine of an execution is described', async () => {
    const stateMachineArn = await bench.create({ StartAt: 'P', States: { P: { Type: 'Pass', End: true } } });
    const { executionArn } = await bench.service.run(stateMachineArn, {});
    expect(await client.send(new DescribeStateMachineForExecutionCommand({ executionArn }))).toMatchObject({ stateMachineArn });
    await expect(client.send(new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}:1` }))).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });
});
