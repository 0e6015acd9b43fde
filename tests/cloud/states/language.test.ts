import { StatesBench } from './support.ts';

/** Cases of the States Language (https://states-language.net/spec.html) and of the error names the service reports for them. */
const LAMBDA = 'arn:aws:states:::lambda:invoke';

let bench: StatesBench;
beforeEach(() => {
  bench = new StatesBench();
});
afterEach(() => bench.close());

const task = (more: Record<string, unknown> = {}) => ({ Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'f' }, ...more });
/** How a state of its own ends: its output, or the error. */
const outcome = async (state: Record<string, unknown>, input: unknown = {}): Promise<unknown> => {
  const { status, output, error } = await bench.run({ StartAt: 'S', States: { S: { ...state, End: true }, Caught: { Type: 'Pass', End: true } } }, input);
  return status === 'SUCCEEDED' ? output : `${status} ${error}`;
};
const value = (path: string, input: unknown) => outcome({ Type: 'Pass', Parameters: { 'v.$': path } }, input);

describe('states: paths', () => {
  const books = { limit: 9, list: [{ t: 'a', p: 8, tags: ['x'] }, { t: 'b', p: 12, isbn: '1' }, { t: "c's", p: 9, isbn: '2', sub: { n: null } }] };
  test.each<[string, unknown]>([
    ['$.list[?(@.p < 10)].t', ['a', "c's"]],
    ['$.list[?(@.p <= $.limit && @.isbn)].t', ["c's"]],
    ["$.list[?(@.t == 'b' || @['p'] == 8)].t", ['a', 'b']],
    ['$.list[?(!@.isbn)].t', ['a']],
    ['$.list[?(!(@.p > 8) || @.isbn == "2")].p', [8, 9]],
    ['$.list[?(@.t =~ /[AB]/i)].p', [8, 12]],
    ["$.list[?(@.t in ['b', 'z'])].p", [12]],
    ["$.list[?(@.t nin ['b', 'z'])].p", [8, 9]],
    ['$.list[?(@.sub.n == null)].p', [9]],
    ["$.list[?(@.p == '8')]", []],
    ["$.list[?(@.t != 'a')].p", [12, 9]],
    ["$.list[?(@.t == 'c\\'s')].p", [9]],
    ['$.list[0,2].p', [8, 9]],
    ["$.list[0]['t','p']", ['a', 8]],
    ['$.list[-1].p', 9],
    ['$.list[-2:].p', [12, 9]],
    ['$.list[:1].p', [8]],
    ['$.list[*].isbn', ['1', '2']],
    ['$..isbn', ['1', '2']],
    ['$..missing', []],
    ['$.list[0].*', ['a', 8, ['x']]],
    ['$', books],
  ])('%s finds', async (path, expected) => {
    expect(await value(path, books)).toEqual({ v: expected });
  });

  test.each(['$.missing[*]', '$.missing.x', '$.list[9]', '$.list[-9]', '$.limit[0:1]', '$.limit.x', '$.list.length()', '$.missing[?(@.a)]', '$.__proto__', '$.constructor'])('%s finds nothing: States.Runtime', async (path) => {
    expect(await value(path, books)).toBe('FAILED States.Runtime');
  });

  test('the error names state, event, path and field as AWS does', async () => {
    const definition = { StartAt: 'First', States: { First: { Type: 'Pass', Next: 'Check' }, Check: { Type: 'Pass', Parameters: { 'address.$': '$.application.address' }, End: true } } };
    expect(await bench.run(definition, { flagged: false })).toMatchObject({
      error: 'States.Runtime',
      cause: `An error occurred while executing the state 'Check' (entered at the event id #4). The JSONPath '$.application.address' specified for the field 'address.$' could not be found in the input '{"flagged":false}'`,
    });
  });
});

