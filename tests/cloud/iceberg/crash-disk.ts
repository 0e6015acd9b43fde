import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FileEvent } from './crash-files.ts';

/** A file or a folder, apart from its names. Entries are the names in a folder. */
interface Inode {
  /** What is in it now, and what a power loss leaves; null = a folder. */
  content: Buffer | null;
  durable: Buffer | null;
  entries: Map<string, Inode>;
  durableEntries: Map<string, Inode>;
}

const file = (content: Buffer): Inode => ({ content, durable: Buffer.alloc(0), entries: new Map(), durableEntries: new Map() });
const folder = (): Inode => ({ content: null, durable: null, entries: new Map(), durableEntries: new Map() });

/**
 * A disk that keeps, after a power loss, exactly what was synced: a file's content where the file was synced, a name where its
 * folder was (fsync(2)). Real disks keep more; nobody may count on it.
 */
export class Disk {
  private readonly root: string;
  private readonly top = folder();

  /** All that lies below the folder now is taken to be durable. */
  constructor(root: string) {
    this.root = path.resolve(root);
    this.load(this.top, this.root);
    persistAll(this.top);
  }

  /** Takes in a change that has happened. */
  apply(event: FileEvent): void {
    switch (event.kind) {
      case 'create':
        this.link(event.path, file(Buffer.alloc(0)));
        return;
      case 'write':
        this.write(event.path, event.data ?? Buffer.alloc(0));
        return;
      case 'sync':
        this.sync(event.path);
        return;
      case 'rename':
      case 'link':
        this.link(event.to ?? '', this.find(event.path));
        if (event.kind === 'rename') this.unlink(event.path);
        return;
      case 'remove':
        this.unlink(event.path);
        return;
      case 'mkdir':
        this.makeFolder(event.path);
        return;
      case 'copy':
        this.loadWritten(event.path);
        return;
      case 'query':
    }
  }

  /**
   * Writes what a power loss would leave to an empty folder. `survives` is asked for each name and each content that was not
   * synced; by default none does.
   */
  writeDurable(target: string, survives: () => boolean = () => false): void {
    const write = (inode: Inode, at: string): void => {
      for (const name of new Set([...inode.entries.keys(), ...inode.durableEntries.keys()])) {
        const [now, durable] = [inode.entries.get(name), inode.durableEntries.get(name)];
        const child = now === durable || !survives() ? durable : now;
        if (child === undefined) continue;
        const place = path.join(at, name);
        if (child.content === null) {
          mkdirSync(place, { recursive: true });
          write(child, place);
        } else writeFileSync(place, (child.content === child.durable || !survives() ? child.durable : child.content) ?? '');
      }
    };
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    write(this.top, target);
  }

  /** Paths of the files below a folder that a power loss would leave where it spares nothing that was not synced. */
  durableFiles(at: string): string[] {
    let inode: Inode | undefined = this.top;
    for (const name of this.names(at)) inode = inode?.durableEntries.get(name);
    const paths = (of: Inode, prefix: string): string[] => [...of.durableEntries].flatMap(([name, child]) => (child.content === null ? paths(child, `${prefix}${name}/`) : [`${prefix}${name}`]));
    return inode ? paths(inode, '').sort() : [];
  }

  private names(at: string): string[] {
    return path.relative(this.root, path.resolve(at)).split(path.sep).filter((name) => name !== '');
  }

  private lookUp(at: string): Inode | undefined {
    let inode: Inode | undefined = this.top;
    for (const name of this.names(at)) inode = inode?.entries.get(name);
    return inode;
  }

  private find(at: string): Inode {
    const inode = this.lookUp(at);
    if (!inode) throw new Error(`the watched disk has no ${at}`);
    return inode;
  }

  private link(at: string, inode: Inode): void {
    this.find(path.dirname(at)).entries.set(path.basename(at), inode);
  }

  private unlink(at: string): void {
    this.lookUp(path.dirname(at))?.entries.delete(path.basename(at));
  }

  private makeFolder(at: string): void {
    if (this.lookUp(at)) return;
    this.makeFolder(path.dirname(at));
    this.link(at, folder());
  }

  private write(at: string, data: Buffer): void {
    const inode = this.lookUp(at);
    if (inode) inode.content = Buffer.concat([inode.content ?? Buffer.alloc(0), data]);
    else this.link(at, file(data));
  }

  private sync(at: string): void {
    const inode = this.find(at);
    if (inode.content === null) inode.durableEntries = new Map(inode.entries);
    else inode.durable = inode.content;
  }

  /** What DuckDB has written, by its target: a file or a folder of files. */
  private loadWritten(at: string): void {
    if (statSync(at).isDirectory()) this.load(this.find(at), at);
    else this.link(at, file(readFileSync(at)));
  }

  private load(inode: Inode, at: string): void {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const child = entry.isDirectory() ? folder() : file(readFileSync(path.join(at, entry.name)));
      if (entry.isDirectory()) this.load(child, path.join(at, entry.name));
      inode.entries.set(entry.name, child);
    }
  }
}

const persistAll = (inode: Inode): void => {
  inode.durable = inode.content;
  inode.durableEntries = new Map(inode.entries);
  for (const child of inode.entries.values()) persistAll(child);
};
