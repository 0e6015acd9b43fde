import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { prepareConnection as prepareForIceberg } from './iceberg/index.ts';
import type { AthenaLimits } from './types.ts';

/** Instances kept for the next statement: making one takes about 60 ms, keeping it about 3 MB. */
const IDLE_INSTANCES = 8;

/** DuckDB counts the thread that asks among its threads; here that one only waits. */
const CALLER = 1;

/** A DuckDB in memory: tables lie in files, so instances share nothing. */
export interface PooledInstance {
  readonly instance: DuckDBInstance;
  /** For settings while a statement runs on another connection. */
  readonly control: DuckDBConnection;
  memoryMebibytes: number;
  threads: number;
}

/**
 * One DuckDB instance for each statement under way. Threads of an instance serve its fullest queue first, so in one instance for
 * all a short query waits for long ones; between instances the operating system shares the processor. The memory limit is
 * divided evenly among the statements under way, anew with each that comes or goes; threads are, for a statement that begins.
 */
export class DuckDBPool {
  private readonly limits: AthenaLimits;
  private readonly temporaryFolder: string;
  private readonly idle: PooledInstance[] = [];
  private readonly active = new Set<PooledInstance>();
  private totalMebibytes: number | undefined;
  /** Settings change one after the other, and an instance is closed between two changes only. */
  private order: Promise<void> = Promise.resolve();

  constructor(temporaryFolder: string, limits: AthenaLimits) {
    this.temporaryFolder = temporaryFolder;
    this.limits = limits;
  }

  async take(): Promise<PooledInstance> {
    const taken = this.idle.pop() ?? (await this.create());
    this.active.add(taken);
    try {
      await this.inOrder(() => this.shareThreads(taken));
      await this.divideMemory();
    } catch (error) {
      await this.giveBack(taken);
      throw error;
    }
    return taken;
  }

  /** Its connections must be closed. */
  async giveBack(instance: PooledInstance): Promise<void> {
    this.active.delete(instance);
    if (this.idle.length < IDLE_INSTANCES) this.idle.push(instance);
    else await this.inOrder(() => {
        closeInstance(instance);
      });
    await this.divideMemory();
  }

  /** Closes what is idle. */
  async close(): Promise<void> {
    await this.inOrder(() => {
      for (const instance of this.idle.splice(0)) closeInstance(instance);
    });
  }

  private inOrder(change: () => void | Promise<void>): Promise<void> {
    const done = this.order.then(change);
    this.order = done.catch(() => undefined); // whoever asked for the change hears of it
    return done;
  }

  /** Only before a statement begins: DuckDB waits for its threads to change their number. */
  private async shareThreads(taken: PooledInstance): Promise<void> {
    const { threads = availableParallelism() } = this.limits;
    const share = Math.max(1, Math.floor(threads / this.active.size));
    if (taken.threads === share) return;
    await taken.control.run(`SET GLOBAL threads=${share + CALLER}`);
    taken.threads = share;
  }

  private divideMemory(): Promise<void> {
    return this.inOrder(async () => {
      const share = Math.floor((this.totalMebibytes ?? 0) / Math.max(1, this.active.size));
      for (const instance of this.active) await limitMemory(instance, share);
    });
  }

  private async create(): Promise<PooledInstance> {
    mkdirSync(this.temporaryFolder, { recursive: true });
    const { memoryLimit, threads = availableParallelism() } = this.limits;
    const instance = await DuckDBInstance.create(':memory:', {
      // Files of two instances in one folder would have the same names.
      temp_directory: path.join(this.temporaryFolder, `duckdb-${randomUUID()}`),
      preserve_insertion_order: 'false',
      // Nothing is fetched from the network, ever.
      autoinstall_known_extensions: 'false',
      // The operating system has the files in memory already, once for all instances.
      enable_external_file_cache: 'false',
      ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
      threads: String(threads + CALLER),
    });
    const control = await instance.connect();
    // Loaded with the first query: Trino's grammar is large.
    const { prepareConnection } = await import('./sql/index.ts');
    await prepareConnection(control);
    prepareForIceberg(control);
    const memoryMebibytes = await memoryLimitOf(control);
    this.totalMebibytes ??= memoryMebibytes;
    return { instance, control, memoryMebibytes, threads };
  }
}

const closeInstance = ({ instance, control }: PooledInstance): void => {
  control.closeSync();
  instance.closeSync();
};

const MEBIBYTES: Readonly<Record<string, number>> = { KiB: 1 / 1024, MiB: 1, GiB: 1024, TiB: 1024 ** 2 };

/** DuckDB's own reading of the limit, and its default: 80 % of the memory the process may have. */
const memoryLimitOf = async (connection: DuckDBConnection): Promise<number> => {
  const [row] = (await connection.runAndReadAll("SELECT current_setting('memory_limit')")).getRows();
  const [, amount, unit = ''] = /^([\d.]+) (\w+)$/.exec(String(row?.[0])) ?? [];
  const mebibytes = Math.floor(Number(amount) * (MEBIBYTES[unit] ?? NaN));
  if (!(mebibytes > 0)) throw new Error(`DuckDB's memory limit: ${String(row?.[0])}`);
  return mebibytes;
};

const limitMemory = async (instance: PooledInstance, mebibytes: number): Promise<void> => {
  if (instance.memoryMebibytes === mebibytes) return;
  try {
    await instance.control.run(`SET GLOBAL memory_limit='${mebibytes}MiB'`);
    instance.memoryMebibytes = mebibytes;
  } catch (error) {
    // It holds more than its new share just now and keeps its old limit until the next statement comes or goes.
    if (!(error instanceof Error && error.message.includes('Failed to change memory limit'))) throw error;
  }
};