describe('states: input and output', () => {
  test.each<[Record<string, unknown>, unknown, unknown]>([
    [{ Result: 5, ResultPath: '$.a.b' }, { c: 1 }, { c: 1, a: { b: 5 } }],
    [{ Result: 5, ResultPath: '$.a' }, { a: 1, c: 1 }, { a: 5, c: 1 }],
    [{ Result: 5, ResultPath: '$.a[1]' }, { a: [1, 2] }, { a: [1, 5] }],
    [{ Result: 5, ResultPath: "$['a b']" }, {}, { 'a b': 5 }],
    [{ Result: 5, ResultPath: '$.a[7]' }, { a: [1] }, 'FAILED States.ResultPathMatchFailure'],
    [{ Result: 5, ResultPath: '$.a' }, 'text', 'FAILED States.ResultPathMatchFailure'],
    [{ Result: 5, ResultPath: '$.a' }, null, 'FAILED States.ResultPathMatchFailure'],
    [{ Result: 5, ResultPath: '$.a.b' }, { a: 'text' }, 'FAILED States.ResultPathMatchFailure'],
    [{ Result: 5, ResultPath: '$' }, { a: 1 }, 5],
    [{ Result: { 'x.$': '$.a' } }, { a: 1 }, { 'x.$': '$.a' }],
    [{ InputPath: '$.a', ResultPath: '$.copy' }, { a: 1 }, { a: 1, copy: 1 }],
    [{ InputPath: '$.a', OutputPath: '$.b' }, { a: { b: 2 } }, 2],
    [{ InputPath: null, ResultPath: '$.copy' }, { a: 1 }, { a: 1, copy: {} }],
    [{ InputPath: '$$.Execution.Name' }, {}, 'execution'],
    [{ OutputPath: '$$.State.Name' }, {}, 'S'],
    [{ OutputPath: '$.none' }, {}, 'FAILED States.Runtime'],
    [{ Parameters: [1, { 'x.$': '$.a' }, [{ 'y.$': "States.Format('{}', $.a)" }]] }, { a: 1 }, [1, { x: 1 }, [{ y: '1' }]]],
    [{ Parameters: { a: '$.a' } }, { a: 1 }, { a: '$.a' }],
  ])('Pass %j of %j', async (fields, input, expected) => {
    expect(await outcome({ Type: 'Pass', ...fields }, input)).toEqual(expected);
  });

  test('Succeed and Fail by their paths', async () => {
    const one = (state: unknown, input: unknown) => bench.run({ StartAt: 'S', States: { S: state } }, input);
    expect(await one({ Type: 'Succeed', InputPath: '$.a', OutputPath: '$.b' }, { a: { b: 1 } })).toMatchObject({ status: 'SUCCEEDED', output: 1 });
    expect(await one({ Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('no {}', $.what)" }, { e: 'E', what: 'luck' })).toMatchObject({ error: 'E', cause: 'no luck' });
    expect(await one({ Type: 'Fail', ErrorPath: '$.e' }, { e: 3 })).toMatchObject({ error: 'States.Runtime' });
    expect(await one({ Type: 'Fail' }, {})).toEqual({ executionArn: 'execution', status: 'FAILED' });
  });

  test.each<[Record<string, unknown>, unknown, string]>([
    [{ SecondsPath: '$.s' }, { s: 1.5 }, 'cannot be parsed as a long value: $.s == 1.5'],
    [{ SecondsPath: '$.s' }, { s: '3' }, 'cannot be parsed'],
    [{ SecondsPath: '$.s' }, { s: null }, 'cannot be parsed'],
    [{ SecondsPath: '$.s' }, { s: -1 }, 'references a negative value'],
    [{ TimestampPath: '$.s' }, { s: '2026-01-01' }, 'does not reference a valid ISO-8601'],
    [{ TimestampPath: '$.s' }, { s: '2026-01-01t00:00:00z' }, 'does not reference a valid ISO-8601'],
  ])('Wait %j of %j is States.Runtime', async (fields, input, text) => {
    const { error, cause } = await bench.run({ StartAt: 'W', States: { W: { Type: 'Wait', ...fields, End: true } } }, input);
    expect({ error, cause }).toEqual({ error: 'States.Runtime', cause: expect.stringContaining(text) as string });
    expect(bench.slept).toEqual([]);
  });

  test('a Map whose items or concurrency are of another kind is States.Runtime', async () => {
    const map = { Type: 'Map', ItemsPath: '$.items', ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } } };
    expect(await outcome(map, { items: { a: 1 } })).toBe('FAILED States.Runtime');
    expect(await outcome({ ...map, MaxConcurrencyPath: '$.n' }, { items: [1], n: 'two' })).toBe('FAILED States.Runtime');
    expect(await outcome({ ...map, MaxConcurrencyPath: '$.n' }, { items: [1, 2], n: 1 })).toEqual([1, 2]);
  });
});

describe('states: intrinsic functions', () => {
  const input = { list: [1, 2], text: 'x', object: { a: 1 }, big: 'x'.repeat(10_001) };
  test.each<[string, unknown]>([
    ["States.Format('\\{\\} {} \\\\ \\'', 1)", "{} 1 \\ '"],
    ["States.Format('no place')", 'no place'],
    ['States.ArrayRange(5, 1, -2)', [5, 3, 1]],
    ['States.ArrayPartition($.list, 5)', [[1, 2]]],
    ['States.ArrayContains($.list, 9)', false],
    ['States.Array()', []],
    ['States.MathAdd(1, States.ArrayLength($.list))', 3],
    ["States.StringSplit('a.b', '.')", ['a', 'b']],
    ["States.ArrayGetItem(States.StringSplit('a]b', ']'), 1)", 'b'],
    ['States.Array($$.Execution.Name, $.list[?(@ > 1)])', ['execution', [2]]],
    ["States.JsonToString('x')", '"x"'],
    ["States.Hash('', 'MD5')", 'd41d8cd98f00b204e9800998ecf8427e'],
  ])('%s', async (expression, expected) => {
    expect(await value(expression, input)).toEqual({ v: expected });
  });

  test.each([
    "States.Format('{} {}', 1)",
    'States.Format($.list)',
    'States.ArrayGetItem($.list, 2)',
    'States.ArrayGetItem($.list, -1)',
    'States.ArrayGetItem($.text, 0)',
    'States.ArrayLength($.text)',
    'States.ArrayLength($.list, 1)',
    'States.ArrayPartition($.list, 0)',
    'States.ArrayRange(1, 2, 0)',
    'States.ArrayRange(1, 2000, 1)',
    'States.ArrayUnique($.object)',
    'States.Base64Encode($.big)',
    "States.Base64Decode('%')",
    "States.Hash('x', 'SHA-3')",
    'States.JsonMerge($.object, $.object, true)',
    'States.JsonMerge($.object, $.list, false)',
    "States.StringToJson('{')",
    'States.StringToJson($.list)',
    "States.MathAdd('1', 2)",
    'States.MathAdd(3000000000, 2)',
    'States.UUID(1)',
    'States.Array(1',
    'States.Nonsense()',
    'States.constructor()',
    `${'States.Array('.repeat(11)}1${')'.repeat(11)}`,
  ])('%s is States.IntrinsicFailure', async (expression) => {
    expect(await value(expression, input)).toBe('FAILED States.IntrinsicFailure');
  });

  test('an argument that is not there is States.Runtime, and the whole expression is quoted', async () => {
    expect(await bench.run({ StartAt: 'Pick', States: { Pick: { Type: 'Pass', Parameters: { 'v.$': "States.Format('{}', $.nope)" }, End: true } } }, { other: 1 })).toMatchObject({
      error: 'States.Runtime',
      cause: `An error occurred while executing the state 'Pick' (entered at the event id #2). The function 'States.Format('{}', $.nope)' had the following error: The JsonPath argument for the field '$.nope' could not be found in the input '{"other":1}'`,
    });
  });
});

describe('states: choice', () => {
  const choose = async (rule: Record<string, unknown>, input: unknown): Promise<unknown> => {
    const states = { C: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' }, Yes: { Type: 'Pass', Result: true, End: true }, No: { Type: 'Pass', Result: false, End: true } };
    const { status, output, error } = await bench.run({ StartAt: 'C', States: states }, input);
    return status === 'SUCCEEDED' ? output : error;
  };
  const values = { String: ['a', 'b', 1], Numeric: [1, 2.5, '1'], Timestamp: ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00.5+00:30', 'x'] };
  const relations: [string, boolean, boolean][] = [['Equals', false, true], ['LessThan', true, false], ['LessThanEquals', true, true], ['GreaterThan', false, false], ['GreaterThanEquals', false, true]];
  const cases = Object.entries(values).flatMap(([kind, [less, more, other]]) => relations.map(([relation, ofLess, ofSame]) => ({ operator: `${kind}${relation}`, less, more, other, ofLess, ofSame })));

  test.each(cases)('$operator and its Path', async ({ operator, less, more, other, ofLess, ofSame }) => {
    for (const [v, expected] of [[less, ofLess], [more, ofSame], [other, false], [null, false]]) {
      expect(await choose({ Variable: '$.v', [operator]: more }, { v })).toBe(expected);
      expect(await choose({ Variable: '$.v', [`${operator}Path`]: '$.w' }, { v, w: more })).toBe(expected);
    }
  });

  test.each<[Record<string, unknown>, unknown, unknown]>([
    [{ Variable: '$.v', BooleanEqualsPath: '$.w' }, { v: true, w: true }, true],
    [{ Variable: '$.v', BooleanEquals: true }, { v: 'true' }, false],
    [{ Variable: '$.v', IsNull: false }, { v: 0 }, true],
    [{ Variable: '$.v', IsPresent: true }, { v: null }, true],
    [{ Variable: '$.a.b', IsPresent: false }, { a: 1 }, true],
    [{ Variable: '$.v', IsString: true }, { v: '' }, true],
    [{ Variable: '$.v', IsBoolean: true }, { v: false }, true],
    [{ Variable: '$.v', IsTimestamp: true }, { v: '2026-02-30' }, false],
    [{ Variable: '$.v', StringMatches: '*.c?v' }, { v: 'a.c?v' }, true],
    [{ Variable: '$.v', StringMatches: '*.c?v' }, { v: 'a.csv' }, false],
    [{ Variable: '$.v', StringMatches: 'a\\\\b\\*' }, { v: 'a\\b*' }, true],
    [{ Variable: '$.v', StringMatches: '' }, { v: '' }, true],
    [{ Variable: '$.v', StringMatches: '1' }, { v: 1 }, false],
    [{ Not: { Or: [{ Variable: '$.v', NumericEquals: 1 }, { Variable: '$.v', NumericEquals: 2 }] } }, { v: 3 }, true],
    [{ And: [{ Variable: '$.v', IsPresent: true }, { Variable: '$.v', NumericEquals: 1 }] }, {}, false],
    [{ Variable: '$$.Execution.Name', StringEquals: 'execution' }, {}, true],
    [{ Variable: '$.v', NumericEqualsPath: '$.w' }, { v: 1 }, 'States.Runtime'],
    [{ Variable: '$.v', IsString: true }, {}, 'States.Runtime'],
  ])('%j of %j', async (rule, input, expected) => {
    expect(await choose(rule, input)).toBe(expected);
  });
});

describe('states: errors', () => {
  const catching = (...lists: string[][]) => lists.map((ErrorEquals, index) => ({ ErrorEquals, ResultPath: `$.by${index}`, Next: 'Caught' }));
  /** Which catcher took the error, or the error. */
  const caughtBy = async (state: Record<string, unknown>, ...lists: string[][]): Promise<unknown> => {
    const result = await outcome({ ...state, Catch: catching(...lists) });
    return typeof result === 'object' ? Object.keys(result as object)[0] : result;
  };
  const fails = (errorType: string) => (bench.invoke = () => ({ ok: false, errorType, errorMessage: 'no' }));

  test.each<[string, string[][], string]>([
    ['Boom', [['Other'], ['Boom'], ['States.ALL']], 'by1'],
    ['Boom', [['Other'], ['States.ALL']], 'by1'],
    ['Boom', [['States.TaskFailed'], ['Boom']], 'by0'],
    ['Boom', [['States.Timeout']], 'FAILED Boom'],
    ['States.Timeout', [['States.TaskFailed'], ['States.Timeout']], 'by1'],
    ['States.HeartbeatTimeout', [['States.Timeout']], 'by0'],
    ['States.Permissions', [['States.Permissions']], 'by0'],
    ['States.Runtime', [['States.Runtime'], ['States.TaskFailed'], ['States.ALL']], 'FAILED States.Runtime'],
    ['States.DataLimitExceeded', [['States.TaskFailed'], ['States.ALL']], 'FAILED States.DataLimitExceeded'],
    ['States.DataLimitExceeded', [['States.DataLimitExceeded']], 'by0'],
  ])('%s is taken of %j by %s', async (error, lists, expected) => {
    fails(error);
    expect(await caughtBy(task(), ...lists)).toBe(expected);
  });

  test('a path that finds nothing in Parameters or ResultSelector is not caught; a ResultPath that cannot be, and a function, are', async () => {
    expect(await caughtBy(task({ Parameters: { 'FunctionName.$': '$.none' } }), ['States.ALL'])).toBe('FAILED States.Runtime');
    expect(await caughtBy(task({ ResultSelector: { 'x.$': '$.none' } }), ['States.ALL'])).toBe('FAILED States.Runtime');
    expect(await caughtBy(task({ ResultSelector: { 'x.$': 'States.MathAdd($.StatusCode, null)' } }), ['States.IntrinsicFailure'])).toBe('by0');
    expect(await caughtBy(task({ ResultPath: '$.a[1]' }), ['States.ResultPathMatchFailure'])).toBe('by0');
  });

  test('the limit of 256 KiB holds for parameters, results and outputs; its name catches it', async () => {
    bench.invoke = () => ({ ok: true, payload: 'x'.repeat(300_000) });
    expect(await caughtBy(task(), ['States.DataLimitExceeded'])).toBe('by0');
    const states = { P: { Type: 'Pass', Parameters: { 'twice.$': 'States.Array($.x, $.x)' }, End: true } };
    expect(await bench.run({ StartAt: 'P', States: states }, { x: 'x'.repeat(140_000) })).toMatchObject({ error: 'States.DataLimitExceeded', cause: "The state/task 'P' returned a result with a size exceeding the maximum number of bytes service limit." });
  });

  test('a branch fails its Parallel with its own error, and each retry begins all branches anew', async () => {
    const one = (name: string) => ({ StartAt: name, States: { [name]: task({ Parameters: { FunctionName: name }, End: true }) } });
    bench.invoke = (name) => (name === 'bad' ? { ok: false, errorType: 'Boom', errorMessage: 'no' } : { ok: true, payload: 1 });
    expect(await caughtBy({ Type: 'Parallel', Branches: [one('good'), one('bad')], Retry: [{ ErrorEquals: ['Boom'], MaxAttempts: 1 }] }, ['Boom'])).toBe('by0');
    expect(bench.invoked.map(({ name }) => name)).toEqual(['good', 'bad', 'good', 'bad']);
  });

  test('retries are counted in the context, never for MaxAttempts 0, and FULL jitter stays within the delay', async () => {
    const seen: unknown[] = [];
    bench.invoke = (_, event) => {
      seen.push(event);
      return { ok: false, errorType: 'Boom', errorMessage: 'no' };
    };
    const counting = task({ Parameters: { FunctionName: 'f', 'Payload.$': '$$.State.RetryCount' }, Retry: [{ ErrorEquals: ['Never'], MaxAttempts: 9 }, { ErrorEquals: ['Boom'], IntervalSeconds: 4, BackoffRate: 1.5, MaxAttempts: 3, JitterStrategy: 'FULL' }] });
    expect(await outcome(counting)).toBe('FAILED Boom');
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(bench.slept).toEqual([2000, 3000, 4500]);
    expect(await outcome(task({ Retry: [{ ErrorEquals: ['Boom'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }] }))).toBe('FAILED Boom');
    expect(seen).toHaveLength(5);
  });
});
