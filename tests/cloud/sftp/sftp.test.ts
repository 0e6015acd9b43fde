import { appendFileSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ssh2 from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { startSftp } from '../../../localcloud/sftp/index.ts';
import type { SftpServer } from '../../../localcloud/sftp/index.ts';
import { temporaryFolder } from '../kinesis/support.ts';

describe('sftp', () => {
  const temporary = temporaryFolder();
  const keys = ssh2.utils.generateKeyPairSync('ed25519');
  const otherKeys = ssh2.utils.generateKeyPairSync('ed25519');
  let server: SftpServer;
  let client: SftpClient;

  const start = () =>
    startSftp({ root: path.join(temporary.folder, 'sftp'), hostKeyFile: path.join(temporary.folder, 'host_key'), users: { shop: { publicKey: keys.public }, desk: { password: 'secret' } } });
  const connect = async (change: SftpClient.ConnectOptions = {}): Promise<SftpClient> => {
    const connection = new SftpClient('test', { error: () => undefined, end: () => undefined, close: () => undefined });
    await connection.connect({ host: server.host, port: server.port, username: 'shop', privateKey: keys.private, retries: 0, ...change });
    (connection as unknown as { client: ssh2.Client }).client.setNoDelay(true);
    return connection;
  };

  beforeEach(async () => {
    server = await start();
    client = await connect();
  });
  afterEach(async () => {
    await client.end();
    await server.stop();
  });
  afterAll(() => temporary.remove());

  test('files go up and come down, byte for byte, above one read', async () => {
    const content = Buffer.from(Array.from({ length: 700_000 }, (_, index) => index % 251));
    await client.put(content, '/large.csv');
    expect(content.equals((await client.get('/large.csv')) as Buffer)).toBe(true);
    expect(readFileSync(path.join(server.folderOf('shop'), 'large.csv')).equals(content)).toBe(true);
  });

  test('a listing of many files has their sizes and times', async () => {
    await client.mkdir('/in', true);
    for (let index = 0; index < 250; index += 1) writeFileSync(path.join(server.folderOf('shop'), 'in', `${index}.csv`), 'x'.repeat(index));
    utimesSync(path.join(server.folderOf('shop'), 'in', '7.csv'), 1_700_000_000, 1_700_000_000);
    const listing = await client.list('/in');
    expect(listing).toHaveLength(250);
    expect(listing.find((entry) => entry.name === '7.csv')).toMatchObject({ type: '-', size: 7, modifyTime: 1_700_000_000_000 });
    expect((await client.list('/')).find((entry) => entry.name === 'in')).toMatchObject({ type: 'd' });
  });

  test('rename, remove, folders, exists', async () => {
    await client.put(Buffer.from('a'), '/part.tmp');
    await client.rename('/part.tmp', '/part.csv');
    expect([await client.exists('/part.csv'), await client.exists('/part.tmp')]).toEqual(['-', false]);
    await client.delete('/part.csv');
    await client.mkdir('/empty');
    await client.rmdir('/empty');
    expect(await client.exists('/empty')).toBe(false);
    await expect(client.get('/nothing.csv')).rejects.toMatchObject({ code: 2 });
  });

  test('a growing file is read as far as it goes at each read', async () => {
    const file = path.join(server.folderOf('shop'), 'growing.csv');
    writeFileSync(file, 'one\n');
    const before = await client.stat('/growing.csv');
    appendFileSync(file, 'two\n');
    expect(before.size).toBe(4);
    expect((await client.stat('/growing.csv')).size).toBe(8);
    expect(await client.get('/growing.csv')).toEqual(Buffer.from('one\ntwo\n'));
  });

  test('a client sets the time of modification', async () => {
    await client.put(Buffer.from('a'), '/timed.csv');
    const raw = (client as unknown as { sftp: { utimes: (name: string, atime: number, mtime: number, done: (error?: Error | null) => void) => void } }).sftp;
    await new Promise<void>((resolve, reject) => raw.utimes('/timed.csv', 1_600_000_000, 1_600_000_000, (error) => (error ? reject(error) : resolve())));
    expect(statSync(path.join(server.folderOf('shop'), 'timed.csv')).mtimeMs).toBe(1_600_000_000_000);
    expect((await client.stat('/timed.csv')).modifyTime).toBe(1_600_000_000_000);
  });

  test('nobody leaves their folder, neither by .. nor by a link', async () => {
    writeFileSync(path.join(temporary.folder, 'outside.txt'), 'secret');
    symlinkSync(path.join(temporary.folder, 'outside.txt'), path.join(server.folderOf('shop'), 'link.txt'));
    await expect(client.get('/../../outside.txt')).rejects.toMatchObject({ code: 2 });
    await expect(client.get('/link.txt')).rejects.toMatchObject({ code: 3 });
    expect(await client.realPath('/../..')).toBe('/');
    const desk = await connect({ username: 'desk', password: 'secret', privateKey: undefined } as unknown as SftpClient.ConnectOptions);
    expect(await desk.list('/')).toEqual([]);
    await desk.end();
  });

  test.each<[string, Record<string, unknown>]>([
    ['a wrong password', { username: 'desk', password: 'wrong', privateKey: undefined }],
    ['the key of another', { privateKey: otherKeys.private }],
    ['an unknown user', { username: 'nobody' }],
    ['a password where there is none', { password: '', privateKey: undefined }],
  ])('%s is refused', async (_, change) => {
    await expect(connect(change)).rejects.toThrow('authentication methods failed');
  });

  test('the host key stays over a restart, and its fingerprint is what a client sees', async () => {
    const { hostKeyFingerprint } = server;
    const seen: string[] = [];
    const pinned = await connect({ hostHash: 'sha256', hostVerifier: (hash: string) => seen.push(hash) > 0 });
    await pinned.end();
    expect(seen).toEqual([hostKeyFingerprint]);
    await client.end();
    await server.stop();
    server = await start();
    client = await connect();
    expect(server.hostKeyFingerprint).toBe(hostKeyFingerprint);
  });

  test('a taken port is named', async () => {
    await expect(startSftp({ root: temporary.folder, hostKeyFile: path.join(temporary.folder, 'host_key'), users: {}, port: server.port })).rejects.toThrow(`port ${server.port} is taken`);
  });
});
