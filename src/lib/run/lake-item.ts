import type { Item, StateTable } from '../aws/index.ts';
import type { Snapshots } from '../lake/index.ts';
import type { BackfillProgress } from './backfill-steps.ts';
import type { Backoff } from './backoff.ts';
import type { Floor } from './floor.ts';

/**
 * The commit point: one DynamoDB item says what the lake is. A run commits by one conditional write of it; whatever the
 * tables hold beyond it belongs to a run that is open or was interrupted.
 */
export interface LakeItem {
  /** Counts the item's writes; every write is conditional on the one it has read. */
  revision: number;
  /** Counts the runs begun. A run writes nothing into the item once a later one has begun. */
  fence: number;
  committed: CommittedRun;
  /** The run at work, or one that was interrupted. */
  open: OpenRun | null;
}

export interface CommittedRun {
  /** null: no run has committed yet. */
  runId: string | null;
  /** Time the rows of the last load carry, `yyyy-MM-dd HH:mm:ss.SSSSSS`: gold has all rows up to it. The next run's is later, whatever the clock says. */
  processingTimestamp: string | null;
  committedAt: string | null;
  /** From when on, instead of `committedAt`, the next load looks for objects; null or absent where that run had found all. */
  searchFrom?: string | null;
  /** How far the last backfill has come; null or absent where there was none. */
  backfill?: BackfillProgress | null;
  /** What retention has left; null or absent where it has never run. */
  floor?: Floor | null;
  /** How loads go on after those that failed; absent where none has. */
  backoff?: Backoff;
  tables: Snapshots;
  /** S3 key of the list of taken and held objects. */
  takenKey: string | null;
}

export interface OpenRun {
  runId: string;
  fence: number;
  /** ARN of the Step Functions execution that does the run. */
  execution: string;
  leaseExpiresAt: string;
  /** Runs that were interrupted, and whose statements and changes this one has to undo before it begins. */
  undo: InterruptedRun[];
  /** The tables stand at the commit and the input is fixed: from here on the run's statements change them. */
  begun: boolean;
}

export type InterruptedRun = Pick<OpenRun, 'runId' | 'execution'>;

const KEY = 'lake';

/** Another writer was first: read again and decide anew. */
export class LakeItemChangedError extends Error {
  override readonly name = 'LakeItemChangedError';
}

export interface LakeItemStore {
  /** undefined before the first run. */
  read(): Promise<LakeItem | undefined>;
  /** Writes a new state of the item that was read (undefined: of none). @throws LakeItemChangedError */
  write(read: LakeItem | undefined, next: Omit<LakeItem, 'revision'>): Promise<LakeItem>;
}

export const createLakeItemStore = (table: StateTable): LakeItemStore => ({
  async read() {
    const item = await table.get(KEY);
    return item === undefined ? undefined : (item as unknown as LakeItem);
  },
  async write(read, next) {
    const written: LakeItem = { ...next, revision: (read?.revision ?? 0) + 1 };
    const members = { revision: written.revision, fence: written.fence, committed: written.committed, open: written.open } satisfies Item;
    if (!(await table.put(KEY, members, read === undefined ? 'absent' : { revision: read.revision }))) {
      throw new LakeItemChangedError('another run changed the lake item');
    }
    return written;
  },
});
