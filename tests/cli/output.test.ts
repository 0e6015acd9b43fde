import { formatBytes, formatCount, formatDuration, plural, shorten } from '../../cli/output/format.ts';
import { printHeld } from '../../cli/output/print-held.ts';
import { renderResult } from '../../cli/output/render-result.ts';
import { committedRunOf, failuresOf, renderFigures } from '../../cli/output/render-turn.ts';
import { plainStyle, styleFor } from '../../cli/output/style.ts';
import { renderTable, widthOf } from '../../cli/output/table.ts';
import type { TurnReport } from '../../cli/pipeline/run-workflow.ts';
import { stepOf } from '../../cli/pipeline/run-workflow.ts';
import type { SourceFigures } from '../../cli/reports/run-report.ts';

const figures = (changes: Partial<SourceFigures> = {}): SourceFigures =>
  ({ sourceSystem: 'app', bronzeObjects: 1, bronzeRows: 10, silverRows: 7, duplicates: 2, quarantined: 1, heldObjects: 0, status: 'committed', ...changes });
const turn = (changes: Partial<TurnReport> = {}): TurnReport => ({
  durations: { delivery: 1, ingest: 1, workflow: 1 },
  transactions: { ok: true, value: { files: [] } },
  users: { ok: true, value: {} },
  redrive: { ok: true, value: {} },
  workflow: { executionArn: 'arn', status: 'SUCCEEDED', output: { runId: 'r1', changedTables: [] }, error: undefined, cause: undefined },
  ...changes,
});

