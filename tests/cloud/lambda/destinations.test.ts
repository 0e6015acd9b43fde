import { DeleteFunctionEventInvokeConfigCommand, GetFunctionEventInvokeConfigCommand, InvokeCommand, PutFunctionEventInvokeConfigCommand, UpdateFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { queueArn, SourceBench } from './source-bench.ts';

let bench: SourceBench;
beforeEach(async () => void (bench = await new SourceBench().open()));
afterEach(() => bench.close());

const invoke = (payload: unknown) => bench.client.send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event', Payload: JSON.stringify(payload) }));
const configure = (more: Partial<ConstructorParameters<typeof PutFunctionEventInvokeConfigCommand>[0]>) => bench.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'f', ...more }));

describe('an asynchronous event', () => {
  test('that fails as often as it may is told to the queue, with what was asked and answered', async () => {
    let calls = 0;
    bench.register(async () => {
      calls += 1;
      throw new Error('no');
    });
    await bench.queue('lost');
    await configure({ MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: queueArn('lost') } } });
    await invoke({ a: 1 });
    await bench.until(async () => (await bench.counts('lost'))[0] === 1);
    expect(calls).toBe(2);
    expect(JSON.parse((await bench.bodies('lost'))[0]!)).toMatchObject({
      version: '1.0',
      requestContext: { functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:f:$LATEST', condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { a: 1 },
      responseContext: { statusCode: 200, functionError: 'Unhandled' },
      responsePayload: { errorMessage: 'no' },
    });
  });

  test('that succeeds is told to a topic or another function', async () => {
    const told: unknown[] = [];
    bench.register(async () => 'done');
    bench.register(async (event) => void told.push(event), 'listener');
    await configure({ DestinationConfig: { OnSuccess: { Destination: 'arn:aws:sns:eu-west-1:000000000000:t' } } });
    await invoke({});
    await bench.until(() => bench.published.length === 1);
    await bench.client.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName: 'f', DestinationConfig: { OnSuccess: { Destination: 'arn:aws:lambda:eu-west-1:000000000000:function:listener' } } }));
    await invoke({});
    await bench.until(() => told.length === 1);
    expect([JSON.parse(bench.published[0]!), told[0]]).toMatchObject([{ requestContext: { condition: 'Success' }, responsePayload: 'done' }, { responsePayload: 'done' }]);
  });

  test('whose destination is not there is told of in the log', async () => {
    bench.register(async () => Promise.reject(new Error('no')));
    await bench.queue('lost');
    await configure({ MaximumEventAgeInSeconds: 60, DestinationConfig: { OnFailure: { Destination: queueArn('missing') } } });
    await invoke({});
    await bench.until(() => bench.logged.some((line) => line.includes('given up after 3')));
    await bench.until(() => bench.logged.some((line) => line.includes('did not take the record')));
  });
});

test('how events are retried is described, changed and deleted; wrong limits and destinations are refused', async () => {
  bench.register(async () => undefined);
  const FunctionName = 'f';
  await expect(bench.client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await configure({ MaximumRetryAttempts: 0 });
  expect(await bench.client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 21_600, LastModified: bench.timers.now() });
  await expect(configure({ MaximumRetryAttempts: 3 })).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  await expect(configure({ DestinationConfig: { OnSuccess: { Destination: 'arn:aws:s3:::bucket' } } })).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  await bench.client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
  await expect(bench.client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('Invoke answers the tail of the log where it is asked for', async () => {
  bench.register(async () => void process.stdout.write('hello from the function\n'));
  const { LogResult } = await bench.client.send(new InvokeCommand({ FunctionName: 'f', LogType: 'Tail' }));
  expect(Buffer.from(LogResult!, 'base64').toString()).toMatch(/START RequestId.*hello from the function.*REPORT RequestId/s);
  expect((await bench.client.send(new InvokeCommand({ FunctionName: 'f' }))).LogResult).toBeUndefined();
});
