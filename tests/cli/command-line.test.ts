import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { main } from '../../cli/main.ts';
import { FEWEST_SILVER_DAYS } from '../../src/lib/run/kinds/retention.ts';
import { HOLDING_RULES, SOURCE_NAMES } from '../../src/lib/run/index.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'floe-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The command as a user runs it, in a directory of its own. */
const floe = (...args: string[]): { code: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(process.cwd(), 'bin', 'floe.mjs'), ...args], { cwd: folder, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
};

/** The same without a process of its own: for what ends before a command's work begins. */
const parsed = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
  let out = '';
  let err = '';
  const code = await main(args, {
    projectRoot: process.cwd(),
    workingDirectory: folder,
    environment: {},
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
  });
  return { code, out, err };
};

const commands = ['demo', 'up', 'generate', 'publish', 'run', 'sweep', 'maintain', 'retain', 'redrive', 'replay', 'rollback', 'backfill', 'query', 'snapshots', 'quarantine', 'status', 'cost'];

describe('help', () => {
  test('floe --help names every command and the exit codes', async () => {
    const { code, out, err } = await parsed('--help');
    expect([code, err]).toEqual([0, '']);
    for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(out).toContain('Exit codes');
  });

  test.each(commands)('floe %s --help has an example', async (command) => {
    const { code, out, err } = await parsed(command, '--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`Example:\n  floe ${command}`);
  });
});

describe('wrong use ends with 2 and one line on standard error', () => {
  test.each([
    [['sing'], /^floe: unknown command 'sing'/],
    [['up', '--prot', '1'], /^floe: unknown option '--prot'/],
    [['up', '--port', 'high'], /^floe: option '--port <n>' argument 'high' is invalid\. Expected a whole number from 0 to 65535\.$/],
    [['generate', '--late-rate', '120%'], /Expected a share such as 0\.05 or 5%\.$/],
    [['generate', '--span', '5 years'], /Expected a length of time/],
    [['backfill', '--from', '2025-02-30', '--to', '2025-03-01'], /Expected a date such as 2025-11-07\.$/],
    [['retain', '--days', `${FEWEST_SILVER_DAYS - 1}`], new RegExp(`Expected a whole number from ${FEWEST_SILVER_DAYS} to `)],
    [['query'], /^floe: missing required argument 'sql'$/],
    [['run', '--accept', 'anything', '--source', 'events'], new RegExp(`Allowed choices are ${HOLDING_RULES.join(', ')}\\.$`)],
    [['run', '--accept', 'audit', '--source', 'orders'], new RegExp(`Allowed choices are ${SOURCE_NAMES.join(', ')}\\.$`)],
    [['query', 'SELECT 1', '--format', 'xml'], /Allowed choices are table, csv, json\.$/],
  ])('floe %j', async (args, message) => {
    const { code, out, err } = await parsed(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err.trim().split('\n')[0]).toMatch(message);
  });

  test.each([
    [['generate', '--until', 'soon'], /^floe: generate: until must be a time like/],
    [['backfill', '--from', '2025-11-08', '--to', '2025-11-07'], /^floe: --from 2025-11-08 lies after --to 2025-11-07$/],
    [['publish'], /^floe: name at least one file/],
    [['demo', '--passes', '3'], /^floe: --passes cuts given files/],
  ])('floe %j', (args, message) => {
    const { code, out, err } = floe(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err.trim()).toMatch(message);
  });
});

describe('what cannot be done ends with 1 and one line on standard error, without a stack', () => {
  const fails = (...args: string[]): string => {
    const { code, out, err } = floe(...args);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err.trim().split('\n')).toHaveLength(1);
    return err.trim();
  };

  test.each([['query', 'SELECT 1'], ['status'], ['run']])('floe %s without a cloud', (...args) => {
    expect(fails(...args)).toBe('floe: no cloud here yet: begin with "floe demo" or "floe up", or name one with --data-dir');
  });

  test('a missing input file stops the demo before it starts', () => {
    expect(fails('demo', '--events', 'missing.jsonl')).toBe('floe: cannot read missing.jsonl: no such file or directory');
  });

  test('files that are all unusable stop the demo before it starts, each with its reason', () => {
    writeFileSync(path.join(folder, 'empty.jsonl'), '');
    writeFileSync(path.join(folder, 'columns.csv'), 'a,b\n1,2\n');
    expect(fails('demo', '--events', 'empty.jsonl', '--shop-events', 'columns.csv')).toMatch(/^floe: empty\.jsonl: is empty; columns\.csv: columns missing: event_time,/);
  });

  test('whatever a file holds, its error is one line without control characters', () => {
    writeFileSync(path.join(folder, 'strange.csv'), '"a\n\u001b[31mb",c\n1,2\n');
    expect(fails('demo', '--users', 'strange.csv')).toBe('floe: strange.csv: columns missing: user_id, signup_date (its first line: "a [31mb",c)');
  });

  test('a directory that floe has not made is never written into', () => {
    mkdirSync(path.join(folder, 'mine'), { recursive: true });
    writeFileSync(path.join(folder, 'mine', 'thesis.txt'), 'x');
    expect(fails('up', '--port', '0', '--data-dir', 'mine')).toMatch(/^floe: .*mine is not empty and was not made by floe/);
    expect(readFileSync(path.join(folder, 'mine', 'thesis.txt'), 'utf8')).toBe('x');
  });

  test('before npm ci it says what is missing', () => {
    const bare = path.join(folder, 'not-installed');
    mkdirSync(path.join(bare, 'bin'), { recursive: true });
    copyFileSync(path.join(process.cwd(), 'bin', 'floe.mjs'), path.join(bare, 'bin', 'floe.mjs'));
    const { status, stderr } = spawnSync(process.execPath, [path.join(bare, 'bin', 'floe.mjs'), 'demo'], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^floe: its packages are not installed; in .*not-installed, run: npm ci\n$/);
  });

  test('--debug shows where it arose', () => {
    const { code, err } = floe('query', 'SELECT 1', '--debug');
    expect(code).toBe(1);
    expect(err).toContain('    at ');
  });
});

describe('floe generate', () => {
  test('takes options from a file, those of the command line win; prints JSON on demand', () => {
    writeFileSync(path.join(folder, 'generate.yml'), 'users: 10\nsessions: 20\nevents: 50\nshopEvents: 0\ntransactions: 0\nbrokenRate: 0\nduplicateRate: 0\n');
    const { code, out, err } = floe('generate', '--config', 'generate.yml', '--events', '60', '--out', 'data', '--json');
    expect([code, err]).toEqual([0, '']);
    const { files } = JSON.parse(out) as { files: { file: string; records: number }[] };
    expect(files.map(({ file, records }) => [path.basename(file), records])).toEqual(expect.arrayContaining([['events.jsonl', 60], ['users.csv', 10]]));
  });

  test('the same seed and end give the same file', () => {
    const make = (out: string): Buffer => {
      expect(floe('generate', '--out', out, '--seed', '9', '--until', '2026-01-01T00:00:00Z', '--gzip').code).toBe(0);
      return readFileSync(path.join(folder, out, 'events.jsonl.gz'));
    };
    expect(make('one').equals(make('two'))).toBe(true);
  });

  test('an unknown name in the file is wrong use', () => {
    writeFileSync(path.join(folder, 'typo.yml'), 'evnets: 5\n');
    const { code, err } = floe('generate', '--config', 'typo.yml');
    expect(code).toBe(2);
    expect(err).toMatch(/^floe: typo\.yml: unknown option "evnets"/);
  });
});
