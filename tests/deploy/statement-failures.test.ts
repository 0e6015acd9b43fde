import { readFileSync } from 'node:fs';
import { StatesBench } from '../cloud/states/support.ts';

interface States {
  States: Record<string, Record<string, unknown> & { ItemProcessor?: States }>;
}

/** The loop of a phase's statements, as workflows/hourly.asl.json has it. */
const loopOf = (definition: States): States => {
  const inner = Object.values(definition.States).find(({ ItemProcessor }) => ItemProcessor)?.ItemProcessor;
  return inner ? loopOf(inner) : definition;
};

const loop = loopOf(JSON.parse(readFileSync('workflows/hourly.asl.json', 'utf8')) as States);

/** The states that IsRetriable goes to, each told by its name. */
const DECISION = {
  StartAt: 'IsRetriable',
  States: { IsRetriable: loop.States['IsRetriable'], WaitBeforeRetry: { Type: 'Pass', Result: 'again', End: true }, StatementFailed: { Type: 'Pass', Result: 'failed', End: true } },
};

/** The Cause of a query that FAILED: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html */
const causeOf = (reason: string, { retryable = false, statement = 'MERGE INTO t' } = {}): string =>
  JSON.stringify({
    QueryExecution: { Query: statement, QueryExecutionId: 'q', Status: { AthenaError: { ErrorCategory: 2, ErrorType: 1006, Retryable: retryable, ErrorMessage: reason }, State: 'FAILED', StateChangeReason: reason }, WorkGroup: 'w' },
  }).slice(0, 32_768);

const LONG = `MERGE INTO t USING (SELECT * FROM s WHERE "$path" IN (${"'s3://lake/bronze/events/x', ".repeat(2_000)}''))`;

describe('a statement that failed', () => {
  const bench = new StatesBench();
  afterAll(() => bench.close());

  test.each([
    ['ICEBERG_COMMIT_ERROR: Failed to commit', causeOf('ICEBERG_COMMIT_ERROR: Failed to commit'), 'again'],
    ['an error that Athena calls retryable', causeOf('GENERIC_INTERNAL_ERROR: exchange lost', { retryable: true }), 'again'],
    ['one of the SQL', causeOf('TYPE_MISMATCH: line 1:8'), 'failed'],
    ['one of the SQL, of a statement that speaks of retrying', causeOf('TYPE_MISMATCH: line 1:8', { statement: `SELECT '"Retryable":true'` }), 'failed'],
    ['one that a person has stopped', JSON.stringify({ QueryExecution: { Query: 'MERGE INTO t', Status: { State: 'CANCELLED' }, WorkGroup: 'w' } }), 'failed'],
    ['one that is cut off behind a long statement', causeOf('ICEBERG_COMMIT_ERROR: Failed to commit', { statement: LONG }), 'again'],
  ])('%s', async (_, Cause, expected) => {
    const decide = async (attempt: number): Promise<unknown> => (await bench.run(DECISION, { attempt, failure: { Error: 'States.TaskFailed', Cause } })).output;
    expect(await decide(0)).toBe(expected);
    expect(await decide(4)).toBe('failed');
  });

  test.each([
    ['Athena.TooManyRequestsException', 'again'],
    ['Athena.InternalServerException', 'again'],
    ['Athena.SdkClientException', 'again'],
    ['Athena.InvalidRequestException', 'failed'],
  ])('%s: %s', async (error, expected) => {
    expect((await bench.run(DECISION, { attempt: 0, failure: { Error: error, Cause: 'as the service says' } })).output).toBe(expected);
  });

  test('leaves room among the 25,000 events of an execution for twelve statements that need fifty more runs each', async () => {
    const statements = 12;
    bench.invoke = (_, event) => ({ ok: true, payload: (event as { step: number }).step < statements ? { done: false, sql: 'VACUUM t', token: 't', retrySeconds: 1 } : { done: true } });
    let asked = 0;
    bench.query = () => (++asked % 51 === 0 ? { state: 'SUCCEEDED', execution: { QueryExecutionId: 'q' } } : { state: 'FAILED', execution: { Status: { StateChangeReason: 'ICEBERG_VACUUM_MORE_RUNS_NEEDED' } } });
    const outcome = await bench.run(loop, { runId: 'r', phase: 'maintenance', step: 0, attempt: 0, query: { queryExecutionId: null } });
    expect([outcome.status, asked]).toEqual(['SUCCEEDED', statements * 51]);
  });
});
