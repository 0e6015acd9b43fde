import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { lockDirectory } from '../../localcloud/core/directory-lock.ts';
import { choosePort } from '../../cli/local/choose-port.ts';
import { announceRunning, defaultFolders, findDataDir, prepareDataDir, removeDataDir, runningCloud, withdrawRunning } from '../../cli/local/data-dir.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'floe-data-dir-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const cloud = (pid: number) => ({ endpoint: 'http://127.0.0.1:1', pid, region: 'eu-west-1', stage: 'dev' });
/** The number of a process that has ended. */
const endedProcess = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('a data directory', () => {
  test('is made where there is none, and taken again', () => {
    const directory = path.join(folder, 'new', 'one');
    prepareDataDir(directory);
    prepareDataDir(directory);
    expect(findDataDir('new/one', folder)).toBe(directory);
  });

  test('of someone else is neither used nor removed', () => {
    writeFileSync(path.join(folder, 'letter.txt'), 'x');
    expect(() => prepareDataDir(folder)).toThrow('is not empty and was not made by floe');
    expect(() => removeDataDir(folder)).toThrow('was not made by floe');
    expect(existsSync(path.join(folder, 'letter.txt'))).toBe(true);
  });

  test('that cannot be made says why', () => {
    writeFileSync(path.join(folder, 'file'), 'x');
    expect(() => prepareDataDir(path.join(folder, 'file'))).toThrow(/cannot use .*: is not a directory/);
    expect(() => prepareDataDir(path.join(folder, 'file', 'below'))).toThrow(/cannot use .*: (is not a directory|not a directory)/);
  });

  test('of floe is removed, unless a cloud is running in it', async () => {
    const directory = path.join(folder, 'demo');
    prepareDataDir(directory);
    announceRunning(directory, cloud(process.pid));
    const release = lockDirectory(directory);
    expect(() => removeDataDir(directory)).toThrow(`a cloud is running in ${directory} (process ${process.pid})`);
    release();
    announceRunning(directory, cloud(endedProcess()));
    const { removed } = removeDataDir(directory);
    expect(existsSync(directory)).toBe(false);
    await removed;
    expect(readdirSync(folder)).toEqual([]);
    await removeDataDir(directory).removed;
  });

  test('in which a cloud is starting is not removed under its feet', () => {
    prepareDataDir(folder);
    const release = lockDirectory(folder);
    expect(() => removeDataDir(folder)).toThrow(`in use by process ${process.pid}`);
    release();
  });

  test('whose removal was cut short is removed by the next', async () => {
    prepareDataDir(path.join(folder, 'demo.removed-1'));
    mkdirSync(path.join(folder, 'demo.removed-not-ours'));
    await removeDataDir(path.join(folder, 'demo')).removed;
    expect(readdirSync(folder)).toEqual(['demo.removed-not-ours']);
  });
});

describe('a running cloud', () => {
  test('is known by its file and its lock', () => {
    prepareDataDir(folder);
    expect(runningCloud(folder)).toBeUndefined();
    const release = lockDirectory(folder);
    expect(runningCloud(folder)).toBeUndefined();
    announceRunning(folder, cloud(process.pid));
    expect(runningCloud(folder)?.endpoint).toBe('http://127.0.0.1:1');
    withdrawRunning(folder);
    expect(runningCloud(folder)).toBeUndefined();
    release();
  });

  test('that was killed counts as stopped, though another process has its number now', () => {
    prepareDataDir(folder);
    announceRunning(folder, cloud(process.pid));
    expect(runningCloud(folder)).toBeUndefined();
    if (process.platform !== 'linux') return; // elsewhere a process does not tell when it began
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: process.pid, began: '1', token: 'of the one killed' }));
    expect(runningCloud(folder)).toBeUndefined();
  });

  test('that was killed counts as stopped, and a torn file as none', () => {
    prepareDataDir(folder);
    announceRunning(folder, cloud(endedProcess()));
    expect(runningCloud(folder)).toBeUndefined();
    writeFileSync(path.join(folder, 'cloud.json'), '{"endpo');
    expect(runningCloud(folder)).toBeUndefined();
  });
});

describe('without --data-dir', () => {
  const make = (name: keyof typeof defaultFolders, usedAt: Date): string => {
    const directory = path.join(folder, defaultFolders[name]);
    mkdirSync(directory, { recursive: true });
    prepareDataDir(directory);
    utimesSync(path.join(directory, 'floe.json'), usedAt, usedAt);
    return directory;
  };

  test('a command takes the cloud used last, but a running one first', () => {
    const up = make('cloud', new Date('2026-01-01'));
    const demo = make('demo', new Date('2026-01-02'));
    expect(findDataDir(undefined, folder)).toBe(demo);
    announceRunning(up, cloud(process.pid));
    const release = lockDirectory(up);
    expect(findDataDir(undefined, folder)).toBe(up);
    release();
  });

  test('there may be none, which is said', () => {
    expect(() => findDataDir(undefined, folder)).toThrow('no cloud here yet');
    expect(() => findDataDir('elsewhere', folder)).toThrow('elsewhere holds no cloud of floe');
    writeFileSync(path.join(folder, '.floe'), 'a file where the directory should be');
    expect(() => findDataDir(undefined, folder)).toThrow('no cloud here yet');
    expect(() => findDataDir('.floe', folder)).toThrow('.floe holds no cloud of floe');
  });
});

describe('ports', () => {
  test('one that is taken is an error where it was asked for', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(choosePort(port)).rejects.toThrow(`port ${port} is taken; name another with --port, or 0 for a free one`);
    await new Promise((resolve) => server.close(resolve));
    await expect(choosePort(port)).resolves.toBe(port);
  });

  test('0 stands for any free one', async () => {
    await expect(choosePort(0)).resolves.toBe(0);
  });
});
