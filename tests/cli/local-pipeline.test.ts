import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Batch } from '../../cli/input/batches.ts';
import { runTurn } from '../../cli/pipeline/run-workflow.ts';
import type { TurnReport } from '../../cli/pipeline/run-workflow.ts';
import { localNamesOf } from '../../cli/local/names.ts';
import { putSecrets } from '../../cli/local/secrets.ts';
import { startPipeline } from '../../cli/local/start-pipeline.ts';
import type { LocalPipeline } from '../../cli/local/start-pipeline.ts';
import { committedRunOf, failuresOf } from '../../cli/output/render-turn.ts';
import { send } from '../../cli/publish/send.ts';
import { readDatabaseAccess, readSftpAccess } from '../../cli/publish/sources.ts';
import { isConserved, readRuns } from '../../cli/reports/run-report.ts';
import { readQuarantine } from '../../cli/reports/quarantine-report.ts';
import { readSnapshots } from '../../cli/reports/snapshots-report.ts';
import { readStatus } from '../../cli/reports/status-report.ts';

const dataDir = path.join(mkdtempSync(path.join(os.tmpdir(), 'floe-pipeline-')), 'data');
let pipeline: LocalPipeline;
const start = async (): Promise<void> => {
  pipeline = await startPipeline({ projectRoot: process.cwd(), dataDir, port: 0 });
};
beforeAll(start, 120_000);
afterAll(async () => {
  await pipeline.stop();
  rmSync(path.dirname(dataDir), { recursive: true });
});

const batchOf = (content: { events?: string[]; users?: [id: string, updatedAt: string][]; file?: [name: string, text: string] }): Batch => ({
  async *events() {
    for (const [at, text] of (content.events ?? []).entries()) yield { file: 'test', line: at + 1, size: text.length, bytes: Buffer.from(text) };
  },
  async *users() {
    for (const [at, [userId, updatedAt]] of (content.users ?? []).entries()) yield { file: 'test', line: at + 1, userId, signupDate: '2025-01-01 00:00:00', deviceType: 'Web', country: 'PE', updatedAt };
  },
  async *transactions() {
    if (content.file !== undefined) yield { name: content.file[0], content: Readable.from([Buffer.from(content.file[1])]) };
  },
});
const event = (id: string, session = 'S1'): string =>
  JSON.stringify({ event_id: id, session_id: session, user_id: 'U1', event_type: 'click', event_timestamp: `2025-11-07T19:46:${id.padStart(2, '0')}`, event_details: {} });
const header = 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp';

const turn = (): Promise<TurnReport> => runTurn(pipeline.connection, { onStep: () => undefined, signal: new AbortController().signal });
const rowsOf = async (sql: string): Promise<(string | null)[][]> => (await pipeline.connection.lake.ask(sql)).rows;