describe('numbers and texts for people', () => {
  test.each([[0, '0 ms'], [999, '999 ms'], [2444, '2.4 s'], [185_000, '3 min 05 s'], [25_920_000, '7 h 12 min'], [3_000 * 86_400_000, '3,000 days']])('%d ms is %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
  test.each([[512, '512 B'], [1536, '1.5 KB'], [5 << 20, '5.0 MB']])('%d bytes is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
  test('counts have separators, and words their plural', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect([plural(1, 'file'), plural(2, 'file'), plural(0, 'entry', 'entries')]).toEqual(['1 file', '2 files', '0 entries']);
  });
  test('shortened text is one line', () => expect(shorten('a\n  b c', 4)).toBe('a b…'));
  test('a record\'s control characters cannot reach the terminal', () => expect(shorten('a\u001b[31mb\u0007', 20)).toBe('a [31mb '));
});

describe('tables', () => {
  test('columns are as wide as their widest cell, numbers right', () => {
    expect(renderTable([{ title: 'name' }, { title: 'rows', align: 'right' }], [['a', '1'], ['longer', '1,000']])).toBe(
      ['name     rows', '──────  ─────', 'a           1', 'longer  1,000'].join('\n'),
    );
  });
  test('wide characters count as two columns, combining marks as none', () => {
    expect([widthOf('日本'), widthOf('é'), widthOf('e\u0301'), widthOf('✓')]).toEqual([4, 1, 1, 1]);
  });
  test('colours only on a terminal, and not with NO_COLOR', () => {
    expect(styleFor(true, {}).bold('x')).not.toBe('x');
    expect(styleFor(true, { NO_COLOR: '1' }).bold('x')).toBe('x');
    expect(styleFor(true, { NO_COLOR: '' }).bold('x')).not.toBe('x');
    expect(styleFor(false, {}).bold('x')).toBe('x');
  });
});

describe('query results', () => {
  const result = {
    columns: [{ name: 'text', type: 'varchar' }, { name: 'count', type: 'bigint' }, { name: 'price', type: 'decimal' }, { name: 'yes', type: 'boolean' }],
    rows: [['a,"b"', '9007199254740993', '1.10', 'true'], [null, '7', null, 'false'], ['', '0', '0.00', null]],
    bytesScanned: 0,
  };
  test('as JSON: exact numbers as numbers, what JavaScript would round as text', () => {
    expect(JSON.parse(renderResult(result, 'json'))).toEqual([
      { text: 'a,"b"', count: '9007199254740993', price: '1.10', yes: true },
      { text: null, count: 7, price: null, yes: false },
      { text: '', count: 0, price: '0.00', yes: null },
    ]);
  });
  test('as CSV: NULL and empty text differ, quotes are doubled', () => {
    expect(renderResult(result, 'csv')).toBe(['text,count,price,yes', '"a,""b""",9007199254740993,1.10,true', ',7,,false', '"",0,0.00,'].join('\n'));
  });
  test('as a table: control characters cannot reach the terminal', () => {
    const table = renderResult({ columns: [{ name: 'x', type: 'varchar' }], rows: [['a\u001b[31m\nb']], bytesScanned: 0 }, 'table');
    expect(table.split('\n')).toHaveLength(3);
    expect(table).not.toContain('\u001b');
  });
  test('a statement without a result prints nothing', () => expect(renderResult({ columns: [], rows: [], bytesScanned: 0 }, 'table')).toBe(''));
});

describe('what came of a run', () => {
  test('a source whose rows do not add up is marked', () => {
    const text = renderFigures([figures(), figures({ sourceSystem: 'shop', quarantined: 0 })], plainStyle);
    expect(text.split('\n')[2]).toContain('✓');
    expect(text.split('\n')[3]).toContain('✗');
  });
  test('a source held back says so', () => expect(renderFigures([figures({ status: 'held' })], plainStyle)).toContain('held'));
  test('what is held back is shown with the figure, a command that looks at it as a shell takes it, and the one that releases it', () => {
    const lines: string[] = [];
    printHeld([{ source: 'events', rule: 'invalid_share', figure: 'app: 820 of 2000 rows', query: 'SELECT *\nFROM bronze.events\nWHERE "$path" IN (\'s3://lake/a\')', objects: 2, since: '2025-11-07T10:00:00.000Z' }], 'floe --stage prod', { print: (line = '') => void lines.push(line), style: plainStyle });
    expect(lines).toEqual([
      'held back  events, 2 objects since 2025-11-07T10:00:00.000Z: invalid_share',
      '  what     app: 820 of 2000 rows',
      '  look     floe --stage prod query "SELECT * FROM bronze.events WHERE \\"\\$path\\" IN (\'s3://lake/a\')"',
      '  release  floe --stage prod run --accept invalid_share --source events',
    ]);
  });
  test('nothing failed: no line', () => expect(failuresOf(turn())).toEqual([]));
  test('an ingest that failed and a run that failed are one line each, with the reason of Athena', () => {
    const cause = JSON.stringify({ QueryExecution: { Status: { StateChangeReason: 'TYPE_MISMATCH: line 1:8' } } });
    const failed = turn({ users: { ok: false, reason: 'no answer' }, workflow: { executionArn: 'a', status: 'FAILED', output: undefined, error: 'States.TaskFailed', cause } });
    expect(failuresOf(failed)).toEqual(['users were not fetched: no answer', 'the run failed: States.TaskFailed: TYPE_MISMATCH: line 1:8']);
    expect(committedRunOf(failed)).toEqual({});
  });
  test('a file that could not be read is named', () => {
    const met = turn({ transactions: { ok: true, value: { files: [{ file: '/a.csv', state: 'unreadable', rows: 0, reason: 'connection lost' }, { file: '/b.csv', state: 'waiting', rows: 0 }] } } });
    expect(failuresOf(met)).toEqual(['/a.csv: connection lost']);
  });
});

describe('steps of the workflow', () => {
  const entered = (name: string, input: unknown): Parameters<typeof stepOf>[0] => ({ id: 1, timestamp: new Date(0), type: 'TaskStateEntered', stateEnteredEventDetails: { name, input: JSON.stringify(input) } });
  test('a statement is named with its phase', () => {
    expect(stepOf(entered('RunStatement', { phase: 'events', next: { answer: { statement: 'silver/merge_events' } } }))).toBe('events: silver/merge_events');
  });
  test('other states by their names; those that only ask for the next one are left out', () => {
    expect(stepOf(entered('NotifyCommitted', {}))).toBe('notify committed');
    expect(stepOf(entered('NextStep', {}))).toBeUndefined();
  });
});
