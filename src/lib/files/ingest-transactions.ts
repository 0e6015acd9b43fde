import type { Objects } from '../aws/index.ts';
import { timestampOf } from '../contracts/index.ts';
import type { FileServer, RemoteFile } from './file-server.ts';
import { FileUnreadableError } from './file-server.ts';
import { ingestContent } from './ingest-content.ts';
import type { Ledger, Sighting } from './ledger.ts';
import { sightingKey } from './ledger.ts';
import { spool } from './spool.ts';

export interface FilesConfig {
  /** Folder on the server. */
  folder: string;
  /** Bytes of rows per Parquet part; at most 64 MB (DATA.md 1.3). */
  partBytes: number;
  /** A file without a marker must look the same at two looks at least this far apart. */
  quietSeconds: number;
  /** Local folder files are copied into while they are read. */
  spoolFolder: string;
  /** Work stops between parts when less than this is left of the function's time. */
  reserveMillis: number;
}

export const filesDefaults = { partBytes: 4 << 20, quietSeconds: 0, reserveMillis: 60_000 } as const;

export interface FilesPorts {
  server: FileServer;
  ledger: Ledger;
  objects: Pick<Objects, 'put'>;
  clock: () => Date;
  /** Milliseconds left for this call. */
  remainingMillis: () => number;
}

/** done, failed: to the end. duplicate: known content. waiting: may still grow. unfinished: goes on at the next call. unreadable: tried again. */
export type FileState = 'done' | 'failed' | 'duplicate' | 'waiting' | 'unfinished' | 'unreadable';

export interface FileOutcome {
  file: string;
  state: FileState;
  /** Written by this call. */
  rows: number;
  quarantined: number;
  parts: number;
  reason?: string;
  unknownFields?: Map<string, number>;
}

const MARKER = '.done';
const UNFINISHED_NAMES = /^\.|\.(?:done|tmp|part|partial|filepart|crdownload)$/i;

const outcomeOf = (file: RemoteFile, state: FileState, reason?: string): FileOutcome => ({
  file: file.path,
  state,
  rows: 0,
  quarantined: 0,
  parts: 0,
  ...(reason === undefined ? {} : { reason }),
});

/** The files to look at, oldest first; markers and names of uploads under way are none. */
const candidates = (listed: readonly RemoteFile[]): { file: RemoteFile; marked: boolean }[] => {
  const names = new Set(listed.map(({ name }) => name));
  return listed
    .filter(({ name }) => !UNFINISHED_NAMES.test(name))
    .sort((a, b) => a.modifiedMillis - b.modifiedMillis || (a.path < b.path ? -1 : 1))
    .map((file) => ({ file, marked: names.has(`${file.name}${MARKER}`) }));
};

/** Brings in what lies on the file server. One broken file never stops the others. */
export const ingestTransactions = async (ports: FilesPorts, config: FilesConfig): Promise<FileOutcome[]> => {
  const { server, ledger, clock } = ports;
  const now = (): string => timestampOf(clock().getTime());

  const firstSighting = (file: RemoteFile): Sighting => ({
    state: 'seen',
    path: file.path,
    size_bytes: file.sizeBytes,
    modified_at: timestampOf(file.modifiedMillis),
    seen_at: now(),
  });

  /** A file may be taken when a marker says it is whole, or when it looks as it did some time ago. */
  const isSettled = (known: Sighting | undefined, marked: boolean): boolean => {
    if (marked || known?.state === 'claimed') return true;
    const quietSince = timestampOf(clock().getTime() - config.quietSeconds * 1_000);
    return known !== undefined && known.seen_at <= quietSince;
  };

  const take = async (file: RemoteFile, sighting: Sighting): Promise<FileOutcome> => {
    const spooled = await spool(server.read(file.path), config.spoolFolder);
    try {
      if (spooled.sizeBytes !== file.sizeBytes) return outcomeOf(file, 'waiting', 'it grew while it was read');
      return await ingestContent(file, sighting, spooled, ports, config);
    } finally {
      await spooled.remove();
    }
  };

  const lookAt = async (file: RemoteFile, marked: boolean): Promise<FileOutcome | undefined> => {
    const known = await ledger.sighting(file);
    if (known && known.state !== 'seen' && known.state !== 'claimed') return undefined;
    const sighting = known ?? firstSighting(file);
    if (!known) await ledger.saveSighting(file, sighting);
    if (!isSettled(known, marked)) return outcomeOf(file, 'waiting', 'seen for the first time, or too lately');
    if (ports.remainingMillis() < config.reserveMillis) return outcomeOf(file, 'unfinished', 'no time left');
    try {
      return await take(file, sighting);
    } catch (error) {
      if (error instanceof FileUnreadableError) return outcomeOf(file, 'unreadable', error.message);
      throw new Error(`ingest of ${sightingKey(file)} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  };

  const outcomes: FileOutcome[] = [];
  for (const { file, marked } of candidates(await server.list(config.folder))) {
    const outcome = await lookAt(file, marked);
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
};