describe('the pipeline on this machine', () => {
  test('what is sent to the three ways in arrives in gold, and every record is accounted for', async () => {
    const sent = await send(pipeline.connection, batchOf({
      events: [event('1'), event('2'), event('2'), '{"event_id":"3"}', 'no json'],
      users: [['U1', '2025-01-01 00:00:00']],
      file: ['one.csv', `${header}\nT1,S1,U1,12.50,USD,2025-11-07 19:50:00\n`],
    }));
    expect(sent).toMatchObject({ failures: [], events: { published: 5, rejected: [] }, users: { written: 1 }, files: ['one.csv'] });
    const report = await turn();
    expect(failuresOf(report)).toEqual([]);
    const [run] = await readRuns(pipeline.connection.lake, 1);
    expect(run?.sources.map(({ sourceSystem, bronzeRows, silverRows, duplicates, quarantined }) => [sourceSystem, bronzeRows, silverRows, duplicates, quarantined])).toEqual([
      ['app', 5, 2, 1, 2], ['transactions', 1, 1, 0, 0], ['users', 1, 1, 0, 0],
    ]);
    expect(run?.sources.every(isConserved)).toBe(true);
    expect(await rowsOf('SELECT session_id, total_events, transaction_amount, country FROM user_session_analysis')).toEqual([['S1', '2', '12.50', 'PE']]);
  }, 120_000);

  test('the quarantine is reported by source and reason', async () => {
    const report = await readQuarantine(pipeline.connection.lake, 5);
    expect(report.bySource).toEqual([{ sourceSystem: 'app', records: 2, open: 2 }]);
    expect(report.reasons.map(({ reason }) => reason)).toContain('payload: not JSON');
    expect(report.examples).toHaveLength(2);
  });

  test('snapshots of a table that is not there: the reason, without a place in a statement nobody has seen', async () => {
    await expect(readSnapshots(pipeline.connection.lake, 'nope')).rejects.toThrow(/^Table 'awsdatacatalog\.gold\.nope' does not exist$/);
  });

  test('a source out of reach is named, and the others go on', async () => {
    const { clients, names, stage } = pipeline.connection;
    const secrets = { sftpSecret: names.sftpSecret, ...localNamesOf(stage) };
    const sftp = await readSftpAccess(clients.secrets, secrets.sftpSecret);
    const database = await readDatabaseAccess(clients.secrets, secrets.shopSecret);
    // Port 1 of this machine: nobody listens there.
    await putSecrets(clients.secrets, secrets, { sftp: { ...sftp, port: 1 }, shop: { ...database, port: 1 } });
    const sent = await send(pipeline.connection, batchOf({ events: [event('4', 'S2')], users: [['U2', '2025-01-01 00:00:00']], file: ['two.csv', `${header}\n`] }));
    expect(sent.failures).toEqual([expect.stringContaining('127.0.0.1:1: connection refused'), 'cannot reach the SFTP server 127.0.0.1:1: connection refused']);
    const report = await turn();
    expect(failuresOf(report)).toEqual([expect.stringMatching(/^transactions were not fetched: .*ECONNREFUSED/)]);
    expect(await rowsOf("SELECT total_events FROM user_session_analysis WHERE session_id = 'S2'")).toEqual([['1']]);
    await putSecrets(clients.secrets, secrets, { sftp, shop: database });
  }, 120_000);

  test('a user who did not change is not written again, an older version neither', async () => {
    const users = (updatedAt: string) => send(pipeline.connection, batchOf({ users: [['U1', updatedAt]] }));
    expect((await users('2025-01-01 00:00:00')).users).toEqual({ written: 0, unchanged: 1, refused: [] });
    expect((await users('2024-01-01 00:00:00')).users).toEqual({ written: 0, unchanged: 1, refused: [] });
    expect((await users('2025-03-01 00:00:00')).users).toEqual({ written: 1, unchanged: 0, refused: [] });
    expect((await users('yesterday, more or less')).users?.refused).toEqual([{ file: 'test', line: 1, reason: expect.stringContaining('invalid input syntax') as string }]);
  });

  test('started again on its directory it finds everything, and a run with nothing new writes no snapshot', async () => {
    await turn(); // what the tests before have left to do
    const before = await readSnapshots(pipeline.connection.lake, 'gold.user_session_analysis');
    await pipeline.stop();
    expect(existsSync(path.join(dataDir, 'cloud.json'))).toBe(false);
    await start();
    const report = await turn();
    expect(failuresOf(report)).toEqual([]);
    expect(committedRunOf(report).changedTables).toEqual([]);
    expect(await readSnapshots(pipeline.connection.lake, 'gold.user_session_analysis')).toEqual(before);
    const status = await readStatus(pipeline.connection, new Date(), 5);
    expect(status).toMatchObject({ usersWatermark: { userId: 'U1' }, files: { done: 1 }, openRun: undefined });
    expect(status.committed?.runId).toBe(committedRunOf(report).runId);
  }, 120_000);
});
