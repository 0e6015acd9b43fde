import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { DuckDBConnection } from '@duckdb/node-api';

/**
 * Something that changes what is on the disk, or makes it durable. `copy`: DuckDB writes a file or the files of a folder.
 * `query`: any other statement of DuckDB; it changes nothing, but a process that died runs none.
 */
export interface FileEvent {
  kind: 'create' | 'write' | 'sync' | 'rename' | 'link' | 'remove' | 'mkdir' | 'copy' | 'query';
  path: string;
  /** Of a rename or link. */
  to?: string;
  /** Of a write. */
  data?: Buffer;
  /** Does one half of it, as a process does that dies in the middle. */
  half?: () => void;
}

export interface FileListener {
  /** Called before the event happens; what it throws, the program sees instead. */
  before(event: FileEvent): void;
  after(event: FileEvent): void;
}

type Call = (this: unknown, ...args: unknown[]) => unknown;
type Holder = Record<string, Call>;
/** What a call does; undefined where it changes nothing below the root. */
type Describe = (args: unknown[], original: Call) => FileEvent | undefined;

/** Watches all that this process does to the files below a folder: by node:fs, by node:fs/promises and by DuckDB. */
export class FileWatch {
  private readonly root: string;
  private readonly listener: FileListener;
  private readonly undo: (() => void)[] = [];
  private readonly pathOfFd = new Map<unknown, string>();
  /** Functions of node:fs call each other. */
  private depth = 0;

  constructor(root: string, listener: FileListener) {
    this.root = path.resolve(root);
    this.listener = listener;
    const files = fs as unknown as Holder;
    const promises = fs.promises as unknown as Holder;
    for (const [name, describe] of Object.entries(this.pathCalls())) {
      this.patch(files, `${name}Sync`, describe);
      this.patch(promises, name, describe);
    }
    this.patch(files, 'writeSync', (args, original) => this.describeWrite(this.pathOfFd.get(args[0]), args, (data) => original.call(fs, args[0], data)));
    this.patch(files, 'fsyncSync', ([fd]) => this.event('sync', this.pathOfFd.get(fd)));
    this.replace(files, 'openSync', (original) => (...args) => this.opened(args, original));
    this.replace(promises, 'open', (original) => async (...args) => this.openedHandle(args, original));
    for (const name of ['run', 'runAndReadAll', 'stream', 'prepare']) this.patch(DuckDBConnection.prototype as unknown as Holder, name, describeCopy(this.root));
    syncBuiltinESMExports();
  }

  stop(): void {
    for (const undo of this.undo.splice(0)) undo();
    syncBuiltinESMExports();
  }

  private pathCalls(): Record<string, Describe> {
    return {
      rename: ([from, to]) => this.event('rename', from, { to: text(to) }),
      link: ([from, to]) => this.event('link', from, { to: text(to) }),
      unlink: ([file]) => this.event('remove', file),
      rmdir: ([file]) => this.event('remove', file),
      rm: ([file]) => (fs.existsSync(text(file)) ? this.event('remove', file, { half: () => removeHalf(text(file)) }) : undefined),
      mkdir: ([folder]) => (fs.existsSync(text(folder)) ? undefined : this.event('mkdir', folder)),
      writeFile: ([file, data]) => (typeof file === 'string' ? this.event('write', file, { data: bytes(data) }) : undefined),
      appendFile: ([file, data]) => (typeof file === 'string' ? this.event('write', file, { data: bytes(data) }) : undefined),
    };
  }

  private event(kind: FileEvent['kind'], file: unknown, more: Partial<FileEvent> = {}): FileEvent | undefined {
    const below = typeof file === 'string' && path.resolve(file).startsWith(this.root);
    return below ? { kind, path: path.resolve(file), ...more } : undefined;
  }

  private describeWrite(file: string | undefined, args: unknown[], write: (data: Buffer) => unknown): FileEvent | undefined {
    const data = bytes(args[1]).subarray(typeof args[2] === 'number' ? args[2] : 0);
    return this.event('write', file, { data, half: () => void write(data.subarray(0, data.length >> 1)) });
  }

  private opened(args: unknown[], original: Call): unknown {
    const [file, flags] = args;
    const creates = typeof flags === 'string' && /[wa]/.test(flags);
    const fd = creates ? this.around(this.event('create', file), () => original.call(fs, ...args)) : original.call(fs, ...args);
    if (typeof file === 'string') this.pathOfFd.set(fd, file);
    return fd;
  }

  private async openedHandle(args: unknown[], original: Call): Promise<unknown> {
    const [file, flags] = args;
    const creates = typeof flags === 'string' && /[wa]/.test(flags);
    const handle = (await (creates ? this.around(this.event('create', file), () => original.call(fs.promises, ...args)) : original.call(fs.promises, ...args))) as Holder;
    const wrap = (name: string, describe: Describe): void => {
      const method = handle[name];
      if (method) handle[name] = (...rest) => this.around(describe(rest, method), () => method.call(handle, ...rest));
    };
    for (const name of ['sync', 'datasync']) wrap(name, () => this.event('sync', file));
    for (const name of ['write', 'writeFile', 'appendFile']) wrap(name, ([data]) => this.event('write', file, { data: bytes(data) }));
    return handle;
  }

  private patch(holder: Holder, name: string, describe: Describe): void {
    const around = this.around.bind(this);
    const isInner = (): boolean => this.depth > 0;
    this.replace(holder, name, (original) => function (this: unknown, ...args) {
      return isInner() ? original.apply(this, args) : around(describe(args, original), () => original.apply(this, args));
    });
  }

  private replace(holder: Holder, name: string, wrap: (original: Call) => Call): void {
    const original = holder[name];
    if (!original) throw new Error(`there is no ${name} to watch`);
    holder[name] = wrap(original);
    this.undo.push(() => {
      holder[name] = original;
    });
  }

  private around(event: FileEvent | undefined, call: () => unknown): unknown {
    if (!event) return call();
    this.listener.before(event);
    this.depth += 1;
    let result: unknown;
    try {
      result = call();
    } finally {
      this.depth -= 1;
    }
    if (!(result instanceof Promise)) {
      this.listener.after(event);
      return result;
    }
    return result.then((value: unknown) => {
      this.listener.after(event);
      return value;
    });
  }
}

const text = (value: unknown): string => path.resolve(String(value));
const bytes = (data: unknown): Buffer => (typeof data === 'string' ? Buffer.from(data) : data instanceof Uint8Array ? Buffer.from(data) : Buffer.alloc(0));

const describeCopy = (root: string): Describe => ([sql]) => {
  const target = /\) TO '((?:[^']|'')*)'/.exec(typeof sql === 'string' ? sql : '')?.[1]?.replaceAll("''", "'");
  return target === undefined ? { kind: 'query', path: root } : { kind: 'copy', path: target };
};

const removeHalf = (folder: string): void => {
  if (!fs.statSync(folder).isDirectory()) return;
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => fs.statSync(path.join(folder, name)).isFile());
  for (const name of files.slice(0, Math.ceil(files.length / 2))) fs.unlinkSync(path.join(folder, name));
};
