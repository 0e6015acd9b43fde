import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import type { LogSink } from '../../../localcloud/core/ports.ts';
import { LambdaService, patientInvoker } from '../../../localcloud/lambda/index.ts';
import type { FunctionContext } from '../../../localcloud/lambda/index.ts';
import { credentials, gatewayFor, region, temporaryDirectory } from '../edge/temporary.ts';

class LogLines implements LogSink {
  readonly lines: [string, string][] = [];
  write(logGroup: string, line: string): void {
    this.lines.push([logGroup, line]);
  }
  of(name: string): string[] {
    return this.lines.filter(([group]) => group === `/aws/lambda/${name}`).map(([, line]) => line);
  }
}

const dataDir = temporaryDirectory();
const logs = new LogLines();
let lambda: LambdaService;
const gateway = gatewayFor(() => {
  lambda = new LambdaService({ dataDir, region, logs, retryDelaysMs: [1, 1] });
  return [lambda];
});
let client: LambdaClient;

beforeAll(() => {
  client = new LambdaClient({ endpoint: gateway.endpoint(), region, credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await lambda.stop();
});

const register = (
  name: string,
  handler: (event: unknown, context: FunctionContext) => Promise<unknown>,
  more: { timeoutSeconds?: number; concurrency?: number } = {},
): void => lambda.register({ name, handler, timeoutSeconds: 3, ...more });
const invoke = async (name: string, payload: unknown = {}) => {
  const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) }));
  return { error: answer.FunctionError, payload: JSON.parse(answer.Payload?.transformToString() ?? 'null') as unknown };
};

describe('an invocation', () => {
  test('goes through JSON both ways, so that nothing is shared with the caller', async () => {
    const event = { at: new Date(0), nested: { n: 1 }, gone: undefined };
    register('echo', async (received) => {
      (received as { nested: { n: number } }).nested.n = 2;
      return { received, gone: undefined };
    });
    expect(await lambda.invoke('echo', event)).toEqual({
      ok: true,
      payload: { received: { at: '1970-01-01T00:00:00.000Z', nested: { n: 2 } } },
    });
    expect(event.nested.n).toBe(1);
    expect(await invoke('echo', { nested: { n: 1 } })).toEqual({ error: undefined, payload: { received: { nested: { n: 2 } } } });
  });

  test('has the context of AWS', async () => {
    register('context', async (_event, context) => ({ ...context, left: context.getRemainingTimeInMillis() }), { timeoutSeconds: 7 });
    const { payload } = await invoke('context');
    expect(payload).toMatchObject({
      functionName: 'context',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:context',
      logGroupName: '/aws/lambda/context',
      memoryLimitInMB: '128',
    });
    expect((payload as { left: number }).left).toBeGreaterThan(5_000);
    expect((payload as { left: number }).left).toBeLessThanOrEqual(7_000);
  });

  test.each([
    'named',
    'arn:aws:lambda:eu-west-1:000000000000:function:named',
    'arn:aws:lambda:eu-west-1:000000000000:function:named:live',
    'named:$LATEST',
  ])('finds the function by %s', async (name) => {
    register('named', async () => 'found');
    expect(await lambda.invoke(name, {})).toEqual({ ok: true, payload: 'found' });
  });

  test('of a function that is not there is an error of the caller', async () => {
    await expect(invoke('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('that throws answers type, message and trace of the error', async () => {
    class Unreadable extends Error {
      override readonly name = 'Unreadable';
    }
    register('throws', async () => Promise.reject(new Unreadable('line 3')));
    register('throws-at-once', () => {
      throw new Unreadable('before the first await');
    });
    expect(await invoke('throws')).toEqual({
      error: 'Unhandled',
      payload: { errorType: 'Unreadable', errorMessage: 'line 3', trace: expect.any(Array) as unknown },
    });
    expect(await lambda.invoke('throws-at-once', {})).toEqual({
      ok: false,
      errorType: 'Unreadable',
      errorMessage: 'before the first await',
    });
  });

  test('that takes too long is given up with AWS’s words', async () => {
    register('slow', () => new Promise(() => undefined), { timeoutSeconds: 0.05 });
    const { error, payload } = await invoke('slow');
    expect(error).toBe('Unhandled');
    expect(payload).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 0\.05 seconds$/) as string,
    });
  });

  test('answers null where the function answers nothing, and an error where it answers too much', async () => {
    register('nothing', async () => undefined);
    register('too-much', async () => 'x'.repeat(6_291_556));
    expect((await invoke('nothing')).payload).toBeNull();
    expect((await invoke('too-much')).payload).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });

  test('with too large an event is refused', async () => {
    register('any', async () => 1);
    await expect(lambda.invoke('any', 'x'.repeat(6_291_556))).rejects.toMatchObject({ code: 'RequestTooLargeException' });
  });

  test('as a dry run runs nothing', async () => {
    let runs = 0;
    register('dry', async () => (runs += 1));
    const answer = await client.send(new InvokeCommand({ FunctionName: 'dry', InvocationType: 'DryRun' }));
    expect([answer.StatusCode, runs]).toEqual([204, 0]);
  });

  test('waits while the function runs, since an environment runs one event at a time, unless told otherwise', async () => {
    const peak = async (name: string): Promise<number> => {
      let [now, most] = [0, 0];
      register(
        name,
        async () => {
          most = Math.max(most, (now += 1));
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
        },
        name === 'wide' ? { concurrency: 3 } : {},
      );
      await Promise.all([1, 2, 3, 4].map(() => lambda.invoke(name, {})));
      return most;
    };
    expect([await peak('narrow'), await peak('wide')]).toEqual([1, 3]);
  });

  test('of a function that makes handlers runs beside others, each handler with one event at a time', async () => {
    let made = 0;
    const newHandler = () => {
      const own = (made += 1);
      let busy = false;
      return async (): Promise<number> => {
        if (busy) throw new Error(`handler ${own} has two events`);
        busy = true;
        await new Promise((resolve) => setImmediate(resolve));
        busy = false;
        return own;
      };
    };
    lambda.register({ name: 'many', timeoutSeconds: 3, handler: newHandler(), newHandler, concurrency: 3 });
    const answers = await Promise.all(Array.from({ length: 9 }, () => lambda.invoke('many', {})));
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
    expect(made).toBe(3);
  });
});

