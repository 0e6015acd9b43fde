import { closeSync, fstatSync, ftruncateSync, futimesSync, lstatSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmdirSync, statSync, truncateSync, unlinkSync, utimesSync, writeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import ssh2 from 'ssh2';
import type { Attributes, FileEntry, InputAttributes, SFTPWrapper } from 'ssh2';
import { UserFolder } from './user-folder.ts';

const { STATUS_CODE } = ssh2.utils.sftp;

/** A read answers at most so much at once, a listing so many names. */
const MAX_READ_BYTES = 256 * 1024;
const NAMES_AT_ONCE = 100;

type Handle = { kind: 'file'; descriptor: number } | { kind: 'folder'; path: string; names: string[] };

const attributesOf = (stats: Stats): Attributes => ({ mode: stats.mode, uid: stats.uid, gid: stats.gid, size: stats.size, atime: Math.floor(stats.atimeMs / 1000), mtime: Math.floor(stats.mtimeMs / 1000) });

const statusOf = (error: unknown): number => {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' || code === 'EPERM' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
};

/** Seconds since 1970, as the protocol has them; some clients' types say Date. */
const seconds = (time: number | Date): number => (time instanceof Date ? time.getTime() / 1000 : time);

/** One client's SFTP session on its folder: protocol version 3 (draft-ietf-secsh-filexfer-02). */
export class SftpSession {
  private readonly stream: SFTPWrapper;
  private readonly folder: UserFolder;
  private readonly handles = new Map<number, Handle>();
  private nextHandle = 0;

  constructor(stream: SFTPWrapper, folder: UserFolder) {
    this.stream = stream;
    this.folder = folder;
    this.answerFiles();
    this.answerFolders();
    this.answerAttributes();
    stream.on('close', () => this.closeAll());
  }

  /** Runs one request; what the file system refuses becomes the request's status. */
  private answer(id: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.stream.status(id, statusOf(error), (error as Error).message);
    }
  }

  /** For requests whose answer is a mere success. */
  private perform(id: number, work: () => unknown): void {
    this.answer(id, () => {
      work();
      this.stream.status(id, STATUS_CODE.OK);
    });
  }

  private answerFiles(): void {
    const { stream, folder } = this;
    stream.on('OPEN', (id, name, flags) =>
      this.answer(id, () => stream.handle(id, this.keep({ kind: 'file', descriptor: openSync(folder.fileOf(name), ssh2.utils.sftp.flagsToString(flags) ?? 'r') }))),
    );
    stream.on('READ', (id, handle, offset, length) =>
      this.answer(id, () => {
        const buffer = Buffer.alloc(Math.min(length, MAX_READ_BYTES));
        const count = readSync(this.descriptor(handle), buffer, 0, buffer.length, offset);
        if (count === 0) stream.status(id, STATUS_CODE.EOF);
        else stream.data(id, buffer.subarray(0, count));
      }),
    );
    stream.on('WRITE', (id, handle, offset, data) =>
      this.perform(id, () => {
        for (let written = 0; written < data.length; ) written += writeSync(this.descriptor(handle), data, written, data.length - written, offset + written);
      }),
    );
    stream.on('CLOSE', (id, handle) => this.perform(id, () => this.close(handle.readUInt32BE(0))));
    stream.on('REMOVE', (id, name) => this.perform(id, () => unlinkSync(folder.fileOf(name))));
    stream.on('RENAME', (id, from, to) => this.perform(id, () => renameSync(folder.fileOf(from), folder.fileOf(to))));
  }

  private answerFolders(): void {
    const { stream, folder } = this;
    stream.on('REALPATH', (id, name) => stream.name(id, [entryOf(UserFolder.normalise(name), undefined)]));
    stream.on('OPENDIR', (id, name) => this.answer(id, () => stream.handle(id, this.keep({ kind: 'folder', path: name, names: readdirSync(folder.fileOf(name)) }))));
    stream.on('READDIR', (id, handle) =>
      this.answer(id, () => {
        const listing = this.handles.get(handle.readUInt32BE(0));
        if (listing?.kind !== 'folder') throw new Error('not a folder');
        const names = listing.names.splice(0, NAMES_AT_ONCE);
        const entries = names.flatMap((name) => {
          const stats = lstatSync(folder.fileOf(path.posix.join(listing.path, name)), { throwIfNoEntry: false });
          return stats ? [entryOf(name, stats)] : []; // a file removed since the folder was opened is left out
        });
        if (names.length === 0) stream.status(id, STATUS_CODE.EOF);
        else stream.name(id, entries);
      }),
    );
    stream.on('MKDIR', (id, name) => this.perform(id, () => mkdirSync(folder.fileOf(name))));
    stream.on('RMDIR', (id, name) => this.perform(id, () => rmdirSync(folder.fileOf(name))));
  }

  private answerAttributes(): void {
    const { stream, folder } = this;
    stream.on('STAT', (id, name) => this.answer(id, () => stream.attrs(id, attributesOf(statSync(folder.fileOf(name))))));
    stream.on('LSTAT', (id, name) => this.answer(id, () => stream.attrs(id, attributesOf(lstatSync(folder.fileOf(name))))));
    stream.on('FSTAT', (id, handle) => this.answer(id, () => stream.attrs(id, attributesOf(fstatSync(this.descriptor(handle))))));
    stream.on('SETSTAT', (id, name, attributes: InputAttributes) =>
      this.perform(id, () => {
        const file = folder.fileOf(name);
        if (attributes.size !== undefined) truncateSync(file, attributes.size);
        if (attributes.mtime !== undefined) utimesSync(file, seconds(attributes.atime ?? attributes.mtime), seconds(attributes.mtime));
      }),
    );
    stream.on('FSETSTAT', (id, handle, attributes: InputAttributes) =>
      this.perform(id, () => {
        const descriptor = this.descriptor(handle);
        if (attributes.size !== undefined) ftruncateSync(descriptor, attributes.size);
        if (attributes.mtime !== undefined) futimesSync(descriptor, seconds(attributes.atime ?? attributes.mtime), seconds(attributes.mtime));
      }),
    );
  }

  private keep(handle: Handle): Buffer {
    const id = this.nextHandle;
    this.nextHandle += 1;
    this.handles.set(id, handle);
    const name = Buffer.alloc(4);
    name.writeUInt32BE(id);
    return name;
  }

  private descriptor(handle: Buffer): number {
    const known = this.handles.get(handle.readUInt32BE(0));
    if (known?.kind !== 'file') throw new Error('not an open file');
    return known.descriptor;
  }

  private close(id: number): void {
    const handle = this.handles.get(id);
    if (!handle) throw new Error('not an open handle');
    this.handles.delete(id);
    if (handle.kind === 'file') closeSync(handle.descriptor);
  }

  private closeAll(): void {
    for (const id of [...this.handles.keys()]) this.close(id);
  }
}

const entryOf = (filename: string, stats: Stats | undefined): FileEntry => {
  const kind = stats?.isDirectory() === true ? 'd' : stats?.isSymbolicLink() === true ? 'l' : '-';
  const attrs = stats ? attributesOf(stats) : ({} as Attributes); // REALPATH's attributes are dummies by the protocol
  const time = new Date(stats?.mtimeMs ?? 0).toISOString().slice(0, 16).replace('T', ' ');
  return { filename, longname: `${kind}rw-r--r-- 1 owner group ${String(stats?.size ?? 0).padStart(12)} ${time} ${filename}`, attrs };
};
