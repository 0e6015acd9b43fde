import { AwsError } from '../../../localcloud/core/errors.ts';
import { StatesBench } from './support.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';
const ATHENA = 'arn:aws:states:::athena:startQueryExecution.sync';

describe('states: what a state does', () => {
  let bench: StatesBench;
  beforeEach(() => {
    bench = new StatesBench();
  });
  afterEach(() => bench.close());

  test('paths: InputPath, Parameters, ResultSelector, ResultPath and OutputPath, in this order', async () => {
    bench.invoke = (_, event) => ({ ok: true, payload: { seen: event, extra: 1 } });
    const output = await bench.one(
      {
        Type: 'Task',
        Resource: LAMBDA,
        InputPath: '$.in',
        Parameters: { FunctionName: 'f', Payload: { 'value.$': '$.value', 'run.$': '$$.Execution.Input.run', fixed: [1, { 'deep.$': '$.list[1]' }] } },
        ResultSelector: { 'seen.$': '$.Payload.seen', 'status.$': '$.StatusCode' },
        ResultPath: '$.out.result',
        OutputPath: '$.out',
      },
      { run: 'r1', in: { value: 7, list: ['a', 'b'] } },
    );
    expect(bench.invoked).toEqual([{ name: 'f', event: { value: 7, run: 'r1', fixed: [1, { deep: 'b' }] } }]);
    expect(output).toEqual({ result: { seen: { value: 7, run: 'r1', fixed: [1, { deep: 'b' }] }, status: 200 } });
  });

  test('null paths: no input, result dropped, empty output', async () => {
    expect(await bench.one({ Type: 'Pass', InputPath: null, Parameters: { 'all.$': '$' } }, { a: 1 })).toEqual({ all: {} });
    expect(await bench.one({ Type: 'Pass', Result: 'x', ResultPath: null }, { a: 1 })).toEqual({ a: 1 });
    expect(await bench.one({ Type: 'Pass', OutputPath: null }, { a: 1 })).toEqual({});
  });

  test.each<[string, unknown, unknown]>([
    ['$', { a: 1 }, { a: 1 }],
    ["$.a['b c'][0]", { a: { 'b c': [5] } }, 5],
    ['$.a[-1]', { a: [1, 2] }, 2],
    ['$.a[*].b', { a: [{ b: 1 }, { c: 2 }, { b: 3 }] }, [1, 3]],
    ['$..b', { a: [{ b: 1 }], b: 2 }, [2, 1]],
    ['$.a[1:]', { a: [1, 2, 3] }, [2, 3]],
    ['$.snake_case.kebab-case', { snake_case: { 'kebab-case': 1 } }, 1],
  ])('path %s', async (path, input, expected) => {
    expect(await bench.one({ Type: 'Pass', Parameters: { 'v.$': path } }, input)).toEqual({ v: expected });
  });

  test.each<[string, unknown]>([
    ["States.Format('{} and {}: {}', $.name, 3, $.list)", 'floe and 3: [1,2,2]'],
    ["States.Format('it\\'s {}', 'x')", "it's x"],
    ['States.Array($.name, 1, true, null)', ['floe', 1, true, null]],
    ['States.ArrayLength($.list)', 3],
    ['States.ArrayGetItem($.list, 1)', 2],
    ['States.ArrayContains($.list, 2)', true],
    ['States.ArrayPartition($.list, 2)', [[1, 2], [2]]],
    ['States.ArrayRange(1, 9, 4)', [1, 5, 9]],
    ['States.ArrayUnique($.list)', [1, 2]],
    ['States.JsonToString($.object)', '{"a":1}'],
    ['States.StringToJson($.json)', { b: [1] }],
    ['States.JsonMerge($.object, States.StringToJson($.json), false)', { a: 1, b: [1] }],
    ['States.MathAdd($.list[0], -3)', -2],
    ["States.StringSplit('1,2;3', ',;')", ['1', '2', '3']],
    ["States.Hash('floe', 'SHA-256')", 'e12ab0cf'],
    ["States.Base64Encode('floe')", 'ZmxvZQ=='],
    ["States.Base64Decode('ZmxvZQ==')", 'floe'],
    ['States.UUID()', expect.stringMatching(/^[0-9a-f-]{36}$/)],
  ])('intrinsic %s', async (expression, expected) => {
    const input = { name: 'floe', list: [1, 2, 2], object: { a: 1 }, json: '{"b":[1]}' };
    const { v } = (await bench.one({ Type: 'Pass', Parameters: { 'v.$': expression } }, input)) as { v: unknown };
    if (expression.startsWith('States.Hash')) expect(v).toMatch(/^[0-9a-f]{64}$/);
    else expect(v).toEqual(expected);
  });

  test.each<[Record<string, unknown>, unknown, boolean]>([
    [{ Variable: '$.v', StringEquals: 'a' }, { v: 'a' }, true],
    [{ Variable: '$.v', StringEquals: '1' }, { v: 1 }, false],
    [{ Variable: '$.v', StringLessThan: 'b' }, { v: 'a' }, true],
    [{ Variable: '$.v', StringMatches: '*ICEBERG_COMMIT_ERROR*' }, { v: 'x: ICEBERG_COMMIT_ERROR (a.b)\nmore' }, true],
    [{ Variable: '$.v', StringMatches: 'a\\*c' }, { v: 'abc' }, false],
    [{ Variable: '$.v', StringMatches: 'a.c' }, { v: 'abc' }, false],
    [{ Variable: '$.v', NumericGreaterThanEquals: 3 }, { v: 3 }, true],
    [{ Variable: '$.v', NumericLessThan: 3 }, { v: '2' }, false],
    [{ Variable: '$.v', NumericEqualsPath: '$.w' }, { v: 3, w: 3 }, true],
    [{ Variable: '$.v', BooleanEquals: false }, { v: false }, true],
    [{ Variable: '$.v', TimestampLessThan: '2026-01-01T00:00:00Z' }, { v: '2025-12-31T23:00:00-02:00' }, false],
    [{ Variable: '$.v', IsPresent: true }, {}, false],
    [{ Variable: '$.v', IsPresent: false }, {}, true],
    [{ Variable: '$.v', IsNull: true }, { v: null }, true],
    [{ Variable: '$.v', IsNumeric: false }, { v: 'x' }, true],
    [{ Variable: '$.v', IsTimestamp: true }, { v: '2026-01-31T10:00:00Z' }, true],
    [{ And: [{ Variable: '$.v', IsPresent: true }, { Not: { Variable: '$.v', NumericEquals: 1 } }] }, { v: 2 }, true],
    [{ Or: [{ Variable: '$.v', IsString: true }, { Variable: '$.v', IsBoolean: true }] }, { v: 2 }, false],
  ])('choice %j of %j is %s', async (rule, input, expected) => {
    const outcome = await bench.run(
      { StartAt: 'C', States: { C: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' }, Yes: { Type: 'Pass', Result: true, End: true }, No: { Type: 'Pass', Result: false, End: true } } },
      input,
    );
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: expected });
  });

  test('a choice without match or default, and one on a value that is not there, end the execution', async () => {
    const definition = { StartAt: 'C', States: { C: { Type: 'Choice', Choices: [{ Variable: '$.v', NumericEquals: 1, Next: 'Y' }] }, Y: { Type: 'Succeed' } } };
    expect(await bench.run(definition, { v: 2 })).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
    expect(await bench.run(definition, {})).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  test('Wait waits by seconds, path and timestamp', async () => {
    await bench.one({ Type: 'Wait', Seconds: 3 });
    await bench.one({ Type: 'Wait', SecondsPath: '$.s' }, { s: 2 });
    await bench.one({ Type: 'Wait', TimestampPath: '$.t' }, { t: new Date(bench.clock.now().getTime() + 60_000).toISOString() });
    await bench.one({ Type: 'Wait', Timestamp: '2001-01-01T00:00:00Z' });
    expect(bench.slept).toEqual([3000, 2000, 60_000]);
  });

  test('Parallel answers in the order of its branches', async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: name, Payload: name }, OutputPath: '$.Payload', End: true } } });
    bench.invoke = async (name) => {
      if (name === 'a') await new Promise((resolve) => setTimeout(resolve, 20));
      return { ok: true, payload: name };
    };
    expect(await bench.one({ Type: 'Parallel', Branches: [branch('a'), branch('b')], ResultPath: '$.all' }, { kept: 1 })).toEqual({ kept: 1, all: ['a', 'b'] });
  });

  test('a failing branch ends its neighbours and is caught by the Parallel', async () => {
    bench.invoke = (name) => (name === 'bad' ? { ok: false, errorType: 'Boom', errorMessage: 'no' } : new Promise(() => undefined));
    const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: name }, End: true } } });
    const outcome = await bench.run({
      StartAt: 'P',
      States: { P: { Type: 'Parallel', Branches: [branch('endless'), branch('bad')], Catch: [{ ErrorEquals: ['Boom'], ResultPath: '$.failure', Next: 'F' }], End: true }, F: { Type: 'Pass', End: true } },
    });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { failure: { Error: 'Boom' } } });
  });

  test('Map gives each item its context, keeps the order, and no more than MaxConcurrency run at once', async () => {
    let active = 0;
    let most = 0;
    bench.invoke = async (_, event) => {
      active += 1;
      most = Math.max(most, active);
      await new Promise((resolve) => setTimeout(resolve, 5));
      active -= 1;
      return { ok: true, payload: event };
    };
    const output = await bench.one(
      {
        Type: 'Map',
        ItemsPath: '$.items',
        MaxConcurrency: 2,
        ItemSelector: { 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'run.$': '$.run' },
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'T', States: { T: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'f', 'Payload.$': '$' }, OutputPath: '$.Payload', End: true } } },
        ResultPath: '$.out',
      },
      { run: 'r', items: ['a', 'b', 'c'] },
    );
    expect(most).toBe(2);
    expect(output).toMatchObject({ out: [{ item: 'a', index: 0, run: 'r' }, { item: 'b', index: 1, run: 'r' }, { item: 'c', index: 2, run: 'r' }] });
  });

  test('an empty Map succeeds with an empty list', async () => {
    expect(await bench.one({ Type: 'Map', ItemProcessor: { StartAt: 'T', States: { T: { Type: 'Pass', End: true } } } }, [])).toEqual([]);
  });

  test('Retry waits longer each time, up to MaxDelaySeconds, each retrier with its own count', async () => {
    let calls = 0;
    bench.invoke = () => {
      calls += 1;
      return calls <= 4 ? { ok: false, errorType: calls === 2 ? 'Other' : 'Busy', errorMessage: 'no' } : { ok: true, payload: calls };
    };
    const output = await bench.one({
      Type: 'Task',
      Resource: LAMBDA,
      Parameters: { FunctionName: 'f' },
      OutputPath: '$.Payload',
      Retry: [
        { ErrorEquals: ['Busy'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 3, MaxDelaySeconds: 10 },
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 4, JitterStrategy: 'FULL' },
      ],
    });
    expect(output).toBe(5);
    expect(bench.slept).toEqual([2000, 2000, 6000, 10_000]);
  });

  test('when retries are used up, Catch takes the error, with Error and Cause as AWS gives them', async () => {
    bench.invoke = () => ({ ok: false, errorType: 'AuditFailed', errorMessage: 'keys are not unique' });
    const outcome = await bench.run(
      {
        StartAt: 'T',
        States: {
          T: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'f' }, Retry: [{ ErrorEquals: ['AuditFailed'], MaxAttempts: 1 }], Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: 'F' }], End: true },
          F: { Type: 'Fail', ErrorPath: '$.failure.Error', CausePath: '$.failure.Cause' },
        },
      },
      { kept: true },
    );
    expect(bench.invoked).toHaveLength(2);
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'AuditFailed', cause: JSON.stringify({ errorMessage: 'keys are not unique', errorType: 'AuditFailed', trace: [] }) });
  });

  test('an error of the service carries its name; States.ALL does not catch States.Runtime', async () => {
    bench.invoke = () => {
      throw new AwsError('ResourceNotFoundException', 'Function not found');
    };
    const task = { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'f' }, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'F' }], End: true };
    expect(await bench.run({ StartAt: 'T', States: { T: task, F: { Type: 'Succeed' } } })).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'Lambda.ResourceNotFoundException', Cause: 'Function not found' } });
    expect(await bench.run({ StartAt: 'T', States: { T: { ...task, InputPath: '$.missing' }, F: { Type: 'Succeed' } } })).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  test('a task that does not end in time is States.Timeout', async () => {
    bench.invoke = () => new Promise(() => undefined);
    const outcome = await bench.run({ StartAt: 'T', States: { T: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'f' }, TimeoutSeconds: 1, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'F' }], End: true }, F: { Type: 'Succeed' } } });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'States.Timeout' } });
  });

  test('a query runs to its end; one that fails is States.TaskFailed with the execution in Cause', async () => {
    const query = { Type: 'Task', Resource: ATHENA, Parameters: { 'QueryString.$': "States.Format('SELECT {}', $.n)", WorkGroup: 'wg' } };
    expect(await bench.one(query, { n: 1 })).toEqual({ QueryExecution: { QueryExecutionId: 'query-1' } });
    expect(bench.started).toEqual([{ QueryString: 'SELECT 1', WorkGroup: 'wg' }]);
    bench.query = (id) => ({ state: 'FAILED', execution: { QueryExecutionId: id, Status: { State: 'FAILED', StateChangeReason: 'ICEBERG_COMMIT_ERROR: conflict' } } });
    const outcome = await bench.run({ StartAt: 'Q', States: { Q: { ...query, End: true } } }, { n: 1 });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(outcome.cause!)).toEqual({ QueryExecution: { QueryExecutionId: 'query-2', Status: { State: 'FAILED', StateChangeReason: 'ICEBERG_COMMIT_ERROR: conflict' } } });
  });

  test('Cause has 32,768 characters at most: the reason of a long statement, which stands behind it, is not among them', async () => {
    const ask = async (statement: string): Promise<string | undefined> => {
      bench.query = (id) => ({ state: 'FAILED', execution: { Status: { StateChangeReason: 'ICEBERG_COMMIT_ERROR: conflict', State: 'FAILED' }, QueryExecutionId: id, Query: statement } });
      return (await bench.run({ StartAt: 'Q', States: { Q: { Type: 'Task', Resource: ATHENA, Parameters: { QueryString: statement }, End: true } } })).cause;
    };
    expect(await ask('SELECT 1')).toBe('{"QueryExecution":{"Query":"SELECT 1","QueryExecutionId":"query-1","Status":{"State":"FAILED","StateChangeReason":"ICEBERG_COMMIT_ERROR: conflict"}}}');
    const cut = await ask(`SELECT '${'x'.repeat(40_000)}'`);
    expect(cut).toHaveLength(32_768);
    expect(cut).toMatch(/^\{"QueryExecution":\{"Query":"SELECT 'x+$/);
  });

  test('a notification is published; an object becomes its JSON', async () => {
    await bench.one({ Type: 'Task', Resource: 'arn:aws:states:::sns:publish', Parameters: { TopicArn: 't', Subject: 's', 'Message.$': '$' } }, { rows: 3 });
    expect(bench.published).toEqual([{ topic: 't', message: '{"rows":3}', subject: 's' }]);
    await bench.one({ Type: 'Task', Resource: 'arn:aws:states:::sns:publish', Parameters: { TopicArn: 't', Message: 'm', MessageAttributes: { kind: { DataType: 'String', 'StringValue.$': '$.kind' } } } }, { kind: 'k' });
    expect(bench.published[1]).toMatchObject({ message: 'm', attributes: { kind: { Type: 'String', Value: 'k' } } });
  });

  test('an execution of another machine is awaited, its output parsed, its failure told', async () => {
    const child = await bench.create({ StartAt: 'P', States: { P: { Type: 'Pass', Parameters: { 'twice.$': 'States.MathAdd($.n, $.n)' }, End: true } } });
    const failing = await bench.create({ StartAt: 'F', States: { F: { Type: 'Fail', Error: 'E', Cause: 'c' } } });
    const task = (StateMachineArn: string) => ({ Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync:2', Parameters: { StateMachineArn, Input: { n: 4 } } });
    expect(await bench.one(task(child))).toMatchObject({ Status: 'SUCCEEDED', Output: { twice: 8 } });
    await expect(bench.one(task(failing))).rejects.toThrow('States.TaskFailed');
  });

  test('a result above 256 KiB ends the execution', async () => {
    bench.invoke = () => ({ ok: true, payload: 'x'.repeat(300_000) });
    const outcome = await bench.run({ StartAt: 'T', States: { T: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'f' }, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'F' }], End: true }, F: { Type: 'Succeed' } } });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  test('a loop ends at 25,000 history events', async () => {
    const outcome = await bench.run({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'C' }, C: { Type: 'Choice', Choices: [{ Variable: '$.never', IsPresent: true, Next: 'E' }], Default: 'A' }, E: { Type: 'Succeed' } } });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining('25000') as string });
  });
});