describe('what a function prints', () => {
  test('goes to its log group line by line, and not to the terminal', async () => {
    register('prints', async () => {
      process.stdout.write('first\nsec');
      await new Promise((resolve) => setImmediate(resolve));
      process.stdout.write(Buffer.from('ond ü\n'));
      process.stderr.write('no newline');
    });
    await lambda.invoke('prints', {});
    expect(logs.of('prints').filter((line) => !/^(START|END|REPORT)/.test(line))).toEqual(['first', 'second ü', 'no newline']);
  });

  test('of two functions at once is kept apart', async () => {
    for (const name of ['left', 'right']) {
      register(name, async () => {
        for (let index = 0; index < 5; index++) {
          process.stdout.write(`${name} ${index}\n`);
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    }
    await Promise.all([lambda.invoke('left', {}), lambda.invoke('right', {})]);
    expect(logs.of('left').filter((line) => line.includes('right'))).toEqual([]);
    expect(logs.of('left').filter((line) => line.startsWith('left'))).toHaveLength(5);
  });
});

describe('an asynchronous event', () => {
  const send = (name: string) => client.send(new InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload: '{"a":1}' }));

  test('is accepted at once and tried three times', async () => {
    let attempts = 0;
    let ended = (): void => undefined;
    const third = new Promise<void>((resolve) => (ended = resolve));
    register('fails', async () => {
      attempts += 1;
      if (attempts === 3) ended();
      throw new Error('again');
    });
    expect((await send('fails')).StatusCode).toBe(202);
    await third;
    await lambda.invoke('fails', {}).catch(() => undefined);
    expect(attempts).toBe(4); // three for the event, one just now
  });

  test('accepted before the process ended runs in the next one', async () => {
    const other = temporaryDirectoryBefore;
    const first = new LambdaService({ dataDir: other, region, logs, retryDelaysMs: [60_000] });
    first.register({ name: 'later', timeoutSeconds: 3, handler: async () => Promise.reject(new Error('not yet')) });
    first.accept('later', '{"a":1}');
    await new Promise((resolve) => setImmediate(resolve));
    await first.stop();
    expect(readdirSync(path.join(other, 'lambda', 'events'))).toHaveLength(1);

    const second = new LambdaService({ dataDir: other, region, logs });
    const received = new Promise((resolve) =>
      second.register({ name: 'later', timeoutSeconds: 3, handler: async (event) => resolve(event) }),
    );
    expect(await received).toEqual({ a: 1 });
    await second.stop();
    expect(readdirSync(path.join(other, 'lambda', 'events'))).toEqual([]);
  });
});

describe('functions', () => {
  test('are described as AWS describes them', async () => {
    lambda.register({ name: 'described', timeoutSeconds: 30, memoryMb: 512, environment: { STAGE: 'dev' }, handler: async () => 1 });
    const expected = {
      FunctionName: 'described',
      Timeout: 30,
      MemorySize: 512,
      State: 'Active',
      Environment: { Variables: { STAGE: 'dev' } },
    };
    expect(await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'described' }))).toMatchObject(expected);
    expect((await client.send(new GetFunctionCommand({ FunctionName: 'described' }))).Configuration).toMatchObject(expected);
    expect((await client.send(new ListFunctionsCommand({}))).Functions?.map(({ FunctionName }) => FunctionName)).toContain('described');
  });

  test.each([
    { name: 'with space', timeoutSeconds: 1 },
    { name: 'zero', timeoutSeconds: 0 },
  ])('with a mistake in their definition are refused at once: %o', (definition) => {
    expect(() => lambda.register({ ...definition, handler: async () => 1 })).toThrow(RangeError);
  });

  test('registered a little after their first event get it', async () => {
    const answer = patientInvoker(lambda, 10_000).invoke('comes-later', { a: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    register('comes-later', async (event) => event);
    expect(await answer).toEqual({ ok: true, payload: { a: 1 } });
  });

  test('that never come are an error in the end', async () => {
    await expect(patientInvoker(lambda, 1).invoke('never-comes', {})).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });
});

const temporaryDirectoryBefore = temporaryDirectory();
