import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { utils } from 'ssh2';
import { startSftp } from '../../../localcloud/sftp/index.ts';
import type { SftpServer } from '../../../localcloud/sftp/index.ts';
import { FileUnreadableError, connectSftp, createLedger, filesDefaults, ingestTransactions, sftpLoginOf } from '../../../src/lib/files/index.ts';
import type { FileServer } from '../../../src/lib/files/index.ts';
import { memoryObjects, memoryTable } from '../support/fakes.ts';
import { parquetRows } from '../support/parquet.ts';

/** The real protocol against a real SFTP server. */

const keys = utils.generateKeyPairSync('ed25519');
let folder: string;
let sftp: SftpServer;
let inbox: string;

const secret = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  host: sftp.host, port: sftp.port, username: 'shop', privateKey: keys.private, hostKey: sftp.hostKeyFingerprint, folder: '/outbox', ...change,
});
const connectWith = (change: Record<string, unknown> = {}): Promise<FileServer> => connectSftp(sftpLoginOf(secret(change)).login);

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'floe-sftp-'));
  sftp = await startSftp({ root: path.join(folder, 'root'), hostKeyFile: path.join(folder, 'host-key'), users: { shop: { publicKey: keys.public } } });
  inbox = path.join(sftp.folderOf('shop'), 'outbox');
  mkdirSync(path.join(inbox, 'archive'), { recursive: true });
});

afterAll(async () => {
  await sftp.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('files are listed with path, size and time; folders are none', async () => {
  writeFileSync(path.join(inbox, 'a.csv'), 'abc');
  utimesSync(path.join(inbox, 'a.csv'), 1_759_276_800, 1_759_276_800);
  const server = await connectWith();
  expect(await server.list('/outbox')).toStrictEqual([{ path: '/outbox/a.csv', name: 'a.csv', sizeBytes: 3, modifiedMillis: 1_759_276_800_000 }]);
  await server.close();
});

test('a whole file comes in, its rows having arrived when it was written', async () => {
  writeFileSync(path.join(inbox, 'a.csv'), 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp\nT1,S1,U1,1.50,PEN,2025-09-09 12:37:28\n');
  utimesSync(path.join(inbox, 'a.csv'), 1_759_276_800, 1_759_276_800);
  writeFileSync(path.join(inbox, 'a.csv.done'), '');
  const objects = memoryObjects();
  const server = await connectWith();
  const ports = { server, ledger: createLedger(memoryTable()), objects, clock: () => new Date('2025-10-02T00:00:00Z'), remainingMillis: () => Infinity };
  expect(await ingestTransactions(ports, { ...filesDefaults, folder: '/outbox', spoolFolder: folder })).toMatchObject([{ file: '/outbox/a.csv', state: 'done', rows: 1 }]);
  await server.close();
  expect(await parquetRows([...objects.stored.values()][0]!)).toMatchObject([{ transaction_id: 'T1', source_file: '/outbox/a.csv', arrival_timestamp: '2025-10-01 00:00:00.000000' }]);
});

test('a file that has gone is that file\'s problem; the connection goes on', async () => {
  const server = await connectWith();
  const read = async (): Promise<void> => {
    for await (const chunk of server.read('/outbox/gone.csv')) expect(chunk).toBeUndefined();
  };
  await expect(read()).rejects.toThrow(FileUnreadableError);
  await expect(read()).rejects.toThrow('cannot read /outbox/gone.csv: no such file');
  expect(await server.list('/outbox/archive')).toStrictEqual([]);
  await server.close();
});

test('the host key is pinned: in hex, or as OpenSSH writes it, and no other is taken', async () => {
  const openSsh = `SHA256:${Buffer.from(sftp.hostKeyFingerprint, 'hex').toString('base64').replace(/=+$/, '')}`;
  await (await connectWith({ hostKey: openSsh })).close();
  await expect(connectWith({ hostKey: 'ab'.repeat(32) })).rejects.toThrow(`its host key ${sftp.hostKeyFingerprint} is not the pinned one`);
  expect(() => sftpLoginOf(secret({ hostKey: undefined }))).toThrow('the SFTP secret has no hostKey');
});

test('an unreachable server, a wrong key, a missing folder: one clear line each', async () => {
  await expect(connectWith({ port: 1 })).rejects.toThrow(/^cannot use the SFTP server shop@127\.0\.0\.1:1: .*ECONNREFUSED/);
  await expect(connectWith({ privateKey: utils.generateKeyPairSync('ed25519').private })).rejects.toThrow(/^cannot use the SFTP server shop@\S+: .*authentication/i);
  await expect(connectWith({ privateKey: 'no key' })).rejects.toThrow(/^cannot use the SFTP server shop@\S+: .*privateKey/i);
  const server = await connectWith();
  await expect(server.list('/nowhere')).rejects.toThrow(/^cannot list \/nowhere on the SFTP server/);
  await server.close();
});
