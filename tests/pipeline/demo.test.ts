import path from 'node:path';
import { floe, queryStopped, temporaryDirectory } from '../support/floe.ts';

interface Played {
  title: string;
  turn: { workflow: { status: string; output: { records: { sourceSystem: string; bronzeRows: number; silverRows: number; duplicates: number; quarantined: number }[]; changedTables: string[] } } };
}

/** What `npm start` runs, on generated data. */
describe('the demo', () => {
  const { directory, remove } = temporaryDirectory();
  afterAll(remove);

  test('ends by itself, loses no row, and writes no snapshot where nothing is new', async () => {
    const dataDir = path.join(directory, 'with a space');
    const { code, stdout, stderr } = await floe(['demo', '--json', '--seed', '3', '--port', '0', '--data-dir', dataDir]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { passes, failures } = JSON.parse(stdout) as { passes: Played[]; failures: string[] };
    expect(failures).toEqual([]);
    expect(passes.map(({ turn }) => turn.workflow.status)).toEqual(passes.map(() => 'SUCCEEDED'));
    const records = passes.flatMap(({ turn }) => turn.workflow.output.records);
    expect(new Set(records.map(({ sourceSystem }) => sourceSystem))).toEqual(new Set(['app', 'shop', 'transactions', 'users']));
    for (const record of records) expect(record.bronzeRows).toBe(record.silverRows + record.duplicates + record.quarantined);
    expect(passes.at(-1)!.turn.workflow.output).toMatchObject({ records: [], changedTables: [] });

    const [counts] = await queryStopped(dataDir, `
      SELECT (SELECT count(*) FROM silver.events) AS silver_events, (SELECT sum(total_events) FROM gold.user_session_analysis) AS gold_events,
        (SELECT count(*) FROM gold.user_session_analysis) AS gold_rows, (SELECT count(*) FROM (SELECT DISTINCT session_id, user_id FROM gold.user_session_analysis) AS pairs) AS gold_keys,
        (SELECT sum(seen_count) FROM silver.quarantine) AS quarantined`);
    expect(counts!['gold_events']).toBe(counts!['silver_events']);
    expect(counts!['gold_keys']).toBe(counts!['gold_rows']);
    expect(Number(counts!['quarantined'])).toBe(records.reduce((sum, { quarantined }) => sum + quarantined, 0));
  }, 120_000);
});
